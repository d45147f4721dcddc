/**
 * One job in a process of its own: `job.ts FATE FILE MAPPERS REDUCERS`. As `mapReduce` does it, with a fleet that can be
 * hindered. Prints one line of JSON: seconds of the whole and of its job alone, what happened, and a digest of the answer.
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

import { Coordinator } from "../../lib/coordinator/coordinator.ts";
import type { JobEvent } from "../../lib/coordinator/events.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { asInput } from "../../lib/data/input.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import { Party } from "../../lib/party/party.ts";
import { draftNames, draftPolicy } from "../../lib/policy/draft.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { buildProgram } from "../../lib/program/bundle.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import { ThreadFleet } from "../../lib/sandbox/fleet.ts";
import { lines } from "../../lib/data/read-lines.ts";
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
  const program = await buildProgram(fileURLToPath(new URL("../programs/word-count.ts", import.meta.url)));
  const source = asInput(lines(file));
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
      format: typeof source.format === "function" ? await source.format() : source.format,
      now: systemSeconds(),
      limits,
    }),
  );
  const party = new Party(policy.document.host, policy, key);
  const events: JobEvent[] = [];
  const listener = (event: JobEvent): void => {
    events.push(event);
    if (event.kind === "commit" && event.role === "mapper" && event.done === event.total >> 1) fleet.halfDone();
  };
  const signatures = [party.signPolicy()];
  const coordinator = await Coordinator.open({ policy, signatures, program: program.bytes, fleet, listener });
  coordinator.warm(mappers, reducers);
  await party.provision(await party.seal(draftNames.input, source, coordinator), coordinator);
  const request = await party.request(coordinator);
  const begun = performance.now();
  const sealed = await coordinator.run({ requests: [request.signed], mappers, partitions: reducers });
  const job = (performance.now() - begun) / 1e3;
  const { outputs } = openResult(request, sealed);
  const wall = (performance.now() - since) / 1e3;
  await fleet.close();
  const answer = [...Output.fromPartitions<number>(outputs.get(draftNames.output) ?? [])];
  const committed = events.filter(({ kind }) => kind === "commit").length;
  return {
    wall,
    job,
    tasks: sealed.receipt.plan.tasks.length,
    again: events.filter(({ kind }) => kind === "assign").length - committed,
    answer: createHash("sha256").update(JSON.stringify(answer)).digest("hex").slice(0, 16),
  };
}
