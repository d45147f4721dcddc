/** What this thread holds, garbage collected. */

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
setFlagsFromString("--no-expose-gc"); // realms that are made later must not have it

/** @returns bytes of objects and buffers that are still reached */
export async function heldBytes(): Promise<number> {
  collect();
  await setImmediate(); // what lies outside of V8 is freed when its objects are gone
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
