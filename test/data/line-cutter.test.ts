import { readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { compileLineFeeds } from "../../.ci/assembly.ts";
import { LineCutter } from "../../lib/data/_line-cutter.ts";
import { Buffers } from "../../lib/crypto/memory.ts";
import { countLineFeeds } from "../../lib/data/_line-feeds.ts";
import type { PlainChunk } from "../../lib/data/plain-chunk.ts";
import { SealfoldError } from "../../lib/errors.ts";

interface Cut {
  readonly text: string;
  readonly records: number;
}

/** What the cutter is to do, one line after the other. @returns chunks, or the number of the first line that is too long */
function model(text: string, chunkBytes: number, recordBytes: number): readonly Cut[] | number {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const chunks: { text: string; records: number }[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.length > recordBytes) return index + 1;
    const last = chunks.at(-1);
    if (last === undefined || last.text.length + line.length + 1 > chunkBytes) {
      chunks.push({ text: `${line}\n`, records: 1 });
    } else {
      last.text += `${line}\n`;
      last.records++;
    }
  }
  return chunks;
}

/** Hands `text` over in blocks, each at another place in memory. */
function cut(text: string, sizes: { chunkBytes: number; recordBytes: number }, cuts: readonly number[]) {
  const cutter = new LineCutter(sizes);
  const bytes = Buffer.from(text);
  const chunks: Cut[] = [];
  const take = (from: Iterable<{ bytes: Uint8Array; records: number }>): void => {
    for (const chunk of from) chunks.push({ text: Buffer.from(chunk.bytes).toString(), records: chunk.records });
  };
  const ends = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  try {
    cutter.begin("file");
    let from = 0;
    for (const to of ends) {
      take(cutter.read(bytes.subarray(from, to)));
      from = to;
    }
    take(cutter.end());
    take(cutter.finish());
    return chunks;
  } catch (error) {
    if (error instanceof SealfoldError && error.code === "LIMIT_RECORD") return error.place.record;
    throw error;
  }
}

describe("data/line-cutter", () => {
  it("cuts as one would line by line, whatever the blocks, and names the line that is too long", () => {
    const line = fc.oneof(fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "\r") }), fc.constant(""));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 60 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(500), { maxLength: 12 }),
        (lines, isEnded, chunkBytes, recordBytes, cuts) => {
          const text = lines.join("\n") + (isEnded && lines.length > 0 ? "\n" : "");
          expect(cut(text, { chunkBytes, recordBytes }, cuts)).to.deep.equal(model(text, chunkBytes, recordBytes));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("cuts the same where what is read lies in its own memory at once, or at times", () => {
    const chunkBytes = 200_000;
    const line = fc.nat(12_000);
    const reads = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300_000 })), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 150, maxLength: 300 }), reads, (lengths, sizes) => {
        const text = lengths.map((length) => "a".repeat(length)).join("\n");
        const bytes = Buffer.from(text);
        const cutter = new LineCutter({ chunkBytes, recordBytes: 20_000, memory: new Buffers(2) });
        const chunks: Cut[] = [];
        const places: (number | undefined)[] = [];
        const take = (from: Iterable<PlainChunk>): void => {
          for (const { bytes, records, source } of from) {
            chunks.push({ text: Buffer.from(bytes).toString(), records });
            places.push(source?.start);
            structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }); // whoever takes it may give it away
          }
        };
        cutter.begin("file");
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const [isThere, most] = sizes[turn % sizes.length] as [boolean, number];
          const room = isThere ? cutter.room() : undefined;
          const length = Math.min(most, room?.length ?? most, bytes.length - at);
          const block = room?.subarray(0, length) ?? Buffer.alloc(length);
          bytes.copy(block, 0, at, at + length);
          take(cutter.read(block, at));
          at += length;
        }
        take(cutter.end());
        take(cutter.finish());
        const expected = model(text, chunkBytes, 20_000);
        expect(chunks).to.deep.equal(expected);
        let start = 0;
        const starts = (expected as readonly Cut[]).map((chunk) => (start += chunk.text.length) - chunk.text.length);
        expect(places.slice(0, -1)).to.deep.equal(starts.slice(0, -1)); // the last has a line feed that the file lacks
      }),
      { numRuns: 40 },
    );
  });

  it("takes a line of just the size that a record may have, and none longer, ended or open", () => {
    for (const blocks of [[], [1], [5], [3, 5, 6]]) {
      for (const end of ["", "\n", "\nb"]) {
        const sizes = { chunkBytes: 100, recordBytes: 6 };
        expect(cut(`${"a".repeat(6)}${end}`, sizes, blocks), "just so long").to.be.an("array");
        expect(cut(`${"a".repeat(7)}${end}`, sizes, blocks), "longer").to.equal(1);
        expect(cut(`b\n${"a".repeat(7)}${end}`, sizes, blocks), "later").to.equal(2);
      }
    }
  });
});

describe("data/line-feeds", () => {
  it("are counted, whatever stands around them and wherever it begins in memory", () => {
    const byte = fc.oneof(fc.constant(0x0a), fc.constantFrom(0, 0x0b, 0x8a, 0x09, 0xff, 0x80), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 100 }), fc.nat(100), fc.nat(100), fc.nat(8), (bytes, a, b, shift) => {
        const block = Buffer.from(new ArrayBuffer(shift + bytes.length), shift);
        block.set(bytes);
        const [from, to] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        expect(countLineFeeds(block, from, to)).to.equal(bytes.slice(from, to).filter((one) => one === 0x0a).length);
      }),
    );
  });

  it("are counted among many bytes of any kind", () => {
    const all = Uint8Array.from({ length: 250_000 }, (_, at) => Math.imul(at ^ (at >>> 7), 0x9e3779b1) >>> 24);
    for (const [from, to] of [
      [0, 250_000],
      [3, 65_539],
      [17, 65_552],
      [1, 200_002],
    ] as const) {
      const expected = all.subarray(from, to).reduce((sum, byte) => sum + (byte === 0x0a ? 1 : 0), 0);
      expect(expected).to.be.above(200);
      expect(countLineFeeds(Buffer.from(all), from, to)).to.equal(expected);
    }
  });

  it("are counted by what the pinned assemblyscript makes of the source, byte for byte", async function () {
    this.timeout(120_000);
    const built = readFileSync(new URL("../../dist/lib/data/line-feeds.wasm", import.meta.url));
    expect(Buffer.from(await compileLineFeeds()).equals(built), "npm run build").to.equal(true);
  });

  it("are counted where there is nothing else, however many", () => {
    for (const length of [0, 1, 1019, 1020, 1021, 1024, 65_536, 1_000_003]) {
      expect(countLineFeeds(Buffer.alloc(length, 0x0a), 0, length)).to.equal(length);
    }
  });

  it("are counted between lines of any length, up to where they are to be", () => {
    const gap = fc.oneof(fc.nat(3), fc.integer({ min: 500, max: 520 }), fc.integer({ min: 16_000, max: 17_000 }));
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 12 }), fc.nat(3), fc.nat(1000), (gaps, before, cut) => {
        const block = Buffer.from(gaps.map((length) => `${"x".repeat(length)}\n`).join(""));
        const [from, to] = [
          Math.min(before, block.length),
          Math.max(Math.min(before, block.length), block.length - cut),
        ];
        expect(countLineFeeds(block, from, to)).to.equal(block.subarray(from, to).toString().split("\n").length - 1);
      }),
    );
  });
});
