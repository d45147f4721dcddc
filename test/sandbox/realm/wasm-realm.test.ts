import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import type { OpenableProgram } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { compileAssembly } from "../../program/wasm/_assembly.ts";
import { commandModule, hex, hexNumber } from "../../program/wasm/_commands.ts";
import { moduleOf, op, programFunctions } from "../../program/wasm/_module.ts";
import { failureOf, limits } from "./_realms.ts";
import { codeOf } from "../../code-of.ts";
import { openWasm, runWasm } from "./_wasm.ts";

const wordCount = `
import { allocate, SUM, Table, Lines } from "./sealfold";
export { allocate };
export function aggregate(): i32 { return SUM; }
const words = new Table();
export function map_chunk(at: usize, length: u32): i32 {
  const lines = new Lines(at, length);
  while (lines.next()) {
    const end = lines.at + lines.length;
    let word = lines.at;
    for (let i = lines.at; i <= end; i++) {
      if (i < end && load<u8>(i) != 0x20) continue;
      if (i > word) words.add(word, <u32>(i - word), 1);
      word = i + 1;
    }
  }
  return lines.count;
}
export function flush(): void { words.emit(); }
`;

let programs: Readonly<Record<"sum" | "count" | "mean" | "min" | "max" | "own" | "words", OpenableProgram>>;

describe("sandbox/realm/wasm-realm", () => {
  before(async function () {
    const names = ["sum", "count", "mean", "min", "max", "own"] as const;
    const modules = await Promise.all(names.map(async (name) => [name, checkWasm(await commandModule(name))] as const));
    const words = checkWasm(await compileAssembly(wordCount));
    programs = { ...Object.fromEntries(modules), words } as typeof programs;
  });

  describe("records", () => {
    it("are mapped one by one, and their values summed", () => {
      const results = runWasm(programs.sum, ["word a b\r\nword b\n", "word é b"]);
      expect([...results]).to.deep.equal([
        ["a", "1"],
        ["b", "3"],
        ["é", "1"],
      ]);
    });

    it("are mapped in chunks, and emitted in packed pairs", () => {
      const lines = Array.from({ length: 30_000 }, (_, at) => `w${at % 7000} the ${at % 3 === 0 ? "é" : ""}\n`).join(
        "",
      );
      const wanted = new Map<string, number>();
      for (const word of lines.split(/[ \n]/)) if (word !== "") wanted.set(word, (wanted.get(word) ?? 0) + 1);
      const results = runWasm(programs.words, [lines, "the\nthe"]);
      wanted.set("the", (wanted.get("the") ?? 0) + 2);
      expect(new Map([...results].map(([key, text]) => [key, Number(text)]))).to.deep.equal(wanted);
    });

    it("are counted, also by modules that map chunks, and an empty chunk has none", () => {
      for (const [program, line] of [
        [programs.sum, "word a"],
        [programs.words, "a b c"],
      ] as const) {
        const realm = openWasm(program);
        expect(realm.mapChunk(utf8(`${line}\n`.repeat(9000)))).to.equal(9000);
        expect(realm.mapChunk(utf8(line))).to.equal(1);
        expect(realm.mapChunk(new Uint8Array())).to.equal(0);
        expect(realm.records).to.equal(9001);
      }
    });

    it("come in batches of at most 64 KiB, with a sign of life before each, or one longer record at a time", () => {
      const sizes: number[] = [];
      let pulses = 0;
      const realm = openWasm(programs.words, { pulse: () => void pulses++ });
      const chunk = [
        ...Array.from({ length: 300 }, () => "x".repeat(999)),
        "y".repeat(60_000),
        "z".repeat(200_000),
        "a",
      ];
      sizes.push(realm.mapChunk(utf8(chunk.join("\n"))));
      expect(sizes).to.deep.equal([chunk.length]);
      expect(pulses).to.equal(8);
    });

    it("of bytes are what is between their lengths", () => {
      const record = (text: string): number[] => [0, 0, 0, text.length, ...utf8(text)];
      const chunk = Uint8Array.from(["word a", "", "word a b"].flatMap((text) => record(text)));
      const bad = { format: { kind: "bytes" }, limits: { badRecords: 1 } } as const;
      expect([...runWasm(programs.sum, chunk, bad)]).to.deep.equal([
        ["a", "2"],
        ["b", "1"],
      ]);
      for (const cut of [chunk.subarray(0, 3), chunk.subarray(0, 9), Uint8Array.of(255, 255, 255, 255)]) {
        expect(codeOf(() => openWasm(programs.sum, bad).mapChunk(cut))).to.equal("DATA_RECORD");
      }
      const realm = openWasm(programs.sum, bad);
      realm.mapChunk(chunk);
      const { place } = failureOf("DATA_RECORD", () => realm.mapChunk(Uint8Array.from([...record("word a"), 0])));
      expect(place.record).to.equal(5);
    });

    it("that are no UTF-8 are refused before the module sees them", () => {
      for (const program of [programs.sum, programs.words]) {
        const realm = openWasm(program);
        expect(codeOf(() => realm.mapChunk(Uint8Array.of(0x61, 0xff, 0x0a)))).to.equal("DATA_ENCODING");
      }
    });
  });

  describe("bad records", () => {
    const chunk = "word a\ntrap\nkept\nanswer 7\nkept\ndivide\nload\nkey ff\nkept\n";

    it("are skipped as far as the policy lets them, and nothing stays of them", () => {
      const realm = openWasm(programs.sum, { limits: { badRecords: 5 } });
      expect(realm.mapChunk(utf8(chunk))).to.equal(9);
      expect([realm.records, realm.skipped]).to.deep.equal([9, 5]);
      const rows = new Map<string, string>();
      realm.drain((_kind, key, _values, state) => void rows.set(key, state));
      // A fresh instance after each of them.
      expect([...rows]).to.deep.equal([
        ["a", "1"],
        ["kept", "3"],
      ]);
    });

    it("end the task past that, with the record's number and the module's own words for diagnostics alone", () => {
      const realm = openWasm(programs.sum, { limits: { badRecords: 1 } });
      const error = failureOf("PROGRAM_THREW", () =>
        realm.mapChunk(utf8(`word a\ntrap\nlog ${hex("about to fail")}\ntrap\n`)),
      );
      expect(error.place).to.deep.equal({ stage: "map", record: 4 });
      expect(error.message).not.to.contain("unreachable");
      expect(realm.failureText())
        .to.match(/^RuntimeError: unreachable\n.*wasm/)
        .and.to.contain("about to fail");
    });

    it("fail the whole task of a module that maps chunks", () => {
      const functions = programFunctions(
        [...op.get(0), 0x2d, 0, 0, ...op.constant(0x62), 0x46, 0x04, 0x40, 0x00, 0x0b, ...op.constant(1)],
        { chunk: true },
      );
      const module = moduleOf({ functions, memory: [0, 10] });
      const options = { limits: { badRecords: 100 } };
      expect(codeOf(() => openWasm(module, options).mapChunk(utf8("a\n")))).to.equal("none");
      expect(failureOf("PROGRAM_THREW", () => openWasm(module, options).mapChunk(utf8("b\n"))).place).to.deep.equal({
        stage: "map",
      });
    });

    it("are never those whose calls went too deep: on another machine they might be good", () => {
      const realm = openWasm(programs.sum, { limits: { badRecords: 100 } });
      failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("word a\ndeep\n")));
      expect(realm.failureText()).to.contain("call stack");
    });
  });

  describe("limits", () => {
    it("bound keys, to the byte", () => {
      for (const [length, code] of [
        [99, "none"],
        [100, "none"],
        [101, "LIMIT_KEY"],
      ] as const) {
        const run = (line: string): string =>
          codeOf(() => openWasm(programs.sum, { limits: { keyBytes: 100 } }).mapChunk(utf8(line)));
        expect(run(`long ${length}`)).to.equal(code);
      }
    });

    it("bound states of an own aggregate, emitted or combined, as their JSON text", () => {
      const run = (lines: string): string => codeOf(() => runWasm(programs.own, lines, { limits: { valueBytes: 18 } }));
      expect(run(`bytes k ${hex("123456789012")}`)).to.equal("none");
      expect(run(`bytes k ${hex("1234567890123")}`)).to.equal("LIMIT_VALUE");
      expect(run(`bytes k ${hex("12345")}\nbytes k ${hex("123456")}`)).to.equal("none");
      expect(run(`bytes k ${hex("123456")}\nbytes k ${hex("123456")}`)).to.equal("LIMIT_VALUE");
    });

    it("bound memory: it grows to the policy's bound, and the module goes on", () => {
      expect(runWasm(programs.sum, "grow\nword a\n", { memoryMiB: 1 }).get("pages")).to.equal("16");
      expect(runWasm(programs.sum, "grown 5\nword a\n", { memoryMiB: 1 }).get("a")).to.equal("1");
    });

    it("bound a module's memory from its beginning", () => {
      const module = moduleOf({ functions: programFunctions(op.constant(0)), memory: [0, 17] });
      expect(codeOf(() => openWasm(module, { memoryMiB: 1 }))).to.equal("LIMIT_MEMORY");
      expect(codeOf(() => openWasm(module, { memoryMiB: 2 }))).to.equal("none");
      const tight = moduleOf({ functions: programFunctions(op.constant(0)), memory: [0, 1] });
      expect(codeOf(() => openWasm(tight).mapChunk(utf8("a")))).to.equal("PROGRAM_THREW");
    });

    it("bound what is put out", () => {
      const run = (lines: string, program = programs.sum): string =>
        codeOf(() => openWasm(program, { limits: { outputBytes: 100_000 } }).mapChunk(utf8(lines)));
      expect(run("floodkeys")).to.equal("LIMIT_OUTPUT");
      expect(run("floodbytes", programs.own)).to.equal("LIMIT_OUTPUT");
      const long = `bytes k ${hex(`?resultat 0 90001`)}`;
      expect(codeOf(() => runWasm(programs.own, long, { limits: { outputBytes: 90_000 } }))).to.equal("LIMIT_OUTPUT");
    });
  });

  describe("tasks", () => {
    it("have memory of their own, unless the realm is renewed", () => {
      const realm = openWasm(programs.sum);
      const keptBy = (): string[] => {
        const states: string[] = [];
        realm.drain((_kind, _key, _values, state) => states.push(state));
        return states;
      };
      realm.mapChunk(utf8("kept\nkept"));
      expect(keptBy()).to.deep.equal(["3"]);
      realm.renew({ format: { kind: "lines" }, limits, memoryMiB: 16 });
      expect([realm.records, realm.skipped, keptBy()]).to.deep.equal([0, 0, []]);
      realm.mapChunk(utf8("kept"));
      expect(keptBy()).to.deep.equal(["3"]);
      const fresh = openWasm(programs.sum);
      fresh.mapChunk(utf8("kept"));
      fresh.drain((_kind, _key, _values, state) => expect(state).to.equal("1"));
    });

    it("give the same on every run", () => {
      const lines = Array.from(
        { length: 3000 },
        (_, at) => `number k${at % 17} ${hexNumber(Math.sin(at) * 1e10)}`,
      ).join("\n");
      const once = [...runWasm(programs.mean, lines)];
      expect([...runWasm(programs.mean, lines)]).to.deep.equal(once);
    });
  });
});
