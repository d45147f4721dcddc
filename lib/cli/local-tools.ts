/** What a program gets beyond its records in a local run, where no policy grants anything: all that it needs. */

import { fromUtf8, utf8 } from "../crypto/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import { SigningKey } from "../crypto/signature.ts";
import type { RecordFormat } from "../data/format.ts";
import { draftPolicy } from "../policy/draft.ts";
import { makePolicy } from "../policy/policy.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import { minuteOf } from "../sandbox/clock.ts";
import type { GrantedKey, ToolsGrant } from "../sandbox/realm/program-realm.ts";
import type { RunKey } from "./run-request.ts";

export interface LocalToolsOptions {
  readonly format: RecordFormat;
  /** Names of what the program may count. */
  readonly counters?: readonly string[];
  readonly keys?: readonly RunKey[];
  /** Unix time in seconds. */
  readonly now: number;
}

/** @returns the same key for every run, which is no secret. */
export function localKey(key: RunKey): GrantedKey {
  return { ...key, bytes: sha256(utf8(`a local run's key ${key.name}`)), isPublic: false };
}

/** @returns a grant of what `program` needs, under a policy as `sealfold run` drafts it; the same seed for every run */
export function localTools(
  program: BuiltProgram,
  { format, counters = [], keys = [], now }: LocalToolsOptions,
): ToolsGrant {
  const { publicKey } = SigningKey.generate();
  const { bytes } = makePolicy(
    draftPolicy({
      purpose: "A local run",
      key: publicKey,
      platformKey: publicKey,
      programMeasurement: program.measurement,
      programKind: program.kind,
      capabilities: program.needs,
      counters,
      keys: keys.map((key) => ({ ...key, source: { kind: "job" } as const })),
      runtimeMeasurement: new Uint8Array(32),
      format,
      now,
    }),
  );
  return {
    capabilities: program.needs,
    policy: fromUtf8(bytes),
    clock: minuteOf(now),
    seed: sha256(utf8("a local run")),
    keys: keys.map(localKey),
    counters,
  };
}
