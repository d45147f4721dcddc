/** The program as a sandbox takes it: its bytes are those that the policy names, and checked, or it is not run. */

import { equalBytes, fromBase64url, fromUtf8 } from "../../crypto/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import { SealfoldError } from "../../errors.ts";
import type { Policy } from "../../policy/policy.ts";
import { programOf } from "../../policy/questions.ts";
import { isModule } from "../../program/wasm/module-reader.ts";
import type { OpenableProgram } from "../realm/program-realm.ts";
import { checkProgram, Realm } from "../realm/realm.ts";
import { checkWasm } from "../realm/wasm-realm.ts";

/** @throws {SealfoldError} PROGRAM_MEASUREMENT, PROGRAM_REFUSED */
export function openProgram(policy: Policy, stage: "map" | "reduce", bytes: Uint8Array): OpenableProgram {
  const { kind, measurement } = programOf(policy, stage);
  if (!equalBytes(sha256(bytes), fromBase64url(measurement, 32)))
    throw new SealfoldError("PROGRAM_MEASUREMENT", undefined, { stage });
  // A policy's word and the bytes: what one reads as text nobody shall run as a module.
  if ((kind === "wasm") !== isModule(bytes)) {
    throw new SealfoldError("PROGRAM_REFUSED", `the policy says that the program is ${kind}; its bytes are not`, {
      stage,
    });
  }
  if (kind === "wasm") return checkWasm(bytes);
  const checked = checkProgram(fromUtf8(bytes));
  return { open: (options) => Realm.open(checked, options) };
}
