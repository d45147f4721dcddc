/** How much a program may ask of its keys. */

/** Bytes of each thing that a call is given. */
export const maxInput: number = 4 * 1024 * 1024;
/** Keys that a program may have made at a time. */
export const maxKeys = 1024;
/** Bytes of a key that may have any length. */
export const maxKeyLength = 1024;
/** Bytes that a key derivation gives: 255 times the length of a hash (RFC 5869 §2.3). */
export const maxDerived = 8160;
/** Random bytes that one call gives: 2^19 bits (NIST SP 800-90A, table 2). */
export const maxRandom = 65_536;
