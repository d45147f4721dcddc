/** Everything that contenders run, as plain JavaScript and machine code, so that no loader's time is measured. */

import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build, type BuildOptions } from "esbuild";

import { bundlePlugins } from "../lib/sandbox/bundle-plugins.ts";
import { resultsFolder } from "./results.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
const builtFolder = `${resultsFolder}built/`;
const common: BuildOptions = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  outExtension: { ".js": ".mjs" },
  logLevel: "error",
};

/** The process of a contender: packages stay outside, so "sealfold" is the built one of this checkout. */
export async function buildContender(): Promise<string> {
  await access(`${here}../dist/lib/index.js`).catch(() => {
    throw new Error('the package is not built: "npm run build" does it');
  });
  await mkdir(builtFolder, { recursive: true });
  await build({
    ...common,
    entryPoints: { contender: `${here}contenders/main.ts`, receipt: `${here}contenders/receipt.ts` },
    packages: "external",
    splitting: true,
    outdir: builtFolder,
  });
  return `${builtFolder}contender.mjs`;
}

/** A program of `programs/` as one writes it in plain JavaScript. */
export async function buildProgramFile(name: string): Promise<string> {
  const outdir = `${builtFolder}programs`;
  await build({ ...common, entryPoints: [programSource(name)], packages: "external", outdir });
  return `${outdir}/${name}.mjs`;
}

export function programSource(name: string): string {
  return `${here}programs/${name}.ts`;
}

/** A bare thread of `workers/`, with the program in it that it runs, if it runs one. */
export async function buildWorker(worker: string, program?: string): Promise<string> {
  const name = program === undefined ? worker : `${worker}-${program}`;
  await build({
    ...common,
    entryPoints: { [name]: `${here}workers/${worker}.ts` },
    ...(program !== undefined && { alias: { "bench:program": programSource(program) } }),
    external: ["piscina"],
    plugins: [...bundlePlugins],
    outdir: `${builtFolder}workers`,
  });
  return `${builtFolder}workers/${name}.mjs`;
}

/** A program of `floor/`. @returns its path, or why there is none */
export async function buildFloor(
  name: string,
  folder: string = builtFolder,
): Promise<{ readonly path: string } | { readonly why: string }> {
  const path = `${folder}${name}`;
  try {
    const flags = ["-O3", "-march=native", "-pthread", "-o", path];
    await promisify(execFile)("cc", [...flags, `${here}floor/${name}.c`]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { why: "no C compiler (cc)" };
    throw error;
  }
  return { path };
}
