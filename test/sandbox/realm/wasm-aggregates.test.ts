/** What a module's values come to, and what is taken of other sandboxes' states. */

import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { Engine } from "../../../lib/program/engine.ts";
import { count, max, mean, min, minMaxMean, sum } from "../../../lib/program/index.ts";
import type { AnyDefinition } from "../../../lib/program/program.ts";
import type { OpenableProgram } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { commandModule, hex, hexNumber } from "../../program/wasm/_commands.ts";
import { limits } from "./_realms.ts";
import { codeOf } from "../../code-of.ts";
import { openWasm, runWasm } from "./_wasm.ts";

const names = ["sum", "count", "mean", "min", "max", "min-max-mean", "own"] as const;

let programs: Readonly<Record<(typeof names)[number], OpenableProgram>>;

describe("sandbox/realm/wasm-realm: aggregates and states", () => {
  before(async () => {
    const modules = await Promise.all(names.map(async (name) => [name, checkWasm(await commandModule(name))] as const));
    programs = Object.fromEntries(modules) as typeof programs;
  });

  describe("aggregates", () => {
    const named = { sum, count, mean, min, max, "min-max-mean": minMaxMean } as const;

    it("by name give what they give in TypeScript, to the last bit, for every split of the records", () => {
      const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }), {
        minLength: 1,
      });
      for (const [name, aggregate] of Object.entries(named)) {
        fc.assert(
          fc.property(numbers, fc.nat(100), (values, cut) => {
            const lines = values.map((value) => `number k ${hexNumber(value)}`);
            const at = cut % (lines.length + 1);
            const owners = [lines.slice(0, at), lines.slice(at)].map((part) => part.join("\n"));
            expect(runWasm(programs[name as keyof typeof named], owners).get("k")).to.equal(
              resultOf(aggregate, values),
            );
          }),
          { numRuns: 30 },
        );
      }
    });

    it("take values that were added up already, each for as many as it says", () => {
      const pair = (key: string, values: number, value: number): string => {
        const head = Buffer.alloc(16);
        head.writeUInt32LE(utf8(key).length, 0);
        head.writeUInt32LE(values, 4);
        head.writeDoubleLE(value, 8);
        return `${head.toString("hex")}${hex(key)}`;
      };
      const line = `pairs ${pair("é", 3, 12)}${pair("", 1, 0.5)}\npairs ${pair("é", 1, -2)}`;
      const wanted = { sum: "10", count: "4", mean: "2.5", min: "-2", max: "12" };
      for (const [name, text] of Object.entries(wanted)) {
        const program = programs[name as keyof typeof wanted];
        for (const badRecords of [0, 5])
          expect(runWasm(program, line, { limits: { badRecords } }).get("é")).to.equal(text);
        const realm = openWasm(program);
        realm.mapChunk(utf8(line));
        const rows: unknown[] = [];
        realm.drain((kind, key, values) => rows.push([kind, key, values]));
        expect(rows).to.deep.equal([
          [0, "é", 4],
          [0, "", 1],
        ]);
      }
    });

    it("take a least and a greatest value with what was added up, and no others", () => {
      const pair = (numbers: readonly number[], key = "k"): string => {
        const head = Buffer.alloc(8 + 8 * numbers.length);
        head.writeUInt32LE(key.length, 0);
        head.writeUInt32LE(2, 4);
        numbers.forEach((number, at) => head.writeDoubleLE(number, 8 + 8 * at));
        return `pairs ${head.toString("hex")}${hex(key)}`;
      };
      const program = programs["min-max-mean"];
      const text = [pair([3, 1, 2]), pair([-7, -4, -0]), `number k ${hexNumber(9)}`].join("\n");
      expect(runWasm(program, text).get("k")).to.equal('{"max":9,"mean":1,"min":-4}');
      for (const bounds of [
        [NaN, 2],
        [1, Infinity],
        [-Infinity, 2],
      ]) {
        expect(
          codeOf(() => runWasm(program, pair([3, ...bounds]))),
          bounds.join(),
        ).to.equal("PROGRAM_VALUE");
      }
      for (const head of [pair([3, 1]), pair([3])]) {
        expect(codeOf(() => runWasm(program, head))).to.equal("PROGRAM_THREW");
      }
    });

    it("of the module's own combine bytes, in any order and grouping, and finish them with their key", () => {
      const line = (text: string): string => `bytes k ${hex(text)}`;
      const texts = ["b", "a", "b", "ç"];
      for (const split of [1, 2, 3, 4]) {
        const owners = [texts.slice(0, split), texts.slice(split)].map((part) =>
          part.map((text) => line(text)).join("\n"),
        );
        const result = JSON.parse(runWasm(programs.own, owners).get("k") ?? "") as { key: string; state: string };
        expect(result.key).to.equal("k");
        expect(result.state.split(",").toSorted()).to.deep.equal(texts.toSorted());
      }
    });

    it("of the module's own survive a bad record, and many states", () => {
      const lines = [
        `bytes k ${hex("a")}`,
        "trap",
        ...Array.from({ length: 40 }, () => `bytes k ${hex("x".repeat(30_000))}`),
      ];
      const text =
        runWasm(programs.own, lines.join("\n"), {
          limits: { badRecords: 1, valueBytes: 2 ** 24 },
          memoryMiB: 1024,
        }).get("k") ?? "";
      expect((JSON.parse(text) as { state: string }).state).to.have.lengthOf(1 + 40 * 30_001);
    });
  });

  describe("states from elsewhere", () => {
    const merged = (name: keyof typeof programs, state: string, kind: 0 | 1 = 0): string => {
      const realm = openWasm(programs[name]);
      return codeOf(() => {
        realm.merge(kind, "k", 1, state, "a");
        realm.merge(kind, "k", 1, state, "b");
        realm.finish(() => undefined);
      });
    };

    it("are taken where an honest realm made them", () => {
      const expansion = JSON.stringify({ coarse: 2, fine: 2 ** -20, room: 63, low: [0.5, 1], high: [1e200] });
      for (const [name, states] of Object.entries({
        sum: ["0", "-5", "9007199254740991", expansion],
        count: ["1"],
        mean: ['{"count":1,"sum":3}', `{"count":1,"sum":${expansion}}`],
        min: ["0.5"],
        "min-max-mean": ['{"count":1,"max":2,"min":1,"sum":3}', `{"count":1,"max":2,"min":-1e300,"sum":${expansion}}`],
        max: ["-1e300"],
        own: ['""', `"${Buffer.from("a").toString("base64")}"`],
      })) {
        for (const state of states)
          expect(merged(name as keyof typeof programs, state), `${name} ${state}`).to.equal("none");
      }
    });

    it("are refused where they can be none", () => {
      const bins = '"coarse":0,"fine":0,"room":64';
      const hostile = [
        "",
        "x",
        "null",
        "true",
        "[]",
        "{}",
        "1e999",
        '"1"',
        `{${bins},"low":[1]}`,
        '{"low":[1],"high":[]}',
        `{${bins},"low":[1],"high":["2"]}`,
        `{${bins},"low":[null],"high":[]}`,
        `{${bins},"low":[${"1,".repeat(99)}1],"high":[]}`,
        `{${bins},"low":{"length":3},"high":[]}`,
        `{${bins},"low":[],"high":[],"__proto__":{}}`,
        '{"coarse":"1","fine":0,"room":64,"low":[],"high":[]}',
        '{"coarse":0,"fine":null,"room":64,"low":[],"high":[]}',
        '{"coarse":0,"fine":0,"room":-1,"low":[],"high":[]}',
        '{"count":1}',
        '{"count":1,"sum":null}',
        '{"count":-1,"sum":1}',
        '{"count":2,"sum":1}',
        '{"count":1,"sum":1,"x":1}',
        '{"count":1,"max":null,"min":1,"sum":1}',
        '{"count":1,"max":1,"sum":1}',
        '{"count":1,"max":1,"min":1,"sum":1,"x":1}',
        '"a"',
        '"abc*"',
        '"YQ=="x',
        '["YQ=="]',
      ];
      for (const name of names) {
        for (const state of hostile) expect(merged(name, state), `${name} ${state}`).to.equal("BATCH_ALTERED");
        expect(merged(name, "1", 1), "a key that is no text").to.equal("BATCH_ALTERED");
      }
    });
  });
});

/** The JSON text that the engine gives for these values of one key. */
function resultOf(reduce: unknown, values: readonly number[]): string {
  const engine = new Engine({ map: () => undefined, reduce } as unknown as AnyDefinition, limits);
  engine.mapMany(() => {
    for (const value of values) engine.emitTo(engine.groups.find("k"), value);
    return values.length;
  });
  const [cell] = Array.from(engine.cells);
  if (cell === undefined) throw new Error("nothing was emitted");
  return engine.resultText(cell.index) as string;
}
