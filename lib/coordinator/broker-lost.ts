/** What is said when a broker's successor cannot go on: who has to do what. */

import { SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";

/** What is missing. */
export type Loss =
  /** A receiver has to move its request, or to ask again where the successor remembers nothing. */
  | { readonly kind: "request"; readonly party: string; readonly recovered: boolean }
  /** An owner, or another party, has to hand over its key once more. */
  | { readonly kind: "key"; readonly party: string }
  /** A connected party does not answer. */
  | { readonly kind: "silent"; readonly party: string };

/** @param given - parties whose shares of the dead broker's memory are in, while more are awaited */
export function brokerLost(
  { document: { recovery } }: Policy,
  loss: Loss,
  given: readonly string[] | undefined,
  cause: unknown,
): SealfoldError {
  const { party } = loss;
  const detail = `the broker died: ${sentenceOf(loss)}${otherwise()}`;
  return new SealfoldError("BROKER_LOST", detail, { party }, cause === undefined ? {} : { cause });

  function otherwise(): string {
    if (recovery.kind === "none" || given === undefined) return "";
    const others = recovery.parties.filter((name) => !given?.includes(name));
    const missing = recovery.threshold - given.length;
    return `; or ${missing} of ${others.join(", ")} ${missing === 1 ? "has" : "have"} to hand over a share, with Party.recover`;
  }
}

function sentenceOf(loss: Loss): string {
  const { party } = loss;
  switch (loss.kind) {
    case "request":
      return loss.recovered
        ? `${party} has to move the request to its successor, with Party.transfer`
        : `${party} has to ask its successor again, with Party.request`;
    case "key":
      return `${party} has to hand a key to its successor again, with Party.provision or provisionKey`;
    case "silent":
      return `${party} has to answer, or to connect again`;
  }
}
