import { join } from "node:path";
import vm from "node:vm";

import { expect } from "chai";

import type { Finding } from "../../lib/program/check/finding.ts";
import { inspectProgram } from "../../lib/program/check/inspect.ts";
import { realmGlobals } from "../../lib/program/realm-globals.ts";
import { countingProgram, withFolder } from "./_folder.ts";

type Files = Readonly<Record<string, string>>;

/** A program whose map has this body, in line 3 after what stands in line 2. */
function mapping(body: string, before = ""): Files {
  return { "program.ts": countingProgram(`map: (line: string, emit) => {\n${body}\n}`, before) };
}

function inspect(files: Files): Promise<readonly Finding[]> {
  return withFolder(files, (folder) => inspectProgram(join(folder, "program.ts")));
}

/** Each finding as `file:line:column severity CODE`. */
async function found(files: Files): Promise<string[]> {
  return (await inspect(files)).map(shown);
}

function shown({ file, line, column, severity, code }: Finding): string {
  return `${file}:${line}:${column} ${severity}${code === undefined ? "" : ` ${code}`}`;
}

const place = "program.ts:4";

describe("program/check", () => {
  for (const name of ["1-word-count/word-count.ts", "2-averaging/averages.ts", "5-two-owners/mean-pay.ts"]) {
    it(`finds nothing in examples/${name}`, async () => {
      const file = new URL(`../../examples/${name}`, import.meta.url);
      expect(await inspectProgram(file)).to.deep.equal([]);
    });
  }

  it("says which file is missing", async () => {
    const error: unknown = await inspectProgram("/nowhere/program.ts").catch((thrown: unknown) => thrown);
    expect(error).to.have.property("code", "DATA_FILE");
  });

  describe("what is refused", () => {
    it("names every import that is not allowed, and goes on to the rest of the program", async () => {
      const imports =
        `import fs from "node:fs"; import { lines } from "sealfold"; import "./gone.ts"; import g from "gone"; ` +
        `import h from "https://example.org/h.js"; import { a } from "./in/a.ts";`;
      const files = {
        ...mapping("debugger; emit(Date.now(), [fs, lines, g, h, a]);", imports),
        "in/a.ts": `import { cpus } from "os";\nexport const a = () => cpus();`,
      };
      const all = await inspect(files);
      expect(all.map(shown)).to.deep.equal([
        "in/a.ts:1:22 refused PROGRAM_IMPORT",
        "program.ts:2:16 refused PROGRAM_IMPORT",
        "program.ts:2:49 refused PROGRAM_IMPORT",
        "program.ts:2:68 refused PROGRAM_IMPORT",
        "program.ts:2:95 refused PROGRAM_IMPORT",
        "program.ts:2:117 refused PROGRAM_IMPORT",
        `${place}:1 refused PROGRAM_REFUSED`,
        `${place}:16 fails PROGRAM_THREW`,
      ]);
      expect(all[0]?.message).to.include("cannot import os").and.to.include("without Node");
    });

    it("names every import(), with a name or computed", async () => {
      const files = { ...mapping(`import("./a.ts"); import(line);`), "a.ts": "export default 1;" };
      expect(await found(files)).to.deep.equal([
        `${place}:8 refused PROGRAM_IMPORT`,
        `${place}:19 refused PROGRAM_IMPORT`,
      ]);
    });

    it("names every piece of syntax, not only the first", async () => {
      expect(await found(mapping("debugger;\nemit(import.meta.dirname, 1);\ndebugger;"))).to.deep.equal([
        "program.ts:4:1 refused PROGRAM_REFUSED",
        "program.ts:5:6 refused PROGRAM_REFUSED",
        "program.ts:6:1 refused PROGRAM_REFUSED",
      ]);
    });

    it("says where it does not compile", async () => {
      const [first, ...more] = await inspect({ "program.ts": "const a: = 1;\nexport default a;" });
      expect(first).to.include({ severity: "refused", code: "PROGRAM_BUILD", line: 1, column: 10 });
      expect(more).to.deep.equal([]);
    });

    it("misses a default export, and still sees the rest", async () => {
      expect(await found({ "program.ts": "export const now = Date.now();" })).to.deep.equal([
        "program.ts:1:1 refused PROGRAM_EXPORT",
        "program.ts:1:20 fails PROGRAM_THREW",
      ]);
    });

    for (const odd of ["3", "{ map() {}, reduce() {} }", "() => 1", "class {}", "[1]", "`a`"]) {
      it(`takes no ${odd} for a program`, async () => {
        const all = await found({ "program.ts": `const odd = ${odd};\nexport default odd;` });
        expect(all).to.deep.equal([`program.ts:1:13 refused PROGRAM_EXPORT`]);
      });
    }
  });

  describe("what would fail at run time", () => {
    it("is every global that Node has and a realm has not", async () => {
      const globals = new Set([
        ...Object.getOwnPropertyNames(globalThis),
        ...(vm.runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]),
      ]);
      const names = [...globals].filter((name) => /^[A-Za-z]\w*$/.test(name));
      const absent = names.filter((name) => !realmGlobals.includes(name));
      expect(absent).to.include.members(
        "Date Intl console setTimeout process fetch WebAssembly SharedArrayBuffer".split(" "),
      );
      const body = names.map((name) => `emit(\n${name}, 1);`).join("");
      const all = await inspect(mapping(`\n${body}`));
      const lines = new Set(all.filter(({ severity }) => severity === "fails").map(({ line }) => line));
      expect(names.filter((_, index) => lines.has(6 + index))).to.deep.equal(absent);
    });

    it("has a place, what to do, and the capability that it would take", async () => {
      const [date, random] = await inspect(mapping("emit(new Date(0).getTime(), Math.random());"));
      expect(date).to.deep.equal({
        severity: "fails",
        code: "PROGRAM_THREW",
        file: "program.ts",
        line: 4,
        column: 10,
        message: "there is no Date: a sandbox has no clock",
        next: "put the time into the records, or need the capability clock and call tools.clock()",
        capability: "clock",
      });
      expect(random).to.include({ column: 29, capability: "random" });
    });

    for (const body of [
      "line.localeCompare(line);",
      "(1).toLocaleString();",
      "new Function(line);",
      "Math['random']();",
      "const { random } = Math; random();",
      "Error.captureStackTrace({});",
      "undeclared = 1;",
      "require(line);",
      "eval(line);",
    ]) {
      it(`is ${body}`, async () => {
        const all = await inspect(mapping(body));
        expect(all.map(({ severity, line }) => ({ severity, line }))).to.deep.equal([{ severity: "fails", line: 4 }]);
      });
    }

    for (const body of [
      "const Date = 1, { Intl } = { Intl: 2 }; emit(Date, Intl);",
      "function fetch(process: number) { return process; } emit(fetch(1), 1);",
      "emit({ Date: 1 }.Date, (line as any).fetch);",
      "for (const setTimeout of [1]) emit(setTimeout, 1);",
      "try { emit(1, 1); } catch (console) { emit(console, 1); }",
      "emit(typeof process, 1);",
      "class A { localeCompare() {} } new A().localeCompare();",
      "const f = function eval_(): void { arguments; eval_; }; f();",
      "console: for (;;) break console;",
      "const console: Date = line as unknown as Date; emit(console, 1);",
      "emit((({ Date = 1 }) => Date)({}), 1);",
    ]) {
      it(`is not ${body}`, async () => {
        expect(await inspect(mapping(body))).to.deep.equal([]);
      });
    }

    it("is doubtful only where the program asks first", async () => {
      expect(
        await found(mapping(`if (typeof process !== "undefined") emit(process.pid, globalThis.fetch);`)),
      ).to.deep.equal([`${place}:42 doubtful`, `${place}:55 doubtful`]);
    });

    for (const [definition, says] of [
      ["{ reduce: count }", "there is no map"],
      ["{ map() {} }", "there is no reduce"],
      ["{ map() {}, reduce: { zero: () => 0, add: () => 1 } }", "reduce lacks merge, finish"],
      ['{ records: "texts", map() {}, reduce: count }', 'records is "texts", which is no way to read them'],
      ["{ records: true, map() {}, reduce: count }", "records is true, which is no way to read them"],
    ] as const) {
      it(`is a definition without a part that there must be: ${says}`, async () => {
        const text = `import { count, program } from "sealfold/program"; count;\nexport default program(import.meta.url, ${definition} as any);`;
        const [only, ...more] = await inspect({ "program.ts": text });
        expect(only).to.include({ severity: "fails", code: "PROGRAM_THREW", line: 2, message: says });
        expect(more).to.deep.equal([]);
      });
    }
  });

  it("is asked for in one file, and still fails in another", async () => {
    const files = {
      ...mapping(`emit(typeof process, other());`, `import { other } from "./other.ts";`),
      "other.ts": "declare const process: any;\nexport const other = () => process.pid;",
    };
    expect(await found(files)).to.deep.equal(["other.ts:2:28 fails PROGRAM_THREW"]);
    const asked = "const e = Error as any; if (Error.captureStackTrace) Error.captureStackTrace({}); emit(e.name, 1);";
    expect(await found(mapping(asked))).to.deep.equal([`${place}:54 doubtful`]);
  });

  it("says of a program that is nested too deep that it is refused, and does not fall over", async () => {
    const deep = `emit(${"[".repeat(20_000)}${"]".repeat(20_000)}, 1);`;
    expect((await inspect(mapping(deep))).map(({ severity }) => severity)).to.deep.equal(["refused"]);
  });

  describe("what is doubtful", () => {
    for (const [before, body, column] of [
      ["let n = 0;", "emit(line, n++);", 12],
      ["let n = 0;", "n += 1;", 1],
      ["let n = 0;", "[n] = [1];", 2],
      ["let n: any = 0;", "({ n } = { n: line });", 4],
      ["const seen = new Set();", "seen.add(line);", 1],
      ["const seen: Record<string, number> = {};", "seen[line] = 1;", 1],
      ["const seen: any = {};", "delete seen[line];", 8],
      ["const all: any = { lines: [] };", "all.lines.push(line);", 1],
      ["const pattern = /a/g;", "if (pattern.test(line)) emit(line, 1);", 5],
      ["const next = (() => { let n = 0; return () => n++; })();", "emit(line, next());", undefined],
      ["let last = ''; const keep = (line: string) => { last = line; };", "keep(line);", undefined],
      ["class Kept { static n = 0; }", "Kept.n++;", 1],
      ["", "(globalThis as any).n = line;", 2],
      ["const all: any = {};", "Object.assign(all, { line });", 15],
    ] as const) {
      it(`is state that map keeps: ${before} ${body}`, async () => {
        const all = await inspect(mapping(body, before));
        expect(all).to.have.length(1);
        expect(all[0]).to.include({ severity: "doubtful", code: undefined });
        expect(all[0]?.message).to.include("state that one record leaves to the next");
        if (column === undefined) expect(all[0]?.line).to.equal(2);
        else expect(all[0]).to.include({ line: 4, column });
      });
    }

    for (const [before, body] of [
      ["const table: any = {}; for (const k of ['a']) table[k] = 1;", "emit(table[line], 1);"],
      ["let n = 0; function step() { n++; } step();", "emit(n, 1);"],
      ["", "const seen = new Set(); seen.add(line); let n = 0; n++; emit(n, 1);"],
      ["const words = (line: string) => { const all = []; all.push(line); return all; };", "words(line);"],
      ["const pattern = /a/;", "pattern.test(line);"],
      ["const pattern = /a/g;", "for (const found of line.matchAll(pattern)) emit(found[0], 1);"],
      ["const tools = { add: (a: number, b: number) => a + b };", "emit(tools.add(1, 2), 1);"],
    ] as const) {
      it(`is not what belongs to one record, or is made once: ${before} ${body}`, async () => {
        expect(await inspect(mapping(body, before))).to.deep.equal([]);
      });
    }

    it("is state in a file or a CommonJS package that map uses", async () => {
      const files = {
        ...mapping("emit(next(), other());", `import { next } from "./own.ts"; import { other } from "kept";`),
        "own.ts": "let n = 0;\nexport const next = () => n++;",
        "node_modules/kept/package.json": `{ "name": "kept", "main": "index.js" }`,
        "node_modules/kept/index.js": "var n = 0;\nexports.other = function () { return ++n; };",
      };
      expect(await found(files)).to.deep.equal(["node_modules/kept/index.js:2:40 doubtful", "own.ts:2:27 doubtful"]);
    });

    it("is a default export that somebody else made, and a url that is not the file's", async () => {
      const made = `const make = () => ({});\nexport default make();`;
      expect(await found({ "program.ts": made })).to.deep.equal(["program.ts:2:16 doubtful"]);
      const other = countingProgram("map: (line: string, emit) => emit(line, 1)").replace(
        "import.meta.url",
        `"file:///a"`,
      );
      expect(await found({ "program.ts": other })).to.deep.equal(["program.ts:3:24 doubtful"]);
    });
  });

  it("reads folders with spaces and letters of any alphabet", async () => {
    const files = {
      ...mapping("emit(now(), 1);", `import { now } from "./é 1/ü%.ts";`),
      "é 1/ü%.ts": "export const now = () => Date.now();",
    };
    expect(await found(files)).to.deep.equal(["é 1/ü%.ts:1:26 fails PROGRAM_THREW"]);
  });
});
