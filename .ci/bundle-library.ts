/**
 * After `tsc`: puts what is imported together into few files, so that a process does not begin with finding and reading two
 * hundred. Each entry stays where it was; what several share lies beside them, once, classes of errors above all. Programs
 * are bundled from `lib/program/` as it is: its text is part of what is measured.
 */

import { readFile } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "acorn";
import { build, type Plugin } from "esbuild";

const lib = fileURLToPath(new URL("../dist/lib/", import.meta.url));
const entries = ["index", "errors", "testing/index"] as const;
/** Packages that find files of their own beside them, or are wanted seldom. */
const outside: string[] = ["esbuild", "piscina", "fast-check"];
/** In each file, `dist/lib/` as a URL, wherever below it the file lies. */
const folderName = "sealfoldLibrary";
const banner = `const ${folderName}=import.meta.url.slice(0,import.meta.url.lastIndexOf("/lib/")+5);`;

const ownUrl = "import.meta.url";

/** @returns where `text` has the expression, and not a text that says so, in order */
function urlsIn(text: string): readonly number[] {
  if (!text.includes(ownUrl)) return [];
  const places: number[] = [];
  const find = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, start } = node as { readonly type?: string; readonly start?: number };
    if (type === "MetaProperty" && start !== undefined && text.startsWith(ownUrl, start)) places.push(start);
    for (const part of Object.values(node)) [part].flat().forEach(find);
  };
  find(parse(text, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true }));
  return places.sort((a, b) => a - b);
}

/** A file that looks for others beside it finds them from where it was written, not from where its code comes to lie. */
const ownPlaces: Plugin = {
  name: "sealfold-places",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (!path.startsWith(lib)) return undefined;
      const place = relative(lib, path).split(sep).join("/");
      const text = await readFile(path, "utf8");
      const own = `new URL(${JSON.stringify(place)},${folderName}).href`;
      const contents = urlsIn(text).reduceRight(
        (whole, at) => whole.slice(0, at) + own + whole.slice(at + ownUrl.length),
        text,
      );
      return { contents, resolveDir: dirname(path), loader: "js" };
    });
  },
};

/** Bundles `dist/lib` in its place. */
export async function bundleLibrary(): Promise<void> {
  await build({
    absWorkingDir: lib,
    entryPoints: entries.map((name) => `${lib}${name}.js`),
    outdir: lib,
    outbase: lib,
    chunkNames: "shared-[hash]",
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    external: outside,
    legalComments: "eof",
    format: "esm",
    platform: "node",
    target: "node20",
    charset: "utf8",
    banner: { js: banner },
    plugins: [ownPlaces],
    logLevel: "warning",
  });
}
