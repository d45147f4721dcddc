/**
 * Programs that hang or fill the memory, in the thread that they would have in a job: whoever asked gets the right
 * code, the thread is gone, nothing of this process changed, and another job is served all the while.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { type ErrorCode, SealfoldError } from "../../../lib/errors.ts";
import { mapReduce } from "../../../lib/map-reduce.ts";
import { wordCountFile } from "../_world.ts";
import { keepHostUntouched } from "./_attempts.ts";

type Bodies = Readonly<Record<string, string>>;

/** Bodies of a map, or of a reduce after `reduce:`. */
const stuck: Bodies = {
  "a loop": "for (;;);",
  "a loop that swallows everything":
    "for (;;) try { for (;;) emit(line, 1); } catch { continue; } finally { continue; }",
  "a regular expression that backtracks": "/^(?:a|a)*$/.test('a'.repeat(60) + 'b');",
  "a sort that never ends": "new Array(99).fill(1).sort(() => { for (;;); });",
  "a getter of a value": "emit('k', { get a() { for (;;); } });",
  "a proxy chain": "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); for (;;) try { p.a; } catch { }",
  "a big integer": "for (let n = 3n; ; n = (n * n) % (1n << 30000n)) emit('k', 1);",
  "a generator":
    "emit('k', 1); return { [Symbol.iterator]() { return this; }, next: () => ({ done: false, value: ['k', 1] }) };",
  "its last step": "reduce: for (;;);",
};

/** Each fills the heap in small steps. */
const filling: Bodies = {
  objects: "const kept = []; for (;;) kept.push({});",
  closures: "let kept = () => 1; for (;;) { const before = kept; kept = () => before; }",
  strings: "const kept = []; for (let i = 0; ; i++) kept.push('s'.repeat(100) + i);",
  generators: "const kept = []; for (;;) { const made = (function* () { yield 1; })(); made.next(); kept.push(made); }",
  errors: "const kept = []; for (;;) kept.push(new Error('a'));",
  "a deep object": "let kept = {}; for (;;) kept = { kept };",
  "registered symbols": "for (let i = 0; ; i++) Symbol.for('k'.repeat(100) + i);",
  "weak keys that stay":
    "const kept = new WeakMap(), all = []; for (;;) { const key = []; all.push(key); kept.set(key, [key]); }",
  "its last step": "reduce: const kept = []; for (;;) kept.push({});",
};

/** The test runner's loader may have a thread of its own. */
const loaderThreads = threads();

describeBodies("programs that never end", "LIMIT_TIME", stuck, { taskSeconds: 1 });
describeBodies("programs that fill the heap", "LIMIT_MEMORY", filling, { memoryMiB: 64, taskSeconds: 30 });

/** Runs them three at a time, which is quicker and harder. */
function describeBodies(
  title: string,
  code: ErrorCode,
  bodies: Bodies,
  limits: Readonly<Record<string, number>>,
): void {
  describe(`claims/confinement: ${title}`, () => {
    keepHostUntouched();
    const ends = new Map<string, Promise<string>>();
    const names = Object.keys(bodies);
    before(() => {
      names.forEach((name, at) => {
        const earlier = ends.get(names[at - 3] ?? "");
        const body = bodies[name] ?? "";
        ends.set(name, earlier === undefined ? endOf(body, limits) : earlier.then(() => endOf(body, limits)));
      });
    });
    for (const name of names) {
      it(`end with ${code}: ${name}`, async () => expect(await ends.get(name)).to.equal(code));
    }
    it("leave no thread behind", async () => {
      await Promise.all(ends.values());
      expect(threads()).to.equal(loaderThreads);
    });
  });
}

describe("claims/confinement: programs that fail in a thread", () => {
  keepHostUntouched();
  const failing: readonly (readonly [ErrorCode, string])[] = [
    ["PROGRAM_THREW", "throw new Proxy({}, { getPrototypeOf() { throw 1; }, get() { throw 1; } });"],
    [
      "PROGRAM_THREW",
      "throw { [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); }, get stack() { for (;;); } };",
    ],
    ["PROGRAM_THREW", "(function go() { go(); })();"],
    ["PROGRAM_VALUE", "return { then() { for (;;); } };"],
    ["LIMIT_OUTPUT", "for (let i = 0; ; i++) emit(`${i}`, 1);"],
  ];
  for (const [code, body] of failing) {
    it(`end with ${code}: ${body}`, async () => {
      expect(await endOf(body, { outputMiB: 1 })).to.equal(code);
      expect(threads()).to.equal(loaderThreads);
    });
  }

  it("do not disturb another job that runs beside them", async () => {
    const bad = ["for (;;);", "/^(?:a|a)*$/.test('a'.repeat(60) + 'b');"].map((body) =>
      endOf(body, { taskSeconds: 1 }),
    );
    const { output } = await mapReduce<string, number>(wordCountFile, ["a b", "b"], { mappers: 1, reducers: 1 });
    expect([...output]).to.deep.equal([
      ["a", 1],
      ["b", 2],
    ]);
    expect(await Promise.all(bad)).to.deep.equal(["LIMIT_TIME", "LIMIT_TIME"]);
    expect(threads()).to.equal(loaderThreads);
  });
});

/** Runs a program with such a map or reduce. @returns the code with which it ends */
async function endOf(body: string, limits: Readonly<Record<string, number>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-confinement-"));
  try {
    const file = join(folder, "program.ts");
    await writeFile(file, programText(body));
    await mapReduce(file, ["a", "b"], { mappers: 1, reducers: 1, limits });
    return "no error";
  } catch (error) {
    return error instanceof SealfoldError ? error.code : String(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function programText(body: string): string {
  const inReduce = body.startsWith("reduce: ");
  const map = inReduce ? "emit(line, 1);" : body;
  const reduce = inReduce ? body.slice("reduce: ".length) : "return values.length;";
  return `import { program } from "sealfold/program";
    export default program(import.meta.url, { map(line, emit) { ${map} }, reduce(key, values) { ${reduce} } });`;
}

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function threads(): number {
  const { workers } = process.report.getReport() as unknown as { workers: readonly unknown[] };
  return workers.length;
}
