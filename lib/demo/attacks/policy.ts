/** Attacks on the policy: run under other terms than those that everybody signed. */

import { fromUtf8, toBase64url } from "../../crypto/bytes.ts";
import { SigningKey } from "../../crypto/signature.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../policy/policy.ts";
import { type PolicySignature, signPolicy } from "../../policy/sign.ts";
import type { Attack } from "../attack.ts";
import type { Cheat } from "../cheating.ts";

/** What the host gives a broker when it starts it. */
interface Start {
  readonly signatures: readonly PolicySignature[];
  readonly policy: Uint8Array;
}

/** Starts the broker with something else than what everybody signed. */
export function startBroker(change: (start: Start) => Partial<Start>): Cheat {
  return {
    ask: ({ link, kind, body, parts, forward }) => {
      if (kind !== "init" || link.role !== "broker") return forward();
      const start = {
        signatures: body["signatures"] as readonly PolicySignature[],
        policy: parts[0] ?? new Uint8Array(),
      };
      const { signatures, policy } = { ...start, ...change(start) };
      return forward({ ...body, signatures }, [policy]);
    },
  };
}

/** The signed policy with something changed. */
export function alteredPolicy(
  bytes: Uint8Array,
  change: (document: PolicyDocument) => Partial<PolicyDocument>,
): Policy {
  const document = JSON.parse(fromUtf8(bytes)) as PolicyDocument;
  return makePolicy({ ...document, ...change(document) });
}

export function moreReleases({ limits }: PolicyDocument): Partial<PolicyDocument> {
  return { limits: { ...limits, releases: limits.releases + 1 } };
}

/** Starts the broker under the same words with other people's keys: the host's own, in everybody's name. */
export function ownPolicy({ policy }: Start): Start {
  const { parties } = JSON.parse(fromUtf8(policy)) as PolicyDocument;
  const keys = parties.map(({ name }) => ({ name, key: SigningKey.generate() }));
  const own = alteredPolicy(policy, () => ({
    parties: keys.map(({ name, key }) => ({ name, key: toBase64url(key.publicKey) })),
  }));
  return { policy: own.bytes, signatures: keys.map(({ name, key }) => signPolicy(own, name, key)) };
}

export const policyAttacks: readonly Attack[] = [
  {
    name: "unsigned-policy",
    target: "policy",
    does: "starts the broker without the signature of one party",
    gain: "a job on terms that one of the owners never agreed to",
    by: "the broker",
    code: "POLICY_SIGNATURE",
    play: () => ({ cheat: startBroker(({ signatures }) => ({ signatures: signatures.slice(1) })) }),
  },
  {
    name: "widened-policy",
    target: "policy",
    does: "allows one release more after everybody has signed",
    gain: "a second result, to compare with the first",
    by: "the broker",
    code: "POLICY_SIGNATURE",
    play: () => ({ cheat: startBroker(({ policy }) => ({ policy: alteredPolicy(policy, moreReleases).bytes })) }),
  },
  {
    name: "own-policy",
    target: "policy",
    does: "runs a broker under a policy of its own, which it signed in everybody's name",
    gain: "the owners' data keys, handed over by themselves",
    by: "an owner",
    code: "EVIDENCE_BINDING",
    play: () => ({ cheat: startBroker(ownPolicy) }),
  },
];
