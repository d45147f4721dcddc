/** What a member was granted for its program, as the realm takes it: no more than the policy names. */

import { fromBase64url, fromUtf8 } from "../../crypto/bytes.ts";
import type { Policy } from "../../policy/policy.ts";
import { grants, isSeeded } from "../../policy/questions.ts";
import type { Body } from "../message.ts";
import type { GrantedKey, ToolsGrant } from "../realm/program-realm.ts";

/** Everything but the seed, which each piece of work has for itself. */
export type GrantedTools = Omit<ToolsGrant, "seed">;

/** @returns `undefined` where the policy grants nothing. */
export function grantedTools(policy: Policy, grant: Body): GrantedTools | undefined {
  const { capabilities, counters } = policy.document;
  if (capabilities.length === 0) return undefined;
  const tools = grant.record("tools");
  return {
    capabilities,
    policy: grants(policy, "policy.query") ? fromUtf8(policy.bytes) : "null",
    clock: tools.integer("clock"),
    keys: grantedKeys(policy, tools.record("keys")),
    counters,
  };
}

/** @param work - the grant of the task or partition, which carries its seed where the policy lets randomness in */
export function withSeed(policy: Policy, tools: GrantedTools | undefined, work: Body): { readonly tools?: ToolsGrant } {
  if (tools === undefined) return {};
  return { tools: { ...tools, seed: isSeeded(policy) ? work.bytes("seed", 32) : new Uint8Array(32) } };
}

function grantedKeys(policy: Policy, secrets: Body): readonly GrantedKey[] {
  return policy.document.keys.map(({ name, type, source }) =>
    source.kind === "public"
      ? { name, type, bytes: fromBase64url(source.key, 32), isPublic: true }
      : { name, type, bytes: secrets.bytes(name, 32), isPublic: false },
  );
}
