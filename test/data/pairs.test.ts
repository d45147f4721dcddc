import { expect } from "chai";
import fc from "fast-check";

import { concat, utf8 } from "../../lib/crypto/bytes.ts";
import { type Pair, PairWriter, readPairs, sizeOfPairs } from "../../lib/data/pairs.ts";
import { SealfoldError } from "../../lib/errors.ts";

const seed = Uint8Array.from({ length: 16 }, (_, index) => index);
const noPairs = Uint8Array.of(0, 0, 0, 0);
const onePair = Uint8Array.of(0, 0, 0, 1, /* text */ 0, 1, 0x61, /* values */ 1, /* state */ 1, 0x37);

const pair: fc.Arbitrary<Pair> = fc.oneof(
  fc.record({
    kind: fc.constant(0 as const),
    key: fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), fc.string({ unit: utf16Unit(), maxLength: 60 })),
    values: fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat()),
    state: fc.json(),
  }),
  fc.record({ kind: fc.constant(1 as const), key: fc.json(), values: fc.nat(), state: fc.json() }),
);

describe("data/pairs", () => {
  it("says how many pairs streams have, but no more than there is room for, whatever they say", () => {
    expect(sizeOfPairs([noPairs])).to.deep.equal({ pairs: 0, bytes: 0 });
    expect(sizeOfPairs([onePair, noPairs, onePair])).to.deep.equal({ pairs: 2, bytes: 4 });
    expect(sizeOfPairs([concat(Uint8Array.of(255, 255, 255, 255), onePair)])).to.deep.equal({ pairs: 2, bytes: 2 });
    expect(() => sizeOfPairs([noPairs.subarray(1)]))
      .to.throw(SealfoldError)
      .with.property("code", "BATCH_ALTERED");
  });

  it("reads back every pair that was added, in order, each key in one partition", () => {
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (pairs, partitions) => {
        const writer = writerOf(pairs, partitions);
        const read = writer.finish().map(pairsOf);
        expect(read.map((each) => each.length)).to.deep.equal(writer.counts);
        const single = pairsOf(writerOf(pairs, 1).finish()[0] as Uint8Array);
        expect(single).to.deep.equal(pairs);
        for (const each of read) expect(each).to.deep.equal(pairs.filter((one) => each.some(sameKey(one))));
      }),
    );
  });

  for (const key of [
    "",
    "a",
    "constructor",
    "__proto__",
    "\u0000",
    "\ufffd",
    "\ufeffbom",
    "é".repeat(42),
    "日".repeat(42),
    "日".repeat(43),
    "😀".repeat(21),
    "😀".repeat(22),
    "a".repeat(65_536),
    "ж".repeat(65_536),
    "\ud800",
    "\udc00\ud800",
    "a".repeat(100) + "\ud83d",
  ]) {
    it(`carries the key ${JSON.stringify(key.slice(0, 6))} of ${key.length} code units like any other`, () => {
      const pairs: readonly Pair[] = [
        { kind: 0, key, values: 1, state: "1" },
        { kind: 0, key: "next", values: 2, state: '"日本"' },
      ];
      expect(pairsOf(writerOf(pairs, 1).finish()[0] as Uint8Array)).to.deep.equal(pairs);
    });
  }

  it("keeps apart a key and the replacement character that would stand for it", () => {
    const pairs: readonly Pair[] = ["\ud800", "\udbff", "\ufffd"].map((key) => ({
      kind: 0,
      key,
      values: 1,
      state: "1",
    }));
    const [stream] = writerOf(pairs, 1).finish();
    expect(new Set(pairsOf(stream as Uint8Array).map(({ key }) => key)).size).to.equal(3);
  });

  it("carries many short texts across the reader's windows, plain and not", () => {
    const pairs: Pair[] = Array.from({ length: 30_000 }, (_, index) => ({
      kind: 0,
      key: index % 7 === 0 && index > 12_000 ? `ключ${index}` : `key${index}`,
      values: index,
      state: String(index),
    }));
    const [stream] = writerOf(pairs, 1).finish();
    expect(pairsOf(stream as Uint8Array)).to.deep.equal(pairs);
  });

  it("gives every partition a stream, the empty ones too", () => {
    expect(new PairWriter(3, seed).finish()).to.deep.equal([noPairs, noPairs, noPairs]);
  });

  it("begins anew with nothing of what was there, in the same memory", () => {
    const words: Pair[] = Array.from({ length: 2000 }, (_, key) => ({ kind: 0, key: `${key}`, values: 1, state: "1" }));
    fc.assert(
      fc.property(fc.array(pair), fc.nat(2000), (pairs, before) => {
        const writer = writerOf(words.slice(0, before), 2);
        const memory = writer.finish().map(({ buffer }) => buffer);
        writer.clear();
        expect(writer.counts).to.deep.equal([0, 0]);
        for (const each of pairs) writer.add(each);
        const fresh = writerOf(pairs, 2);
        expect(writer.counts).to.deep.equal(fresh.counts);
        const streams = writer.finish();
        expect(streams).to.deep.equal(fresh.finish());
        if (pairs.length < before / 20) expect(streams.map(({ buffer }) => buffer)).to.deep.equal(memory);
      }),
    );
  });

  it("spreads by the seed: another seed, other partitions", () => {
    const pairs: Pair[] = Array.from({ length: 50 }, (_, key) => ({ kind: 0, key: `${key}`, values: 1, state: "1" }));
    const sizes = (bytes: Uint8Array): readonly number[] => writerOf(pairs, 8, bytes).counts;
    expect(sizes(seed)).to.deep.equal(sizes(Uint8Array.from(seed)));
    expect(sizes(seed)).to.not.deep.equal(sizes(seed.toReversed()));
  });

  it("refuses a state that is not well-formed", () => {
    for (const state of ['"\ud800"', `"${"a".repeat(100)}\udc00"`]) {
      expect(() => new PairWriter(1, seed).add({ kind: 0, key: "a", values: 1, state })).to.throw(TypeError);
    }
  });

  it("refuses a stream that was cut anywhere", () => {
    const [stream] = writerOf([{ kind: 1, key: "[1,2]", values: 400, state: '{"n":1}' }], 1).finish();
    for (let length = 0; length < (stream as Uint8Array).length; length++) {
      expectAltered((stream as Uint8Array).subarray(0, length));
    }
  });

  it("refuses bytes after the last pair, and a count that is not that of the pairs", () => {
    expect(pairsOf(onePair)).to.have.length(1);
    expectAltered(concat(onePair, Uint8Array.of(0)));
    expectAltered(onePair.with(3, 0));
    expectAltered(onePair.with(3, 2));
    expectAltered(onePair.with(0, 0xff));
  });

  for (const [what, bytes] of [
    ["an unknown kind of key", [3, 1, 0x61, 1, 1, 0x37]],
    ["a length beyond what is there", [0, 0x7f, 0x61, 1, 1, 0x37]],
    ["a length of nine quadrillion", [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x61]],
    ["a length beyond the safe integers", [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x61]],
    ["a number spelled longer than it need be", [0, 0x81, 0x00, 0x61, 1, 1, 0x37]],
    ["a number without an end", [0, 1, 0x61, 0x80]],
    ["a short key that is not UTF-8", [0, 1, 0xff, 1, 1, 0x37]],
    ["a long key that is not UTF-8", [0, 20, ...utf8("a".repeat(18)), 0xc3, 0x28, 1, 1, 0x37]],
    ["a surrogate written in UTF-8", [0, 3, 0xed, 0xa0, 0x80, 1, 1, 0x37]],
    ["an odd number of bytes in UTF-16", [2, 3, 0, 0xd8, 0, 1, 1, 0x37]],
    ["a key in UTF-16 that UTF-8 can carry", [2, 2, 0x61, 0, 1, 1, 0x37]],
  ] as const) {
    it(`refuses ${what}`, () => {
      expectAltered(concat(onePair.subarray(0, 4), Uint8Array.from(bytes)));
    });
  }
});

function writerOf(pairs: readonly Pair[], partitions: number, withSeed: Uint8Array = seed): PairWriter {
  const writer = new PairWriter(partitions, withSeed);
  for (const each of pairs) writer.add(each);
  return writer;
}

function pairsOf(stream: Uint8Array): Pair[] {
  const pairs: Pair[] = [];
  readPairs(stream, (kind, key, values, state) => pairs.push({ kind, key, values, state }));
  return pairs;
}

function sameKey(a: Pair): (b: Pair) => boolean {
  return (b) => a.kind === b.kind && a.key === b.key;
}

function expectAltered(stream: Uint8Array): void {
  expect(() => readPairs(stream, () => undefined))
    .to.throw(SealfoldError)
    .with.property("code", "BATCH_ALTERED");
}

/** Any code unit, lone surrogates among them. */
function utf16Unit(): fc.Arbitrary<string> {
  return fc
    .oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff }))
    .map((unit) => String.fromCharCode(unit));
}
