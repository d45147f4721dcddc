// What all four agree on before any of them hands over a key. Everything that is not said here comes from a draft.
import { type BuiltProgram, draftPolicy, makePolicy, type Policy, type SigningKey } from "sealfold";

type Keys = Record<"north" | "south" | "union" | "host", SigningKey>;

export function payPolicy(keys: Keys, program: BuiltProgram, runtimeMeasurement: Uint8Array): Policy {
  const draft = draftPolicy({
    purpose: "Mean pay per job over two companies, for their union",
    party: "host",
    key: keys.host.publicKey,
    platformKey: keys.host.publicKey,
    programMeasurement: program.measurement,
    runtimeMeasurement,
    format: { kind: "json" },
    now: Date.now() / 1000,
  });
  const owners = ["north", "south"];
  const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  return makePolicy({
    ...draft,
    parties: Object.entries(keys).map(([name, key]) => ({ name, key: base64url(key.publicKey) })),
    inputs: draft.inputs.flatMap((input) => owners.map((owner) => ({ ...input, name: owner, owner }))),
    stages: [{ ...draft.stages[0], inputs: owners }, draft.stages[1]],
    // a job is shown only if both companies and at least four people stand behind its mean
    outputs: [{ name: "means", receivers: ["union"], minValues: 4, minOwners: 2, noise: "none" }],
  });
}
