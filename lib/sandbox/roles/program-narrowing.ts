/** What a program narrowed, out of its realm: data of a stranger until it is held to the policy. */

import { SealfoldError } from "../../errors.ts";
import { joinNarrowings, type Narrowing, noNarrowing, parseNarrowing } from "../../policy/narrow.ts";
import type { Policy } from "../../policy/policy.ts";
import { grants } from "../../policy/questions.ts";
import type { ProgramRealm } from "../realm/program-realm.ts";

/**
 * @returns the join of all that the program narrowed
 * @throws {SealfoldError} PROGRAM_VALUE when something of it is not a narrowing of the policy; its text, which may quote
 *   what the program made, is the `cause`
 */
export function narrowingOf(policy: Policy, realm: ProgramRealm): Narrowing {
  if (!grants(policy, "policy.narrow")) return noNarrowing;
  let join = noNarrowing;
  for (const value of realm.narrowings()) join = joinNarrowings(join, parsed(policy, value));
  return join;
}

function parsed({ document }: Policy, value: unknown): Narrowing {
  try {
    return parseNarrowing(document, value);
  } catch (error) {
    const cause = `policy.narrow: ${(error as Error).message}`;
    throw new SealfoldError("PROGRAM_VALUE", undefined, {}, { cause });
  }
}
