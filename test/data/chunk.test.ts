import { createHash, hkdfSync } from "node:crypto";

import { expect } from "chai";
import fc from "fast-check";

import { toHex, utf8 } from "../../lib/crypto/bytes.ts";
import {
  chunkKey,
  chunkLeaf,
  type ChunkName,
  chunkOverhead,
  openChunk,
  openChunkInto,
  plaintextLength,
  sealChunk,
} from "../../lib/data/chunk.ts";
import { SealfoldError } from "../../lib/errors.ts";

const datasetKey = new Uint8Array(32).fill(1);
const name: ChunkName = { owner: "ann", input: "visits", epoch: 3, index: 5 };
const otherNames: readonly ChunkName[] = [
  { ...name, owner: "bob" },
  { ...name, input: "bills" },
  { ...name, epoch: 2 },
  { ...name, index: 6 },
  { ...name, owner: "annv", input: "isits" },
];
const key = chunkKey(datasetKey, name);
const plaintext = utf8("a record\nand another\n");

describe("data/chunk", () => {
  it("opens what it sealed, of any size", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const sealed = sealChunk(key, name, bytes);
        expect(sealed.length).to.equal(bytes.length + chunkOverhead);
        expect(openChunk(key, name, sealed)).to.deep.equal(bytes);
      }),
    );
  });

  it("opens into given memory what it sealed, and of what was altered nothing; what it opens stays as it is", () => {
    for (const length of [0, 1, 100_000, 300_000]) {
      const bytes = new Uint8Array(length).fill(7);
      const sealed = sealChunk(key, name, bytes);
      const before = Uint8Array.from(sealed);
      const target = new Uint8Array(length + 20).fill(9);
      const place = target.subarray(10, 10 + length);
      const altered = sealed.with(sealed.length - 1, (sealed[sealed.length - 1] as number) ^ 1);
      expectAltered(() => openChunkInto({ key, name }, altered, place));
      expect(Buffer.compare(place, new Uint8Array(length))).to.equal(0);
      openChunkInto({ key, name }, sealed, place);
      expect(Buffer.compare(place, bytes)).to.equal(0);
      expect([...target.subarray(0, 10), ...target.subarray(10 + length)].every((byte) => byte === 9)).to.equal(true);
      expect(Buffer.compare(sealed, before)).to.equal(0);
      expectAltered(() => openChunkInto({ key, name }, sealed.subarray(0, chunkOverhead - 1), new Uint8Array()));
    }
  });

  it("refuses a chunk that was altered in any one byte", () => {
    const sealed = sealChunk(key, name, plaintext);
    for (let at = 0; at < sealed.length; at++) {
      expectAltered(() => openChunk(key, name, sealed.with(at, (sealed[at] as number) ^ 0x80)));
    }
  });

  it("commits to every byte, to its length, its place and its key, and to nothing else", () => {
    const leaf = toHex(chunkLeaf({ key, name }, plaintext));
    const others = [
      ...Array.from(plaintext, (byte, at) => plaintext.with(at, byte ^ 1)),
      plaintext.subarray(1),
      plaintext.subarray(0, -1),
      Uint8Array.of(...plaintext, 0),
      new Uint8Array(),
    ].map((other) => chunkLeaf({ key, name }, other));
    others.push(...otherNames.map((other) => chunkLeaf({ key, name: other }, plaintext)));
    others.push(chunkLeaf({ key: chunkKey(new Uint8Array(32).fill(2), name), name }, plaintext));
    const leaves = new Set(others.map(toHex));
    expect(leaves.size).to.equal(others.length);
    expect(leaves).to.not.include(leaf);
    expect(toHex(chunkLeaf({ key, name }, Uint8Array.from(plaintext)))).to.equal(leaf);
  });

  it("has a leaf that anybody may see: it is no hash of what can be guessed", () => {
    // RFC 5869 and FIPS 180-4, by another implementation of both
    const field = (bytes: Uint8Array): Buffer => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return Buffer.concat([length, bytes]);
    };
    const number = (value: number): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt(value));
      return bytes;
    };
    const fields = (label: string): Buffer =>
      Buffer.concat([utf8(label), utf8("ann"), utf8("visits"), number(3), number(5)].map(field));
    const blind = new Uint8Array(hkdfSync("sha256", key, "", fields("sealfold/1 chunk blind"), 32));
    const inner = createHash("sha256").update(plaintext).digest();
    const outer = createHash("sha256").update(Uint8Array.of(0));
    const leaf = outer.update(fields("sealfold/1 leaf")).update(field(blind)).update(inner).digest("hex");
    expect(toHex(chunkLeaf({ key, name }, plaintext))).to.equal(leaf);
  });

  it("refuses a chunk that was cut or lengthened anywhere", () => {
    const sealed = sealChunk(key, name, plaintext);
    for (let length = 0; length < sealed.length; length++) {
      expectAltered(() => openChunk(key, name, sealed.subarray(0, length)));
    }
    expectAltered(() => openChunk(key, name, Uint8Array.of(...sealed, 0)));
    expectAltered(() => plaintextLength(name, sealed.subarray(0, chunkOverhead - 1)));
    expect(plaintextLength(name, sealed)).to.equal(plaintext.length);
  });

  it("refuses a chunk in the place of another, even under one key", () => {
    const sealed = sealChunk(key, name, plaintext);
    for (const other of otherNames) {
      expectAltered(() => openChunk(key, other, sealed));
    }
  });

  it("gives every chunk its own key", () => {
    const keys = [name, ...otherNames].map((each) => toHex(chunkKey(datasetKey, each)));
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it("commits to its key: another key is refused before anything is opened", () => {
    const sealed = sealChunk(key, name, plaintext);
    const otherKey = chunkKey(new Uint8Array(32).fill(2), name);
    expectAltered(() => openChunk(otherKey, name, sealed));
    const grafted = Uint8Array.from(sealed);
    grafted.set(sealChunk(otherKey, name, plaintext).subarray(13, 45), 13);
    expectAltered(() => openChunk(otherKey, name, grafted));
    expectAltered(() => openChunk(key, name, grafted));
  });

  it("seals the same records differently each time", () => {
    expect(sealChunk(key, name, plaintext)).to.not.deep.equal(sealChunk(key, name, plaintext));
  });

  it("names the chunk and its owner, and nothing of its content", () => {
    const error = expectAltered(() => openChunk(key, name, new Uint8Array(100)));
    expect(error.place).to.deep.equal({ party: "ann" });
    expect(error.message).to.equal("chunk 5 of input visits is not the one its owner sealed");
  });

  it("wants keys of 32 bytes", () => {
    for (const length of [0, 16, 31, 33]) {
      expect(() => chunkKey(new Uint8Array(length), name)).to.throw(RangeError);
      expect(() => sealChunk(new Uint8Array(length), name, plaintext)).to.throw(RangeError);
      expect(() => openChunk(new Uint8Array(length), name, new Uint8Array(chunkOverhead))).to.throw(RangeError);
      expect(() => chunkLeaf({ key: new Uint8Array(length), name }, plaintext)).to.throw(RangeError);
    }
  });
});

function expectAltered(act: () => unknown): SealfoldError {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError).with.property("code", "CHUNK_ALTERED");
    return error as SealfoldError;
  }
  throw new Error("expected a refusal");
}
