/** The defences of the wall around modules, each with the smallest change of the sources that takes it out. */

import type { Row } from "./row.ts";

const check = "lib/program/wasm/check-module.ts";
const reader = "lib/program/wasm/module-reader.ts";
const instructions = "lib/program/wasm/instructions.ts";
const bound = "lib/program/wasm/bound-module.ts";
const imports = "lib/sandbox/realm/wasm/imports.ts";
const instance = "lib/sandbox/realm/wasm/instance.ts";
const memory = "lib/sandbox/realm/wasm/module-memory.ts";
const lastPairs = "lib/sandbox/realm/wasm/last-pairs.ts";
const feed = "lib/sandbox/realm/wasm/feed.ts";
const realm = "lib/sandbox/realm/wasm-realm.ts";
const host = "lib/sandbox/realm/wasm/host.ts";
const template = "lib/builtin/template.ts";
const groupBy = "lib/builtin/group-by.ts";

/** They begin with a compiler, so they are not among those that every other defence is held against. */
export const wasmRealmTests: readonly string[] = [
  "test/claims/confinement/wasm.test.ts",
  ...["realm", "aggregates", "last-pairs", "tools"].map((of) => `test/sandbox/realm/wasm-${of}.test.ts`),
];

export const wasmRows: readonly Row[] = [
  // what a module may be made of
  ["a module imports from the interface alone", check, "if (module !== abiModule) refuse", "if (false) refuse"],
  [
    "imports are functions",
    check,
    'if (kind !== "function") refuse(`${place}: expected a function, got a ${kind}`);\n  expectSignature(parts, type',
    "expectSignature(parts, type",
  ],
  ["imports have their signature", check, "  expectSignature(parts, type, known.signature, place);\n", ""],
  [
    "exports have their signature",
    check,
    "    expectSignature(parts, parts.functions[index], known.signature, place);\n",
    "",
  ],
  ["a module has one memory", check, "if (parts.memories.length !== 1) refuse", "if (false) refuse"],
  ["a module maps in one way", check, 'if (functions.has("map") === functions.has("map_chunk"))', "if (false)"],
  ["only known sections", reader, "if (place === -1) refuseSection(content, id);", "if (place === -1) continue;"],
  ["sections are there once, in order", reader, "if (place <= last) content.refuse", "if (false) content.refuse"],
  [
    "a section is no longer than what is in it",
    reader,
    "if (!content.isDone) content.refuse",
    "if (false) content.refuse",
  ],
  [
    "memories have 32 bits and are not shared",
    reader,
    'readSize(reader);\n  if ((flags & 2) !== 0) reader.refuse("shared memory is not allowed");\n  if (flags > 1) reader.refuse',
    "readSize(reader);\n  if (false) reader.refuse",
  ],
  ["a function ends where it says", reader, "if (!body.isDone) body.refuse", "if (false) body.refuse"],
  [
    "types are of functions",
    reader,
    "if (reader.byte() !== 0x60) reader.refuse",
    "if (reader.byte() === 0) reader.refuse",
  ],
  ["a module is bounded", reader, "if (bytes.length > maxModuleBytes) reader.refuse", "if (false) reader.refuse"],
  [
    "no code but what is known: no exceptions",
    instructions,
    "return refuseInstruction(reader, instruction);",
    "return;",
  ],
  ["no relaxed SIMD", instructions, "if (instruction > 0xff) reader.refuse", "if (false) reader.refuse"],
  [
    "no other memories",
    instructions,
    "if (reader.u32() >= 64) reader.refuse",
    "if (reader.u32() === Infinity) reader.refuse",
  ],
  [
    "no references to the host",
    instructions,
    "if (reader.byte() !== functionReference) reader.refuse",
    "if (reader.byte() === 0) reader.refuse",
  ],
  ["memory grows to the policy's bound", bound, "max === undefined ? most : Math.min(max, most)", "max ?? maxPages"],
  ["memory begins within the policy's bound", bound, "if (memory.some(({ min }) => min > pages)) {", "if (false) {"],
  [
    "tables begin within their bound",
    bound,
    "if (tables.some(({ min }) => min > maxTable)) refuse",
    "if (false) refuse",
  ],
  [
    "nothing but names is kept beside the standard",
    reader,
    'if (content.name() === "name") parts',
    'if (content.name() !== "") parts',
  ],
  // what a built-in program is made of
  ["parameters stay below the program's memory", template, "if (parameters.length > maxParameters) {", "if (false) {"],
  ["built-in programs say that they read lines", template, 'needs, file, reads: "lines" }', "needs, file }"],
  ["a delimiter is in no number", groupBy, '|| /["\\dA-Za-z.+-]/.test(delimiter)', ""],
  ["a key has each column once", groupBy, "|| new Set(keys).size < keys.length", ""],
  // what a module calls
  [
    "imports work at their moment alone",
    imports,
    "if (moment === undefined || (moment !== first",
    "if (moment === undefined && (moment !== first",
  ],
  ["pointers are within the memory", memory, "if (from + (length >>> 0) > this.bytes.length) {", "if (false) {"],
  [
    "pointers do not wrap around",
    memory,
    "if (from + (length >>> 0) > this.bytes.length) {",
    "if ((from + length) >>> 0 > this.bytes.length) {",
  ],
  ["a state is bounded", memory, "if (length >>> 0 > most) refuse", "if (false) refuse"],
  ["texts are UTF-8", "lib/program/groups.ts", "if (bits >= 0x80 && !isUtf8(bytes, start, end)) return -1;", ""],
  ["last pairs' keys are UTF-8", lastPairs, "if (!isText(bytes, keyStart, keyEnd)) refuse", "if (false) refuse"],
  ["last pairs have values", lastPairs, "if (values < 1) refuse", "if (false) refuse"],
  ["last pairs take of the output's room", lastPairs, "if (!room.has(this.#payload)) refuse", "if (false) refuse"],
  ["last pairs are bounded", lastPairs, "return this.#handedOut > mostBytes;", "return false;"],
  ["a packed pair's key is no longer than a key", imports, "if (keyLength > host.keyBytes) refuseKey();", ""],
  ["a packed pair's key is within the list", imports, "if (keyLength > end - at) refuse", "if (false) refuse"],
  ["a packed pair's value is finite", host, "if (!Number.isFinite(pair.value)) refuse", "if (false) refuse"],
  [
    "a packed pair's bounds are finite",
    host,
    "if (!Number.isFinite(pair.least) || !Number.isFinite(pair.greatest)) {",
    "if (false) {",
  ],
  ["a result is bounded", imports, "if (isResult && length >>> 0 > host.answerBytes)", "if (false)"],
  // what a module answers
  ["an answer is given once", instance, "if (this.#answer !== undefined) refuse", "if (false) refuse"],
  [
    "an answer is given",
    instance,
    'return answer ?? refuse(`${name} gives no result`, "PROGRAM_VALUE");',
    "return answer ?? new Uint8Array();",
  ],
  ["allocate says when there is none", instance, "if (at === 0) refuse", "if (false) refuse"],
  ["allocated memory is within the memory", instance, "at: this.memory.expect(at, size)", "at"],
  ["map_chunk counts what it was given", feed, "if (answer < 0 || answer > batch.length) refuse", "if (false) refuse"],
  ["a bad record is one that map says is bad", feed, "if (answer !== 0) refuse", "if (false) refuse"],
  ["after a bad record the instance is another", feed, "realm.renewInstance();\n      start = -1;", ""],
  [
    "a full stack is no bad record",
    feed,
    "if (engine.thrown instanceof Refusal && engine.thrown.isOfTheMachine) throw",
    "if (false) throw",
  ],
  ["records are UTF-8", feed, "if (!isBytes && !isUtf8(chunk)) throw", "if (false) throw"],
  ["states from elsewhere are checked", realm, "!this.#isState(state)", "false"],
  ["keys from elsewhere are texts", realm, "if (kind !== 0 || ", "if ("],
  ["capabilities are granted", realm, "expectGranted(compiled.needs, options, wants);", ""],
  [
    "whatever ends a module has a code",
    "lib/sandbox/realm/wasm/refusal.ts",
    "if (!(thrown instanceof webAssembly.RuntimeError)) return thrown;",
    "if (true) return thrown;",
  ],
  [
    "a program is of the policy's kind",
    "lib/sandbox/roles/open-program.ts",
    'if ((kind === "wasm") !== isModule(bytes)) {',
    "if (false) {",
  ],
];

/** @returns the tests that notice when a defence in `file` is out. */
export function wasmTestsOf(file: string): string {
  if (file.startsWith("lib/builtin/")) return "test/builtin";
  if (file.startsWith("lib/program/")) return "test/program/wasm";
  if (file.startsWith("lib/sandbox/roles/")) return "test/sandbox/roles/open-program.test.ts";
  return wasmRealmTests.join(" ");
}
