import { expect } from "chai";

import { SealfoldError } from "../lib/errors.ts";
import { mapReduce, type MapReduceOptions } from "../lib/map-reduce.ts";
import lists from "./programs/lists.ts";
import means from "./programs/means.ts";
import misbehaving from "./programs/misbehaving.ts";
import wordCount from "./programs/word-count.ts";

const hostileWords = [
  "constructor",
  "__proto__",
  "toString",
  "hasOwnProperty",
  "",
  "😀",
  "é",
  "valueOf",
  "k".repeat(65_536),
];
const text = Array.from({ length: 300 }, (_, i) => `word${i % 17} ${hostileWords[i % hostileWords.length]} tail`);

/** Output as bytes: what must be the same on every run. */
async function outputText(records: readonly string[], options: MapReduceOptions): Promise<string> {
  const { output } = await mapReduce(wordCount, records, options);
  return JSON.stringify([...output]);
}

function plainCount(records: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of records.flatMap((line) => line.split(" "))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** The error that a run ends with. */
async function failure(records: readonly string[], options: MapReduceOptions = {}): Promise<SealfoldError> {
  try {
    await mapReduce(misbehaving, records, { mappers: 1, reducers: 1, ...options });
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError);
    return error as SealfoldError;
  }
  throw new Error("expected a failure");
}

describe("map-reduce: right and always the same", () => {
  const expected = JSON.stringify([...plainCount(text)].sort(([a], [b]) => (a < b ? -1 : 1)));

  it("counts words as a plain count does, words like __proto__ too", async () => {
    const { output } = await mapReduce(wordCount, text, { mappers: 2, reducers: 2 });
    expect(output.toMap()).to.deep.equal(plainCount(text));
  });

  for (const mappers of [1, 3, 7]) {
    it(`gives the same bytes with ${mappers} mappers`, async () => {
      expect(await outputText(text, { mappers, reducers: 2, chunkBytes: 100_000 })).to.equal(expected);
    });
  }

  for (const reducers of [1, 3, 4, 5]) {
    it(`gives the same bytes with ${reducers} reducers`, async () => {
      expect(await outputText(text, { mappers: 2, reducers })).to.equal(expected);
    });
  }

  for (const chunkBytes of [70_000, 1 << 20]) {
    it(`gives the same bytes with chunks of ${chunkBytes} bytes, and records in another order`, async () => {
      expect(await outputText([...text].reverse(), { mappers: 2, reducers: 2, chunkBytes })).to.equal(expected);
    });
  }

  it("gives the same means of floats in any order and split", async () => {
    const records = Array.from({ length: 400 }, (_, i) => ({
      group: `g${i % 3}`,
      value: ((i * 7919) % 1000) / 10 + 1e15 * (i % 2),
    }));
    const seen = new Set<string>();
    for (const [order, chunkBytes] of [
      [records, 1000],
      [[...records].reverse(), 3000],
    ] as const) {
      const { output } = await mapReduce(means, order, { mappers: 2, reducers: 2, chunkBytes });
      seen.add(JSON.stringify([...output]));
    }
    expect(seen.size).to.equal(1);
  });

  it("takes a generator map, number keys, and a reduce without a merge", async () => {
    const { output } = await mapReduce(lists, ["a", "bb", "dddd", "ccc"], { mappers: 2, reducers: 2, chunkBytes: 6 });
    expect([...output]).to.deep.equal([
      [0, [3]],
      [1, [1, 4]],
      [2, [2]],
    ]);
  });

  it("takes an async iterable of records", async () => {
    const later = (async function* () {
      yield "a b";
      yield "b";
    })();
    const { output } = await mapReduce(wordCount, later, { mappers: 1, reducers: 1 });
    expect([...output]).to.deep.equal([
      ["a", 1],
      ["b", 2],
    ]);
  });

  it("hands its output out to for await, to for, and as a Map", async () => {
    const { output } = await mapReduce(wordCount, ["b a", "b"], { mappers: 1, reducers: 1 });
    const awaited: unknown[] = [];
    for await (const pair of output) awaited.push(pair);
    expect(awaited).to.deep.equal([...output]);
    expect(new Map(awaited as [string, number][])).to.deep.equal(output.toMap());
    expect(output.size).to.equal(2);
  });

  it("ten times in a row", async () => {
    const few = text.slice(0, 40);
    const seen = new Set<string>();
    for (let run = 0; run < 10; run++) seen.add(await outputText(few, { mappers: 2, reducers: 2, chunkBytes: 70_000 }));
    expect(seen.size).to.equal(1);
  });
});

describe("map-reduce: programs that misbehave", () => {
  const nine = Array.from({ length: 9 }, (_, i) => `line ${i}`);

  it("names the record that the program threw on, and shows the one party what it threw", async () => {
    const error = await failure([...nine, "throw"]);
    expect(error.code).to.equal("PROGRAM_THREW");
    expect(error.place.record).to.equal(10);
    expect(error.message).to.contain("secret text of the program");
    expect(error.message).to.not.contain("lib/");
  });

  for (const what of ["function", "symbol", "nan key"]) {
    it(`refuses an emitted ${what}`, async () => {
      expect((await failure([...nine, what])).code).to.equal("PROGRAM_VALUE");
    });
  }

  it("refuses a key over the policy's limit", async () => {
    expect((await failure(["huge key"])).code).to.equal("LIMIT_KEY");
  });

  it("ends a program that never returns", async () => {
    expect((await failure(["loop"], { limits: { taskSeconds: 1 } })).code).to.equal("LIMIT_TIME");
  });

  it("skips bad records within the policy's number, and counts the others", async () => {
    const { output, skipped } = await mapReduce(misbehaving, ["a", "throw", "b"], {
      mappers: 1,
      reducers: 1,
      limits: { badRecords: 1 },
    });
    expect([...output]).to.deep.equal([
      ["a", 1],
      ["b", 1],
    ]);
    expect(skipped).to.equal(1);
  });

  it("stops when it is told to", async () => {
    const controller = new AbortController();
    const error = await failure(["loop"], {
      signal: controller.signal,
      onEvent: ({ kind }) => kind === "attest" && controller.abort(),
    });
    expect(error.code).to.equal("CANCELLED");
    expect(error.exitStatus).to.equal(130);
  });

  it("does not begin when it was told to stop before", async () => {
    expect((await failure(["a"], { signal: AbortSignal.abort() })).code).to.equal("CANCELLED");
  });

  it("says so when there is nothing to read", async () => {
    expect((await failure([])).code).to.equal("DATA_EMPTY");
  });

  it("leaves no thread behind", async () => {
    const before = liveThreads();
    let during = 0;
    await failure(["throw"], { onEvent: () => (during = Math.max(during, liveThreads())) });
    expect(during).to.be.above(before + 1);
    expect(liveThreads()).to.be.at.most(before);
  });
});

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function liveThreads(): number {
  const { workers } = process.report.getReport() as unknown as { workers: readonly unknown[] };
  return workers.length;
}
