/** Reads the files of C2SP/wycheproof, `testvectors_v1`, where the folder of vectors is there. */

import { existsSync, readFileSync } from "node:fs";

export interface WycheproofTest {
  readonly tcId: number;
  readonly result: "valid" | "invalid" | "acceptable";
  readonly flags: readonly string[];
  readonly [field: string]: unknown;
}

export interface WycheproofGroup {
  readonly tests: readonly WycheproofTest[];
  readonly [field: string]: unknown;
}

/** @returns the file's groups, or `undefined` when the folder is not there. */
export function wycheproof(name: string): readonly WycheproofGroup[] | undefined {
  const file = new URL(`../../../shared/vectors/wycheproof/${name}_test.json`, import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).testGroups : undefined;
}
