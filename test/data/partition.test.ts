import { expect } from "chai";
import fc from "fast-check";

import { toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { maxPartitions, Partitioner, partitionOf, seedLength, SipHash } from "../../lib/data/partition.ts";

const mask = (1n << 64n) - 1n;

/** SipHash-2-4 as the paper writes it, on 64-bit words. */
function byDefinition(key: Uint8Array, input: Uint8Array): bigint {
  const k0 = Buffer.from(key).readBigUInt64LE(0);
  const k1 = Buffer.from(key).readBigUInt64LE(8);
  const v = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn, k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n];
  const rotate = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (64n - by))) & mask;
  const mix = (a: number, b: number, by: bigint): void => {
    v[a] = (v[a]! + v[b]!) & mask;
    v[b] = rotate(v[b]!, by) ^ v[a];
  };
  const rounds = (count: number): void => {
    for (let round = 0; round < count; round++) {
      mix(0, 1, 13n);
      v[0] = rotate(v[0]!, 32n);
      mix(2, 3, 16n);
      mix(0, 3, 21n);
      mix(2, 1, 17n);
      v[2] = rotate(v[2]!, 32n);
    }
  };
  const padded = Buffer.alloc((Math.floor(input.length / 8) + 1) * 8);
  padded.set(input);
  padded[padded.length - 1] = input.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at);
    v[3]! ^= word;
    rounds(2);
    v[0]! ^= word;
  }
  v[2]! ^= 0xffn;
  rounds(4);
  return v[0]! ^ v[1]! ^ v[2]! ^ v[3]!;
}

describe("data/partition", () => {
  it("passes the SipHash paper's vector (appendix A)", () => {
    expect(toHex(new SipHash(count(16)).digest(count(15)))).to.equal("a129ca6149be45e5");
  });

  it("equals the paper's algorithm on 64-bit words for every key and length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.uint8Array({ maxLength: 40 }), (key, input) => {
        expect(toHex(new SipHash(key).digest(input))).to.equal(byDefinition(key, input).toString(16).padStart(16, "0"));
      }),
    );
    for (const length of [0, 7, 8, 255, 256, 257]) {
      expect(BigInt(`0x${toHex(new SipHash(count(16)).digest(count(length)))}`)).to.equal(
        byDefinition(count(16), count(length)),
      );
    }
  });

  it("hashes a part of a buffer as that part alone", () => {
    const hash = new SipHash(count(16));
    expect(hash.high(utf8("xxhello there"), 2, 13)).to.equal(hash.high(utf8("hello there"), 0, 11));
  });

  it("spreads keys evenly", () => {
    const partitioner = new Partitioner(count(16), 7);
    const sizes = Array.from({ length: 7 }, () => 0);
    for (let key = 0; key < 7000; key++) {
      const bytes = utf8(`key ${key}`);
      sizes[partitioner.of(bytes, 0, bytes.length)]! += 1;
    }
    for (const size of sizes) expect(size).to.be.within(850, 1150);
  });

  it("spreads them otherwise under another seed", () => {
    const bytes = Array.from({ length: 100 }, (_, key) => utf8(`key ${key}`));
    const under = (seed: Uint8Array): number[] => bytes.map((key) => partitionOf(seed, key, 16));
    expect(under(count(16))).to.deep.equal(under(count(16)));
    expect(under(count(16))).to.not.deep.equal(under(count(17).subarray(1)));
  });

  it("takes 1 to 65536 partitions and seeds of 16 bytes", () => {
    expect(partitionOf(count(seedLength), utf8("key"), 1)).to.equal(0);
    expect(partitionOf(count(seedLength), utf8("key"), maxPartitions)).to.be.within(0, maxPartitions - 1);
    for (const partitions of [0, -1, 1.5, NaN, maxPartitions + 1]) {
      expect(() => new Partitioner(count(seedLength), partitions)).to.throw(RangeError);
    }
    for (const length of [0, 15, 17]) expect(() => new Partitioner(count(length), 2)).to.throw(RangeError);
  });
});

function count(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index);
}
