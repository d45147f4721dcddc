/** For the build of a worker's bundle: puts what is compiled to WebAssembly into it. */

import { readFile } from "node:fs/promises";

import type { Plugin } from "esbuild";

import { lineFeedFile } from "../data/line-feed-bytes.ts";
import { scannerFile } from "./realm/scanner-file.ts";

/** Of the files that give a module's bytes: their names, their function, and what it reads. */
const modules = [
  { filter: /[\\/]scanner-bytes\.[jt]s$/, name: "scannerBytes", file: scannerFile },
  { filter: /[\\/]line-feed-bytes\.[jt]s$/, name: "lineFeedBytes", file: lineFeedFile },
] as const;

/** esbuild plugin: each of them becomes what it gives, so that a worker needs no file. */
export const modulePlugin: Plugin = {
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
