/**
 * Runs the tests against the built package: writes them as JavaScript to `test-built/`, with `../lib/x.ts` turned into
 * `../dist/lib/x.js`, and gives them to mocha. Whatever else they read lies at the same relative place.
 *
 * `node .ci/built-tests.mjs [node [part…]]`: with another `node` there is no loader at all; without, tsx is there for
 * the examples' TypeScript, which Node 20 cannot run by itself. A part is a file or folder of `test/`; all unless told. One
 * that begins with `!` is left out.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { parse } from "acorn";
import { transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = join(root, "test");
const to = join(root, "test-built");
const [node = process.execPath, ...asked] = process.argv.slice(2);
const parts = asked.filter((part) => !part.startsWith("!"));
const leftOut = asked.filter((part) => part.startsWith("!")).map((part) => part.slice(1));

rmSync(to, { recursive: true, force: true });
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) await rewrite(join(entry.parentPath ?? entry.path, entry.name));
}
const { status } = spawnSync(
  node,
  ["--enable-source-maps", ...loader(), join(root, "node_modules/mocha/bin/mocha.js"), ...mochaOptions()],
  {
    cwd: root,
    stdio: "inherit",
  },
);
rmSync(to, { recursive: true, force: true });
process.exit(status ?? 1);

/** Each file stays as it is, for tests that read it as a file; a module is there as JavaScript as well. */
async function rewrite(file) {
  const target = join(to, relative(from, file));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  if (!file.endsWith(".ts")) return;
  const options = { loader: "ts", target: "es2022", sourcefile: file, sourcemap: "inline", sourcesContent: false };
  const { code } = await transform(readFileSync(file, "utf8"), options);
  writeFileSync(target.replace(/\.ts$/, ".js"), rewriteImports(code));
}

/** Changes the specifiers of imports, and no other text that looks like one. */
function rewriteImports(code) {
  const sources = [];
  parse(code, { ecmaVersion: "latest", sourceType: "module" }).body.forEach(function find(node) {
    if (node === null || typeof node !== "object") return;
    if (/^(Import|Export)/.test(node.type) && typeof node.source?.value === "string") sources.push(node.source);
    for (const part of Object.values(node)) [part].flat().forEach(find);
  });
  sources.sort((a, b) => b.start - a.start);
  return sources.reduce(
    (text, { start, end, value }) => text.slice(0, start) + JSON.stringify(builtPath(value)) + text.slice(end),
    code,
  );
}

/** Examples and benchmarks stay TypeScript: that they run as such is part of the promise. */
function builtPath(path) {
  if (!path.startsWith(".") || /^(?:\.\.\/)+(?:examples|bench|\.ci)\//.test(path)) return path;
  return path.replace(/^((?:\.\.\/)+)(?=lib\/|workers\/)/, "$1dist/").replace(/\.ts$/, ".js");
}

function loader() {
  return node === process.execPath ? ["--no-experimental-require-module", "--import", "tsx"] : [];
}

function mochaOptions() {
  return [
    "--no-config",
    "--recursive",
    "--extension",
    "test.js",
    "--timeout",
    "60000",
    "--forbid-only",
    "--parallel",
    "--jobs",
    "3",
    ...leftOut.flatMap((part) => ["--ignore", join("test-built", part, part.endsWith(".js") ? "" : "**")]),
    ...(parts.length === 0 ? ["test-built"] : parts.map((part) => join("test-built", part))),
  ].concat(process.env.SEALFOLD_TOTALS ? ["--reporter", ".ci/reporter.cjs"] : []);
}
