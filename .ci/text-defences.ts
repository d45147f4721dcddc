/** The defences of records that are views of bytes, as in `defences.ts`, each with the tests that notice. */

import type { RowBy } from "./row.ts";

const text = "lib/program/text.ts";
const page = "lib/program/page.ts";
const realm = "lib/sandbox/realm/realm.ts";
const viewTests = "test/program/text.test.ts";
const claims = "test/claims/confinement/text.test.ts";

const emitter = "lib/program/emitter.ts";
const notes = "lib/program/notes.ts";
const scannerTests = "test/program/scanner.test.ts";
const eachTests = "test/program/emit-each.test.ts";

export const textRows: readonly RowBy[] = [
  [
    "nobody makes a view of what is no page",
    text,
    'Reflect.deleteProperty(prototype, "constructor");',
    "void prototype;",
    claims,
  ],
  ["a place is a number, and names no property", text, 'if (typeof at !== "number") throw', "if (false) throw", claims],
  ["a view ends with its record", page, "if (start < page.start) throw", "if (false) throw", `${viewTests} ${claims}`],
  ["so does a view of what was put in lower case", page, "this.#lowered.start = start;", "", `${viewTests} ${claims}`],
  [
    "so does a view of what was read as a string",
    page,
    "page.start = nowhere;",
    "void page;",
    `${viewTests} ${claims}`,
  ],
  [
    "the last record of a batch ends with it",
    "lib/program/text-records.ts",
    "    page.end();\n    const notes",
    "    const notes",
    claims,
  ],
  ["a record that failed ends with its task", "lib/sandbox/realm/boot.ts", "texts?.close();", "", claims],
  [
    "no character is cut in two",
    text,
    "if (isContinuation(bytes[from]",
    "if (false && isContinuation(bytes[from]",
    viewTests,
  ],
  [
    "fields of a record that was mapped are not looked up at once",
    "lib/program/field-scan.ts",
    "bytesOf(page, this.end);",
    "page.bytes;",
    eachTests,
  ],
  [
    "a part that is noted is of the record at hand",
    notes,
    " || from < page.start) return",
    ") return",
    `${eachTests} ${claims}`,
  ],
  ["a key that is noted is of the record at hand", notes, "start < page.start || ", "", claims],
  [
    "a key that is noted is no longer than keys may be",
    notes,
    " || length > this.#longest) return",
    ") return",
    scannerTests,
  ],
  ["there is room for a key that is noted", notes, " || length > this.#room) return", ") return", scannerTests],
  ["what is noted lies in the scanner's memory", notes, "if (page !== this.#page || from", "if (from", eachTests],
  [
    "what may be refused is looked up at once",
    notes,
    "if (length > this.#keyBytes || this.#bytes > this.#groups.keys.leftBytes) this.settle();",
    "",
    scannerTests,
  ],
  ["lines are looked up together only where one ends", notes, " && this.#isNextLine(from);", ";", scannerTests],
  ["keys come in the order in which they are emitted", emitter, "this.#notes?.pass();", "", scannerTests],
  ["a scanner forgets the keys of another task", "lib/sandbox/realm/boot.ts", "scanner.forget();", "{}", claims],
  [
    "the room for a chunk is as large as it is",
    realm,
    "expectBytes(buffer, offset + length)",
    "expectBytes(buffer)",
    "test/claims/confinement/alone.test.ts",
  ],
  ["keys that were looked up at once are refused as others", emitter, "groups.admitAll(cells, count);", "", eachTests],
  [
    "emit.each is handed to no setter of the program's",
    emitter,
    'defineProperty(emit, "each", bare({ value: freeze(each) }));',
    "(emit as any).each = each;",
    claims,
  ],
  [
    "what reads bytes four at a time has methods of its own",
    "lib/program/_intrinsics.ts",
    "setPrototypeOf(made, viewMethods);",
    "",
    claims,
  ],
  ["only lines are viewed", realm, "expectTextFormat(kind);", "", claims],
  [
    "only UTF-8 is viewed",
    realm,
    "expectTextFormat(kind);\n  if (!isUtf8(plain)) throw",
    "expectTextFormat(kind);\n  if (false) throw",
    claims,
  ],
];
