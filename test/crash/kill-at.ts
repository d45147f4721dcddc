/**
 * Loaded before `sealfold run`: writes what the job does to the file that CRASH_LOG names, and kills this very process at
 * the point that CRASH_POINT names, from inside the one who is told of it.
 */

import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";

import type { StoreStep } from "../../lib/coordinator/disk-store.ts";
import type { JobEvent } from "../../lib/coordinator/events.ts";
import { crashPoints } from "./points.ts";

const log = process.env["CRASH_LOG"];
const kill = crashPoints[process.env["CRASH_POINT"] ?? ""];
const counts = new Map<string, number>();

function count(key: string): number {
  const now = (counts.get(key) ?? 0) + 1;
  counts.set(key, now);
  return now;
}

function note(told: { readonly store?: StoreStep; readonly job?: JobEvent }): void {
  if (told.job !== undefined && log !== undefined) appendFileSync(log, `${JSON.stringify(told.job)}\n`);
  if (kill?.(told, count) === true) process.kill(process.pid, "SIGKILL");
}

subscribe("sealfold:store", (message) => note({ store: message as StoreStep }));
subscribe("sealfold:job", (message) => note({ job: (message as { readonly event: JobEvent }).event }));
