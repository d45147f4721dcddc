/**
 * One job in a process of its own: `job.ts FATE FILE MAPPERS REDUCERS`. As `mapReduce` does it, with a fleet that can be
 * hindered. Prints one line of JSON: seconds of the whole and of its job alone, what happened, and a digest of the answer.
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import { SpillStore } from "../../lib/coordinator/spill-store.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { lines } from "../../lib/data/read-lines.ts";
import { LocalJob } from "../../lib/local-job.ts";
import { draftPolicy } from "../../lib/policy/draft.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { buildProgram } from "../../lib/program/bundle.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import { ThreadFleet } from "../../lib/sandbox/fleet.ts";
import { type Fate, HinderedFleet } from "./hindered-fleet.ts";

export interface JobMeasure {
  /** Seconds from the start of the first sandbox to the opened result. */
  readonly wall: number;
  /** Seconds from plan to release. */
  readonly job: number;
  readonly tasks: number;
  /** Attempts beyond the first at some task or partition. */
  readonly again: number;
  readonly answer: string;
}

const [fate = "undisturbed", file = "", mappers = "4", reducers = "2"] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await measure(fate as Fate, Number(mappers), Number(reducers)))}\n`);

async function measure(fate: Fate, mappers: number, reducers: number): Promise<JobMeasure> {
  const key = SigningKey.generate();
  const program = await buildProgram(fileURLToPath(new URL("../programs/string-words.ts", import.meta.url)));
  const source = lines(file);
  const limits = { mappers, reducers, partitions: reducers };
  const since = performance.now();
  const threads = { platformKey: key, memoryMiB: 1024, threads: 1 + mappers + reducers };
  const fleet = new HinderedFleet(await ThreadFleet.open(threads), fate);
  const policy = makePolicy(
    draftPolicy({
      key: key.publicKey,
      platformKey: key.publicKey,
      programMeasurement: program.measurement,
      runtimeMeasurement: fleet.measurement,
      format: { kind: "lines" },
      now: systemSeconds(),
      limits,
    }),
  );
  const events: JobEvent[] = [];
  const moments = new Map<JobEvent["kind"], number>();
  const onEvent = (event: JobEvent): void => {
    events.push(event);
    moments.set(event.kind, performance.now());
    if (event.kind === "commit" && event.role === "mapper" && event.done === event.total >> 1) fleet.halfDone();
  };
  await using store = new SpillStore();
  const machinery = { fleet, store, state: undefined };
  const { output, receipt } = await new LocalJob(policy, key, machinery, { mappers, reducers, onEvent }).run(
    source,
    program,
  );
  const wall = (performance.now() - since) / 1e3;
  await fleet.close();
  const committed = events.filter(({ kind }) => kind === "commit").length;
  return {
    wall,
    job: ((moments.get("release") ?? NaN) - (moments.get("plan") ?? NaN)) / 1e3,
    tasks: receipt.plan.tasks.length,
    again: events.filter(({ kind }) => kind === "assign").length - committed,
    answer: createHash("sha256")
      .update(JSON.stringify([...output]))
      .digest("hex")
      .slice(0, 16),
  };
}
