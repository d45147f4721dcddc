/** What every bundle with realms in it is built with: what is made for it takes the place of the files that read it. */

import { readFile } from "node:fs/promises";

import type { Plugin } from "esbuild";

import { lineFeedFile } from "../data/line-feed-bytes.ts";
import { bootPlugin } from "./realm/boot-plugin.ts";
import { scannerFile } from "./realm/scanner-bytes.ts";

/** Of the files that give a module's bytes: their names, their function, and what it reads. */
const modules = [
  { filter: /[\\/]scanner-bytes\.[jt]s$/, name: "scannerBytes", file: scannerFile },
  { filter: /[\\/]line-feed-bytes\.[jt]s$/, name: "lineFeedBytes", file: lineFeedFile },
] as const;

/** Each of them becomes what it gives, so that a worker needs no file. */
const modulePlugin: Plugin = {
  name: "sealfold-modules",
  setup: ({ onLoad }) => {
    for (const { filter, name, file } of modules) {
      onLoad({ filter }, async () => {
        const text = (await readFile(file)).toString("base64");
        return { contents: `export const ${name} = () => Buffer.from("${text}", "base64");`, loader: "js" };
      });
    }
  },
};

/** esbuild plugins. */
export const bundlePlugins: readonly Plugin[] = [bootPlugin, modulePlugin];
