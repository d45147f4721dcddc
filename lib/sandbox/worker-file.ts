/**
 * Finds the one file that a sandbox's thread loads, and measures it. Built, it lies beside the library; run from
 * TypeScript sources, the same bundle is made on the spot and kept under its own digest.
 */

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { toHex } from "../crypto/bytes.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";

export interface WorkerFile {
  /** Absolute path of the bundle. */
  readonly path: string;
  /** SHA-256 of its bytes: the runtime measurement. */
  readonly measurement: Digest;
}

/** @returns the bundle to load. It is read once: its digest is of the bytes that are there now. */
export async function findWorkerFile(): Promise<WorkerFile> {
  if (import.meta.url.endsWith(".ts")) return makeWorkerFile();
  const path = fileURLToPath(new URL("../../workers/sandbox.js", import.meta.url));
  return { path, measurement: sha256(await readFile(path)) };
}

async function makeWorkerFile(): Promise<WorkerFile> {
  const { bundleWorker } = await import("./worker-bundle.ts");
  const bytes = await bundleWorker();
  const measurement = sha256(bytes);
  const folder = new URL("../../node_modules/.cache/sealfold/", import.meta.url);
  const path = fileURLToPath(new URL(`sandbox-${toHex(measurement)}.mjs`, folder));
  await mkdir(folder, { recursive: true });
  const mine = `${path}.${randomUUID()}`; // several may be at it at once, in this process too
  await writeFile(mine, bytes);
  await rename(mine, path);
  return { path, measurement };
}
