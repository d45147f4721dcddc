/**
 * Runs the models through Spin: generates, compiles and searches in a temporary folder that is gone afterwards, and
 * prints a table. Needs `spin` and `cc`.
 *
 *     npm run model                     everything that the test runs
 *     npm run model -- --deep           larger worlds too
 *     npm run model -- --group N        the Nth table alone, as JSON
 *     npm run model -- --trace WORDS    the run that breaks the first row with these words, step by step
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { deepGroups, groups } from "./rows.mjs";

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopped.abort());

/** A tool that ends with this process, however that ends. */
const run = (tool, parameters, options = {}) =>
  promisify(execFile)(tool, parameters, { ...options, signal: stopped.signal });
const here = fileURLToPath(new URL(".", import.meta.url));
const maxBuffer = 2 ** 26;
const memoryMiB = 2500;

/** @returns what `work` made in a folder of its own, which is gone then. */
async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-model-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** @returns the rows with `found`, `states`, `seconds` and `ok`, in the order of `rows`. */
function check(rows, onRow = () => undefined) {
  const results = new Array(rows.length);
  const queue = rows.map((row, index) => ({ row, index }));
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { row, index } = next;
      results[index] = await inFolder((cwd) => search(row, cwd));
      onRow(results[index]);
    }
  };
  return Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker)).then(() => results);
}

async function search(row, cwd) {
  await generate(row, cwd);
  // -E: a coordinator may stop anywhere, -m: deepest run looked at, -w: bits of the hash table
  const { stdout } = await run("./pan", ["-E", "-m200000", "-w20"], { cwd, maxBuffer });
  const errors = /errors: (\d+)/.exec(stdout)?.[1];
  const cut = /max search depth too small|Search not completed|out of memory/.test(stdout);
  if (errors === undefined || (errors === "0" && cut))
    throw new Error(`"${row.what}" was not searched whole: ${stdout}`);
  const found = errors === "0" ? "holds" : row.world.REACH === undefined ? "violated" : "reached";
  const states = Number(/(\S+) states, stored/.exec(stdout)?.[1]);
  const seconds = Number(/elapsed time (\S+) seconds/.exec(stdout)?.[1] ?? 0);
  return { ...row, found, ok: found === row.answer, states, seconds };
}

/** Each check of the protocol that a row is without is named in `-DOUT=`. */
function definesOf({ world }) {
  return Object.entries(world).map(([name, value]) => `-D${name}=${value}`);
}

async function generate(row, cwd) {
  await run("spin", ["-a", ...definesOf(row), join(here, row.model)], { cwd });
  // one process needs no partial-order reduction, and a short search is not worth compiling well
  const options = ["-DNOREDUCE", "-DSAFETY", "-DNOFAIR", "-DNOCLAIM", `-DMEMLIM=${memoryMiB}`];
  await run("cc", [row.isLong ? "-O1" : "-O0", "-w", ...options, "-o", "pan", "pan.c"], { cwd });
}

/** Prints the messages of the run that Spin finds, in order. */
function trace(words) {
  const row = [...groups, ...deepGroups]
    .flatMap(({ rows }) => rows)
    .find(({ what, out, answer }) => answer !== "holds" && (out === words || what.includes(words)));
  if (row === undefined) throw new Error(`no row that is not to hold has the words "${words}"`);
  return inFolder(async (cwd) => {
    await generate(row, cwd);
    await run("./pan", ["-E", "-m20000", "-w20"], { cwd, maxBuffer });
    const replay = ["-t", ...definesOf(row), "-k", join(cwd, `${row.model}.trail`), join(here, row.model)];
    const { stdout } = await run("spin", replay, { cwd, maxBuffer }).catch((error) => error);
    const steps = stdout.split("\n").filter((line) => /^ {6,}[a-z]/.test(line));
    console.log(row.what);
    steps.forEach((step, i) => console.log(`${String(i + 1).padStart(3)}. ${step.trim()}`));
  });
}

function lineOf({ ok, found, answer, states, seconds, what, out }) {
  const verdict = ok ? found : `${found}, expected ${answer}`;
  const name = out === undefined ? what : `${out}: ${what}`;
  const figures = `${String(states).padStart(9)} ${seconds.toFixed(1).padStart(6)} s`;
  return `  ${ok ? "ok" : "NO"}  ${verdict.padEnd(9)} ${figures}  ${name}`;
}

async function missingTool() {
  for (const [tool, flag] of Object.entries({ spin: "-V", cc: "--version" })) {
    const there = await run(tool, [flag]).then(
      () => true,
      () => false,
    );
    if (!there) return tool;
  }
  return undefined;
}

async function main([option, words]) {
  const missing = await missingTool();
  if (missing !== undefined) {
    console.error(`"${missing}" is not here: on Debian, apt-get install spin gcc`);
    return 2;
  }
  if (option === "--trace") {
    await trace(words ?? "");
    return 0;
  }
  if (option === "--group") {
    console.log(JSON.stringify(await check(groups[Number(words)].rows)));
    return 0;
  }
  let failed = 0;
  for (const { title, rows } of [...groups, ...(option === "--deep" ? deepGroups : [])]) {
    console.log(`\n${title}\n      answer       states     time`);
    const results = await check(rows, (result) => console.log(lineOf(result)));
    failed += results.filter(({ ok }) => !ok).length;
  }
  console.log(failed === 0 ? "\nall as expected" : `\n${failed} not as expected`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
