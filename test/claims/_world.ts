/** The demonstration's world, under keys that tests know beforehand, and the code that a job in it ends with. */

import { SigningKey } from "../../lib/crypto/signature.ts";
import { codeOf } from "../../lib/demo/notices.ts";
import { World, type WorldKeys, type WorldOptions } from "../../lib/demo/world.ts";

export { type Asked, changed, type Cheat } from "../../lib/demo/cheating.ts";
export {
  aliceRecords,
  bobRecords,
  signaturesOf,
  World,
  type WorldOptions,
  wordCountFile,
} from "../../lib/demo/world.ts";

export const worldKeys: WorldKeys = { alice: key(1), bob: key(2), carol: key(3), host: key(4) };

/** Opens a world, does `work` in it, and gives back what came of it. */
export async function attempt<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const world = await World.open({ keys: worldKeys, ...options });
  try {
    return await work(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

/** Runs a job under `cheat` and gives back the code that stopped it, or "none". */
export async function codeUnder(options: WorldOptions): Promise<string> {
  try {
    await attempt(options, async (world) => world.run(await world.request()));
    return "none";
  } catch (error) {
    return codeOf(error);
  }
}

function key(n: number): SigningKey {
  return SigningKey.fromSeed(new Uint8Array(32).fill(n));
}
