import { expect } from "chai";
import * as fc from "fast-check";

import { ByteTable, hashOf, hashStep, jsonMark, multiplierOf, refusedKey } from "../../lib/program/byte-table.ts";

const unlimited = { keyBytes: Infinity, totalBytes: Infinity };
const seeds = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("program/byte-table", () => {
  it("numbers keys in the order in which they first came, as a Map of their hexadecimal does", () => {
    const keys = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 400 });
    fc.assert(
      fc.property(keys, seeds, (all, seed) => {
        const table = new ByteTable(seed, unlimited);
        const model = new Map<string, number>();
        for (const key of all) {
          const name = Buffer.from(key).toString("hex");
          const known = model.get(name) ?? model.size;
          model.set(name, known);
          expect(find(table, key)).to.equal(known);
        }
        expect(keysOf(table)).to.deep.equal([...model.keys()]);
      }),
    );
  });

  it("numbers them likewise, whatever number was expected before and meanwhile, and whether there is memory for it", () => {
    const expected = fc.tuple(fc.constantFrom(0, 1, 1023, 1024, 5000, 2 ** 17, 2 ** 45), fc.nat(2 ** 18));
    fc.assert(
      fc.property(fc.array(expected, { maxLength: 3 }), seeds, (all, seed) => {
        const table = new ByteTable(seed, { keyBytes: 10, totalBytes: 2 ** 20 });
        const waiting = [...all];
        for (let index = 0; index < 6000; index++) {
          if (index % 2500 === 0) reserve(table, ...(waiting.pop() ?? [0, 0]));
          expect(find(table, Buffer.from(`${index % 4000}`))).to.equal(index % 4000);
        }
        expect(keysOf(table).at(-1)).to.equal(Buffer.from("3999").toString("hex"));
      }),
      { numRuns: 40 },
    );
  });

  it("finds keys by hashes that are all the same", () => {
    const table = new ByteTable(0, unlimited);
    const keys = Array.from({ length: 300 }, (_, index) => Buffer.from(`key ${index}`));
    for (let round = 0; round < 2; round++) {
      keys.forEach((key, index) => expect(table.find(key, 0, key.length, 7)).to.equal(index));
    }
  });

  it("keeps 2^20 keys, whatever becomes of the bytes that it was shown", () => {
    const table = new ByteTable(-5, unlimited);
    const count = 2 ** 20;
    const shown = Buffer.alloc(8);
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < count; index++) {
        shown.writeDoubleLE(index);
        if (find(table, shown) !== index) expect.fail(`${index} is another key in round ${round}`);
      }
    }
    expect(table.count).to.equal(count);
    expect(table.usedBytes).to.equal(8 * count);
    expect(table.startOf(count)).to.equal(8 * count);
  });

  it("looks at a part of what it is shown", () => {
    const table = new ByteTable(1, unlimited);
    const bytes = Buffer.from("one two one");
    const at = (start: number, end: number): number => table.find(bytes, start, end, hashOf(bytes, start, end, 1));
    expect([at(0, 3), at(4, 7), at(8, 11), at(3, 3)]).to.deep.equal([0, 1, 0, 2]);
  });

  it("takes keys up to their limit, one byte more where the JSON mark stands first, and knows them afterwards", () => {
    const table = new ByteTable(1, { keyBytes: 3, totalBytes: 10 });
    expect(find(table, Buffer.from("four"))).to.equal(refusedKey.tooLong);
    expect(find(table, Buffer.from("two"))).to.equal(0);
    expect(find(table, Buffer.of(jsonMark, 0x31, 0x32, 0x33))).to.equal(1);
    expect(find(table, Buffer.of(jsonMark, 0x31, 0x32, 0x33, 0x34))).to.equal(refusedKey.tooLong);
    expect(find(table, Buffer.from("abc"))).to.equal(2);
    expect(find(table, Buffer.from("x"))).to.equal(refusedKey.full);
    expect(find(table, Buffer.from("abc"))).to.equal(2);
    expect(table.count).to.equal(3);
  });
});

describe("program/byte-table: the hash", () => {
  it("is made of steps", () => {
    fc.assert(
      fc.property(fc.uint8Array(), seeds, (bytes, seed) => {
        const multiplier = multiplierOf(seed);
        const padded = Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
        let stepped = seed;
        for (let at = 0; at < padded.length; at += 4) {
          stepped = hashStep(stepped, padded.readInt32LE(at), multiplier);
        }
        expect(hashOf(bytes, 0, bytes.length, seed)).to.equal(stepped);
      }),
    );
  });

  it("of keys that collide under one seed differs under another", () => {
    const found = collision(1);
    const hashes = (seed: number): number[] => found.map((key) => hashOf(key, 0, key.length, seed));
    expect(new Set(hashes(1))).to.have.lengthOf(1);
    const others = Array.from({ length: 64 }, (_, index) => hashes(index * 7919 + 2)).filter(([a, b]) => a === b);
    expect(others).to.deep.equal([]);
  });
});

/** Where there is no memory for so many, all stays as it is. */
function reserve(table: ByteTable, keys: number, bytes: number): void {
  const isTooMuch = keys > 2 ** 40;
  if (isTooMuch) expect(() => table.reserve(keys, bytes)).to.throw(RangeError);
  else table.reserve(keys, bytes);
}

function find(table: ByteTable, key: Uint8Array): number {
  return table.find(key, 0, key.length, hashOf(key, 0, key.length, table.seed));
}

function keysOf(table: ByteTable): string[] {
  return Array.from({ length: table.count }, (_, key) =>
    Buffer.from(table.bytes.subarray(table.startOf(key), table.startOf(key + 1))).toString("hex"),
  );
}

/** @returns two keys of one hash: by birthday, among some 2^17 */
function collision(seed: number): readonly [Buffer, Buffer] {
  const known = new Map<number, Buffer>();
  for (let index = 0; ; index++) {
    const key = Buffer.from(`user-${index}`);
    const hash = hashOf(key, 0, key.length, seed);
    const other = known.get(hash);
    if (other !== undefined) return [other, key];
    known.set(hash, key);
  }
}
