// Groups the rows of delimited text by a key, and gathers their numbers: sum, count, mean, least, greatest, or the last
// three together.
import { log, MAX, MEAN, MIN, MIN_MAX_MEAN, SUM } from "../../program/wasm/assembly";
import { numberAt } from "./decimal";
import { addExact, isFull, visitParts } from "./exact";
import { PARAMETERS, SLACK, take } from "./memory";
import { begin, find, flush as emitAll, forget, pair, STATE, VALUES } from "./table";

export { allocate } from "./memory";

/** What ../group-by.ts writes. */
const AGGREGATE: i32 = load<u8>(PARAMETERS);
const DELIMITER: u8 = load<u8>(PARAMETERS, 1);
const KEYS: u32 = load<u16>(PARAMETERS, 2);
const VALUE: u32 = load<u16>(PARAMETERS, 4);
const HEADER_LENGTH: u32 = load<u16>(PARAMETERS, 6);
const KEY_COLUMNS: usize = PARAMETERS + 8;
const MOST_KEYS: u32 = 16;
const HEADER: usize = KEY_COLUMNS + 2 * MOST_KEYS;

/** In an entry, behind the sum. */
const LEAST: usize = STATE + 24;
const GREATEST: usize = STATE + 32;
const BLOCK: usize = 64;
const LINE_END: u8 = 0x0a;
const RETURN: u8 = 0x0d;
const QUOTE: u8 = 0x22;

/** For each column what it is: 0 nothing, or the place of its bounds in `bounds` plus one. */
const uses: usize = memory.data(65_536);
/** Where each column of the row that is used begins and ends: the value first, then the keys in their order. */
const bounds: usize = memory.data(8 * 17);
/** The last column that is used. */
let last: u32 = VALUE;

/** Rows and other lines so far. */
let lines: u32 = 0;
/** The key that is emitted. */
let key: usize = 0;
let keyLength: u32 = 0;
/** A key of several columns. */
let joined: usize = 0;
let room: usize = 0;

if (VALUE > 0) store<u8>(uses + VALUE, 1);
for (let i: u32 = 0; i < KEYS; i++) {
  const column: u32 = load<u16>(KEY_COLUMNS + 2 * i);
  store<u8>(uses + column, <u8>(i + 2));
  if (column > last) last = column;
}

begin(6, (entry, at, length) => {
  key = at;
  keyLength = length;
  // All that is gathered of it may have been emitted.
  if (load<u32>(entry, VALUES) > 0) emitEntry(entry);
});

export function aggregate(): i32 {
  return AGGREGATE;
}

export function flush(): void {
  emitAll();
  lines = 0;
}

export function map_chunk(from: usize, length: u32): i32 {
  if (length == 0) return 0;
  let stop = from + length;
  if (load<u8>(stop - 1) != LINE_END) store<u8>(stop++, LINE_END);
  memory.fill(stop, 0, BLOCK);
  const before = lines;
  const delimiter = i8x16.splat(DELIMITER);
  const lineEnd = i8x16.splat(LINE_END);
  let row = from;
  let field = from;
  let column: u32 = 1;
  let isQuoted = false;
  for (let at = from; at < stop; at += BLOCK) {
    let ends =
      endsOf(at, delimiter, lineEnd) |
      (endsOf(at + 16, delimiter, lineEnd) << 16) |
      (endsOf(at + 32, delimiter, lineEnd) << 32) |
      (endsOf(at + 48, delimiter, lineEnd) << 48);
    for (; ends != 0; ends &= ends - 1) {
      const end = at + <usize>ctz(ends);
      const isLast = load<u8>(end) == LINE_END;
      if (column <= last) {
        const to = isLast && end > field && load<u8>(end - 1) == RETURN ? end - 1 : end;
        const use: usize = load<u8>(uses + column);
        if (use != 0) setBounds(use - 1, field, to);
        isQuoted = isQuoted || load<u8>(field) == QUOTE;
      }
      field = end + 1;
      if (isLast) {
        lines++;
        if (!addRow(row, end, column, isQuoted)) return -1;
        row = field;
        column = 0;
        isQuoted = false;
      }
      column++;
    }
  }
  return lines - before;
}

/** @returns whether the task goes on */
function addRow(from: usize, end: usize, columns: u32, isQuoted: bool): bool {
  const length = <u32>(end > from && load<u8>(end - 1) == RETURN ? end - 1 - from : end - from);
  if (length == 0) return true;
  if (length == HEADER_LENGTH && memory.compare(from, HEADER, length) == 0) return true;
  if (columns < last) return fail("there are too few columns");
  if (isQuoted) return fail("a column begins with a quotation mark");
  let value: f64 = 0;
  if (VALUE > 0) {
    value = numberAt(boundAt(0), endAt(0)) + 0; // plain 0 for -0
    if (value - value != 0) return fail("the value is no decimal number within the range of a double");
  }
  if (KEYS == 1) gather(boundAt(1), <u32>(endAt(1) - boundAt(1)), value);
  else gatherJoined(length, value);
  return true;
}

function gatherJoined(most: u32, value: f64): void {
  if (room < <usize>most + MOST_KEYS) {
    room = <usize>most * 2 + MOST_KEYS;
    joined = take(room + SLACK);
    if (joined == 0) unreachable();
  }
  let to = joined;
  for (let i: u32 = 1; i <= KEYS; i++) {
    if (i > 1) store<u8>(to++, DELIMITER);
    const length = endAt(i) - boundAt(i);
    memory.copy(to, boundAt(i), length);
    to += length;
  }
  gather(joined, <u32>(to - joined), value);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function gather(at: usize, length: u32, value: f64): void {
  const entry = find(at, length);
  const isSummed = AGGREGATE == SUM || AGGREGATE == MEAN || AGGREGATE == MIN_MAX_MEAN;
  if (entry == 0 || (isSummed && !addExact(entry, value))) {
    emitOne(at, length, value);
    return;
  }
  const values = load<u32>(entry, VALUES);
  if (AGGREGATE >= MIN) {
    if (values == 0 || value < load<f64>(entry, LEAST)) store<f64>(entry, value, LEAST);
    if (values == 0 || value > load<f64>(entry, GREATEST)) store<f64>(entry, value, GREATEST);
  }
  store<u32>(entry, values + 1, VALUES);
  if (isSummed && isFull(entry)) {
    key = at;
    keyLength = length;
    emitEntry(entry);
    memory.fill(entry + VALUES, 0, LEAST - VALUES);
  }
}

function emitOne(at: usize, length: u32, value: f64): void {
  writePair(pairOf(at, length), 1, value, value, value);
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

/** Says at which line of the task something is wrong, to those who may know it, and forgets the task. */
function fail(reason: string): bool {
  const text = take(128);
  if (text != 0) {
    const end = writeText(writeNumber(writeText(text, "line "), lines) , " of the task: ");
    log(text, <u32>(writeText(end, reason) - text));
  }
  lines = 0;
  forget();
  return false;
}

/** @returns where it ends. It is ASCII. */
function writeText(to: usize, text: string): usize {
  for (let i = 0; i < text.length; i++) store<u8>(to + i, <u8>text.charCodeAt(i));
  return to + text.length;
}

/** @returns where it ends */
function writeNumber(to: usize, value: u32): usize {
  const end = value < 10 ? to : writeNumber(to, value / 10);
  store<u8>(end, 0x30 + <u8>(value % 10));
  return end + 1;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function setBounds(place: usize, from: usize, to: usize): void {
  store<u32>(bounds + 8 * place, <u32>from);
  store<u32>(bounds + 8 * place, <u32>to, 4);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function boundAt(place: usize): usize {
  return load<u32>(bounds + 8 * place);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function endAt(place: usize): usize {
  return load<u32>(bounds + 8 * place, 4);
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function endsOf(at: usize, delimiter: v128, lineEnd: v128): u64 {
  const bytes = v128.load(at);
  return <u64>(<u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, delimiter), i8x16.eq(bytes, lineEnd))));
}
