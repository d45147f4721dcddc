/**
 * Before `npm start` and `npm test`: installs the dependencies where they are missing or older than the lock file, and
 * builds where the build is missing or older than a source. Does nothing, quickly, where nothing is to do. Needs
 * nothing but Node and npm.
 *
 * `node .ci/prepare.mjs`, and, around `npm run build`, `… build-begins` and `… build-ends`.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const lockFile = join(root, "package-lock.json");
const installed = join(root, "node_modules/.package-lock.json"); // npm writes it when an install is complete
const marks = join(root, "node_modules/.cache/sealfold");
const building = join(marks, "building"); // as old as the sources that are being built
const built = join(marks, "built"); // the same, once the build is complete
const dist = join(root, "dist");
const sources = [
  "lib",
  "workers",
  ".ci/build.ts",
  ".ci/assembly.ts",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
];

const step = process.argv[2];
if (step === undefined) prepare();
else if (step === "build-begins") buildBegins();
else if (step === "build-ends") renameSync(building, built);
else throw new RangeError(`unknown step "${step}"`);

function prepare() {
  if (isInstalled() && isBuilt()) return;
  const release = takeTurn();
  try {
    if (!isInstalled()) {
      say("installing dependencies (npm ci)");
      npm("ci", "--include=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error");
    }
    if (!isBuilt()) {
      say("building (npm run build)");
      npm("run", "--silent", "build");
    }
  } finally {
    release();
  }
}

function isInstalled() {
  return modified(installed) >= modified(lockFile);
}

function isBuilt() {
  const stamp = modified(built);
  return stamp > 0 && modified(dist) > 0 && sources.every((source) => newest(join(root, source)) <= stamp);
}

function buildBegins() {
  rmSync(dist, { recursive: true, force: true }); // a source that is gone must not live on
  rmSync(built, { force: true });
  mkdirSync(marks, { recursive: true });
  writeFileSync(building, "");
}

/** When `path`, or the newest file or folder in it, was modified; 0 where there is none. A folder is as new as its last removal. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function npm(...args) {
  const script = process.env.npm_execpath; // set where npm started us
  const [command, first] = script?.endsWith(".js") ? [process.execPath, [script]] : ["npm", []];
  const { status } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", 2, 2], // standard output belongs to whoever asked for this
    shell: command === "npm" && process.platform === "win32",
  });
  if (status !== 0) {
    say(`"npm ${args[0]}" failed`);
    process.exit(status ?? 1);
  }
}

/** Waits until no other process prepares this checkout. A lock whose process is gone does not count. */
function takeTurn() {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const lock = join(tmpdir(), `sealfold-prepare-${name}`);
  const release = () => rmSync(lock, { force: true });
  for (let waits = 0; ; waits++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      process.on("exit", release); // also where npm failed
      return release;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const owner = readOwner(lock);
    if (owner !== undefined && !isAlive(owner)) rmSync(lock, { force: true });
    else {
      if (waits === 0) say(`waiting for another process that prepares this checkout (it holds ${lock})`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

/** The process that holds the lock, or `undefined` where it was released just now or is being written. */
function readOwner(lock) {
  try {
    return Number(readFileSync(lock, "utf8")) || undefined;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function say(text) {
  process.stderr.write(`sealfold: ${text}\n`);
}
