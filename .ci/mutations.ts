/**
 * Takes each defence of the wall around programs out in turn, in a copy of the sources, and counts the tests that
 * notice. One that nobody notices is a failure, and so is one that is no longer where it is looked for.
 *
 * `npm run mutations [-- NAME…]`, names as in the table. Takes over half an hour; no part of `npm test`.
 */

import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Defence, defences } from "./defences.ts";
import { wasmRealmTests } from "./wasm-defences.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const quick = ["test/claims/confinement", "test/sandbox/realm"];
/** Programs in sandboxes of their own: they take long, and run for the defences that they alone notice. */
const slow = ["threads", "wasm-threads", "memory", "ending"].map((name) => `test/claims/confinement/${name}.test.ts`);

const asked = process.argv.slice(2);
const chosen = defences.filter(({ name }) => asked.length === 0 || asked.some((part) => name.includes(part)));
if (chosen.length === 0) throw new RangeError(`no defence is called ${asked.join(", ")}`);
const folder = await mkdtemp(join(tmpdir(), "sealfold-mutations-"));
let unnoticed = 0;
try {
  await copySources();
  const [failing, all] = await failures();
  if (failing !== 0) throw new Error(`${failing} of ${all} tests fail with every defence in place`);
  process.stdout.write(`${all} tests\n${"defence taken out".padEnd(64)} noticed by\n`);
  for (const defence of chosen) {
    const noticed = await without(defence);
    if (noticed === 0) unnoticed++;
    process.stdout.write(`${defence.name.padEnd(64)} ${noticed === 0 ? "NOBODY" : noticed}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length} defences, ${unnoticed} unnoticed\n`);
process.exitCode = unnoticed === 0 ? 0 : 1;

/** Packages are linked one by one, so that what is cached beside them is the copy's own. */
async function copySources(): Promise<void> {
  for (const name of ["lib", "workers", "test", ".ci", "package.json", "tsconfig.json"]) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await symlink(join(root, "dist"), join(folder, "dist"));
  await mkdir(join(folder, "node_modules"));
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name !== ".cache") await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
}

/** @returns how many tests fail without `defence` */
async function without({ name, file, change, by }: Defence): Promise<number> {
  const path = join(folder, file);
  const text = await readFile(path, "utf8");
  const [from, to] = change;
  if (text.split(from).length !== 2) throw new Error(`"${name}" is not once in ${file}: ${from}`);
  await writeFile(
    path,
    text.replace(from, () => to),
  );
  try {
    const [failing] = await failures(by);
    return failing;
  } finally {
    await writeFile(path, text);
  }
}

/** @returns how many tests fail, and how many there are; one where they cannot even be run to their end */
async function failures(by?: string): Promise<readonly [failing: number, all: number]> {
  const skipped = by === undefined ? [...slow, ...wasmRealmTests].flatMap((file) => ["--ignore", file]) : [];
  const options = ["--no-config", "--extension", "test.ts", "--recursive", "--timeout", "60000"];
  const mocha = join(root, "node_modules/mocha/bin/mocha.js");
  const report = await outputOf([
    "--no-experimental-require-module",
    "--import",
    "tsx",
    mocha,
    ...options,
    ...skipped,
    "--reporter",
    "json",
    ...(by === undefined ? quick : by.split(" ")),
  ]);
  const begin = report.indexOf('{\n  "stats"');
  if (begin < 0) return [1, 1];
  const { stats } = JSON.parse(report.slice(begin)) as { stats: { failures: number; tests: number } };
  return [stats.failures, stats.tests];
}

function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), 400_000);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}
