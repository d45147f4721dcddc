/** For the build of the worker's bundle: puts the finished text of the realm's first script into it. */

import type { Plugin } from "esbuild";

import { bootBuild, bootScript } from "./boot-build.ts";

/** esbuild plugin: the module `boot-text` becomes the text itself, so that a worker needs no esbuild. */
export const bootPlugin: Plugin = {
  name: "sealfold-boot",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]boot-text\.[jt]s$/ }, async () => {
      const { outputFiles } = await build.esbuild.build(bootBuild());
      return { contents: `export const bootText = () => ${JSON.stringify(bootScript(outputFiles))};`, loader: "js" };
    });
  },
};
