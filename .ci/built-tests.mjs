/**
 * Runs the tests against the built package: writes them as JavaScript to `test-built/`, with `../lib/x.ts` turned into
 * `../dist/lib/x.js`, and gives them to mocha. Whatever else they read lies at the same relative place.
 *
 * `node .ci/built-tests.mjs [node]`: with another `node` there is no loader at all; without, tsx is there for the
 * examples' TypeScript, which Node 20 cannot run by itself.
 */

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const from = join(root, "test");
const to = join(root, "test-built");
const node = process.argv[2] ?? process.execPath;

rmSync(to, { recursive: true, force: true });
for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
  if (entry.isFile()) await rewrite(join(entry.parentPath ?? entry.path, entry.name));
}
const { status } = spawnSync(node, [...loader(), join(root, "node_modules/mocha/bin/mocha.js"), ...mochaOptions()], {
  cwd: root,
  stdio: "inherit",
});
rmSync(to, { recursive: true, force: true });
process.exit(status ?? 1);

/** Each file stays as it is, for tests that read it as a file; a module is there as JavaScript as well. */
async function rewrite(file) {
  const target = join(to, relative(from, file));
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  if (!file.endsWith(".ts")) return;
  const { code } = await transform(readFileSync(file, "utf8"), { loader: "ts", target: "node20", sourcefile: file });
  writeFileSync(target.replace(/\.ts$/, ".js"), code.replace(/(\bfrom |\bimport |\bimport\()"(\.[^"]+)\.ts"/g, built));
}

function built(_statement, keyword, path) {
  return `${keyword}"${path.replace(/^((?:\.\.\/)+)(?=lib\/|workers\/)/, "$1dist/")}${isOurs(path) ? ".js" : ".ts"}"`;
}

/** Examples and benchmarks stay TypeScript: that they run as such is part of the promise. */
function isOurs(path) {
  return !/^(?:\.\.\/)+(?:examples|bench|\.ci)\//.test(path);
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
    "test-built",
  ].concat(process.env.SEALFOLD_TOTALS ? ["--reporter", ".ci/reporter.cjs"] : []);
}
