/** Loads a peer from where `--peers` has installed it. */

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** @throws {Error} when the peer is not installed */
export async function importPeer<T>(folder: string, name: string): Promise<T> {
  const path = createRequire(join(folder, "package.json")).resolve(name);
  return (await import(pathToFileURL(path).href)) as T;
}
