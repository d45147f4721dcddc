/** What a module hands over when its task is over. */

import { expect } from "chai";

import { found, PairReader } from "../../../lib/data/pair-reader.ts";
import { pairsStart, PairWriter } from "../../../lib/data/pairs.ts";
import { utf8 } from "../../../lib/crypto/bytes.ts";
import { aggregateNames } from "../../../lib/program/wasm/abi.ts";
import type { OpenableProgram } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { codeOf } from "../../code-of.ts";
import { body, moduleOf, op, programFunctions, types } from "../../program/wasm/_module.ts";
import { type Differences, openWasm } from "./_wasm.ts";

interface Given {
  readonly key: Uint8Array;
  readonly values: number;
  readonly value: number;
}

const place = 131_072;
const load = [0x28, 2, 0];
const store = [0x36, 2, 0];
const text = (key: string, values: number, value: number): Given => ({ key: utf8(key), values, value });

function packed(pairs: readonly Given[]): Uint8Array {
  return Buffer.concat(
    pairs.flatMap(({ key, values, value }) => {
      const head = Buffer.alloc(16);
      head.writeUInt32LE(key.length, 0);
      head.writeUInt32LE(values, 4);
      head.writeDoubleLE(value, 8);
      return [head, key];
    }),
  );
}

/** A module whose record is the pairs that it hands over when it flushes; and, where it is said, at once. */
function handingOver(aggregate: (typeof aggregateNames)[number], { atOnce = false } = {}): OpenableProgram {
  const add = 0x6a;
  const record = [...op.get(0), ...op.constant(4), add];
  const size = [...op.get(1), ...op.constant(-4), add];
  const copy = [0xfc, 0x0a, 0, 0];
  const keep = [...op.constant(place), ...record, ...size, ...copy, ...op.constant(place - 8), ...size, ...store];
  const map = [...(atOnce ? [...record, ...size, ...op.call(0)] : []), ...keep, ...op.constant(1)];
  const flush = [...op.constant(place), ...op.constant(place - 8), ...load, ...op.call(0)];
  const functions = [
    ...programFunctions(map, { aggregate: aggregateNames.indexOf(aggregate), chunk: true }),
    { type: types.nothing, body: body(flush), export: "flush" },
  ];
  return checkWasm(moduleOf({ imports: [["emit_pairs", types.twoNumbers]], functions, memory: [0, 0x90, 0x03] }));
}

const options: Differences = { format: { kind: "bytes" }, memoryMiB: 64 };

/** @returns the stream of a task with that record */
function streamOf(program: OpenableProgram, record: Uint8Array, limits: Differences["limits"] = {}): Uint8Array {
  const realm = openWasm(program, { ...options, limits });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(record.length);
  realm.mapChunk(Buffer.concat([length, record]));
  const writer = new PairWriter(1, new Uint8Array(16));
  realm.drainPacked((portion) => writer.addPacked(portion));
  return writer.finish()[0] ?? new Uint8Array();
}

/** @returns its pairs, and the result of each key */
function drained(program: OpenableProgram, record: Uint8Array) {
  const stream = streamOf(program, record);
  const keys: string[] = [];
  const reader = new PairReader(stream);
  reader.begin(stream, pairsStart, stream.length);
  while (reader.next() === found.pair) {
    keys.push(`${Buffer.from(stream.subarray(reader.keyStart, reader.keyEnd)).toString()} ${reader.values}`);
  }
  const reducer = openWasm(program, options);
  reducer.mergePacked(stream, "");
  const results = new Map<string, readonly [values: number, result: unknown]>();
  reducer.finish((_kind, key, values, _owners, result) => results.set(key, [values, JSON.parse(result)]));
  return { keys, results };
}

describe("sandbox/realm/wasm/last-pairs", () => {
  const pairs = [text("b", 2, 1.5), text("é", 1, -3), text("", 4, 0.1), text("b", 1, 7), text("a".repeat(300), 1, -0)];

  it("hands over pairs as they come, and they come to what they come to where they are gathered first", () => {
    for (const aggregate of ["sum", "count", "mean", "min", "max"] as const) {
      const { keys, results } = drained(handingOver(aggregate), packed(pairs));
      expect(keys, aggregate).to.deep.equal(["b 2", "é 1", " 4", "b 1", `${"a".repeat(300)} 1`]);
      const twice = drained(handingOver(aggregate, { atOnce: true }), packed(pairs));
      expect(twice.keys).to.deep.equal(["b 6", "é 2", " 8", `${"a".repeat(300)} 2`]);
      const half = (of: unknown): unknown => (aggregate === "sum" || aggregate === "count" ? Number(of) / 2 : of);
      for (const [key, [values, result]] of twice.results) {
        expect(results.get(key), `${aggregate} ${key}`).to.deep.equal([values / 2, half(result)]);
      }
    }
  });

  it("gathers the pairs of min-max-mean, which are more than a number", () => {
    const bounded = Buffer.alloc(33);
    bounded.writeUInt32LE(1, 0);
    bounded.writeUInt32LE(2, 4);
    bounded.write("k", 32);
    const { keys, results } = drained(handingOver("min-max-mean"), Buffer.concat([bounded, bounded]));
    expect(keys).to.deep.equal(["k 4"]);
    expect(results.get("k")).to.deep.equal([4, { max: 0, mean: 0, min: 0 }]);
  });

  it("refuses what is no text, no number, has no values, or is longer than the policy lets it be", () => {
    for (const aggregate of ["sum", "count"] as const) {
      const program = handingOver(aggregate);
      const codes = (given: Given, limits: Differences["limits"] = {}): string =>
        codeOf(() => streamOf(program, packed([text("good", 1, 1), given]), limits));
      expect(codes({ key: Uint8Array.of(0xff), values: 1, value: 1 })).to.equal("PROGRAM_VALUE");
      expect(codes({ key: Uint8Array.of(0xc3), values: 1, value: 1 })).to.equal("PROGRAM_VALUE");
      expect(codes(text("k", 0, 1))).to.equal("PROGRAM_VALUE");
      expect(codes(text("k", 1, NaN))).to.equal("PROGRAM_VALUE");
      expect(codes(text("k", 1, Infinity))).to.equal("PROGRAM_VALUE");
      expect(codes(text("k".repeat(11), 1, 1), { keyBytes: 10 })).to.equal("LIMIT_KEY");
      expect(codes(text("k".repeat(10), 1, 1), { keyBytes: 10 })).to.equal("none");
      expect(codes(text("k".repeat(90), 1, 1), { outputBytes: 80 })).to.equal("LIMIT_OUTPUT");
    }
  });

  it("gathers by key what would be too much, so that a key that comes again and again takes no more room", () => {
    const key = "0123456789".repeat(10);
    const many = Array.from({ length: 170_000 }, () => text(key, 1, 1));
    const { keys, results } = drained(handingOver("count"), packed(many));
    expect(keys.length).to.be.within(161_000, 164_000);
    expect(keys.at(-1)).to.equal(`${key} ${many.length - keys.length + 1}`);
    expect(results.get(key)).to.deep.equal([many.length, many.length]);
  });
});
