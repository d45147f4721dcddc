import { expect } from "chai";

import type { Measure } from "../../bench/results.ts";
import { commandRunner, interleave, type Runner } from "../../bench/runs.ts";

function contender(name: string, log: string[], answer = "same"): Runner {
  return () => {
    log.push(name);
    return Promise.resolve({ cpu: log.length, wall: 1, peakMiB: 1, keys: 1, answer });
  };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: Error) => error.message,
  );
}

describe("bench/runs", () => {
  it("runs contenders in turn, every other round the other way about, and leaves the first round out", async () => {
    const log: string[] = [];
    const measured = await interleave({ a: contender("a", log), b: contender("b", log) }, 2);
    expect(log.join("")).to.equal("abbaab");
    const order = (measures: readonly Measure[]): number[] => measures.map(({ cpu }) => cpu);
    expect(order(measured.a)).to.deep.equal([4, 5]);
    expect(order(measured.b)).to.deep.equal([3, 6]);
  });

  it("refuses contenders whose answers differ, and names both", async () => {
    const log: string[] = [];
    const work = interleave({ a: contender("a", log), b: contender("b", log, "other") }, 5);
    expect(await failureOf(work)).to.equal("b answers other, a same: nothing to compare");
    expect(log.join("")).to.equal("ab");
  });

  it("takes a command's lines for its answer, and its last words for its figures", async () => {
    const says = (answer: string): Runner => {
      const script = `process.stdout.write(${JSON.stringify(answer)}); process.stderr.write('{"cpu":1,"wall":2,"peakMiB":3}\\n')`;
      return commandRunner(process.execPath, ["-e", script]);
    };
    const measure = await says("a\t1\nb\t2\n")();
    expect(measure).to.include({ cpu: 1, wall: 2, peakMiB: 3, keys: 2 });
    expect((await says("b\t2\na\t1\n")()).answer).to.equal(measure.answer);
    expect((await says("b\t2\na\t2\n")()).answer).not.to.equal(measure.answer);
  });
});
