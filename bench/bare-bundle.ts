/** Bundles the bare contender's worker with one program, so that it starts as fast as a script can. */

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

/** @returns the path of the bundle. */
export async function bundleBareWorker(program: string): Promise<string> {
  const here = fileURLToPath(new URL("./", import.meta.url));
  const outfile = `${here}results/bare-${program}.mjs`;
  await mkdir(`${here}results`, { recursive: true });
  await build({
    entryPoints: [`${here}bare-worker.ts`],
    alias: { "bench:program": `${here}programs/${program}.ts` },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
    logLevel: "error",
  });
  return outfile;
}
