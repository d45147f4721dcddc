// Counts words. Which ones is its first parameter: runs of letters in lower case (0), runs of ASCII letters in lower
// case (1), or runs of anything but ASCII white space, as they are (2).
import { bitsOf, isLetter, isSpace } from "../../program/assembly/blocks";
import { SUM } from "../../program/wasm/assembly";
import {
  CAPITAL_I_WITH_DOT,
  kindOf,
  LETTER,
  lowerCase,
  readCharacter,
  UPPER,
  writeCharacter,
} from "../../program/wasm/assembly/text";
import { PARAMETERS, SLACK, take } from "./memory";
import { begin, find, flush, pair, VALUES } from "./table";

export { allocate } from "./memory";
export { flush } from "./table";

const ASCII: u8 = 1;
const SPACED: u8 = 2;
const BLOCK: usize = 64;
/** Log2 of an entry's bytes. */
const WIDTH: u32 = 5;
const NONE: usize = usize.MAX_VALUE;

const kind: u8 = load<u8>(PARAMETERS);

/** A word in lower case, with letters beyond ASCII, as far as it was read. */
let word: usize = 0;
let room: usize = 0;
let used: u32 = 0;

begin(WIDTH, (entry, at, length) => {
  write(at, length, load<u32>(entry, VALUES));
});

export function aggregate(): i32 {
  return SUM;
}

/** Letters of ASCII are brought into lower case where they lie. */
export function map_chunk(from: usize, length: u32): i32 {
  const end = from + length;
  memory.fill(end, 0x20, BLOCK);
  if (kind == SPACED) return mapBlocks<Spaced>(from, end);
  return kind == ASCII ? mapBlocks<Ascii>(from, end) : mapBlocks<Letters>(from, end);
}

class Letters {}
class Ascii {}
class Spaced {}

/**
 * Which of 64 bytes belong to words, as bits; words are where they change. Bytes beyond ASCII may: their words are looked
 * at again, one by one.
 */
function mapBlocks<Words>(from: usize, end: usize): i32 {
  let lines = end > from && load<u8>(end - 1) != 0x0a ? 1 : 0;
  let start = NONE; // of the word that is not at its end yet
  let isWide = false; // whether there may be bytes beyond ASCII in it
  for (let at = from; at < end; at += BLOCK) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    lines += <i32>popcnt<u64>(bitsOf(isLineEnd(a), isLineEnd(b), isLineEnd(c), isLineEnd(d)));
    let words: u64;
    let wide: u64 = 0;
    if (isReference<Words>() && idof<Words>() == idof<Spaced>()) {
      words = ~bitsOf(isSpace(a), isSpace(b), isSpace(c), isSpace(d));
    } else {
      const lowA = lower(a);
      const lowB = lower(b);
      const lowC = lower(c);
      const lowD = lower(d);
      words = bitsOf(isLetter(lowA), isLetter(lowB), isLetter(lowC), isLetter(lowD));
      if (idof<Words>() == idof<Letters>()) wide = bitsOf(a, b, c, d);
      v128.store(at, lowA);
      v128.store(at, lowB, 16);
      v128.store(at, lowC, 32);
      v128.store(at, lowD, 48);
    }
    words |= wide;
    const open: u64 = start == NONE ? 0 : 1;
    let edges = words ^ ((words << 1) | open);
    if (idof<Words>() == idof<Letters>() && (wide != 0 || isWide)) {
      isWide = isWide || wide != 0;
      while (edges != 0) {
        const edge = at + <usize>ctz(edges);
        edges &= edges - 1;
        if (start == NONE) start = edge;
        else {
          addWide(start, edge, from, end);
          start = NONE;
        }
      }
      isWide = start != NONE;
      continue;
    }
    if (open != 0) {
      if (edges == 0) continue;
      add(start, <u32>(at + <usize>ctz(edges) - start));
      edges &= edges - 1;
      start = NONE;
    }
    while (edges != 0) {
      const first = ctz(edges);
      edges &= edges - 1;
      if (edges == 0) {
        start = at + <usize>first;
        break;
      }
      add(at + <usize>first, <u32>(ctz(edges) - first));
      edges &= edges - 1;
    }
  }
  if (start != NONE) isWide ? addWide(start, end, from, end) : add(start, <u32>(end - start));
  return lines;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function add(at: usize, length: u32): void {
  const entry = find(at, length, WIDTH);
  if (entry == 0) write(at, length, 1);
  else store<u32>(entry, load<u32>(entry, VALUES) + 1, VALUES);
}

/** A run of letters of ASCII and of bytes beyond it: which of them are letters, Unicode says. */
function addWide(start: usize, end: usize, from: usize, last: usize): void {
  if (room < (end - start) * 2) reserve((end - start) * 2); // Ⱥ has two bytes, and ⱥ three
  for (let at = start; at < end; ) {
    const found = readCharacter(at, end);
    const code = <u32>(found >> 8);
    const size = <u32>(found & 0xff);
    const kind = kindOf(code);
    const isLetter = (kind & LETTER) != 0;
    if (isLetter) {
      used += writeCharacter(word + used, (kind & UPPER) != 0 ? lowerCase(code, at, size, from, last) : code);
    }
    if (!isLetter || code == CAPITAL_I_WITH_DOT) endWord(); // in lower case it is an i, and a dot that is none
    at += size;
  }
  endWord();
}

function endWord(): void {
  if (used > 0) add(word, used);
  used = 0;
}

function reserve(bytes: usize): void {
  room = bytes < 4096 ? 4096 : bytes;
  word = take(room + SLACK);
  if (word == 0) unreachable();
}

function write(at: usize, length: u32, values: u32): void {
  const place = pair(16, length);
  store<u32>(place, length);
  store<u32>(place, values, 4);
  store<f64>(place, <f64>values, 8);
  memory.copy(place + 16, at, length);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function isLineEnd(bytes: v128): v128 {
  return i8x16.eq(bytes, i8x16.splat(0x0a));
}

/** @returns bytes with the letters of ASCII in lower case */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function lower(bytes: v128): v128 {
  const isUpper = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x41)), i8x16.splat(26));
  return v128.or(bytes, v128.and(isUpper, i8x16.splat(0x20)));
}
