// Characters beyond ASCII: UTF-8, letters, and lower case as JavaScript has it.
import { cased, ignorable, letters, lower } from "./letters";

export const LETTER: u8 = 1;
export const CASED: u8 = 2;
export const IGNORABLE: u8 = 4;
export const UPPER: u8 = 8;
export const CAPITAL_I_WITH_DOT: u32 = 0x130;
const SIGMA: u32 = 0x3a3;
const FINAL_SIGMA: u32 = 0x3c2;
const LAST: u32 = 0xe01ef;

/** What each character is; filled when the first one beyond ASCII comes. */
const kinds: usize = memory.data(0xe01f0);
let isFilled = false;

function mark(ranges: StaticArray<i32>, width: i32, kind: u8): void {
  for (let i = 0; i < ranges.length; i += width) {
    const step: u32 = width == 4 ? ranges[i + 2] : 1;
    for (let code: u32 = ranges[i]; code <= <u32>ranges[i + 1]; code += step) {
      store<u8>(kinds + code, load<u8>(kinds + code) | kind);
    }
  }
}

export function kindOf(code: u32): u8 {
  if (!isFilled) {
    isFilled = true;
    mark(letters, 2, LETTER);
    mark(cased, 2, CASED);
    mark(ignorable, 2, IGNORABLE);
    mark(lower, 4, UPPER);
  }
  return code <= LAST ? load<u8>(kinds + code) : 0;
}

/** @returns how many bytes the character at `at` has, with its code above; what is no UTF-8 is one byte, and no letter */
export function readCharacter(at: usize, end: usize): u64 {
  const first: u32 = load<u8>(at);
  if (first < 0x80) return ((<u64>first) << 8) | 1;
  const size: u32 = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc0 || end - at < <usize>size) return 1;
  let code: u32 = first & (0x7f >> size);
  for (let i: u32 = 1; i < size; i++) code = (code << 6) | (load<u8>(at + i) & 0x3f);
  return ((<u64>code) << 8) | size;
}

/** @returns how many bytes were written */
export function writeCharacter(to: usize, code: u32): u32 {
  const size: u32 = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (let i = size - 1; i > 0; i--) {
    store<u8>(to + i, 0x80 | (code & 0x3f));
    code >>= 6;
  }
  store<u8>(to, size == 1 ? code : code | ((0xf00 >> size) & 0xff));
  return size;
}

/** @returns whether a cased letter stands before `at`, but for characters that do not count */
function isCasedBefore(at: usize, from: usize, end: usize): bool {
  while (at > from) {
    do at--;
    while (at > from && (load<u8>(at) & 0xc0) == 0x80);
    const kind = kindOf(<u32>(readCharacter(at, end) >> 8));
    if ((kind & IGNORABLE) == 0) return (kind & CASED) != 0;
  }
  return false;
}

/** @returns whether a cased letter stands at `at`, but for characters that do not count */
function isCasedAfter(at: usize, end: usize): bool {
  while (at < end) {
    const found = readCharacter(at, end);
    const kind = kindOf(<u32>(found >> 8));
    if ((kind & IGNORABLE) == 0) return (kind & CASED) != 0;
    at += <usize>(found & 0xff);
  }
  return false;
}

/** @returns the lower case of a letter of `size` bytes at `at`; a sigma at the end of a word has one of its own */
export function lowerCase(code: u32, at: usize, size: u32, from: usize, end: usize): u32 {
  if (code == SIGMA && isCasedBefore(at, from, end) && !isCasedAfter(at + size, end)) return FINAL_SIGMA;
  let low = 0;
  let high = lower.length / 4;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (<u32>lower[middle * 4 + 1] < code) low = middle + 1;
    else high = middle;
  }
  return code + lower[low * 4 + 3];
}
