/** For the build of the worker's bundle: puts the finished texts of the realms' first scripts into it. */

import type { Plugin } from "esbuild";

import { bootBuild, bootNames, bootScript } from "./boot-build.ts";

/** esbuild plugin: `boot-text` becomes what it gives, so that a worker needs no esbuild. */
export const bootPlugin: Plugin = {
  name: "sealfold-boot",
  setup: (build) => {
    build.onLoad({ filter: /[\\/]boot-text\.[jt]s$/ }, async () => {
      const built = bootNames.map((name) => build.esbuild.build(bootBuild(name)));
      const texts = (await Promise.all(built)).map(({ outputFiles }) => bootScript(outputFiles));
      const byName = Object.fromEntries(bootNames.map((name, index) => [name, texts[index]]));
      return {
        contents: `const texts = ${JSON.stringify(byName)};export const bootText = (name) => texts[name];`,
        loader: "js",
      };
    });
  },
};
