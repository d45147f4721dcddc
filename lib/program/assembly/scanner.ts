// Finds words and fields in a chunk, and looks up which number each has as a key: those that came lately, in a front of the
// realm's table, which is where the numbers come from. Nothing here is lost when it is forgotten, and no key of a program's
// falls on others: what finds no place pushes another one out. `../scanner.ts` is the other side.
import { bitsOf, isLetter, isSpace } from "./blocks";

// Where what lies: the same in `../scanner.ts`.
const MISSED: usize = 0;
const TALLIES: usize = 4;
const NEEDS_TEXT: usize = 8;
/** Bytes of which only some belong to a key: for each length up to 16 which. */
const MASKS: usize = 1024;
const LIST: usize = 0x4000;
const PLACES: usize = 0x1_0000;
const CELLS: usize = 0x1_2000;
const MISSES: usize = 0x1_4000;
const TALLY: usize = 0x2_0000;
const FRONT: usize = 0x12_0000;
const CHUNK: usize = 0x52_0000;
/** Pages of what is before a chunk, and after it, where a block goes on that begins in it. */
const FIRST_PAGES: u32 = 0x52;
const SLACK: u32 = 128;

/** The most keys that are missed in one call. */
const ROOM: u32 = 1024;
const BLOCK: u32 = 64;

/*
 * The front: sets of four entries, of which the one that was found least often is pushed out. An entry is the key, zeros
 * behind its end; its length plus one, 0 where it is free; its number; and how often it was found since that was told.
 */
const FRONT_BITS: u64 = 15;
const SET_BITS: usize = 7;
const SET: usize = 128;
const ENTRY: usize = 32;
const SIZE: usize = 16;
const CELL: usize = 20;
const TIMES: usize = 24;
const LONGEST: u32 = 16;
/** As long as so few keys are known, pages of memory that have none stay untouched. */
const LISTED: u32 = 12_288;

const NONE: usize = usize.MAX_VALUE;
/** Turns letters of ASCII into lower case. */
const LOWER: u8 = 0x20;

// @ts-ignore: a decorator of AssemblyScript's
@inline
const A: u64 = 0x9e37_79b9_7f4a_7c15;
// @ts-ignore: a decorator of AssemblyScript's
@inline
const B: u64 = 0xc2b2_ae3d_27d4_eb4f;

for (let length: usize = 0; length <= LONGEST; length++) memory.fill(MASKS + (length << 4), 0xff, length);

let missed: u32 = 0;
let tallies: u32 = 0;
/** How many keys were ever known; of the first of them the sets are in the list. */
let known: u32 = 0;
let turn: usize = 0;

/** Forgets all numbers. */
export function forget(): void {
  if (known > LISTED) memory.fill(FRONT, 0, CHUNK - FRONT);
  else for (let index: u32 = 0; index < known; index++) memory.fill(listed(index), 0, SET);
  known = 0;
}

/** Tells of all keys how often they were found. */
export function tell(): void {
  begin();
  if (known > LISTED) {
    for (let set = FRONT; set < CHUNK; set += SET) tellSet(set);
  } else for (let index: u32 = 0; index < known; index++) tellSet(listed(index));
  store<u32>(TALLIES, tallies);
}

/** Makes room for a chunk of so many bytes. @returns whether there is */
export function reserve(length: u32): bool {
  const pages = FIRST_PAGES + <u32>((<u64>length + SLACK + 0xffff) >> 16);
  const missing = <i32>pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

/**
 * Looks up the fields of a part of the chunk, the longest runs without ASCII white space, and counts them.
 * @returns where it is to go on; `to` at the end
 */
export function fields(from: u32, to: u32): u32 {
  begin();
  const end = CHUNK + to;
  let start = NONE; // of the field that is not at its end yet
  let at = CHUNK + from;
  for (; at < end; at += BLOCK) {
    if (missed > ROOM - BLOCK) break;
    const inside = inBlock(at, end);
    const fields = ~spacesOf(at) & inside;
    let edges = fields ^ ((fields << 1) | u64(start != NONE));
    if (start != NONE) {
      if (edges == 0) continue;
      look(start, <u32>(at + <usize>ctz(edges) - start), 0);
      edges &= edges - 1;
      start = NONE;
    }
    while (edges != 0) {
      const first = <usize>ctz(edges);
      edges &= edges - 1;
      if (edges == 0) {
        start = at + first;
        break;
      }
      look(at + first, <u32>(<usize>ctz(edges) - first), 0);
      edges &= edges - 1;
    }
  }
  return ended(at, start, end, 0);
}

/**
 * Likewise its words, in lower case: the longest runs of letters, as long as all of them are of ASCII. Before a run of
 * letters and bytes beyond ASCII it stops, and says that the text must be looked at.
 */
export function words(from: u32, to: u32): u32 {
  begin();
  const end = CHUNK + to;
  let start = NONE;
  let isWide = false; // whether there may be bytes beyond ASCII in what begins at `start`
  let at = CHUNK + from;
  for (; at < end; at += BLOCK) {
    if (missed > ROOM - BLOCK) break;
    const inside = inBlock(at, end);
    const wide = wideOf(at) & inside;
    const words = (lettersOf(at) & inside) | wide;
    let edges = words ^ ((words << 1) | u64(start != NONE));
    const mayBeWide = isWide || wide != 0;
    while (edges != 0) {
      const edge = at + <usize>ctz(edges);
      edges &= edges - 1;
      if (start == NONE) start = edge;
      else {
        if (mayBeWide && isBeyondAscii(start, edge)) return needsText(start);
        look(start, <u32>(edge - start), LOWER);
        start = NONE;
      }
    }
    isWide = mayBeWide && start != NONE;
  }
  if (at >= end && start != NONE && isWide && isBeyondAscii(start, end)) return needsText(start);
  return ended(at, start, end, LOWER);
}

/** Looks up so many keys, whose beginnings and ends are in the places; -1 is the number of one that is missed. */
export function find(keys: u32): void {
  begin();
  for (let index: u32 = 0; index < keys; index++) {
    const place = PLACES + (<usize>index << 3);
    const start = load<u32>(place);
    const end = load<u32>(place, 4);
    const entry = entryOf(CHUNK + start, end - start, 0);
    store<i32>(CELLS + (<usize>index << 2), entry == 0 ? -1 : load<i32>(entry, CELL));
    if (entry == 0) missed++;
  }
  store<u32>(MISSED, missed);
}

/** Notes which number a key has that was missed; and the tally of one that it pushes out. @param isLower - whether it is one of `words` */
export function keep(start: u32, length: u32, cell: i32, isLower: bool): void {
  if (length > LONGEST || entryOf(CHUNK + start, length, isLower ? LOWER : 0) != 0) return;
  const key = keyAt(CHUNK + start, length, isLower ? LOWER : 0);
  const set = setOf(key);
  const entry = leastFound(set);
  tally(entry);
  v128.store(entry, key);
  store<u32>(entry, length + 1, SIZE);
  store<i32>(entry, cell, CELL);
  store<u32>(entry, 0, TIMES);
  store<u32>(TALLIES, tallies);
  if (known < LISTED) store<u32>(LIST + (<usize>known << 2), <u32>set);
  if (known <= LISTED) known++;
}

/** @returns a free entry of the set, or the one that was found least often; of several any */
function leastFound(set: usize): usize {
  let least = set + (turn++ % 4) * ENTRY;
  for (let entry = set; entry < set + SET; entry += ENTRY) {
    if (load<u32>(entry, SIZE) == 0) return entry;
    if (load<u32>(entry, TIMES) < load<u32>(least, TIMES)) least = entry;
  }
  return least;
}

function listed(index: u32): usize {
  return load<u32>(LIST + (<usize>index << 2));
}

function tellSet(set: usize): void {
  for (let entry = set; entry < set + SET; entry += ENTRY) tally(entry);
}

/** Tells how often a key was found, and begins anew. */
function tally(entry: usize): void {
  if (load<u32>(entry, TIMES) == 0) return;
  const place = TALLY + (<usize>tallies << 3);
  store<u32>(place, load<u32>(entry, CELL));
  store<u32>(place, load<u32>(entry, TIMES), 4);
  store<u32>(entry, 0, TIMES);
  tallies++;
}

function begin(): void {
  missed = 0;
  tallies = 0;
  store<u32>(TALLIES, 0);
  store<u32>(NEEDS_TEXT, 0);
}

/** @param start - of what has no end yet */
function ended(at: usize, start: usize, end: usize, lower: u8): u32 {
  let on = start == NONE ? at : start;
  if (at >= end) {
    if (start != NONE) look(start, <u32>(end - start), lower);
    on = end;
  }
  store<u32>(MISSED, missed);
  return <u32>(on - CHUNK);
}

function needsText(start: usize): u32 {
  store<u32>(MISSED, missed);
  store<u32>(NEEDS_TEXT, 1);
  return <u32>(start - CHUNK);
}

/** Counts the key; or says where it stands. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function look(at: usize, length: u32, lower: u8): void {
  const entry = entryOf(at, length, lower);
  const start = <u32>(at - CHUNK);
  if (entry == 0) miss(start, start + length);
  else store<u32>(entry, load<u32>(entry, TIMES) + 1, TIMES);
}

function miss(start: u32, end: u32): void {
  const place = MISSES + (<usize>missed << 3);
  store<u32>(place, start);
  store<u32>(place, end, 4);
  missed++;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function entryOf(at: usize, length: u32, lower: u8): usize {
  if (length > LONGEST) return 0;
  const key = keyAt(at, length, lower);
  const set = setOf(key);
  if (isThere(set, key, length)) return set;
  if (isThere(set + ENTRY, key, length)) return set + ENTRY;
  if (isThere(set + 2 * ENTRY, key, length)) return set + 2 * ENTRY;
  if (isThere(set + 3 * ENTRY, key, length)) return set + 3 * ENTRY;
  return 0;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function isThere(entry: usize, key: v128, length: u32): bool {
  return load<u32>(entry, SIZE) == length + 1 && !v128.any_true(v128.xor(v128.load(entry), key));
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function keyAt(at: usize, length: u32, lower: u8): v128 {
  const bytes = lower == 0 ? v128.load(at) : v128.or(v128.load(at), i8x16.splat(lower));
  return v128.and(bytes, v128.load(MASKS + (<usize>length << 4)));
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function setOf(key: v128): usize {
  const head = <u64>i64x2.extract_lane(key, 0);
  const tail = <u64>i64x2.extract_lane(key, 1);
  const mixed = (head ^ (tail * B)) * A;
  const hash = (mixed ^ (mixed >> 32)) * A;
  return FRONT + (<usize>(hash >> (64 - FRONT_BITS)) << SET_BITS);
}

/** A bit for each byte of a block that is before `end`. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function inBlock(at: usize, end: usize): u64 {
  return end - at >= BLOCK ? u64.MAX_VALUE : ((<u64>1) << (end - at)) - 1;
}

function isBeyondAscii(start: usize, end: usize): bool {
  for (let at = start; at < end; at++) if (load<u8>(at) >= 0x80) return true;
  return false;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function spacesOf(at: usize): u64 {
  return bitsOf(
    isSpace(v128.load(at)),
    isSpace(v128.load(at, 16)),
    isSpace(v128.load(at, 32)),
    isSpace(v128.load(at, 48)),
  );
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function lettersOf(at: usize): u64 {
  return bitsOf(
    isAnyLetter(v128.load(at)),
    isAnyLetter(v128.load(at, 16)),
    isAnyLetter(v128.load(at, 32)),
    isAnyLetter(v128.load(at, 48)),
  );
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function wideOf(at: usize): u64 {
  return bitsOf(v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48));
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function isAnyLetter(bytes: v128): v128 {
  return isLetter(v128.or(bytes, i8x16.splat(LOWER)));
}
