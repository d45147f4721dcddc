import { expect } from "chai";
import fc from "fast-check";

import type { Json } from "../../lib/data/canonical.ts";
import { asInput, type Input, records } from "../../lib/data/input.ts";
import { lines } from "../../lib/data/read-lines.ts";
import { chunksOf, drain, faultOf, textOf } from "./_files.ts";

describe("data/input", () => {
  it("gives every item of an iterable, whatever the size of a chunk", async () => {
    const value = fc.jsonValue().filter((each) => !JSON.stringify(each).includes("__proto__")) as fc.Arbitrary<Json>;
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 60 }),
        async (items, chunkBytes) => {
          const chunks = await chunksOf(records(items), { chunkBytes });
          const text = chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
          expect(
            text
              .split("\n")
              .slice(0, -1)
              .map((line) => JSON.parse(line) as unknown),
          ).to.deep.equal(normal(items));
          for (const { bytes, records } of chunks) if (records > 1) expect(bytes.length).to.be.at.most(chunkBytes);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("tells JSON data from bytes by the first item, and loses none by looking", async () => {
    for (const count of [1, 255, 256, 257, 1000]) {
      const input = records(counted(count));
      expect(await formatOf(input)).to.deep.equal({ kind: "json" });
      expect(await formatOf(input)).to.deep.equal({ kind: "json" });
      expect((await textOf(input)).trimEnd().split("\n")).to.have.length(count);
    }
    const input = records([Uint8Array.of(1, 2), new Uint8Array(0)]);
    expect(await formatOf(input)).to.deep.equal({ kind: "bytes" });
    expect((await chunksOf(input))[0]?.bytes).to.deep.equal(Uint8Array.of(0, 0, 0, 2, 1, 2, 0, 0, 0, 0));
  });

  it("reads an iterable again that can be, and async ones", async () => {
    const input = records(["a", "b"]);
    expect([await textOf(input), await textOf(input)]).to.deep.equal(['"a"\n"b"\n', '"a"\n"b"\n']);
    expect(await textOf(records(slowly(["a", "b"])))).to.equal('"a"\n"b"\n');
  });

  it("names the item that is no data, and nothing in it", async () => {
    for (const item of [
      undefined,
      () => 1,
      Number.NaN,
      1n,
      new Date(0),
      { secret: undefined },
      "\ud800",
      Uint8Array.of(1),
    ]) {
      const { code, message, place } = await faultOf(chunksOf(records<unknown>([1, item])));
      expect(code).to.equal("DATA_RECORD");
      expect(place).to.deep.equal({ record: 2 });
      expect(message).to.include("record 2").and.not.include("secret");
    }
    expect((await faultOf(chunksOf(records<unknown>([Uint8Array.of(1), 1])))).place).to.deep.equal({ record: 2 });
  });

  it("allows an item of as many bytes as a record may have, and not one more", async () => {
    expect(await textOf(records(["abc"]), { recordBytes: 5 })).to.equal('"abc"\n');
    expect((await faultOf(chunksOf(records([1, "abcd"]), { recordBytes: 5 }))).place).to.deep.equal({ record: 2 });
  });

  it("says that there is nothing to read", async () => {
    expect((await faultOf(chunksOf(records([])))).code).to.equal("DATA_EMPTY");
    expect((await faultOf(formatOf(records([])))).code).to.equal("DATA_EMPTY");
  });

  it("ends when it is stopped or left, and tells the iterator", async () => {
    let ended = 0;
    const endless = function* (): Generator<number> {
      try {
        for (let number = 0; ; number++) yield number;
      } finally {
        ended++;
      }
    };
    const stop = new AbortController();
    const reading = records(endless()).chunks({ chunkBytes: 10, signal: stop.signal });
    await reading.next();
    stop.abort();
    expect((await faultOf(drain(reading))).code).to.equal("CANCELLED");
    const left = records(endless()).chunks({ chunkBytes: 10 });
    await left.next();
    await left.return(undefined);
    expect(ended).to.equal(2);
  });

  it("passes on what the iterable throws", async () => {
    const failing = function* (): Generator<number> {
      yield 1;
      throw new Error("mine");
    };
    const thrown = await chunksOf(records(failing())).catch((error: unknown) => error);
    expect(thrown).to.be.an("error").with.property("message", "mine");
  });

  it("takes readers as they are, and wraps iterables", async () => {
    const reader = lines("a.txt");
    expect(asInput(reader)).to.equal(reader);
    expect(await textOf(asInput(new Set([1, 2])))).to.equal("1\n2\n");
  });

  it("refuses a string, which is most likely a file's name, and what cannot be iterated", () => {
    expect(() => asInput("a.txt")).to.throw(TypeError, "lines");
    for (const source of [undefined, null, 1, {}])
      expect(() => asInput(source as never)).to.throw(TypeError, "iterable");
  });
});

function formatOf(input: Input<unknown>): Promise<unknown> {
  return typeof input.format === "function" ? input.format() : Promise.resolve(input.format);
}

function* counted(count: number): Generator<number> {
  for (let number = 0; number < count; number++) yield number;
}

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** JSON has no -0. */
function normal(items: readonly Json[]): unknown {
  return JSON.parse(JSON.stringify(items));
}
