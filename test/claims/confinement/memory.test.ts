/**
 * Memory bombs. V8 answers some of them by ending the whole process, and buffers count to no limit of its own: in a
 * process for each sandbox all of them end that sandbox alone; in threads, those that are made of buffers do.
 */

import { expect } from "chai";

import { SigningKey } from "../../../lib/crypto/signature.ts";
import type { Fleet } from "../../../lib/sandbox/fleet.ts";
import { ThreadFleet } from "../../../lib/sandbox/fleet.ts";
import { ProcessFleet } from "../../../lib/sandbox/process/process-fleet.ts";
import { sandboxProcesses } from "../../sandbox/process/_children.ts";
import { plainCounts } from "../../../lib/demo/answer.ts";
import { wordCountFile } from "../_world.ts";
import { keepHostUntouched } from "./_attempts.ts";
import { endOn, runOn, type SharedFleet } from "./_jobs.ts";

/** A program's body, and the codes with which it may end: where one is refused memory, it may see an error and fail. */
type Bombs = Readonly<Record<string, readonly [body: string, ...codes: string[]]>>;

const memory = "LIMIT_MEMORY";
const threw = "PROGRAM_THREW";

/** Each asks for more than the heap's limit at once or step by step. V8 ends its process for most. */
const ofHeap: Bombs = {
  "an array that is filled": ["new Array(5e7).fill(1);", memory],
  "an array made from a length": ["Array.from({ length: 1e8 });", memory],
  "an array doubled by concat": ["for (let a = [1]; ; ) a = a.concat(a);", memory],
  "arguments spread from an array": ["Math.max(...new Array(1e8).fill(1));", memory, threw],
  "a split of a long string": ["'x'.repeat(5e8).split('');", memory],
  "strings doubled": [
    "const all = []; for (let s = 'ab'; ; s = s.length > 2 ** 28 ? 'ab' : s + s) all.push(s.charCodeAt(1), s);",
    memory,
  ],
  "ropes made flat": [
    "let s = 'ab'; while (s.length < 2 ** 28) s += s; const all = []; for (;;) { const t = s + all.length; t.charCodeAt(9); all.push(t); }",
    memory,
  ],
  "a map that doubles": ["const m = new Map(); for (let i = 0; ; i++) m.set(i, i);", memory],
  "JSON that is parsed": ["JSON.parse('[' + '1,'.repeat(5e7) + '1]');", memory],
  "JSON that is made": ["emit('k', JSON.stringify('\\u2028'.repeat(1e8)).length);", memory],
  "matches of a regular expression": [
    "const all = []; for (const s = 'ab'.repeat(1e6); ; ) all.push(s.match(/(a)(b)/g), [...s.matchAll(/(?<x>a)(b)/g)]);",
    memory,
  ],
  "captures that backtrack": ["emit('k', /(?:(a)|b)*$/.exec('a'.repeat(1e7)) ? 1 : 0);", threw, memory],
  closures: ["let kept = () => 1; for (;;) { const before = kept; kept = () => before; }", memory],
  "deep recursion with big frames": [
    "const go = (n, ...rest) => [...new Array(100).keys()].map((x) => go(x, ...rest, n)); go(0);",
    threw,
    memory,
  ],
  "big integers that are kept": ["const all = []; for (let n = 1n << 1000000n; ; n += 1n) all.push(n);", memory],
  "the last step": ["reduce: new Array(5e7).fill(1);", memory],
};

/** These count to no limit of V8's. */
const ofBuffers: Bombs = {
  "buffers that are kept": ["const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1));", memory],
  slices: ["const all = []; for (const b = new Uint8Array(1e6).fill(1); ; ) all.push(b.slice());", memory],
  "mapped arrays": [
    "const all = []; for (const b = new Float64Array(1e6).fill(1); ; ) all.push(b.map((x) => x + 1));",
    memory,
  ],
  "arrays with one number changed": [
    "const all = []; for (const b = new Float64Array(1e6).fill(1); ; ) all.push(b.with(1, 2));",
    memory,
  ],
  "sorted copies": [
    "const all = []; for (const b = new Float64Array(1e5).fill(1); ; ) all.push(b.toSorted());",
    memory,
  ],
  "resizable buffers": [
    "const all = []; for (;;) { const b = new ArrayBuffer(1e5, { maxByteLength: 1e8 }); b.resize(1e8); all.push(new Uint8Array(b).fill(1)); }",
    memory,
  ],
};

/** Too large to be begun, or never touched: the kernel's bound refuses, and V8 throws or gives up. */
const refused: Bombs = {
  "one huge buffer": ["emit('k', new Uint8Array(4e9).fill(1).length);", threw, memory],
  "buffers that nobody touches": ["const all = []; for (;;) all.push(new Uint8Array(1e7));", threw, memory],
};

/** Keeps half a MiB for each line; a batch has a few dozen of them. */
const betweenBatches: readonly [body: string, records: readonly string[]] = [
  "(globalThis.kept ??= []).push(new Uint8Array(2 ** 19).fill(1));",
  Array.from({ length: 600 }, () => "x".repeat(2000)),
];

const limits = { memoryMiB: 64, taskSeconds: 50, mappers: 1, reducers: 1 };
const words = ["a b", "b c", "c c"];

/** The test runner's loader may have a thread of its own. */
const threadsBefore = threads();

describeBombs("process", { ...ofHeap, ...ofBuffers, ...refused }, (key) =>
  ProcessFleet.open({ platformKey: key, memoryMiB: limits.memoryMiB, processes: 6 }),
);
describeBombs("thread", ofBuffers, (platformKey) =>
  ThreadFleet.open({ platformKey, memoryMiB: limits.memoryMiB, threads: 9 }),
);

/** Runs them two at a time on one fleet, beside jobs that must not notice. */
function describeBombs(kind: "process" | "thread", bombs: Bombs, open: (key: SigningKey) => Promise<Fleet>): void {
  describe(`claims/confinement: memory bombs, a ${kind} for each sandbox`, () => {
    keepHostUntouched();
    const ends = new Map<string, Promise<string>>();
    const names = Object.keys(bombs);
    let shared: SharedFleet;
    let others: Promise<readonly ReadonlyMap<unknown, number>[]>;
    before(async () => {
      const key = SigningKey.generate();
      shared = { fleet: await open(key), key, limits };
      names.forEach((name, at) => {
        const [body = ""] = bombs[name] ?? [];
        const earlier = ends.get(names[at - 2] ?? "") ?? Promise.resolve("");
        ends.set(
          name,
          earlier.then(() => endOn(shared, body)),
        );
      });
      others = countAllTheWhile(Promise.all(ends.values()), shared);
      others.catch(() => undefined); // its test meets it
    });
    after(() => shared.fleet.close());

    for (const [name, [, ...codes]] of Object.entries(bombs)) {
      it(`end with ${codes.join(" or ")}: ${name}`, async () => expect(await ends.get(name)).to.be.oneOf(codes));
    }

    it("leave other jobs of the same fleet alone, which give the right answers", async () => {
      const counts = await others;
      expect(counts.length).to.be.above(1);
      for (const count of counts) expect(count).to.deep.equal(plainCounts(words));
    });

    it("are replaced: what is kept between batches is found out too, and then another job runs", async () => {
      const [body, records] = betweenBatches;
      expect(await endOn(shared, body, records)).to.equal(memory);
      expect(await runOn<number>(shared, wordCountFile, words)).to.deep.equal(plainCounts(words));
    });

    it("leave no process and no thread behind", async () => {
      await others;
      await shared.fleet.close();
      expect(sandboxProcesses()).to.deep.equal([]);
      expect(threads()).to.equal(threadsBefore);
    });
  });
}

/** One job after the other until `end`. */
async function countAllTheWhile(
  end: Promise<unknown>,
  shared: SharedFleet,
): Promise<readonly ReadonlyMap<unknown, number>[]> {
  const counts: ReadonlyMap<unknown, number>[] = [];
  const bombs = { ended: false };
  void end.then(() => (bombs.ended = true));
  while (!bombs.ended) counts.push(await runOn<number>(shared, wordCountFile, words));
  return counts;
}

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function threads(): number {
  const { workers } = process.report.getReport() as unknown as { workers: readonly unknown[] };
  return workers.length;
}
