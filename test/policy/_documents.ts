/** Policies that the tests of this room start from: three parties who pool words. */

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { defaultLimits } from "../../lib/policy/limits.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";

export const anna: SigningKey = SigningKey.fromSeed(new Uint8Array(32).fill(1));
export const ben: SigningKey = SigningKey.fromSeed(new Uint8Array(32).fill(2));
export const carla: SigningKey = SigningKey.fromSeed(new Uint8Array(32).fill(3));
export const machine: SigningKey = SigningKey.fromSeed(new Uint8Array(32).fill(4));

export const programHash: Uint8Array = sha256(Uint8Array.of(1));
export const runtimeHash: Uint8Array = sha256(Uint8Array.of(2));

/** Anna and Ben own words, Carla hosts and provides the program, Anna and Carla receive. */
export function pooled(change: Partial<PolicyDocument> = {}): PolicyDocument {
  return {
    sealfold: "policy/1",
    purpose: "words of two libraries",
    parties: [
      { name: "anna", key: toBase64url(anna.publicKey) },
      { name: "ben", key: toBase64url(ben.publicKey) },
      { name: "carla", key: toBase64url(carla.publicKey) },
    ],
    host: "carla",
    inputs: [input("books-a", "anna", true), input("books-b", "ben", false)],
    programs: [{ name: "words", provider: "carla", kind: "typescript", measurement: toBase64url(programHash) }],
    stages: [
      { kind: "map", program: "words", inputs: ["books-a", "books-b"], state: "perTask" },
      { kind: "reduce", program: "words" },
    ],
    runtime: {
      measurements: [toBase64url(runtimeHash)],
      platforms: [{ name: "software", key: toBase64url(machine.publicKey) }],
      evidenceSeconds: 300,
    },
    limits: defaultLimits,
    capabilities: ["clock", "random"],
    counters: [],
    keys: [],
    outputs: [
      { name: "common", receivers: ["anna", "carla"], minValues: 3, minOwners: 2, noise: "none" },
      { name: "all", receivers: ["anna"], minValues: 0, minOwners: 0, noise: "none" },
    ],
    cancel: ["carla"],
    diagnostics: ["anna"],
    recovery: { kind: "shares", threshold: 2, parties: ["anna", "carla"] },
    notBefore: 1000,
    notAfter: 2000,
    ...change,
  };
}

function input(name: string, owner: string, required: boolean): PolicyDocument["inputs"][number] {
  return { name, owner, format: { kind: "lines" }, required, minEpoch: 5, maxChunks: 10, maxChunkBytes: 4096 };
}

/** @returns `document` with the value at `path` (`inputs[0].owner`) replaced, or removed when it is `undefined`. */
export function withField(document: unknown, path: string, value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  const last = steps.pop() ?? "";
  const parent = steps.reduce((at, step) => (at as Record<string, unknown>)[step], copy) as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
