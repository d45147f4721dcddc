/** Prints, as JSON, how long sandboxes that are stuck in their program take to be gone. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { SigningKey } from "../../lib/crypto/signature.ts";
import { ThreadFleet } from "../../lib/sandbox/fleet.ts";
import { ProcessFleet } from "../../lib/sandbox/process/process-fleet.ts";
import { type Asked, attempt } from "../../test/claims/_world.ts";
import { moduleOf, op, programFunctions } from "../../test/program/wasm/_module.ts";
import type { Ending } from "./endings.ts";

const times = Number(process.env["BENCH_PAIRS"] ?? 5);
/** Of all threads that this process starts, the next that exits: a fleet does not wait for those that it kills. */
let exited: () => void = () => undefined;
process.on("worker", (worker) => void worker.once("exit", () => exited()));

/** Until it is in its program for certain, on a machine that has other work too. */
const untilStuckMs = 500;
const platformKey = SigningKey.fromSeed(new Uint8Array(32).fill(4)); // that of the small world's host

const folder = await mkdtemp(join(tmpdir(), "sealfold-bench-"));
const programs: Readonly<Record<string, () => Promise<string>>> = {
  "a loop": () => typescript("loop", "for (;;) try { for (;;); } finally { continue; }"),
  "a regular expression": () => typescript("regexp", "/^(?:a|a)*$/.test('a'.repeat(60) + 'b');"),
  "a loop in WebAssembly": async () => {
    const path = join(folder, "loop.wasm");
    await writeFile(
      path,
      moduleOf({ functions: programFunctions([...op.loop(), ...op.constant(0)]), memory: [0, 10] }),
    );
    return path;
  },
};
try {
  const endings: Ending[] = [];
  for (const isolation of ["thread", "process"] as const) {
    for (const [stuck, make] of Object.entries(programs)) {
      const program = await make();
      const ms: number[] = [];
      for (let i = 0; i < times; i++) ms.push(await endOne(isolation, program));
      endings.push({ isolation, stuck, ms });
    }
  }
  process.stdout.write(JSON.stringify(endings));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function typescript(name: string, body: string): Promise<string> {
  const path = join(folder, `${name}.ts`);
  await writeFile(
    path,
    `import { program } from "sealfold/program";
     export default program(import.meta.url, { map(line, emit) { ${body} }, reduce: (key, values) => values.length });`,
  );
  return path;
}

async function endOne(isolation: Ending["isolation"], program: string): Promise<number> {
  const options = { platformKey, memoryMiB: 256 };
  const fleet =
    isolation === "thread"
      ? await ThreadFleet.open({ ...options, threads: 6 })
      : await ProcessFleet.open({ ...options, processes: 6 });
  let tell: (ms: number) => void;
  let isFirst = true;
  const told = new Promise<number>((resolve) => (tell = resolve));
  const ask = async ({ link, kind, forward }: Asked): ReturnType<Asked["forward"]> => {
    if (kind !== "map" || !isFirst) return forward();
    isFirst = false;
    const answer = forward();
    await Promise.race([wait(untilStuckMs), answer]); // it never answers
    const exit = new Promise<void>((resolve) => (exited = resolve));
    const begin = performance.now();
    link.end();
    await (isolation === "thread" ? exit : link.ended);
    tell(performance.now() - begin);
    return answer;
  };
  const kind = program.endsWith(".wasm") ? "wasm" : "typescript";
  return attempt(
    {
      cheat: { ask },
      fleet: () => fleet,
      program,
      change: (document) => ({ ...document, programs: document.programs.map((one) => ({ ...one, kind })) }),
    },
    async (world) => {
      world.run(await world.request()).catch(() => undefined); // it fails, and is not what is measured
      return told;
    },
  );
}
