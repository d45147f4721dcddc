import { Duplex, PassThrough } from "node:stream";

import { expect } from "chai";
import fc from "fast-check";

import { SealfoldError } from "../../../lib/errors.ts";
import { maxParts } from "../../../lib/sandbox/message.ts";
import { encodeBeat, FrameReader, FrameWriter, parseBeat, readFrames } from "../../../lib/sandbox/process/frames.ts";

type Frame = readonly [kind: number, parts: readonly Uint8Array[]];

/** What a writer puts on a pipe for these frames. */
function written(frames: readonly Frame[]): Promise<Uint8Array> {
  const pipe = new PassThrough({ highWaterMark: 64 }); // less than most frames: each waits for the one before
  const chunks: Uint8Array[] = [];
  pipe.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  const writer = new FrameWriter(pipe);
  const wanted = frames.flatMap(([, parts]) => parts).reduce((sum, { length }) => sum + length + 4, frames.length * 8);
  for (const [kind, parts] of frames) writer.write(kind, parts);
  return new Promise((resolve) => {
    const look = (): void => {
      const bytes = Buffer.concat(chunks);
      if (bytes.length === wanted) resolve(bytes);
    };
    pipe.on("data", look);
    look();
  });
}

function head(...numbers: number[]): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 4);
  numbers.forEach((number, at) => new DataView(bytes.buffer).setUint32(at * 4, number, true));
  return bytes;
}

/** The code with which a reader refuses these bytes, or the frames that it finds. */
function read(bytes: Uint8Array, maxBytes: number): string | Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader(maxBytes, (kind, parts) => frames.push([kind, parts]));
  try {
    reader.push(bytes);
    return frames;
  } catch (error) {
    return (error as SealfoldError).code;
  }
}

const part = fc.uint8Array({ maxLength: 300, size: "max" });
const frame = fc.tuple(fc.nat(255), fc.array(part, { maxLength: 5 }));

describe("sandbox/process/frames", () => {
  it("come out as they went in, wherever the pipe cuts them", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(frame, { maxLength: 4 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 99 })),
        async (frames, cuts) => {
          const bytes = await written(frames);
          const seen: Frame[] = [];
          const reader = new FrameReader(2000, (kind, parts) => seen.push([kind, parts]));
          for (let at = 0; at < bytes.length;) {
            const { value } = cuts.next() as { value: number };
            reader.push(bytes.subarray(at, at + value));
            at += value;
          }
          expect(seen).to.deep.equal(frames);
        },
      ),
      { numRuns: 50 },
    ));

  it("hand out parts in buffers of their own, which can be moved", async () => {
    const bytes = await written([[1, [Uint8Array.of(1, 2), Uint8Array.of(3)]]]);
    const parts = (read(bytes, 3) as Frame[]).flatMap(([, found]) => found);
    expect(parts.map(({ buffer }) => buffer.byteLength)).to.deep.equal([2, 1]);
  });

  it("are refused before their bytes are taken when they have too many of them", async () => {
    const three = await written([[1, [Uint8Array.of(1, 2), Uint8Array.of(3)]]]);
    expect(read(three, 3)).to.have.lengthOf(1);
    expect(read(three, 2)).to.equal("MESSAGE_FORMAT");
    expect(read(head(1, 1, 2 ** 32 - 1), 1000)).to.equal("MESSAGE_FORMAT");
    expect(read(head(1, 2, 2 ** 32 - 1, 2 ** 32 - 1), 2 ** 32)).to.equal("MESSAGE_FORMAT");
  });

  it("are refused when they have too many parts", () => {
    expect(read(head(1, maxParts + 2), 1000)).to.equal("MESSAGE_FORMAT");
    expect(read(head(1, maxParts + 1), 1000)).to.deep.equal([]); // its lengths are still to come
    const writer = new FrameWriter(new PassThrough());
    const many = Array<Uint8Array>(maxParts + 2).fill(Uint8Array.of());
    expect(() => writer.write(1, many)).to.throw(SealfoldError, "number of frames");
  });

  it("are read no further once one was malformed", () => {
    const pipe = new PassThrough();
    const refused: string[] = [];
    const seen: number[] = [];
    readFrames(pipe, new FrameReader(10, (kind) => seen.push(kind)), ({ code }) => refused.push(code));
    for (const bytes of [head(7, 0), head(1, 2 ** 31), head(8, 0)]) pipe.emit("data", bytes);
    expect(refused).to.deep.equal(["MESSAGE_FORMAT"]);
    expect(seen).to.deep.equal([7]);
  });

  it("are handed to a pipe one at a time, however many there are for it", async () => {
    const waiting: (() => void)[] = [];
    const write = (_piece: Uint8Array, _encoding: string, taken: () => void): void => void waiting.push(taken);
    const pipe = new Duplex({ highWaterMark: 1, read: () => undefined, write });
    const writer = new FrameWriter(pipe);
    for (let frame = 0; frame < 100; frame++) writer.write(1, [new Uint8Array(1000)]);
    for (let piece = 0; piece < 200; piece++) {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      expect(pipe.writableLength).to.be.at.most(8 + 4 + 1000); // a head and a part
      waiting.shift()?.();
    }
    pipe.destroy();
  });

  it("end with a pipe that closes while one waits to be written", async () => {
    const pipe = new PassThrough({ highWaterMark: 1 });
    const writer = new FrameWriter(pipe);
    writer.write(1, [new Uint8Array(10)]); // nobody reads
    writer.write(2, []);
    await new Promise((resolve) => setImmediate(resolve));
    pipe.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect([pipe.listenerCount("drain"), pipe.listenerCount("close")]).to.deep.equal([0, 0]);
  });

  it("tell a pulse's count in four bytes", () => {
    for (const count of [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)]) expect(parseBeat(encodeBeat(count))).to.equal(count);
    for (const bytes of [undefined, new Uint8Array(3), new Uint8Array(5)]) {
      expect(() => parseBeat(bytes)).to.throw(SealfoldError, "beat");
    }
  });
});
