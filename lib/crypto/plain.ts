/** Cryptography in plain JavaScript, for where there is no node:crypto: inside a realm. */

export { gcmsiv } from "@noble/ciphers/aes.js";
export { ed25519, x25519 } from "@noble/curves/ed25519.js";
export { hkdf } from "@noble/hashes/hkdf.js";
export { hmac } from "@noble/hashes/hmac.js";
export { sha256, sha512 } from "@noble/hashes/sha2.js";
