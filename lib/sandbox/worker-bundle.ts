/**
 * Bundles a sandbox's thread into one script that imports nothing but Node's own modules, so that one digest says what
 * runs. The same sources give the same bytes wherever they lie.
 */

import { fileURLToPath } from "node:url";

import { bundlePlugins } from "./bundle-plugins.ts";
import { rarePlugin } from "./rare-plugin.ts";
import { type WorkerName, workerFiles } from "./worker-names.ts";

/** @returns the bytes of the bundle of a script of `workers/`. Only for a source checkout. */
export async function bundleWorker(name: WorkerName): Promise<Uint8Array> {
  const { build } = await import("esbuild");
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`workers/${name}.ts`],
    bundle: true,
    external: ["piscina"], // finds files of its own beside it; no part of a thread's script
    write: false,
    format: workerFiles[name].endsWith(".cjs") ? "cjs" : "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
    plugins: [...bundlePlugins, rarePlugin],
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error("esbuild gave no bundle");
  return bundle.contents;
}
