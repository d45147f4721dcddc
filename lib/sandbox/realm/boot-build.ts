/** How the first script of a realm becomes one text. */

import { fileURLToPath } from "node:url";

import type { BuildOptions } from "esbuild";

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";

/** A program's realm begins with `boot.ts`, that of its keys with `vault-boot.ts`. */
export const bootNames = ["boot", "vault-boot"] as const;

export type BootName = (typeof bootNames)[number];

/** @returns esbuild's options; the output is in memory. */
export function bootBuild(name: BootName): BuildOptions & { readonly write: false } {
  return {
    entryPoints: [fileURLToPath(new URL(`${name}.${extension}`, import.meta.url))],
    absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
    bundle: true,
    write: false,
    format: "iife",
    globalName: "sealfold",
    platform: "neutral",
    target: "es2022",
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
  };
}

/** @returns a script whose value is the function `boot`, and that leaves no global behind. */
export function bootScript(files: readonly { readonly text: string }[]): string {
  const [file] = files;
  if (file === undefined) throw new TypeError("the realm's script was not built");
  return `(function(){"use strict";${file.text}return sealfold.boot})()`;
}
