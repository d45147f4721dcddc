/**
 * A program that does what its records, its keys and its states tell it: one module for happy paths and for abuse. Records
 * are lines of words; what is between a program and sealfold is called with exactly the numbers that a line says.
 */

import { type AggregateName, aggregateNames } from "../../../lib/program/wasm/abi.ts";
import { compileAssembly } from "./_assembly.ts";

/** Stands for the number that `aggregate` answers, until {@link commandModule} puts another there. */
const placeholder = 77;

const source = `
import { allocate, emit, emit_bytes, emit_pairs, result, log, resultText, textAt, emitText } from "./sealfold";
export { allocate };
export function aggregate(): i32 { return ${placeholder}; }

let kept: i32 = 0;
const place = memory.data(65536);

function deeper(depth: i32): i32 { return depth == -1 ? 0 : deeper(depth + 1) + deeper(depth + 2); }
function digit(code: i32): u8 { return <u8>(code < 58 ? code - 48 : code - 87); }
/** Writes hexadecimal digits as bytes. */
function bytes(text: string, to: usize = place): u32 {
  for (let i = 0; i + 1 < text.length; i += 2) {
    store<u8>(to + (i >> 1), (digit(text.charCodeAt(i)) << 4) | digit(text.charCodeAt(i + 1)));
  }
  return text.length >> 1;
}
function number(text: string): u32 { return <u32>F64.parseFloat(text); }
function spin(): void { while (true) kept++; }

/** What a record, or a state in combine and finish, may ask for. */
function perform(words: string[]): i32 {
  const what = words[0];
  if (what == "word") for (let i = 1; i < words.length; i++) emitText(words[i], 1);
  else if (what == "number") { bytes(words[2]); emitText(words[1], load<f64>(place)); }
  else if (what == "kept") emitText("kept", ++kept);
  else if (what == "answer") return <i32>number(words[1]);
  else if (what == "trap") unreachable();
  else if (what == "divide") { const zero: i32 = words.length - 1; const seven: i32 = 7; emitText("zero", <f64>(seven / zero)); }
  else if (what == "load") emitText("load", load<u8>(0xfffffff0));
  else if (what == "deep") emitText("deep", deeper(0));
  else if (what == "spin") spin();
  else if (what == "grow") { while (memory.grow(1) != -1) {} emitText("pages", memory.size()); }
  else if (what == "grown") { memory.grow(<i32>number(words[1])); emitText("pages", memory.size()); }
  else if (what == "more") memory.grow(<i32>number(words[1]));
  else if (what == "emit") emit(number(words[1]), number(words[2]), 1);
  else if (what == "key") emit(place, bytes(words[1]), 1);
  else if (what == "long") {
    const length = number(words[1]);
    const at = <usize>memory.grow(<i32>(length >> 16) + 1) << 16;
    memory.fill(at, 97, length);
    emit(at, length, 1);
  }
  else if (what == "pairs") emit_pairs(place, bytes(words[1]));
  else if (what == "pairsat") emit_pairs(number(words[1]), number(words[2]));
  else if (what == "bytes") { store<u8>(place, words[1].charCodeAt(0)); emit_bytes(place, 1, place + 8, bytes(words[2], place + 8)); }
  else if (what == "bytesat") emit_bytes(place, 0, number(words[1]), number(words[2]));
  else if (what == "result") result(place, 1);
  else if (what == "resultat") result(number(words[1]), number(words[2]));
  else if (what == "resultof") result(place, bytes(words[1]));
  else if (what == "twice") { resultText("1"); resultText("2"); }
  else if (what == "nothing") {}
  else if (what == "log") log(place, bytes(words[1]));
  else if (what == "logat") log(number(words[1]), number(words[2]));
  else if (what == "flood") { for (let i = 0; i < 1000000000; i++) emitText("k", 1); }
  else if (what == "floodkeys") { for (let i = 0; ; i++) { store<u32>(place, (i & 0x7f) | ((i << 1) & 0x7f00) | ((i << 2) & 0x7f0000) | ((i << 3) & 0x7f000000)); emit(place, 4, 1); } }
  else if (what == "floodbytes") { for (let i = 0; ; i++) emit_bytes(place, 1, place, 4096); }
  else return 99;
  return 0;
}

export function map(at: usize, length: u32): i32 {
  const line = textAt(at, length);
  // A record of JSON is a text in quotes.
  return perform((line.startsWith('"') ? line.substring(1, line.length - 1) : line).split(" "));
}

/** States are texts: joined by a comma, but where both are commands, the first is obeyed. */
export function combine(a: usize, aLength: u32, b: usize, bLength: u32): void {
  const left = textAt(a, aLength);
  const right = textAt(b, bLength);
  if (left.startsWith("!")) perform(left.substring(1).split(" "));
  else {
    const both = String.UTF8.encode(left < right ? left + "," + right : right + "," + left);
    result(changetype<usize>(both), both.byteLength);
  }
}

export function finish(key: usize, keyLength: u32, state: usize, stateLength: u32): void {
  const text = textAt(state, stateLength);
  if (text.startsWith("?")) perform(text.substring(1).split(" "));
  else resultText('{"key":"' + textAt(key, keyLength) + '","state":"' + text + '"}');
}
`;

let compiled: Promise<Uint8Array> | undefined;

/** @returns the module, with an aggregate by its name, or by a number that is none */
export async function commandModule(aggregate: AggregateName | number): Promise<Uint8Array> {
  compiled ??= compileAssembly(source);
  const module = Buffer.from(await compiled);
  const at = module.indexOf(Buffer.from([0x41, placeholder | 0x80, 0, 0x0b]));
  const number = typeof aggregate === "number" ? aggregate : aggregateNames.indexOf(aggregate);
  module[at + 1] = number | 0x80;
  return Uint8Array.from(module);
}

/** @returns a double as the digits that commands take */
export function hexNumber(value: number): string {
  return hex(new Uint8Array(new Float64Array([value]).buffer));
}

/** @returns text as the digits that commands take */
export function hex(text: string | Uint8Array): string {
  return Buffer.from(text).toString("hex");
}
