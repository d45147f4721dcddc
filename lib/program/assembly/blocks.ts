// What kind of bytes there are in a block: sixteen at a time, and a bit for each of 64. For programs of sealfold's own too.

// @ts-ignore: a decorator of AssemblyScript's
@inline
export function bitsOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a)) |
    (<u64>(<u32>i8x16.bitmask(b)) << 16) |
    (<u64>(<u32>i8x16.bitmask(c)) << 32) |
    (<u64>(<u32>i8x16.bitmask(d)) << 48)
  );
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
export function isSpace(bytes: v128): v128 {
  const isControl = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x09)), i8x16.splat(5));
  return v128.or(isControl, i8x16.eq(bytes, i8x16.splat(0x20)));
}

/** @param low - bytes of which those that are letters of ASCII are in lower case */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function isLetter(low: v128): v128 {
  return i8x16.lt_u(i8x16.sub(low, i8x16.splat(0x61)), i8x16.splat(26));
}
