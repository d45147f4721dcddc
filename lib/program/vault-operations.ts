/** What is asked of a key store in another realm: numbers and strings, and nothing else. */

/** The number of each operation. */
export const operations = {
  hash: 0,
  hmac: 1,
  hkdf: 2,
  deriveKey: 3,
  generateKey: 4,
  importKey: 5,
  publicKey: 6,
  seal: 7,
  open: 8,
  sign: 9,
  verify: 10,
  ecdh: 11,
  random: 12,
  forget: 13,
} as const;

export type Operation = keyof typeof operations;

/** What may be given: a handle or a length; text; or bytes, as a string of one character each. */
export type VaultArgument = number | string | undefined;

/** Bytes as such a string, a handle, yes or no, nothing, or a number below zero: a fault. */
export type VaultAnswer = string | number | boolean | undefined;

/**
 * @param operation - one of {@link operations}
 * @param bytes - a bit for each argument that is a string of bytes; the others are text
 */
export type VaultCall = (
  operation: number,
  bytes: number,
  a?: VaultArgument,
  b?: VaultArgument,
  c?: VaultArgument,
) => VaultAnswer;

/** The answer to what is none of the operations, or went wrong in a way that has no name. */
export const broken = -99;
