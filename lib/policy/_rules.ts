/** What the schema of `policy/1` cannot say: names that must be unique, known and used, keys, and times (design §4). */

import { fromBase64url } from "../crypto/bytes.ts";
import { ExchangeKey, exchangePublicKey } from "../crypto/exchange.ts";
import { verifyingKey } from "../crypto/signature.ts";
import { SealfoldError } from "../errors.ts";
import type { PolicyDocument, PolicyKey } from "./document.ts";

/**
 * Checks `document` against itself.
 * @throws {SealfoldError} POLICY_VALUE naming the first field that contradicts another
 */
export function checkPolicyRules(document: PolicyDocument): void {
  checkUnique(document);
  checkKeys(document);
  checkParties(document);
  checkStages(document);
  checkFormats(document);
  checkTools(document);
  checkOutputs(document);
  checkRecovery(document);
  if (document.notBefore >= document.notAfter) refuse("notAfter", "must be after notBefore");
}

function refuse(field: string, detail: string): never {
  throw new SealfoldError("POLICY_VALUE", `${field}: ${detail}`, { field });
}

function checkUnique(document: PolicyDocument): void {
  const { parties, inputs, programs, outputs, runtime, counters } = document;
  // People tell names apart on screens and in file names, where letter case may be lost.
  const folded = (entries: readonly { readonly name: string }[]): string[] => entries.map((e) => e.name.toLowerCase());
  expectUnique("parties", folded(parties), ".name");
  expectUnique("inputs", folded(inputs), ".name");
  expectUnique("programs", folded(programs), ".name");
  expectUnique("outputs", folded(outputs), ".name");
  expectUnique("runtime.platforms", folded(runtime.platforms), ".name");
  expectUnique("keys", folded(document.keys), ".name");
  const fold = counters.map((counter) => counter.toLowerCase());
  expectUnique("counters", fold);
  const keys = parties.map((party) => party.key);
  expectUnique("parties", keys, ".key");
  expectUnique("runtime.measurements", runtime.measurements);
  expectUnique("stages[0].inputs", document.stages[0].inputs);
  expectUnique("capabilities", document.capabilities);
  expectUnique("cancel", document.cancel);
  expectUnique("diagnostics", document.diagnostics);
  outputs.forEach((output, i) => expectUnique(`outputs[${i}].receivers`, output.receivers));
}

function expectUnique(list: string, values: readonly string[], part = ""): void {
  const first = new Map<string, number>();
  values.forEach((value, i) => {
    const before = first.get(value);
    if (before !== undefined) refuse(`${list}[${i}]${part}`, `is the same as ${list}[${before}]${part}`);
    first.set(value, i);
  });
}

function checkKeys(document: PolicyDocument): void {
  document.parties.forEach((party, i) => expectKey(`parties[${i}].key`, party.key));
  document.runtime.platforms.forEach((platform, i) => expectKey(`runtime.platforms[${i}].key`, platform.key));
}

function expectKey(field: string, key: string): void {
  try {
    verifyingKey(fromBase64url(key, 32));
  } catch (cause) {
    const detail = "must be a canonical Ed25519 public key that is not of small order";
    throw new SealfoldError("POLICY_VALUE", `${field}: ${detail}`, { field }, { cause });
  }
}

function checkParties(document: PolicyDocument): void {
  const known = new Set(document.parties.map((party) => party.name));
  const expectParty = (field: string, party: string): void => {
    if (!known.has(party)) refuse(field, `names ${party}, who is not a party`);
  };
  expectParty("host", document.host);
  document.inputs.forEach((input, i) => expectParty(`inputs[${i}].owner`, input.owner));
  document.programs.forEach((program, i) => expectParty(`programs[${i}].provider`, program.provider));
  document.outputs.forEach((output, i) =>
    output.receivers.forEach((party, j) => expectParty(`outputs[${i}].receivers[${j}]`, party)),
  );
  document.keys.forEach(({ source }, i) => {
    if (source.kind === "party") expectParty(`keys[${i}].source.party`, source.party);
  });
  document.cancel.forEach((party, i) => expectParty(`cancel[${i}]`, party));
  document.diagnostics.forEach((party, i) => expectParty(`diagnostics[${i}]`, party));
}

function checkStages(document: PolicyDocument): void {
  const [map, reduce] = document.stages;
  const inputs = new Set(document.inputs.map((input) => input.name));
  map.inputs.forEach((input, i) => {
    if (!inputs.has(input)) refuse(`stages[0].inputs[${i}]`, `names ${input}, which is not an input`);
  });
  document.inputs.forEach((input, i) => {
    if (!map.inputs.includes(input.name)) refuse(`inputs[${i}]`, "is read by no stage");
  });
  const programs = new Set(document.programs.map((program) => program.name));
  if (!programs.has(map.program)) refuse("stages[0].program", `names ${map.program}, which is not a program`);
  if (reduce.program !== map.program) refuse("stages[1].program", "must be the program that maps");
  document.programs.forEach((program, i) => {
    if (program.name !== map.program) refuse(`programs[${i}]`, "is used by no stage");
  });
}

function checkFormats(document: PolicyDocument): void {
  document.inputs.forEach(({ format }, i) => {
    if (format.kind === "csv") expectUnique(`inputs[${i}].format.columns`, format.columns);
  });
}

/** What is declared for a capability that nobody grants would never be there. */
function checkTools({ capabilities, counters, keys }: PolicyDocument): void {
  if (counters.length > 0 && !capabilities.includes("counters")) {
    refuse("counters", "are of no use without the capability counters");
  }
  if (keys.length > 0 && !capabilities.includes("crypto")) {
    refuse("keys", "are of no use without the capability crypto");
  }
  keys.forEach(checkPublicKey);
}

function checkPublicKey({ type, source }: PolicyKey, i: number): void {
  if (source.kind !== "public") return;
  const field = `keys[${i}].source.key`;
  if (type === "ed25519") expectKey(field, source.key);
  else if (type === "x25519") expectExchangeKey(field, source.key);
  else refuse(`keys[${i}].source.kind`, `a key of type ${type} has no public half`);
}

/** Every clamped scalar sends a point of small order to zero (RFC 7748 §6.1), so any one finds it. */
function expectExchangeKey(field: string, key: string): void {
  try {
    ExchangeKey.fromSecret(new Uint8Array(32).fill(1)).diffieHellman(exchangePublicKey(fromBase64url(key, 32)));
  } catch (cause) {
    const detail = "must be an X25519 public key that is not of small order";
    throw new SealfoldError("POLICY_VALUE", `${field}: ${detail}`, { field }, { cause });
  }
}

function checkRecovery({ recovery, parties }: PolicyDocument): void {
  if (recovery.kind === "none") return;
  const known = new Set(parties.map((party) => party.name));
  expectUnique("recovery.parties", recovery.parties);
  recovery.parties.forEach((party, i) => {
    if (!known.has(party)) refuse(`recovery.parties[${i}]`, `names ${party}, who is not a party`);
  });
  if (recovery.threshold > recovery.parties.length) {
    const { length } = recovery.parties;
    refuse("recovery.threshold", `is ${recovery.threshold} where ${length} have a share: nothing could be recovered`);
  }
}

function checkOutputs(document: PolicyDocument): void {
  const owners = new Set(document.inputs.map((input) => input.owner)).size;
  document.outputs.forEach((output, i) => {
    if (output.minOwners > owners) {
      refuse(
        `outputs[${i}].minOwners`,
        `is ${output.minOwners} where there are ${owners} owners: nothing would come out`,
      );
    }
  });
}
