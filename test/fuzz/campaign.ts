/**
 * One target of the fuzzer: what it is given, and what must hold of each case. Cases are drawn and shrunk by
 * fast-check, so that a seed and a path say exactly one of them.
 */

import fc from "fast-check";

import { SealfoldError } from "../../lib/errors.ts";

/** What a target does once it is set up. */
export interface Campaign<Case> {
  readonly cases: fc.Arbitrary<Case>;
  /** Throws, or gives a promise that is rejected, where something does not hold. */
  check(one: Case): void | Promise<void>;
  /** How a case is shown to people. Default: as fast-check shows values. */
  show?(one: Case): string;
  close?(): void | Promise<void>;
}

export interface Target {
  /** What is tried, in a line. */
  readonly says: string;
  open(): Promise<Campaign<unknown>>;
}

/** @returns a target whose cases have a type. */
export function target<Case>(says: string, open: () => Campaign<Case> | Promise<Campaign<Case>>): Target {
  return { says, open: async () => open() };
}

export interface CampaignOptions {
  readonly seed: number;
  readonly milliseconds: number;
  /** One case alone, as a finding named it. */
  readonly path?: string | undefined;
  /** Bound of the number of cases, for tests. */
  readonly runs?: number | undefined;
  /** Called before each case, also before those by which a finding is made smaller. */
  readonly onCase?: (() => void) | undefined;
}

export interface Finding {
  /** With the seed: which case it is. */
  readonly path: string;
  readonly input: string;
  readonly error: string;
}

export interface Outcome {
  readonly cases: number;
  readonly finding?: Finding;
}

/** A case that takes longer than this has hung. */
export const longestCaseMs = 30_000;
const mostShown = 4000;
const mostCases = 2 ** 31 - 1;

/** Tries cases until the time is over, or something was found and made as small as it could be. */
export async function runCampaign(aim: Target, options: CampaignOptions): Promise<Outcome> {
  const campaign = await aim.open();
  const { show = fc.stringify } = campaign;
  let cases = 0;
  try {
    const property = fc.asyncProperty(campaign.cases, async (one) => {
      cases++;
      options.onCase?.();
      await campaign.check(one);
    });
    const details = await fc.check(property, {
      seed: options.seed,
      numRuns: options.path === undefined ? (options.runs ?? mostCases) : 1,
      interruptAfterTimeLimit: options.milliseconds,
      markInterruptAsFailure: false,
      timeout: longestCaseMs,
      ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
    });
    if (!details.failed || details.counterexample === null) return { cases };
    const [input] = details.counterexample;
    return {
      cases,
      finding: {
        path: details.counterexamplePath ?? "",
        input: clip(show(input)),
        error: clip(describe(details.errorInstance)),
      },
    };
  } finally {
    await campaign.close?.();
  }
}

/**
 * Runs what may end in a foreseen condition.
 * @returns its code, or "none"
 * @throws whatever is no condition, or the one that says that we are at fault
 */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return foreseen(error);
  }
}

/** @returns the code of a foreseen condition; throws everything else. */
export function foreseen(error: unknown): string {
  if (error instanceof SealfoldError && error.code !== "BUG") return error.code;
  throw error;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function clip(text: string): string {
  return text.length > mostShown ? `${text.slice(0, mostShown)}… (${text.length} characters)` : text;
}
