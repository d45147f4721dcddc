/** How long it takes to end a sandbox whose program never ends. */

import { SigningKey } from "../../../lib/crypto/signature.ts";
import { SealfoldError } from "../../../lib/errors.ts";
import { type Fleet, ThreadFleet } from "../../../lib/sandbox/fleet.ts";
import { ProcessFleet } from "../../../lib/sandbox/process/process-fleet.ts";
import { PulseReader } from "../../../lib/sandbox/pulse.ts";
import type { Sandbox } from "../../../lib/sandbox/sandbox.ts";
import { endOn } from "./_jobs.ts";

/** Without another batch for so long, a thread that maps is stuck. */
const stuckMs = 100;

/**
 * @param body - of a map that never ends
 * @returns milliseconds from the call that ends its sandbox until the thread, or the process, is gone
 */
export async function timeToEnd(isolation: "thread" | "process", body: string): Promise<number> {
  const key = SigningKey.generate();
  const options = { platformKey: key, memoryMiB: 256 };
  const fleet =
    isolation === "thread"
      ? await ThreadFleet.open({ ...options, threads: 3 })
      : await ProcessFleet.open({ ...options, processes: 2 });
  try {
    let ended: Promise<string> | undefined;
    const stuck = await new Promise<Sandbox>((resolve) => {
      ended = endOn({ fleet: noticing(fleet, resolve), key, limits: { mappers: 1, reducers: 1 } }, body);
    });
    await untilStuck(stuck);
    const began = performance.now();
    stuck.end(new SealfoldError("CANCELLED")); // after a limit another one would try
    await stuck.ended;
    const took = performance.now() - began;
    if ((await ended) !== "CANCELLED") throw new Error("its job did not end by it");
    return took;
  } finally {
    await fleet.close();
  }
}

/** The same fleet, which tells when its mapper is asked to map. */
function noticing(fleet: Fleet, maps: (mapper: Sandbox) => void): Fleet {
  return {
    platform: fleet.platform,
    measurement: fleet.measurement,
    close: () => fleet.close(),
    start(role, index) {
      const sandbox = fleet.start(role, index) as Sandbox;
      const { ask } = sandbox;
      sandbox.ask = (kind, ...rest) => {
        if (kind === "map") maps(sandbox);
        return ask(kind, ...rest);
      };
      return sandbox;
    },
  };
}

async function untilStuck({ pulse }: Sandbox): Promise<void> {
  let { count } = pulse;
  for (let since = performance.now(); performance.now() - since < stuckMs;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (pulse.count === count && PulseReader.isBusy(count)) continue;
    ({ count } = pulse);
    since = performance.now();
  }
}
