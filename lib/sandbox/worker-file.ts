/**
 * Finds the one file that a sandbox's thread loads, and measures it; and the one that its process runs. Built, it lies beside the library; run from
 * TypeScript sources, the same bundle is made on the spot and kept under its own digest.
 */

import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { toHex } from "../crypto/bytes.ts";
import { type Digest, sha256 } from "../crypto/hash.ts";
import { type WorkerName, workerFiles } from "./worker-names.ts";

export interface WorkerFile {
  /** Absolute path of the bundle. */
  readonly path: string;
  /** SHA-256 of its bytes: the runtime measurement. */
  readonly measurement: Digest;
}

/** @returns the sandbox's bundle. It is read once: its digest is of the bytes that are there now. */
export async function findWorkerFile(): Promise<WorkerFile> {
  const path = await findScript("sandbox");
  return { path, measurement: sha256(await readFile(path)) };
}

/**
 * What the process of one sandbox runs first. It is no part of the measurement, like the program that starts threads:
 * it is on the launcher's side of the wall and holds no key.
 * @returns the absolute path of the script
 */
export function findProcessFile(): Promise<string> {
  return findScript("process");
}

async function findScript(name: WorkerName): Promise<string> {
  if (import.meta.url.endsWith(".ts")) return makeScript(name);
  return fileURLToPath(new URL(`../../workers/${workerFiles[name]}`, import.meta.url));
}

async function makeScript(name: WorkerName): Promise<string> {
  const { bundleWorker } = await import("./worker-bundle.ts");
  const bytes = await bundleWorker(name);
  const folder = new URL("../../node_modules/.cache/sealfold/", import.meta.url);
  const path = fileURLToPath(new URL(`${toHex(sha256(bytes))}-${workerFiles[name]}`, folder));
  await mkdir(folder, { recursive: true });
  const mine = `${path}.${randomUUID()}`; // several may be at it at once, in this process too
  await writeFile(mine, bytes);
  await rename(mine, path);
  return path;
}
