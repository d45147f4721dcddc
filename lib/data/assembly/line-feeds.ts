// Counts line feeds, sixteen bytes at a time.

const LINE_FEED: u8 = 0x0a;
const STEP: usize = 16;
/** Bytes after which one of the sixteen sums of a byte each could be full. */
const MOST: usize = 255 * STEP;

/** @returns how many of the bytes before `stop`, a multiple of 16, are line feeds */
export function count(stop: usize): u32 {
  const lineFeed = i8x16.splat(LINE_FEED);
  let total: u32 = 0;
  for (let at: usize = 0; at < stop; ) {
    const until = min(at + MOST, stop);
    let sums = i8x16.splat(0);
    for (; at < until; at += STEP) sums = i8x16.sub(sums, i8x16.eq(v128.load(at), lineFeed)); // equal is -1
    const four = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(sums));
    total += i32x4.extract_lane(four, 0) + i32x4.extract_lane(four, 1);
    total += i32x4.extract_lane(four, 2) + i32x4.extract_lane(four, 3);
  }
  return total;
}
