import { expect } from "chai";

import { toBase64url, utf8 } from "../../../lib/crypto/bytes.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { makePolicy, type Policy } from "../../../lib/policy/policy.ts";
import { openProgram } from "../../../lib/sandbox/roles/open-program.ts";
import { pooled } from "../../policy/_documents.ts";
import { goodParts, moduleOf } from "../../program/wasm/_module.ts";
import { listing, script } from "../realm/_realms.ts";
import { codeOf } from "../../code-of.ts";
import { optionsOf } from "../realm/_wasm.ts";

const module = moduleOf(goodParts());
const text = utf8(script("(line, emit) => emit(line, 1)", listing));

function policyFor(kind: "typescript" | "wasm", bytes: Uint8Array): Policy {
  const measurement = toBase64url(sha256(bytes));
  return makePolicy(pooled({ programs: [{ name: "words", provider: "carla", kind, measurement }] }));
}

describe("sandbox/roles/open-program", () => {
  for (const stage of ["map", "reduce"] as const) {
    it(`opens programs of both kinds, for ${stage}`, () => {
      for (const [kind, bytes] of [
        ["typescript", text],
        ["wasm", module],
      ] as const) {
        const realm = openProgram(policyFor(kind, bytes), stage, bytes).open(optionsOf());
        expect(realm.mapChunk(utf8("a\nb\n"))).to.equal(2);
        const keys: string[] = [];
        realm.drain((_kind, key) => keys.push(key));
        expect(keys).to.deep.equal(["a", "b"]);
      }
    });
  }

  it("refuses bytes that the policy does not name", () => {
    for (const [kind, bytes] of [
      ["typescript", text],
      ["wasm", module],
    ] as const) {
      const other = Uint8Array.from([...bytes, 0]);
      expect(codeOf(() => openProgram(policyFor(kind, bytes), "map", other))).to.equal("PROGRAM_MEASUREMENT");
    }
  });

  it("refuses a program that is not of the kind that the policy says", () => {
    for (const [kind, bytes] of [
      ["typescript", module],
      ["wasm", text],
      ["wasm", new Uint8Array()],
    ] as const) {
      expect(codeOf(() => openProgram(policyFor(kind, bytes), "map", bytes))).to.equal("PROGRAM_REFUSED");
    }
  });
});
