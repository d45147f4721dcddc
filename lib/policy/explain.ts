/** A policy in plain words: what runs, where, until when, what leaves, and what each party gives, sees and may do. */

import { toBase64url } from "../crypto/bytes.ts";
import type { Capability } from "../data/capabilities.ts";
import type { RecordFormat } from "../data/format.ts";
import type { LimitName, Limits } from "./limits.ts";
import type { Policy, PolicyDocument, PolicyInput, PolicyKey, PolicyOutput } from "./policy.ts";
import { inputsOf, keepsShare, mayCancel, outputsOf, ownersOf, readsDiagnostics } from "./questions.ts";
import { softwareWarning } from "./software-warning.ts";

const languages = { typescript: "TypeScript", wasm: "WebAssembly" } as const;

/** What each capability lets a program do. */
const gifts: Readonly<Record<Capability, string>> = {
  crypto: "hash, derive keys, seal, open, sign and verify, with keys that it can use and not read",
  random: "draw random bytes, the same whenever the same work is done again",
  clock: "read the minute in which the job was opened",
  counters: "count, under names of this policy",
  "policy.query": "read this policy",
  "policy.narrow":
    "take receivers or outputs away from the result and raise thresholds, for all to see; it cannot add or lower any",
};

const states = {
  perTask: "It keeps nothing from one task to the next.",
  perSandbox:
    "It may keep anything between the tasks of one sandbox: what it saw in one owner's records it can carry to " +
    "another's, and its results may then depend on which sandbox got which task.",
} as const;

/** @returns lines of text, each ended by a newline, for the people who are to sign `policy`. */
export function explainPolicy(policy: Policy): string {
  const { document } = policy;
  const lines = [
    `Policy ${toBase64url(policy.hash)}`,
    `Purpose: ${document.purpose}`,
    `In force from ${day(document.notBefore)} until just before ${day(document.notAfter)}.`,
    "",
    "What runs",
    ...explainPrograms(document).map(indent),
    "",
    "Where it runs",
    ...explainRuntime(document).map(indent),
    "",
    "What leaves",
    ...document.outputs.map(explainOutput).map(indent),
    indent("Nothing else leaves unsealed. Whoever carries the data sees sealed bytes, sizes, counts and times."),
  ];
  for (const { name, key } of document.parties) {
    lines.push("", `${name} (key ${key})`, ...explainParty(policy, name).map(indent));
  }
  lines.push("", "If the broker dies", ...explainRecovery(document).map(indent));
  lines.push("", "Limits", ...explainLimits(document.limits).map(indent));
  return lines.join("\n") + "\n";
}

function indent(line: string): string {
  return `  ${line}`;
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function explainPrograms(document: PolicyDocument): readonly string[] {
  const [map] = document.stages;
  return [
    ...document.programs.map(
      ({ name, provider, kind, measurement }) =>
        `The program ${name} of ${provider}, in ${languages[kind]}, SHA-256 ${measurement}.`,
    ),
    `It maps ${map.inputs.join(", ")} and reduces what it emits.`,
    states[map.state],
    ...explainTools(document),
  ];
}

function explainTools({ capabilities, counters, keys }: PolicyDocument): readonly string[] {
  if (capabilities.length === 0) {
    return ["It is given its records and nothing else: no clock, no randomness, no network, no files."];
  }
  const lines = [`Beyond its records it is given: ${capabilities.join(", ")}. It may`];
  lines.push(...capabilities.map((capability) => `  ${gifts[capability]} (${capability});`));
  lines.push("no network, no files.");
  if (counters.length > 0) {
    lines.push(
      `It counts ${counters.join(", ")}. The sums go to every receiver of a result, exact, whatever the thresholds are.`,
    );
  }
  return [...lines, ...keys.map(explainKey)];
}

function explainKey({ name, type, source }: PolicyKey): string {
  return `It may use the key ${name} (${type}), ${explainSource(source)}.`;
}

function explainSource(source: PolicyKey["source"]): string {
  switch (source.kind) {
    case "job":
      return "made anew for each query and known to its sandboxes alone";
    case "party":
      return `handed over by ${source.party}`;
    case "public":
      return `which is public, ${source.key}`;
  }
}

function explainRuntime(document: PolicyDocument): readonly string[] {
  const { host, runtime } = document;
  const lines = [`On the machine of ${host}, in sandboxes whose code is one of:`];
  lines.push(...runtime.measurements.map((measurement) => `  SHA-256 ${measurement}`));
  for (const { name, key } of runtime.platforms) lines.push(`Attested by the platform ${name}, key ${key}.`);
  if (isSoftware(document)) lines.push(`Take note: software attestation is ${softwareWarning}.`);
  lines.push(`Evidence older than ${runtime.evidenceSeconds} seconds is not accepted.`);
  return lines;
}

function explainOutput(output: PolicyOutput): string {
  const { name, receivers, minValues, minOwners } = output;
  const needs = [
    ...(minValues > 1 ? [`at least ${minValues} values`] : []),
    ...(minOwners > 1 ? [`at least ${minOwners} owners`] : []),
  ];
  const threshold =
    needs.length === 0 ? "every result, even of one value" : `only results with ${needs.join(" and ")} behind`;
  return `${name}, to ${receivers.join(", ")}: ${threshold}; no noise is added.`;
}

function explainParty(policy: Policy, party: string): readonly string[] {
  const { document } = policy;
  const others = ownersOf(policy).filter((owner) => owner !== party);
  const lines = inputsOf(policy, party).map(explainInput);
  for (const { name, provider } of document.programs)
    if (provider === party) lines.push(`provides the program ${name}`);
  for (const { name, source } of document.keys)
    if (source.kind === "party" && source.party === party)
      lines.push(`hands over the key ${name} for the program's use`);
  if (document.host === party) lines.push(explainHost(document));
  const outputs = outputsOf(policy, party).map((output) => output.name);
  lines.push(outputs.length === 0 ? "receives no result" : `receives ${outputs.join(", ")}`);
  if (others.length > 0) lines.push(`learns of the records of ${others.join(", ")} ${whatIsLearnt(policy, party)}`);
  if (mayCancel(policy, party)) lines.push("may cancel a job");
  if (keepsShare(policy, party)) lines.push("keeps a share of the broker's memory");
  if (readsDiagnostics(policy, party)) {
    lines.push("may read why the program failed; such a text can quote the record it failed on, whoever owns it");
  }
  return lines;
}

/** A program may put records into its results, and a failure's text may quote one: no more is promised than holds. */
function whatIsLearnt(policy: Policy, party: string): string {
  const sources = [
    ...(outputsOf(policy, party).length > 0 ? ["its results"] : []),
    ...(outputsOf(policy, party).length > 0 && policy.document.counters.length > 0 ? ["the program's counters"] : []),
    ...(readsDiagnostics(policy, party) ? ["the program's failures"] : []),
    ...(keepsShare(policy, party) ? ["its share of the broker's memory, with whoever it needs beside,"] : []),
    ...(policy.document.host === party && isSoftware(policy.document) ? ["its machine's memory, if it looks,"] : []),
  ];
  return sources.length === 0 ? "nothing" : `no more than ${sources.join(" and ")} can tell`;
}

function isSoftware({ runtime }: PolicyDocument): boolean {
  return runtime.platforms.some(({ name }) => name === "software");
}

function explainInput(input: PolicyInput): string {
  const { name, format, required, minEpoch, maxChunks, maxChunkBytes } = input;
  const presence = required ? "without it there is no job" : "may be absent";
  const size = `at most ${maxChunks} chunks of ${maxChunkBytes} bytes`;
  return `gives ${name} (${explainFormat(format)}; ${presence}; epoch ${minEpoch} or later; ${size})`;
}

function explainFormat(format: RecordFormat): string {
  return format.kind === "csv" ? `csv with columns ${format.columns.join(", ")}` : format.kind;
}

function explainHost(document: PolicyDocument): string {
  return `lends the machine and carries sealed data${isSoftware(document) ? `; software attestation is ${softwareWarning}` : ""}`;
}

/** Whoever signs should know that a way back for a successor is a way in for those who hold it together. */
function explainRecovery({ recovery, host }: PolicyDocument): readonly string[] {
  const anew =
    "owners who are still there hand over their keys again, receivers ask again, and the work starts again; " +
    "without them the job stops.";
  if (recovery.kind === "none") return [`Nobody can open what it knew: ${anew}`];
  const { threshold, parties } = recovery;
  const one = parties.length === 1;
  const who = one ? parties.join() : `any ${threshold} of ${parties.join(", ")}`;
  return [
    `Its successor, once attested, goes on with what it knew (keys, and what was released) if ${who} ${one || threshold === 1 ? "lets" : "let"} it.`,
    `Take note: together with the sealed memory that ${host} keeps, ${who} could read everything the broker knew, every owner's data key too.`,
    `With fewer, ${anew}`,
  ];
}

function explainLimits(limits: Limits): readonly string[] {
  return (Object.keys(limits) as LimitName[]).map((name) => `${name}: ${limits[name]}`);
}
