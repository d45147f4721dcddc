/**
 * What the reducers of a job narrowed: each names its own part and the whole that it applied before it sealed anything.
 * The broker asks this before it releases, and whoever checks a receipt asks it again.
 */

import { canonicalJson } from "../data/canonical.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import { joinNarrowings, type Narrowing, noNarrowing, parseNarrowing } from "../policy/narrow.ts";
import type { Policy } from "../policy/policy.ts";
import { grants } from "../policy/questions.ts";
import type { ReduceManifest } from "./manifest.ts";

/**
 * @param reduce - one manifest per partition, each checked
 * @returns the join of all that was narrowed, which every reducer applied
 * @throws {SealfoldError} MANIFEST_FORMAT when a narrowing is not one of the policy in its one spelling; NARROWING when a
 *   reducer applied anything but the join, or narrowed where the policy does not let the program
 */
export function joinedNarrowing(policy: Policy, reduce: readonly Signed<ReduceManifest>[]): Narrowing {
  const join = joinAll(reduce.map((manifest, index) => narrowedBy(policy, manifest, index)));
  const spelt = canonicalJson(join);
  reduce.forEach(({ document }, index) => {
    if (canonicalJson(document.applied) !== spelt) throw refusal(index);
  });
  if (!grants(policy, "policy.narrow") && spelt !== canonicalJson(noNarrowing)) throw refusal(0);
  return join;
}

export function joinAll(narrowings: readonly Narrowing[]): Narrowing {
  return narrowings.reduce(joinNarrowings, noNarrowing);
}

function narrowedBy({ document }: Policy, manifest: Signed<ReduceManifest>, index: number): Narrowing {
  const { narrowed } = manifest.document;
  const parsed = parsedOrUndefined(document, narrowed);
  if (parsed !== undefined && canonicalJson(parsed) === canonicalJson(narrowed)) return parsed;
  const detail = "a reduce manifest's narrowing is not one of the policy, or not in its one spelling";
  throw new SealfoldError("MANIFEST_FORMAT", detail, { stage: "reduce", task: index });
}

function parsedOrUndefined(document: Policy["document"], value: unknown): Narrowing | undefined {
  try {
    return parseNarrowing(document, value);
  } catch {
    return undefined; // the caller says whose it is
  }
}

function refusal(index: number): SealfoldError {
  return new SealfoldError("NARROWING", undefined, { stage: "reduce", task: index });
}
