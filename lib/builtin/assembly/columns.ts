// Where columns end in the lines of a batch, and the lines themselves: a list, so that what is made of a row need not look
// for its columns one by one. Batches are searched 64 bytes at a time.
import { take } from "./memory";

/** Batches up to so many bytes have a list; what is longer is one line, of which the first columns are enough. */
export const MOST_INDEXED: u32 = 65_536;
/** Bytes of a place. */
export const PLACE: usize = 4;

const BLOCK: usize = 64;
const LINE_END: u8 = 0x0a;
const QUOTE: u8 = 0x22;
/** Places are written so many at a time, whether there are so many or not. */
const STEP: usize = 8;

/** The places of delimiters and line ends. Before it stands the place before all. */
export let ends: usize = 0;
/** Where the list of a batch ends. */
export let endsStop: usize = 0;
/** Whether there is any quotation mark. */
export let hasQuotes: bool = false;

/** Takes the memory for the list; once, before anything else. */
export function begin(): void {
  const list = take((<usize>MOST_INDEXED + 2 * STEP) * PLACE);
  if (list == 0) unreachable();
  ends = list + PLACE;
}

/** Lists the places of a batch from `from` to `stop`, behind which a block may be written. */
export function index(from: usize, stop: usize, delimiter: u8): void {
  memory.fill(stop, 0, BLOCK);
  const isDelimiter = i8x16.splat(delimiter);
  const isLineEnd = i8x16.splat(LINE_END);
  const isQuote = i8x16.splat(QUOTE);
  let quotes = i8x16.splat(0);
  let list = ends;
  store<u32>(list - PLACE, <u32>(from - 1));
  for (let at = from; at < stop; at += BLOCK) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    const found = v128.or(
      v128.or(i8x16.eq(a, isQuote), i8x16.eq(b, isQuote)),
      v128.or(i8x16.eq(c, isQuote), i8x16.eq(d, isQuote)),
    );
    quotes = v128.or(quotes, found);
    const bits =
      endsIn(a, isDelimiter, isLineEnd) |
      (endsIn(b, isDelimiter, isLineEnd) << 16) |
      (endsIn(c, isDelimiter, isLineEnd) << 32) |
      (endsIn(d, isDelimiter, isLineEnd) << 48);
    list = put(list, at, bits);
  }
  endsStop = list;
  hasQuotes = v128.any_true(quotes);
}

/** Lists the first ends of one line, and its own behind them. @returns how many columns they are */
export function indexLine(from: usize, end: usize, delimiter: u8, most: u32): u32 {
  let list = ends;
  let columns: u32 = 1;
  hasQuotes = false;
  store<u32>(list - PLACE, <u32>(from - 1));
  for (let at = from; at < end && columns <= most; at++) {
    const byte = load<u8>(at);
    if (byte == QUOTE) hasQuotes = true;
    if (byte != delimiter) continue;
    store<u32>(list, <u32>at);
    list += PLACE;
    columns++;
  }
  store<u32>(list, <u32>end);
  return columns;
}

/** @returns where the list ends when the places of `bits` are added to it */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function put(to: usize, at: usize, bits: u64): usize {
  const end = to + PLACE * <usize>popcnt(bits);
  let left = bits;
  let next = to;
  do {
    left = putTwo(next, at, left);
    left = putTwo(next + 2 * PLACE, at, left);
    left = putTwo(next + 4 * PLACE, at, left);
    left = putTwo(next + 6 * PLACE, at, left);
    next += STEP * PLACE;
  } while (next < end);
  return end;
}

/** Writes the first two places. @returns the bits of the others */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function putTwo(to: usize, at: usize, bits: u64): u64 {
  const others = bits & (bits - 1);
  store<u32>(to, <u32>at + <u32>ctz(bits));
  store<u32>(to, <u32>at + <u32>ctz(others), PLACE);
  return others & (others - 1);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function endsIn(bytes: v128, delimiter: v128, lineEnd: v128): u64 {
  return <u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, delimiter), i8x16.eq(bytes, lineEnd))));
}
