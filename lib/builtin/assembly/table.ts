// What is gathered by key: an open-addressed table of bytes. Keys of up to 16 bytes lie in their entry, longer ones in an
// arena. Nobody gains by keys that fall on one another: after a few looks a key finds no place, and is emitted at once.
import { emit_pairs } from "../../program/wasm/assembly";
import { take } from "./memory";

/*
 * An entry: the first 8 bytes of the key, zeros behind its end; the next 8 likewise, or the arena's place of a key longer
 * than 16 with its hash above; the key's length plus one, 0 where the entry is free; how many values; and what else the
 * program gathers.
 */
const TAIL: usize = 8;
const SIZE: usize = 16;
export const VALUES: usize = 20;
export const STATE: usize = 24;

const SHORT: u32 = 16;
const LOOKS: u32 = 64;
const FIRST_BITS: u32 = 12;
const MOST_BITS: u32 = 21;
const FIRST_ARENA: u32 = 1 << 16;
const MOST_ARENA: u32 = 1 << 26;
const PAIRS: u32 = 1 << 18;
const NONE: u32 = u32.MAX_VALUE;

// @ts-ignore: a decorator of AssemblyScript's
@inline
const A: u64 = 0x9e37_79b9_7f4a_7c15;
// @ts-ignore: a decorator of AssemblyScript's
@inline
const B: u64 = 0xc2b2_ae3d_27d4_eb4f;

/** For each length of a key up to 16 which bits of two words belong to it. */
const MASKS: usize = memory.data(17 * 16);
for (let length: u32 = 1; length <= SHORT; length++) {
  const masks = MASKS + (<usize>length << 4);
  store<u64>(masks, length < 8 ? <u64>-1 >> ((8 - length) << 3) : <u64>-1);
  if (length > 8) store<u64>(masks, <u64>-1 >> ((16 - length) << 3), 8);
}

/** Log2 of an entry's bytes. */
let width: u32 = 5;
/** Log2 of how many entries there are. */
let bits: u32 = 0;
let entries: usize = 0;
let count: u32 = 0;
let arena: usize = 0;
let arenaUsed: u32 = 0;
let arenaRoom: u32 = 0;
let pairs: usize = 0;
let pairsUsed: u32 = 0;
let pairsRoom: u32 = 0;

/** Writes what was gathered under a key: see `pair`. */
type Writer = (entry: usize, at: usize, length: u32) => void;

let write: Writer = (_entry, _at, _length) => unreachable();

/** Says what an entry is made of; once, before anything else. */
export function begin(entryBits: u32, writer: Writer): void {
  width = entryBits;
  write = writer;
  // As long as there is memory: what is gathered must always find its way out.
  pairs = take(PAIRS);
  pairsRoom = PAIRS;
  if (pairs == 0 || !renew(FIRST_BITS)) unreachable();
}

/**
 * @param at - of a key's bytes, behind which 16 more can be read
 * @param width - what {@link begin} was told, known where this is compiled
 * @returns its entry, whose values are 0 where it is new; or 0: what is to be gathered must be emitted by itself
 */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function find(at: usize, length: u32, width: u32): usize {
  if (length > SHORT) return findLong(at, length);
  const masks = MASKS + (<usize>length << 4);
  const head = load<u64>(at) & load<u64>(masks);
  const tail = load<u64>(at, 8) & load<u64>(masks, 8);
  const hash = mix(head, tail);
  const last = (<u32>1 << bits) - 1;
  let slot = <u32>(hash >> (64 - bits));
  for (let looks: u32 = 0; looks < LOOKS; looks++) {
    const entry = entries + (<usize>slot << width);
    const size = load<u32>(entry, SIZE);
    if (((load<u64>(entry) ^ head) | (load<u64>(entry, TAIL) ^ tail) | (size ^ (length + 1))) == 0) return entry;
    if (size == 0) return insert(entry, at, length, head, tail, hash);
    slot = (slot + 1) & last;
  }
  return 0;
}

/** Emits all that was gathered, and forgets it. */
export function flush(): void {
  const end = entries + ((<usize>1 << bits) << width);
  for (let entry = entries; entry < end && count > 0; entry += (<usize>1) << width) {
    const size = load<u32>(entry, SIZE);
    if (size == 0) continue;
    const length = size - 1;
    write(entry, length <= SHORT ? entry : arena + load<u32>(entry, TAIL), length);
    memory.fill(entry, 0, (<usize>1) << width);
    count--;
  }
  arenaUsed = 0;
  emitPairs();
}

/** Forgets what was gathered. */
export function forget(): void {
  memory.fill(entries, 0, (<usize>1 << bits) << width);
  count = 0;
  arenaUsed = 0;
  pairsUsed = 0;
}

/** @returns where one more pair of that head's and key's length is to be written, in the form of `emit_pairs` */
export function pair(head: u32, length: u32): usize {
  const size = head + length;
  if (pairsUsed + size > pairsRoom) {
    emitPairs();
    if (size > pairsRoom) {
      pairsRoom = size > PAIRS ? size : PAIRS;
      pairs = take(pairsRoom);
      if (pairs == 0) unreachable();
    }
  }
  const at = pairs + pairsUsed;
  pairsUsed += size;
  return at;
}

function emitPairs(): void {
  if (pairsUsed > 0) emit_pairs(pairs, pairsUsed);
  pairsUsed = 0;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function mix(head: u64, tail: u64): u64 {
  const mixed = (head ^ (tail * B)) * A;
  return (mixed ^ (mixed >> 32)) * A;
}

function findLong(at: usize, length: u32): usize {
  const head = load<u64>(at);
  const hash = hashOf(at, length);
  const last = (<u32>1 << bits) - 1;
  let slot = <u32>(hash >> (64 - bits));
  for (let looks: u32 = 0; looks < LOOKS; looks++) {
    const entry = entries + (<usize>slot << width);
    const size = load<u32>(entry, SIZE);
    if (size == 0) return insert(entry, at, length, head, 0, hash);
    const tail = load<u64>(entry, TAIL);
    if (load<u64>(entry) == head && size == length + 1 && tail >> 32 == hash >> 32) {
      if (memory.compare(arena + <u32>tail, at, length) == 0) return entry;
    }
    slot = (slot + 1) & last;
  }
  return 0;
}

function hashOf(at: usize, length: u32): u64 {
  let hash: u64 = length;
  let left = length;
  for (; left >= 8; left -= 8) {
    hash = mix(hash, load<u64>(at));
    at += 8;
  }
  return left == 0 ? hash : mix(hash, load<u64>(at) & (<u64>-1 >> ((8 - left) << 3)));
}

/** @returns the entry of a new key, which is `entry` unless the table had to grow; 0 where there is no room for the key */
function insert(entry: usize, at: usize, length: u32, head: u64, tail: u64, hash: u64): usize {
  let place = entry;
  if (count >= <u32>1 << (bits - 1)) {
    if (bits == MOST_BITS || !renew(bits + 1)) flush();
    place = freeEntry(entries, bits, hash);
  }
  let rest = tail;
  if (length > SHORT) {
    const kept = keep(at, length);
    if (kept == NONE) return 0;
    rest = (hash & 0xffff_ffff_0000_0000) | kept; // its upper half is needed when the table grows
  }
  count++;
  store<u64>(place, head);
  store<u64>(place, rest, TAIL);
  store<u32>(place, length + 1, SIZE);
  return place;
}

function freeEntry(entries: usize, bits: u32, hash: u64): usize {
  const last = (<u32>1 << bits) - 1;
  let slot = <u32>(hash >> (64 - bits));
  while (load<u32>(entries + (<usize>slot << width), SIZE) != 0) slot = (slot + 1) & last;
  return entries + (<usize>slot << width);
}

/** Makes the table anew, with all that is in it. @returns whether there was memory for it */
function renew(newBits: u32): bool {
  const old = entries;
  const end = old + (old == 0 ? 0 : (<usize>1 << bits) << width);
  const bytes = (<usize>1 << newBits) << width;
  const fresh = take(bytes);
  if (fresh == 0) return false;
  // It is zeros. A page that is read first costs the system twice as much as one that is written first.
  memory.fill(fresh, 0, bytes);
  for (let entry = old; entry < end; entry += (<usize>1) << width) {
    const size = load<u32>(entry, SIZE);
    if (size == 0) continue;
    const tail = load<u64>(entry, TAIL);
    const hash = size - 1 <= SHORT ? mix(load<u64>(entry), tail) : tail;
    memory.copy(freeEntry(fresh, newBits, hash), entry, (<usize>1) << width);
  }
  entries = fresh;
  bits = newBits;
  return true;
}

/** @returns the place in the arena of a copy of bytes; `NONE` when there is no room for it */
function keep(at: usize, length: u32): u32 {
  if (length > MOST_ARENA - arenaUsed) return NONE;
  if (arenaUsed + length > arenaRoom) {
    let room = arenaRoom == 0 ? FIRST_ARENA : arenaRoom;
    while (room < arenaUsed + length) room *= 2;
    const fresh = take(room);
    if (fresh == 0) return NONE;
    memory.copy(fresh, arena, arenaUsed);
    arena = fresh;
    arenaRoom = room;
  }
  const place = arenaUsed;
  memory.copy(arena + place, at, length);
  arenaUsed += length;
  return place;
}
