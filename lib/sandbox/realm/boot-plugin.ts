/** For the build of the worker's bundle: puts the finished texts of the realms' first scripts, and the scanner, into it. */

import { readFile } from "node:fs/promises";

import type { Plugin } from "esbuild";

import { bootBuild, bootNames, bootScript } from "./boot-build.ts";
import { scannerFile } from "./scanner-file.ts";

/** esbuild plugin: `boot-text` and `scanner-bytes` become what they give, so that a worker needs no esbuild and no file. */
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
    build.onLoad({ filter: /[\\/]scanner-bytes\.[jt]s$/ }, async () => {
      const text = (await readFile(scannerFile)).toString("base64");
      return { contents: `export const scannerBytes = () => Buffer.from("${text}", "base64");`, loader: "js" };
    });
  },
};
