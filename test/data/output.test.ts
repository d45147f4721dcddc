import { expect } from "chai";
import fc from "fast-check";

import { aesGcm } from "../../lib/crypto/aead.ts";
import { concat } from "../../lib/crypto/bytes.ts";
import { context } from "../../lib/crypto/context.ts";
import type { KeyKind } from "../../lib/data/keys.ts";
import {
  type KeyedResult,
  minOutputBytes,
  openOutput,
  type OutputPlace,
  padme,
  readResults,
  ResultWriter,
  sealOutput,
} from "../../lib/data/output.ts";
import { SealfoldError } from "../../lib/errors.ts";

const key = new Uint8Array(32).fill(6);
const place: OutputPlace = { jobId: filled(32, 1), output: "words", partition: 2, attempt: filled(16, 3) };

describe("data/output", () => {
  it("reads back every result that was added, in order", () => {
    const result = fc.record({
      kind: fc.constantFrom<KeyKind>(0, 1),
      key: fc.string({ unit: "binary", maxLength: 50 }),
      result: fc.json(),
    });
    fc.assert(
      fc.property(fc.array(result), (results) => {
        expect([...readResults(streamOf(results))]).to.deep.equal(results);
      }),
    );
  });

  it("refuses a stream that is cut or goes on", () => {
    const stream = streamOf([{ kind: 0, key: "é", result: '{"mean":1.5}' }]);
    for (let length = 0; length < stream.length; length++) {
      expectAltered(() => [...readResults(stream.subarray(0, length))]);
    }
    expectAltered(() => [...readResults(concat(stream, Uint8Array.of(0)))]);
  });

  it("opens what it sealed, at every boundary of padding and blocks", () => {
    for (const length of [0, 1, 4091, 4092, 4093, 65_531, 65_532, 65_533, 65_536, 131_068, 131_069, 200_000]) {
      const stream = counting(length);
      expect(openOutput(key, place, sealOutput({ key, place }, stream)), `${length} bytes`).to.deep.equal(stream);
    }
  });

  it("seals where the results were written, to the same bytes, and leaves nothing else in that memory", () => {
    for (const results of [3, 800, 20_000, 50_000, 70_001]) {
      const { writer, stream } = written(results, true);
      const expected = sealOutput({ key, place }, Uint8Array.from(stream));
      const sealed = sealOutput({ key, place, memory: writer.memory }, stream);
      expect(Buffer.compare(sealed, expected), `${results} results`).to.equal(0);
      const isLarge = results > 3;
      expect(sealed.buffer === stream.buffer, `${results} results`).to.equal(isLarge);
      const behind = new Uint8Array(sealed.buffer, sealed.byteOffset + sealed.length);
      expect(behind.every((byte) => byte === 0)).to.equal(true);
    }
  });

  it("seals elsewhere where far more memory was taken than is used", () => {
    for (const results of [6000, 20_000, 40_000]) {
      const { writer, stream } = written(results, false);
      const sealed = sealOutput({ key, place, memory: writer.memory }, stream);
      expect(sealed.buffer.byteLength).to.be.at.most(1.125 * sealed.length);
      expect([...readResults(openOutput(key, place, sealed))]).to.have.length(results);
    }
  });

  it("pads, so that sizes tell little more than their magnitude", () => {
    const sealedLength = (length: number): number => sealOutput({ key, place }, new Uint8Array(length)).length;
    expect(sealedLength(0)).to.equal(minOutputBytes + 16);
    expect(sealedLength(minOutputBytes - 4)).to.equal(minOutputBytes + 16);
    expect(sealedLength(100_000)).to.equal(sealedLength(99_000));
  });

  it("pads with Padmé: never down, at most by 12 %, and idempotent", () => {
    expect([0, 1, 2, 8, 9, 10, 100, 4096, 5000, 1_000_001].map(padme)).to.deep.equal([
      0, 1, 2, 8, 10, 10, 104, 4096, 5120, 1_015_808,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (length) => {
        expect(padme(length)).to.be.within(length, length * 1.12);
        expect(padme(padme(length))).to.equal(padme(length));
      }),
    );
  });

  describe("refuses", () => {
    const sealed = sealOutput({ key, place }, counting(100_000));
    const blockBytes = 65_552;

    it("a byte altered in any region", () => {
      for (const at of [0, 4, 40_000, blockBytes - 17, blockBytes - 1, blockBytes, 100_100, sealed.length - 1]) {
        const altered = Uint8Array.from(sealed);
        altered[at]! ^= 0x10;
        expectAltered(() => openOutput(key, place, altered));
      }
    });

    it("an output that was cut, lengthened or put together otherwise", () => {
      const [first, second] = [sealed.subarray(0, blockBytes), sealed.subarray(blockBytes)];
      for (const length of [0, 1, 16, 17, blockBytes - 1, blockBytes, blockBytes + 16, sealed.length - 1]) {
        expectAltered(() => openOutput(key, place, sealed.subarray(0, length)));
      }
      expectAltered(() => openOutput(key, place, concat(sealed, Uint8Array.of(0))));
      expectAltered(() => openOutput(key, place, concat(second, first)));
      expectAltered(() => openOutput(key, place, concat(first, first, second)));
    });

    it("the output of another job, name, partition or attempt, and under another key", () => {
      for (const other of [
        { ...place, jobId: filled(32, 2) },
        { ...place, output: "word" },
        { ...place, partition: 1 },
        { ...place, attempt: filled(16, 4) },
      ]) {
        expectAltered(() => openOutput(key, other, sealed));
      }
      expectAltered(() => openOutput(filled(32, 7), place, sealed));
    });

    it("padding that says something, or is not of its length, even under the right key", () => {
      for (const padded of [
        Uint8Array.of(0, 0, 0, 1, 7, 0, 0),
        filled(minOutputBytes, 0)
          .with(3, 1)
          .with(minOutputBytes - 1, 1),
        filled(minOutputBytes, 0xff),
        Uint8Array.of(0, 0, 0),
      ]) {
        const { jobId, output, partition, attempt } = place;
        const data = context("output", jobId, output, partition, attempt, 0, 1);
        const forged = aesGcm.seal(key, new Uint8Array(12), data, padded);
        expectAltered(() => openOutput(key, place, forged));
      }
    });
  });
});

/** So many results; `isForetold`: how many come is known before. */
function written(results: number, isForetold: boolean): { readonly writer: ResultWriter; readonly stream: Uint8Array } {
  const writer = new ResultWriter();
  for (let index = 0; index < results; index++) {
    writer.add(0, `user-${1e7 + index}`, `${index % 97}`);
    if (isForetold) writer.expect((index + 1) / results);
  }
  return { writer, stream: writer.finish() };
}

function streamOf(results: readonly KeyedResult[]): Uint8Array {
  const writer = new ResultWriter();
  for (const { kind, key: name, result } of results) writer.add(kind, name, result);
  return writer.finish();
}

function expectAltered(act: () => unknown): void {
  expect(act).to.throw(SealfoldError).with.property("code", "OUTPUT_ALTERED");
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}
