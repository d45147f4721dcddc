/**
 * Modules that never end or take all memory, in the thread that they would have in a job: whoever asked gets the right
 * code, the thread is gone, nothing of this process changed, and another job is served all the while.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { SealfoldError } from "../../../lib/errors.ts";
import { mapReduce } from "../../../lib/map-reduce.ts";
import { commandModule, hex } from "../../program/wasm/_commands.ts";
import { body, moduleOf, op, programFunctions, types } from "../../program/wasm/_module.ts";
import { wordCountFile } from "../_world.ts";
import { keepHostUntouched } from "./_attempts.ts";

type Limits = Readonly<Record<string, number>>;

/** What an attack is: a module, its records, and the code with which it ends. */
interface Attack {
  readonly module: () => Uint8Array | Promise<Uint8Array>;
  readonly records: readonly string[];
  readonly limits: Limits;
  readonly code: string;
}

const second: Limits = { taskSeconds: 1 };
const state = (text: string): string => `bytes k ${hex(text)}`;
const map = (aggregate: "sum" | "own", records: readonly string[], limits: Limits, code: string): Attack => {
  return { module: () => commandModule(aggregate), records, limits, code };
};

/** A module that runs for ever in one of the functions that are called before its map. */
function endlessIn(place: string): Attack {
  const endless = (type: (typeof types)[keyof typeof types]) => ({
    type,
    body: body([...op.loop(), ...op.unreachable]),
    export: place,
  });
  const functions = programFunctions(op.constant(0));
  const others = functions.filter((line) => line.export !== place);
  const own = functions.find((line) => line.export === place);
  const module = moduleOf({ functions: [...others, endless((own?.type as never) ?? types.nothing)], memory: [0, 10] });
  return { module: () => module, records: ["a"], limits: second, code: "LIMIT_TIME" };
}

const attacks: Readonly<Record<string, Attack>> = {
  "run for ever in map": map("sum", ["spin"], second, "LIMIT_TIME"),
  "run for ever in combine": map("own", [state("!spin"), state("a")], second, "LIMIT_TIME"),
  "run for ever in finish": map("own", [state("?spin")], second, "LIMIT_TIME"),
  "run for ever in allocate": endlessIn("allocate"),
  "run for ever in aggregate": endlessIn("aggregate"),
  "run for ever in _initialize": endlessIn("_initialize"),
  "emit a thousand million values": map("sum", ["flood"], second, "LIMIT_TIME"),
  "emit keys without end": map("sum", ["floodkeys"], { outputMiB: 1 }, "LIMIT_OUTPUT"),
  "emit keys past the heap": map("sum", ["floodkeys"], { memoryMiB: 32, taskSeconds: 60 }, "LIMIT_MEMORY"),
  "emit states without end": map("own", ["floodbytes"], { outputMiB: 1 }, "LIMIT_OUTPUT"),
  "call themselves without end": map("sum", ["deep"], {}, "PROGRAM_THREW"),
  "take all memory": map("sum", ["grow", "grow", "word a"], { memoryMiB: 64 }, "none"),
  trap: map("sum", ["trap"], {}, "PROGRAM_THREW"),
};

/** The test runner's loader may have a thread of its own. */
const loaderThreads = threads();

describe("claims/confinement: modules in a thread that", () => {
  keepHostUntouched();
  for (const [name, attack] of Object.entries(attacks)) {
    it(`${name} end with ${attack.code}`, async () => {
      expect(await endOf(attack)).to.equal(attack.code);
      expect(threads()).to.equal(loaderThreads);
    });
  }

  it("never end do not disturb another job that runs beside them", async () => {
    const bad = ["spin", "flood"].map((line) => endOf(map("sum", [line], second, "")));
    const { output } = await mapReduce<string, number>(wordCountFile, ["a b", "b"], { mappers: 1, reducers: 1 });
    expect([...output]).to.deep.equal([
      ["a", 1],
      ["b", 2],
    ]);
    expect(await Promise.all(bad)).to.deep.equal(["LIMIT_TIME", "LIMIT_TIME"]);
    expect(threads()).to.equal(loaderThreads);
  });
});

/** Runs a job with the module. @returns the code with which it ends */
async function endOf({ module, records, limits }: Attack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-confinement-"));
  try {
    const file = join(folder, "program.wasm");
    await writeFile(file, await module());
    await mapReduce(file, records, { mappers: 1, reducers: 1, limits });
    return "none";
  } catch (error) {
    return error instanceof SealfoldError ? error.code : String(error);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function threads(): number {
  const { workers } = process.report.getReport() as unknown as { workers: readonly unknown[] };
  return workers.length;
}
