/** What a program may be given beyond its record and `emit`: nothing of it unless the policy names it. */

/** The capabilities that a policy may name. */
export const capabilities = ["crypto", "random", "clock", "counters", "policy.query", "policy.narrow"] as const;

export type Capability = (typeof capabilities)[number];

/** What a key of a policy may be used for; each use has one algorithm. */
export const keyTypes = ["hmac-sha256", "hkdf-sha256", "aes-256-gcm-siv", "ed25519", "x25519"] as const;

export type KeyType = (typeof keyTypes)[number];
