// Three keep a share each; heir and notary may receive, and the program says which of them does.
import { type BuiltProgram, draftPolicy, makePolicy, type Policy, type SigningKey } from "sealfold";

export const owners = ["ann", "ben", "cleo"] as const;
export type Keys = Record<(typeof owners)[number] | "heir" | "notary" | "host", SigningKey>;

export function vaultPolicy(keys: Keys, program: BuiltProgram, runtimeMeasurement: Uint8Array): Policy {
  const draft = draftPolicy({
    purpose: "A secret out of shares, for whom its owner named",
    party: "host",
    key: keys.host.publicKey,
    platformKey: keys.host.publicKey,
    programMeasurement: program.measurement,
    runtimeMeasurement,
    format: { kind: "json" },
    capabilities: ["policy.narrow"],
    now: Date.now() / 1000,
  });
  const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  return makePolicy({
    ...draft,
    parties: Object.entries(keys).map(([name, key]) => ({ name, key: base64url(key.publicKey) })),
    inputs: draft.inputs.flatMap((input) => owners.map((owner) => ({ ...input, name: owner, owner, required: false }))),
    stages: [{ ...draft.stages[0], inputs: [...owners] }, draft.stages[1]],
    outputs: [{ name: "secret", receivers: ["heir", "notary"], minValues: 0, minOwners: 0, noise: "none" }],
    diagnostics: [],
    recovery: { kind: "none" },
  });
}
