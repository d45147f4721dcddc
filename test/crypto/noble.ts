/** @noble/curves in the place of node:crypto: the library runs on the one, and tests hold the other equal to it. */

import { ed25519, x25519 } from "@noble/curves/ed25519.js";

import type { ExchangeEngine } from "../../lib/crypto/exchange.ts";
import type { SigningEngine } from "../../lib/crypto/signature.ts";

export const nobleSigning: SigningEngine = (seed) => ({
  publicKey: ed25519.getPublicKey(seed),
  signing: (message) => ed25519.sign(message, seed),
});

export const nobleExchange: ExchangeEngine = (secret) => (point) => x25519.scalarMult(secret, point);
