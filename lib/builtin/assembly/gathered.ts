// What is gathered of the values under each key, and how it is emitted.
import { MAX, MEAN, MIN, MIN_MAX_MEAN, SUM } from "../../program/wasm/assembly";
import { addExact, isFull, visitParts } from "./exact";
import { PARAMETERS } from "./memory";
import { begin, find, pair, STATE, VALUES } from "./table";

/** One of those of `sealfold/1`, which ../group-by.ts writes. */
export const AGGREGATE: i32 = load<u8>(PARAMETERS);

// What an aggregate looks at: each has loops of its own.
export class Counts {}
export class Sums {}
export class Bounds {}
export class SumsAndBounds {}

/** In an entry, behind the sum. */
const LEAST: usize = STATE + 24;
const GREATEST: usize = STATE + 32;

/** Log2 of an entry's bytes. */
const WIDTH: u32 = 6;

/** The key that is emitted. */
let key: usize = 0;
let keyLength: u32 = 0;

begin(WIDTH, (entry, at, length) => {
  key = at;
  keyLength = length;
  // All that is gathered of it may have been emitted.
  if (load<u32>(entry, VALUES) > 0) emitEntry(entry);
});

/** Adds a value to what is gathered under the key of `length` bytes that lies there. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
export function gather<Of>(at: usize, length: u32, value: f64): void {
  const entry = find(at, length, WIDTH);
  const isSummed = idof<Of>() == idof<Sums>() || idof<Of>() == idof<SumsAndBounds>();
  if (entry == 0 || (isSummed && !addExact(entry, value))) {
    writePair(pairOf(at, length), 1, value, value, value);
    return;
  }
  const values = load<u32>(entry, VALUES);
  if (idof<Of>() == idof<Bounds>() || idof<Of>() == idof<SumsAndBounds>()) {
    if (values == 0 || value < load<f64>(entry, LEAST)) store<f64>(entry, value, LEAST);
    if (values == 0 || value > load<f64>(entry, GREATEST)) store<f64>(entry, value, GREATEST);
  }
  store<u32>(entry, values + 1, VALUES);
  if (isSummed && isFull(entry)) emitFull(entry, at, length);
}

function emitFull(entry: usize, at: usize, length: u32): void {
  key = at;
  keyLength = length;
  emitEntry(entry);
  memory.fill(entry + VALUES, 0, LEAST - VALUES);
}

/** Emits what was gathered under `key`. */
function emitEntry(entry: usize): void {
  if (AGGREGATE == SUM || AGGREGATE == MEAN || AGGREGATE == MIN_MAX_MEAN) {
    visitParts(entry, (entry, values, part) => {
      writePair(pairOf(key, keyLength), values, part, load<f64>(entry, LEAST), load<f64>(entry, GREATEST));
    });
    return;
  }
  const value = AGGREGATE == MIN ? load<f64>(entry, LEAST) : AGGREGATE == MAX ? load<f64>(entry, GREATEST) : 0;
  writePair(pairOf(key, keyLength), load<u32>(entry, VALUES), value, value, value);
}

/** @returns where the next pair's head goes, whose key is there already */
function pairOf(at: usize, length: u32): usize {
  const head: u32 = AGGREGATE == MIN_MAX_MEAN ? 32 : 16;
  const place = pair(head, length);
  store<u32>(place, length);
  memory.copy(place + head, at, length);
  return place;
}

function writePair(place: usize, values: u32, value: f64, least: f64, greatest: f64): void {
  store<u32>(place, values, 4);
  store<f64>(place, value, 8);
  if (AGGREGATE != MIN_MAX_MEAN) return;
  store<f64>(place, least, 16);
  store<f64>(place, greatest, 24);
}
