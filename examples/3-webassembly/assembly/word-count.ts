// Counts words: what word-count.ts of example 1 does, to the letter. Built by the command in README.md. In a project of
// yours the import is "sealfold/lib/program/wasm/assembly".
import { HASH, hashByte, hashEnd, SUM, Table } from "../../../lib/program/wasm/assembly";
import {
  CAPITAL_I_WITH_DOT,
  kindOf,
  LETTER,
  lowerCase,
  readCharacter,
  UPPER,
  writeCharacter,
} from "../../../lib/program/wasm/assembly/text";

export { allocate } from "../../../lib/program/wasm/assembly";

const words = new Table(); // counts by word, until the records of a task are at an end
let word: usize = 0; // a word in lower case, as far as it was read
let room: u32 = 0;
let used: u32 = 0;
let hash: u32 = HASH;

export function aggregate(): i32 {
  return SUM;
}

export function map_chunk(from: usize, length: u32): i32 {
  if (room < length * 2) reserve(length * 2); // Ⱥ has two bytes, and ⱥ three
  const end = from + length;
  let lines = length > 0 && load<u8>(end - 1) != 0x0a ? 1 : 0;
  for (let at = from; at < end; ) {
    const byte = load<u8>(at);
    const small: u8 = byte | 0x20;
    if (small >= 0x61 && small <= 0x7a) addByte(small);
    else if (byte < 0x80) endWord();
    else {
      at += addCharacter(at, from, end);
      continue;
    }
    if (byte == 0x0a) lines++;
    at++;
  }
  endWord();
  return lines;
}

export function flush(): void {
  words.emit();
}

/** @returns how many bytes the character at `at` has, which was added to the word, or ended it */
function addCharacter(at: usize, from: usize, end: usize): u32 {
  const found = readCharacter(at, end);
  const code = <u32>(found >> 8);
  const size = <u32>(found & 0xff);
  const kind = kindOf(code);
  if ((kind & LETTER) != 0) {
    const to = word + used;
    const length = writeCharacter(to, (kind & UPPER) != 0 ? lowerCase(code, at, size, from, end) : code);
    for (let i: u32 = 0; i < length; i++) addByte(load<u8>(to + i));
  }
  if ((kind & LETTER) == 0 || code == CAPITAL_I_WITH_DOT) endWord(); // in lower case it is an i, and a dot that is none
  return size;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
function addByte(byte: u8): void {
  store<u8>(word + used++, byte);
  hash = hashByte(hash, byte);
}

function endWord(): void {
  if (used > 0) words.addHashed(word, used, hashEnd(hash), 1);
  used = 0;
  hash = HASH;
}

function reserve(bytes: u32): void {
  if (word != 0) heap.free(word);
  word = heap.alloc(bytes);
  room = bytes;
}
