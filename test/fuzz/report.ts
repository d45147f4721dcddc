/** What a target's process says to the fuzzer's. */

import type { Finding, Outcome } from "./campaign.ts";

export type Report = { readonly begun: number } | { readonly outcome: Outcome };

/** @returns a finding that could not be made smaller: the process ended with it. */
export function foundIn(path: string, error: string): Finding {
  return { path, input: "(not made smaller: replay it to see it)", error };
}
