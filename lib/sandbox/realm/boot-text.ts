/**
 * The text of the script that a realm runs first. In the worker's bundle `boot-plugin.ts` puts the finished text in
 * this module's place; run from sources, it is made here.
 */

import { createRequire } from "node:module";

import type * as Esbuild from "esbuild";

import { bootBuild, type BootName, bootScript } from "./boot-build.ts";

const texts = new Map<BootName, string>();

/** @returns a script whose value is the function `boot` of the file of that name. */
export function bootText(name: BootName): string {
  const made = texts.get(name);
  if (made !== undefined) return made;
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof Esbuild;
  const text = bootScript(buildSync(bootBuild(name)).outputFiles);
  texts.set(name, text);
  return text;
}
