/** A fleet of whose sandboxes each answers in time, or has died: one that hangs would hold up its job for ever. */

import { SealfoldError } from "../errors.ts";
import type { Fleet } from "../sandbox/fleet.ts";
import type { AskOptions, SandboxLink } from "../sandbox/sandbox.ts";
import type { Timing } from "./timing.ts";

/** Milliseconds for a message that takes no time to speak of, counted from when the sandbox has a place to run in. */
export const controlDeadlineMs = 60_000;
/** For messages over which the broker checks the whole job. */
export const wholeJobDeadlineMs = 600_000;

const wholeJobKinds: readonly string[] = ["job", "release"];

export function timelyFleet(fleet: Fleet, timing: Timing): Fleet {
  return {
    platform: fleet.platform,
    measurement: fleet.measurement,
    ...(fleet.workers !== undefined && { workers: fleet.workers }),
    start: (role, index) => timelyLink(fleet.start(role, index), timing),
    close: () => fleet.close(),
  };
}

function timelyLink(link: SandboxLink, timing: Timing): SandboxLink {
  const { role, index, begun = Promise.resolve(), ended } = link;
  return {
    role,
    index,
    begun,
    ended,
    end: (reason) => link.end(reason),
    ask: async (kind, body, parts, options) => {
      const answered = new AbortController();
      const late = begun
        .then(() => timing.wait(deadlineOf(kind, options), answered.signal))
        .then(() => {
          if (answered.signal.aborted) return;
          const reason = new SealfoldError("SANDBOX_DIED", `${role} ${index} did not answer "${kind}" in time`);
          link.end(reason);
          throw reason;
        });
      try {
        return await Promise.race([link.ask(kind, body, parts, options), late as Promise<never>]);
      } finally {
        answered.abort();
      }
    },
  };
}

/** What may take long has a timeout of its own, which comes first where the link keeps it. */
function deadlineOf(kind: string, { timeout = 0 }: AskOptions = {}): number {
  return timeout + (wholeJobKinds.includes(kind) ? wholeJobDeadlineMs : controlDeadlineMs);
}
