/**
 * For the build of the worker's bundle: packages that few sandboxes need stand in it as texts, which V8 reads when they are
 * asked for. What stands in it as code it would read through in every sandbox, from beginning to end.
 */

import type { BuildOptions, Plugin, PluginBuild } from "esbuild";

/** By their names, what is used of them: functions may be imported by any file, other values by `import()` alone. */
const rare: Readonly<Record<string, { readonly functions: readonly string[]; readonly values: readonly string[] }>> = {
  acorn: { functions: ["getLineInfo", "parse"], values: [] },
  "@noble/curves/ed25519.js": { functions: [], values: ["ed25519_FROST"] },
};

/** esbuild plugin: each of these packages becomes a script of its own, run once, in the realm that asks first. */
export const rarePlugin: Plugin = {
  name: "sealfold-rare",
  setup: ({ esbuild, initialOptions, onLoad, onResolve }) => {
    const { absWorkingDir = "", target = [] } = initialOptions;
    onResolve({ filter: /^(acorn|@noble\/curves\/ed25519\.js)$/ }, ({ path }) => ({ path, namespace: "rare" }));
    onLoad({ filter: /^/, namespace: "rare" }, async ({ path }) => {
      const { functions = [], values = [] } = rare[path] ?? {};
      const text = await scriptOf(esbuild, path, [...functions, ...values], { absWorkingDir, target });
      const contents = [
        'import vm from "node:vm";',
        `const text = ${JSON.stringify(text)};`,
        "let made;",
        `const all = () => (made ??= new vm.Script(text, { filename: ${JSON.stringify(path)} }).runInThisContext());`,
        ...functions.map((name) => `export const ${name} = (...given) => all().${name}(...given);`),
        ...values.map((name) => `export const ${name} = all().${name};`),
      ];
      return { contents: contents.join("\n"), loader: "js", resolveDir: absWorkingDir };
    });
  },
};

/** @returns a script whose value has `names` of a package, and that leaves no global behind */
async function scriptOf(
  { build }: PluginBuild["esbuild"],
  path: string,
  names: readonly string[],
  options: BuildOptions,
): Promise<string> {
  const contents = `export { ${names.join(", ")} } from ${JSON.stringify(path)};`;
  const { outputFiles } = await build({
    ...options,
    stdin: { contents, resolveDir: options.absWorkingDir ?? "" },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "sealfold",
    platform: "node",
    minifyWhitespace: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
  });
  return `(function(){"use strict";${outputFiles[0]?.text ?? ""}return sealfold})()`;
}
