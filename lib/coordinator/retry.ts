/**
 * What a failed attempt is put down to, and how soon the next one comes. Only what may go well elsewhere is tried again:
 * what a program did wrong it would do wrong in every sandbox.
 */

import { type ErrorCode, SealfoldError } from "../errors.ts";
import { SandboxFailure } from "../sandbox/sandbox.ts";
import { BrokerReplaced } from "./broker-seat.ts";

/** What a sandbox can end of. */
export type Death = "SANDBOX_DIED" | "LIMIT_TIME" | "LIMIT_MEMORY";

/** Attempts at one item that may fail by each cause. */
const caps: Readonly<Record<Death, number>> = {
  SANDBOX_DIED: 3,
  // a second sandbox, and then it is the program that takes too long or too much
  LIMIT_TIME: 2,
  LIMIT_MEMORY: 2,
};

const firstDelayMs = 100;
const longestDelayMs = 5000;

/** `again`: nobody's failure. `counted`: a sandbox ended; at most `cap` attempts of an item may. `final`: not again. */
export type Verdict =
  | { readonly kind: "again" }
  | { readonly kind: "counted"; readonly code: Death; readonly cap: number }
  | { readonly kind: "final" };

/** A failure that a sandbox itself answered is the program's; one that ended it may have been the machine's. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof BrokerReplaced) return { kind: "again" };
  const code = deathOf(error);
  return code === undefined ? { kind: "final" } : { kind: "counted", code, cap: caps[code] };
}

/** @returns what a sandbox died of, or undefined where it lives: then it was its own answer, or somebody ended it */
export function deathOf(error: unknown): Death | undefined {
  if (!(error instanceof SealfoldError) || error instanceof SandboxFailure) return undefined;
  return isDeath(error.code) ? error.code : undefined;
}

function isDeath(code: ErrorCode): code is Death {
  return Object.hasOwn(caps, code);
}

/** @returns milliseconds to wait after so many failures: none after the first, then doubling */
export function backOff(failures: number): number {
  return failures < 2 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** (failures - 2));
}
