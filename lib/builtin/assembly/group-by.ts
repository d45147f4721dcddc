// Groups the rows of delimited text by a key, and gathers their numbers: sum, count, mean, least, greatest, or the last
// three together.
import { COUNT, log, MAX, MIN, MIN_MAX_MEAN } from "../../program/wasm/assembly";
import { begin, ends, endsStop, hasQuotes, index, indexLine, MOST_INDEXED, PLACE } from "./columns";
import { numberAt } from "./decimal";
import { AGGREGATE, Bounds, Counts, gather, Sums, SumsAndBounds } from "./gathered";
import { PARAMETERS, SLACK, take } from "./memory";
import { shortNumberAt } from "./short-decimal";
import { flush as emitAll, forget } from "./table";

export { allocate } from "./memory";

/** What ../group-by.ts writes. */
const DELIMITER: u8 = load<u8>(PARAMETERS, 1);
const KEYS: u32 = load<u16>(PARAMETERS, 2);
const VALUE: u32 = load<u16>(PARAMETERS, 4);
const HEADER_LENGTH: u32 = load<u16>(PARAMETERS, 6);
const KEY_COLUMNS: usize = PARAMETERS + 8;
const MOST_KEYS: u32 = 16;
const HEADER: usize = KEY_COLUMNS + 2 * MOST_KEYS;
const KEY: u32 = keyColumn(0);

const LINE_END: u8 = 0x0a;
const RETURN: u8 = 0x0d;
const QUOTE: u8 = 0x22;

/** The last column that is used. */
let last: u32 = VALUE;

/** Rows and other lines so far. */
let lines: u32 = 0;
/** A key of several columns. */
let joined: usize = 0;
let room: usize = 0;

for (let i: u32 = 0; i < KEYS; i++) last = max(last, keyColumn(i));

begin();

export function aggregate(): i32 {
  return AGGREGATE;
}

export function flush(): void {
  emitAll();
  lines = 0;
}

export function map_chunk(from: usize, length: u32): i32 {
  if (length == 0) return 0;
  const before = lines;
  let isGood: bool;
  if (AGGREGATE == COUNT) isGood = mapRows<Counts>(from, length);
  else if (AGGREGATE == MIN || AGGREGATE == MAX) isGood = mapRows<Bounds>(from, length);
  else if (AGGREGATE == MIN_MAX_MEAN) isGood = mapRows<SumsAndBounds>(from, length);
  else isGood = mapRows<Sums>(from, length);
  return isGood ? lines - before : -1;
}

/** @returns whether the task goes on */
function mapRows<Of>(from: usize, length: u32): bool {
  let stop = from + length;
  if (load<u8>(stop - 1) != LINE_END) store<u8>(stop++, LINE_END);
  if (length > MOST_INDEXED) return mapLong<Of>(from, stop);
  index(from, stop, DELIMITER);
  // A line without characters has one column, and so it is never plain where a row has more.
  const isPlain = KEYS == 1 && last > 1 && HEADER_LENGTH == 0 && !hasQuotes;
  const least = isPlain ? (<usize>last - 1) * PLACE : usize.MAX_VALUE;
  const valueEnd = (<usize>VALUE - 1) * PLACE;
  const keyEnd = (<usize>KEY - 1) * PLACE;
  const stopAt = endsStop;
  for (let list = ends, next = list; list < stopAt; next += PLACE, list = next) {
    let end = <usize>load<u32>(next);
    while (load<u8>(end) != LINE_END) end = <usize>load<u32>((next += PLACE));
    if (next - list < least || load<u8>(end - 1) == RETURN) {
      if (!addRow<Of>(list, next)) return false;
      continue;
    }
    lines++;
    let value: f64 = 0;
    if (idof<Of>() != idof<Counts>()) {
      const to = <usize>load<u32>(list + valueEnd);
      const start = <usize>load<u32>(list + valueEnd - PLACE) + 1;
      value = shortNumberAt(start, to) + 0; // plain 0 for -0
      if (value != value) {
        value = numberAt(start, to) + 0;
        if (value - value != 0) return failNumber();
      }
    }
    const key = <usize>load<u32>(list + keyEnd - PLACE) + 1;
    gather<Of>(key, load<u32>(list + keyEnd) - <u32>key, value);
  }
  return true;
}

/** Lines that are too long for lists of them all. */
function mapLong<Of>(from: usize, stop: usize): bool {
  for (let row = from; row < stop; ) {
    let end = row;
    while (load<u8>(end) != LINE_END) end++;
    const columns = indexLine(row, end, DELIMITER, last);
    if (!addRow<Of>(ends, ends + (<usize>columns - 1) * PLACE)) return false;
    row = end + 1;
  }
  return true;
}

/**
 * Any row.
 * @param list - where the places of its columns' ends are, up to `lineEnd`
 * @returns whether the task goes on
 */
function addRow<Of>(list: usize, lineEnd: usize): bool {
  lines++;
  const from = startOf(1, list);
  const end = <usize>load<u32>(lineEnd);
  if (end > from && load<u8>(end - 1) == RETURN) store<u32>(lineEnd, <u32>end - 1);
  const length = load<u32>(lineEnd) - <u32>from;
  const isRow = length > 0 && !(length == HEADER_LENGTH && memory.compare(from, HEADER, length) == 0);
  const isGood = !isRow || addColumns<Of>(list, length, lineEnd - list);
  store<u32>(lineEnd, <u32>end);
  return isGood;
}

function addColumns<Of>(list: usize, length: u32, lineEnd: usize): bool {
  if (lineEnd < (<usize>last - 1) * PLACE) return fail("there are too few columns");
  if (hasQuotes && isQuoted(list)) return fail("a column begins with a quotation mark");
  let value: f64 = 0;
  if (idof<Of>() != idof<Counts>()) {
    value = numberAt(startOf(VALUE, list), endOf(VALUE, list)) + 0;
    if (value - value != 0) return failNumber();
  }
  let key = startOf(KEY, list);
  let stop = endOf(KEY, list);
  if (KEYS > 1) {
    stop = join(list, length);
    key = joined;
  }
  gather<Of>(key, <u32>(stop - key), value);
  return true;
}

/** Puts the columns of a key behind one another. @returns where they end */
function join(list: usize, length: u32): usize {
  const most = <usize>length + MOST_KEYS;
  if (room < most) {
    room = most * 2;
    joined = take(room + SLACK);
    if (joined == 0) unreachable();
  }
  let to = joined;
  for (let i: u32 = 0; i < KEYS; i++) {
    if (i > 0) store<u8>(to++, DELIMITER);
    const start = startOf(keyColumn(i), list);
    const bytes = endOf(keyColumn(i), list) - start;
    memory.copy(to, start, bytes);
    to += bytes;
  }
  return to;
}

/** @returns whether one of the columns up to the last that is used begins with a quotation mark */
function isQuoted(list: usize): bool {
  for (let column: u32 = 1; column <= last; column++) if (load<u8>(startOf(column, list)) == QUOTE) return true;
  return false;
}

function keyColumn(index: u32): u32 {
  return load<u16>(KEY_COLUMNS + 2 * index);
}

/** Each column begins behind the end of the one before. */
// @ts-ignore: a decorator of AssemblyScript's
@inline
function startOf(column: u32, list: usize): usize {
  return <usize>load<u32>(list + (<usize>column - 2) * PLACE) + 1;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function endOf(column: u32, list: usize): usize {
  return load<u32>(list + (<usize>column - 1) * PLACE);
}

function failNumber(): bool {
  return fail("the value is no decimal number within the range of a double");
}

/** Says at which line of the task something is wrong, to those who may know it, and forgets the task. */
function fail(reason: string): bool {
  const text = take(128);
  if (text != 0) {
    const end = writeText(writeNumber(writeText(text, "line "), lines), " of the task: ");
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
