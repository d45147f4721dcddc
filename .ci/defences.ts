/** The defences of the wall around programs, each with the smallest change of the sources that takes it out. */

import { brokerRows } from "./broker-defences.ts";
import { failureRows } from "./failure-defences.ts";
import { keptRows } from "./kept-defences.ts";
import { narrowingRows } from "./narrowing-defences.ts";
import type { Row, RowBy } from "./row.ts";
import { shuffleRows } from "./shuffle-defences.ts";
import { receiptRows } from "./receipt-defences.ts";
import { taskRows } from "./task-defences.ts";
import { textRows } from "./text-defences.ts";
import { wasmRows, wasmTestsOf } from "./wasm-defences.ts";

/** One defence. `change`: a text that is in `file` once, and what stands there without it. */
export interface Defence {
  readonly name: string;
  readonly file: string;
  readonly change: readonly [from: string, to: string];
  /** The tests that notice, with a space between them, where those of a realm alone cannot. */
  readonly by?: string;
}

const tame = "lib/sandbox/realm/tame.ts";
const realm = "lib/sandbox/realm/realm.ts";
const boot = "lib/sandbox/realm/boot.ts";
const harden = "lib/sandbox/realm/harden.ts";
const canonical = "lib/program/canonical-program.ts";
const engine = "lib/program/engine.ts";
const emitter = "lib/program/emitter.ts";
const emitAll = "lib/program/emit-all.ts";
const groups = "lib/program/groups.ts";
const table = "lib/program/byte-table.ts";
const intrinsics = "lib/program/_intrinsics.ts";
const data = "lib/program/data-text.ts";
const verdict = "lib/program/verdict.ts";
const records = "lib/program/map-records.ts";
const toolbox = "lib/program/toolbox.ts";
const cryptoTools = "lib/program/crypto-tools.ts";
const pool = "lib/sandbox/thread-pool.ts";
const sandbox = "lib/sandbox/sandbox.ts";
const pulse = "lib/sandbox/pulse.ts";
const child = "lib/sandbox/process/child.ts";
const spawn = "lib/sandbox/process/spawn.ts";
const threadTests = "test/claims/confinement/threads.test.ts";
const endingTests = "test/claims/confinement/ending.test.ts";
const memoryTests = "test/claims/confinement/memory.test.ts";
const processTests = "test/sandbox/process/process-fleet.test.ts";

const rows: readonly Row[] = [
  // what a realm has
  [
    "globals that are not on the list go",
    tame,
    "if (!realmGlobals.includes(name as string)) remove",
    "if (false) remove",
  ],
  ["promises are not on the list", "lib/program/realm-globals.ts", "JSON Proxy", "JSON Promise Proxy"],
  ["no randomness", tame, 'remove(Math, "random");', ""],
  ["no matches of others", tame, "if (regExpStatics.test(name)) remove", "if (false) remove"],
  ["no locales of values", tame, 'remove(prototype, "toLocaleString");', "void prototype;"],
  ["no locales of strings", tame, "remove(String.prototype, name);", "void name;"],
  ["no captureStackTrace", tame, 'remove(error, "captureStackTrace");', ""],
  ["no stackTraceLimit", tame, 'pin(error, "stackTraceLimit", undefined);', ""],
  ["no prepareStackTrace", tame, 'pin(error, "prepareStackTrace", undefined);', ""],
  ["the global Error stays", tame, 'pin(globalThis, "Error", error);', ""],
  ["a registry of symbols of its own", tame, "tameSymbols(new Map());", "void tameSymbols;"],
  ["functions' constructors take no text", tame, 'pin(prototype, "constructor", refuse);', ""],
  ["the global Function takes no text", tame, 'pin(globalThis, "Function", refuse);', ""],
  // the switches of the realm
  ["no code from strings", realm, "strings: false", "strings: true"],
  ["no code from WebAssembly", realm, "wasm: false", "wasm: true"],
  ["promises end with their turn", realm, '      microtaskMode: "afterEvaluate",\n', ""],
  [
    "only a program's own text is compiled",
    realm,
    "if (canonicalProgram(text) !== text) {",
    "if (canonicalProgram(text) === '') {",
  ],
  [
    "numbers that come out are numbers",
    "lib/sandbox/realm/outcome.ts",
    'if (typeof answer !== "number") throw',
    "if (false) throw",
  ],
  [
    "texts that come out are texts",
    "lib/sandbox/realm/outcome.ts",
    'if (typeof answer !== "string") throw',
    "if (false) throw",
  ],
  [
    "results that come out are texts",
    realm,
    'if (typeof answer === "string") return answer;',
    "if (typeof answer !== 'number') return answer;",
  ],
  ["statuses are numbers", realm, 'typeof answer === "number" && Object', "Object"],
  ["what a script throws is described inside", realm, "expectText(inside.describe(thrown))", "String(thrown)"],
  [
    "states and results are bounded",
    "lib/sandbox/realm/tally.ts",
    'if (this.#left < 0) throw new SealfoldError("LIMIT_OUTPUT");',
    "",
  ],
  // inside
  [
    "nothing thrown gets out of a call",
    boot,
    "return work();\n  } catch {",
    "return work();\n  } catch (thrown) {\n    throw thrown;",
  ],
  [
    "a program that is made of getters is none",
    boot,
    "  } catch {\n    // A program made",
    "  } catch (thrown) {\n    throw thrown;\n    // A program made",
  ],
  [
    "a program is an own value of the global",
    boot,
    "getOwnPropertyDescriptor(realm, programName)?.value",
    "(realm as never)[programName]",
  ],
  [
    "what is thrown is described without trusting it",
    verdict,
    '  } catch {\n    return "something',
    '  } catch (thrown) {\n    throw thrown;\n    return "something',
  ],
  ["descriptors inherit nothing", records, "__proto__: null, value", "value"],
  ["tables have methods of their own", intrinsics, "  setPrototypeOf(made, tableMethods);\n", ""],
  ["lists inherit nothing", intrinsics, "  setPrototypeOf(made, null);\n", ""],
  ["methods are taken before the program", intrinsics, "uncurry(text.slice)", "(self, ...all) => self.slice(...all)"],
  [
    "isArray is taken before the program",
    intrinsics,
    "= Array.isArray;",
    "= (value: unknown): value is never => Array.isArray(value);",
  ],
  ["keys are taken before the program", intrinsics, "= Object.keys;", "= (value) => Object.keys(value);"],
  // emitting
  [
    "emit works only for its record",
    emitter,
    'if (this.phase !== "mapping") throw typeError(lateText);\n      this.phase',
    "this.phase",
  ],
  [
    "a refused emit is not forgotten",
    emitter,
    'if (this.phase !== "mapping") this.#verdict.note(',
    "if (false) this.#verdict.note(",
  ],
  ["a map is synchronous", emitAll, 'verdict.refuse(status.value, "map is asynchronous");', ""],
  [
    "values are bounded",
    emitter,
    "dataText(value, this.#verdict);\n    if (isLonger(text, this.#limits.valueBytes)) {",
    "dataText(value, this.#verdict);\n    if (isLonger(text, Infinity)) {",
  ],
  [
    "what a bad record emitted does not count",
    emitter,
    "this.#isFinal = limits.badRecords === 0;",
    "this.#isFinal = true;",
  ],
  [
    "a record's values are bounded before it ends",
    emitter,
    "if (this.#lists !== undefined && this.#lists.units > this.#limits.outputBytes) this.#verdict.refuseOutput();",
    "",
  ],
  [
    "values of a record that may be bad are bounded",
    "lib/program/pending.ts",
    "if (this.#units > this.#most) this.#verdict.refuseOutput();",
    "",
  ],
  ["all keys are bounded before a record ends", table, "if (used > this.#totalBytes) return refusedKey.full;", ""],
  ["a key is bounded", table, "if (length > this.#keyBytes && (", "if (false && ("],
  ["a key is well-formed", groups, "if (!scratch.text(key)) this", "if (!scratch.text(key) && false) this"],
  ["a string is well-formed", data, "if (!isWellFormed(value)) verdict", "if (false) verdict"],
  ["numbers are finite", data, "if (value - value !== 0) verdict", "if (false) verdict"],
  ["data has an end", data, "if (depth === maxDepth) return", "if (depth === Infinity) return"],
  ["data is plain", data, "if (prototype !== objectPrototype && prototype !== null) {", "if (false) {"],
  // what is granted
  ["needs are granted", realm, 'expectGranted(this.#needs, options, "the program needs");', ""],
  ["options inherit nothing", boot, "setPrototypeOf(parse(text), null) as", "parse(text) as"],
  ["tools work in their turn", toolbox, 'if (phase !== "mapping" && phase !== "finishing") {', "if (false) {"],
  ["a map does not narrow", toolbox, 'if (this.#user.phase() !== "finishing") throw', "if (false) throw"],
  ["keys die with their record", toolbox, "    this.#crypto?.forget();\n", ""],
  ["tools cannot be changed", toolbox, "return freeze(made);", "return made;"],
  ["a skipped record counts nothing", engine, "this.#toolbox?.settle(false);", "this.#toolbox?.settle(true);"],
  ["counters are whole numbers", "lib/program/counters.ts", " || by % 1 !== 0", ""],
  ["a narrowing is bounded", "lib/program/narrowings.ts", "isLonger(text, maxNarrowing)", "isLonger(text, Infinity)"],
  ["bytes are bytes", cryptoTools, 'if (tagOf(value) !== "Uint8Array") throw', "if (false) throw"],
  ["bytes do not say how many they are", "lib/program/byte-text.ts", "= lengthOf(bytes);", "= bytes.length;"],
  [
    "a vault throws nothing",
    "lib/program/vault-call.ts",
    "return error instanceof KeyFault ? error.status : broken;",
    "throw error;",
  ],
  [
    "what a vault throws stays out",
    cryptoTools,
    "    } catch {\n      // The stack is full",
    "    } catch (thrown) {\n      throw thrown;\n      // The stack is full",
  ],
  // syntax
  ["no import()", canonical, 'if (node.type === "ImportExpression")', "if (node.type === 'x')"],
  ["only known syntax", canonical, "else if (!allowed.has(node.type))", "else if (false)"],
  ["nothing asynchronous", canonical, "else if (isAsynchronous(node))", "else if (false)"],
  [
    "scripts are strict",
    canonical,
    'if (first?.type !== "ExpressionStatement" || first.directive !== "use strict") {',
    "if (false) {",
  ],
  // the thread
  ["this side compiles no text", harden, "  refuseText();\n", "  void refuseText;\n"],
  ["this side takes no new properties", harden, "  Object.preventExtensions(object);\n", ""],
  ["this side is frozen", harden, "  freezeAll(roots());\n", "  void [freezeAll, roots];\n"],
  ["frozen methods can be overridden", harden, "allowOverrides(prototype);", "void allowOverrides;"],
];

const sandboxRows: readonly RowBy[] = [
  ["a full heap ends the thread alone", pool, "maxYoungGenerationSizeMb, stack", "stack", threadTests],
  ["a thread's heap is bounded", pool, "maxOldGenerationSizeMb: memoryMiB, ", "", threadTests],
  [
    "a task's time is bounded",
    sandbox,
    "timeout === undefined ? undefined : setTimeout(late, timeout)",
    "setTimeout(() => late, timeout)",
    threadTests,
  ],
  ["a thread that is late is ended", sandbox, "this.#stop.abort();", "", "test/sandbox/fleet.test.ts"],
  ["a batch's time is bounded", sandbox, "performance.now() - since >= timeout", "false", endingTests],
  ["every batch is a sign of life", pulse, "this.#tell(2);", "", endingTests],
  [
    "buffers are counted at every batch",
    pulse,
    "> this.#limit) throw",
    "> Infinity) throw",
    "test/sandbox/pulse.test.ts",
  ],
  [
    "a thread ends with its port",
    "lib/sandbox/run-sandbox.ts",
    "process.exit();",
    "throw 1;",
    "test/sandbox/run-sandbox.test.ts",
  ],
  // the process
  ["a process's memory is watched", child, "> this.#limit) return die", "> Infinity) return die", memoryTests],
  [
    "memory is bounded by the kernel too",
    spawn,
    "`ulimit -d ${dataKiB(memoryMiB)}`,",
    "`: ${dataKiB(memoryMiB)}`,",
    processTests,
  ],
  ["no core dump", spawn, '"ulimit -c 0",', "", processTests],
  ["a process has no environment", spawn, "env: {},", "", processTests],
  ["a process ends with its launcher", child, '.on("close", () => die("SANDBOX_DIED"))', "", processTests],
  [
    "V8's last words say that it was memory",
    "lib/sandbox/process/cause.ts",
    'noMemory.test(this.#text) ? "LIMIT_MEMORY"',
    'noMemory.test("") ? "LIMIT_MEMORY"',
    "test/sandbox/process/cause.test.ts",
  ],
  [
    "a frame is bounded before it is taken",
    "lib/sandbox/process/frames.ts",
    "total > this.#maxBytes",
    "total > Infinity + this.#maxBytes",
    "test/sandbox/process/frames.test.ts",
  ],
];

export const defences: readonly Defence[] = [
  ...rows.map(([name, file, from, to]): Defence => ({ name, file, change: [from, to] })),
  ...[
    ...sandboxRows,
    ...narrowingRows,
    ...failureRows,
    ...keptRows,
    ...brokerRows,
    ...receiptRows,
    ...taskRows,
    ...shuffleRows,
    ...textRows,
  ].map(([name, file, from, to, by]): Defence => ({ name, file, change: [from, to], by })),
  ...wasmRows.map(([name, file, from, to]): Defence => ({ name, file, change: [from, to], by: wasmTestsOf(file) })),
];
