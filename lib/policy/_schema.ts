/** The closed schema of `policy/1`: what kinds of fields there are and their ranges. An unknown field is an error. */

import * as v from "valibot";

import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import { capabilities, keyTypes } from "../data/capabilities.ts";
import { type PolicyDocument, policyVersion } from "./document.ts";
import { limitRanges, listMaxima, type LimitName, type NumberRange, numberRanges, textMaxima } from "./limits.ts";

/**
 * Checks `value` against `schema` and names the first field that is wrong.
 * @throws {SealfoldError} POLICY_FIELD when a field is unknown, missing or of the wrong kind; POLICY_VALUE when it is
 *   of the right kind and out of range
 */
export function checkSchema<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const checked = v.safeParse(schema, value, { abortEarly: true });
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const field = fieldPath((issue.path ?? []).map((step) => step.key));
  const code = issue.kind === "schema" ? "POLICY_FIELD" : "POLICY_VALUE";
  throw new SealfoldError(code, `${field || "policy"}: ${complaint(issue)}`, { field });
}

/** @returns `inputs[0].owner` for `["inputs", 0, "owner"]`; a name that no policy has is cut to 64 characters. */
function fieldPath(steps: readonly unknown[]): string {
  return steps
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step).slice(0, 64)}`))
    .join("")
    .replace(/^\./, "");
}

// valibot says `never` of an unknown field and `undefined` of a missing one
function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === "never") return "is not a field that a policy has";
  if (issue.received === "undefined") return "is missing";
  if (issue.kind === "validation") return issue.message;
  return `expected ${issue.expected ?? "another kind of value"}`;
}

const name = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "must be 1 to 64 ASCII letters, digits, dots, dashes or underscores, the first a letter or digit",
  ),
  v.check((text) => !(text in Object.prototype), "is a name that JavaScript objects have by birth; choose another"),
);

const base64url32 = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "must be 32 bytes in canonical base64url without padding"),
);

function integer(range: NumberRange): v.GenericSchema<number> {
  const says = `must be a whole number from ${range.min} to ${range.max}`;
  return v.pipe(v.number(), v.safeInteger(says), v.minValue(range.min, says), v.maxValue(range.max, says));
}

function list<T>(item: v.GenericSchema<T>, min: number, max: number): v.GenericSchema<T[]> {
  const says = `must have ${min} to ${max} entries`;
  return v.pipe(v.array(item), v.minLength(min, says), v.maxLength(max, says));
}

function text(max: number, min = 0): v.GenericSchema<string> {
  const says = `must be ${min} to ${max} characters long`;
  return v.pipe(v.string(), v.minLength(min, says), v.maxLength(max, says));
}

const format = v.variant("kind", [
  v.strictObject({ kind: v.literal("lines") }),
  v.strictObject({ kind: v.literal("json") }),
  v.strictObject({ kind: v.literal("csv"), columns: list(text(textMaxima.column), 1, listMaxima.columns) }),
  v.strictObject({ kind: v.literal("bytes") }),
]);

const names = (min: number, max: number = listMaxima.parties): v.GenericSchema<string[]> => list(name, min, max);

const limits = v.strictObject(
  Object.fromEntries(Object.entries(limitRanges).map(([limit, range]) => [limit, integer(range)])) as Record<
    LimitName,
    v.GenericSchema<number>
  >,
);

const keySource = v.variant("kind", [
  v.strictObject({ kind: v.literal("job") }),
  v.strictObject({ kind: v.literal("party"), party: name }),
  v.strictObject({ kind: v.literal("public"), key: base64url32 }),
]);

const recovery = v.variant("kind", [
  v.strictObject({ kind: v.literal("none") }),
  v.strictObject({ kind: v.literal("shares"), threshold: integer(numberRanges.threshold), parties: names(1) }),
]);

const policySchema: v.GenericSchema<unknown, PolicyDocument> = v.strictObject({
  sealfold: v.literal(policyVersion),
  purpose: text(textMaxima.purpose, 1),
  parties: list(v.strictObject({ name, key: base64url32 }), 1, listMaxima.parties),
  host: name,
  inputs: list(
    v.strictObject({
      name,
      owner: name,
      format,
      required: v.boolean(),
      minEpoch: integer(numberRanges.minEpoch),
      maxChunks: integer(numberRanges.maxChunks),
      maxChunkBytes: integer(numberRanges.maxChunkBytes),
    }),
    1,
    listMaxima.inputs,
  ),
  programs: list(
    v.strictObject({ name, provider: name, kind: v.picklist(["typescript", "wasm"]), measurement: base64url32 }),
    1,
    listMaxima.programs,
  ),
  stages: v.strictTuple([
    v.strictObject({
      kind: v.literal("map"),
      program: name,
      inputs: names(1, listMaxima.inputs),
      state: v.picklist(["perTask", "perSandbox"]),
    }),
    v.strictObject({ kind: v.literal("reduce"), program: name }),
  ]),
  runtime: v.strictObject({
    measurements: list(base64url32, 1, listMaxima.measurements),
    platforms: list(v.strictObject({ name, key: base64url32 }), 1, listMaxima.platforms),
    evidenceSeconds: integer(numberRanges.evidenceSeconds),
  }),
  limits,
  capabilities: list(v.picklist(capabilities), 0, capabilities.length),
  counters: names(0, listMaxima.counters),
  keys: list(v.strictObject({ name, type: v.picklist(keyTypes), source: keySource }), 0, listMaxima.keys),
  outputs: list(
    v.strictObject({
      name,
      receivers: names(1),
      minValues: integer(numberRanges.minValues),
      minOwners: integer(numberRanges.minOwners),
      noise: v.literal("none"),
    }),
    1,
    listMaxima.outputs,
  ),
  cancel: names(0),
  diagnostics: names(0),
  recovery,
  notBefore: integer(numberRanges.unixSeconds),
  notAfter: integer(numberRanges.unixSeconds),
});

/**
 * @returns `value` as a document whose fields are all there, known, of their kind and in range
 * @throws {SealfoldError} POLICY_FIELD or POLICY_VALUE naming the field
 */
export function checkPolicySchema(value: Json): PolicyDocument {
  return checkSchema(policySchema, value);
}
