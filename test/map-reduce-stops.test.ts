import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { SealfoldError } from "../lib/errors.ts";
import { mapReduce, type MapReduceOptions } from "../lib/map-reduce.ts";
import misbehaving from "./programs/misbehaving.ts";
import wordCount from "./programs/word-count.ts";

const greedy = fileURLToPath(new URL("programs/greedy.ts", import.meta.url));
const records = Array.from({ length: 50 }, (_, i) => `line ${i}`);

async function failureOf(work: Promise<unknown>): Promise<SealfoldError> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError);
    return error as SealfoldError;
  }
  throw new Error("expected a failure");
}

function stopped(options: MapReduceOptions): Promise<SealfoldError> {
  return failureOf(mapReduce(wordCount, records, { mappers: 1, reducers: 1, chunkBytes: 100, ...options }));
}

describe("map-reduce: told to stop", () => {
  for (const stage of ["seal", "map", "reduce", "release", "verify"] as const) {
    it(`at stage "${stage}" ends as CANCELLED`, async () => {
      const controller = new AbortController();
      let wasThere = false;
      const onProgress: MapReduceOptions["onProgress"] = (step) => {
        if (step.stage !== stage) return;
        wasThere = true;
        controller.abort();
      };
      const error = await stopped({ signal: controller.signal, onProgress });
      expect(wasThere).to.equal(true);
      expect(error.code).to.equal("CANCELLED");
      expect(error.exitStatus).to.equal(130);
    });
  }

  for (const kind of ["start", "attest", "plan", "assign", "grant", "commit", "release"] as const) {
    it(`at its event "${kind}" ends as CANCELLED`, async () => {
      const controller = new AbortController();
      const onEvent: MapReduceOptions["onEvent"] = (event) => event.kind === kind && controller.abort();
      expect((await stopped({ signal: controller.signal, onEvent })).code).to.equal("CANCELLED");
      expect(controller.signal.aborted).to.equal(true);
    });
  }

  it("while the program is built ends as CANCELLED", async () => {
    const controller = new AbortController();
    const running = stopped({ signal: controller.signal });
    controller.abort();
    expect((await running).code).to.equal("CANCELLED");
  });

  it("while its input never comes ends as CANCELLED, and says with what it was stopped", async () => {
    const controller = new AbortController();
    const never = {
      [Symbol.asyncIterator]: () => ({
        next: () => (controller.abort(new Error("enough")), new Promise<never>(() => {})),
      }),
    } as AsyncIterable<string>;
    const error = await failureOf(mapReduce(wordCount, never, { mappers: 1, reducers: 1, signal: controller.signal }));
    expect(error.code).to.equal("CANCELLED");
    expect(error.cause).to.be.instanceOf(Error).with.property("message", "enough");
  });

  it("by a caller's own deadline ends as CANCELLED, not as a limit of the policy", async () => {
    const options = { mappers: 1, reducers: 1, signal: AbortSignal.timeout(1) };
    expect((await failureOf(mapReduce(misbehaving, ["loop"], options))).code).to.equal("CANCELLED");
  });

  it("by its listener's own error ends with that error", async () => {
    const onEvent = (): never => {
      throw new RangeError("mine");
    };
    const failure = await mapReduce(wordCount, records, { mappers: 2, reducers: 1, onEvent }).catch((e: unknown) => e);
    expect(failure).to.be.instanceOf(RangeError);
  });
});

describe("map-reduce: limits of a whole job", () => {
  it("ends a job that takes longer than the policy allows", async () => {
    const limits = { jobSeconds: 1 };
    const error = await failureOf(mapReduce(misbehaving, ["loop"], { mappers: 1, reducers: 1, limits }));
    expect(error.code).to.equal("LIMIT_TIME");
    expect(error.message).to.contain("jobSeconds");
  });

  it("ends a batch of records that takes longer than the policy allows, however long the task may take", async () => {
    const limits = { batchSeconds: 1, taskSeconds: 600 };
    const error = await failureOf(mapReduce(misbehaving, ["loop"], { mappers: 1, reducers: 1, limits }));
    expect(error.code).to.equal("LIMIT_TIME");
    expect(error.place.stage).to.equal("mapper");
  });

  it("ends a program that takes memory without end, and this process lives on", async () => {
    const limits = { memoryMiB: 64, taskSeconds: 30 };
    const error = await failureOf(mapReduce<string, number>(greedy, ["a"], { mappers: 1, reducers: 1, limits }));
    expect(error.code).to.equal("LIMIT_MEMORY");
    expect(error.exitStatus).to.equal(8);
  });

  it("ends a program that puts out more than the policy allows", async () => {
    const limits = { outputMiB: 1 };
    const long = Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(60_000, "x"));
    const error = await failureOf(mapReduce(wordCount, long, { mappers: 1, reducers: 1, limits }));
    expect(error.code).to.equal("LIMIT_OUTPUT");
  });
});

describe("map-reduce: wrong use", () => {
  it("is a RangeError that names the option", async () => {
    for (const options of [{ mappers: 0 }, { reducers: -1 }, { mappers: 1.5 }, { chunkBytes: Number.NaN }]) {
      const error = await mapReduce(wordCount, records, options).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(RangeError);
      expect((error as Error).message).to.contain(`"${Object.keys(options)[0]}"`);
    }
  });

  it("is a TypeError that names the argument", async () => {
    for (const program of [undefined, null, {}, { url: 1 }, { url: "no url" }]) {
      const error = await mapReduce(program as never, records).catch((e: unknown) => e);
      expect(error).to.be.instanceOf(TypeError);
      expect((error as Error).message).to.contain('"program"');
    }
  });
});
