/**
 * The text of the script that a realm runs first. In the worker's bundle `boot-plugin.ts` puts the finished text in
 * this module's place; run from sources, it is made here.
 */

import { createRequire } from "node:module";

import type * as Esbuild from "esbuild";

import { bootBuild, bootScript } from "./boot-build.ts";

let made: string | undefined;

/** @returns a script whose value is the function `boot` of `boot.ts`. */
export function bootText(): string {
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof Esbuild;
  made ??= bootScript(buildSync(bootBuild()).outputFiles);
  return made;
}
