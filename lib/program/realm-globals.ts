/**
 * What a program's realm has of the language: the realm is made poor by this list, and a program is checked against it
 * before it runs.
 */

/** The globals that stay. All else goes, also what a later V8 may add. */
export const realmGlobals: readonly string[] = (
  "Infinity NaN undefined globalThis Object Function Boolean Symbol Number BigInt Math String RegExp " +
  "Array Map Set WeakMap WeakSet JSON Proxy Reflect Error AggregateError EvalError RangeError " +
  "ReferenceError SyntaxError TypeError URIError ArrayBuffer DataView Int8Array Uint8Array " +
  "Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array " +
  "BigInt64Array BigUint64Array parseInt parseFloat isFinite isNaN escape unescape decodeURI " +
  "decodeURIComponent encodeURI encodeURIComponent"
).split(" ");

/** Properties of the constructor RegExp that a match leaves behind; a realm has none of them. */
export const regExpStatics: RegExp = /^(?:input|lastMatch|lastParen|leftContext|rightContext|\$.)$/;

/** Methods of strings that depend on the locale; a realm has none of them. */
export const stringLocaleMethods: readonly string[] = ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"];
