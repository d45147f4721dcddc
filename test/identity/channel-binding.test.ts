import { expect } from "chai";

import { toHex } from "../../lib/crypto/bytes.ts";
import { digest, type Digest } from "../../lib/crypto/hash.ts";
import {
  cellPrologue,
  diagnosticsPrologue,
  memberPrologue,
  partyKeyContext,
  partyPrologue,
  wrapPrologue,
} from "../../lib/identity/channel-binding.ts";
import { exchangeKeyOf } from "./_sandbox.ts";

const d = (n: number): Digest => digest(new Uint8Array(32).fill(n));
const k = (n: number): ReturnType<typeof exchangeKeyOf>["publicKey"] => exchangeKeyOf(n).publicKey;

describe("identity/channel-binding", () => {
  it("gives a prologue of its own to every purpose, and to every change of what it binds", () => {
    const all = [
      partyPrologue(d(1)),
      partyPrologue(d(2)),
      partyKeyContext(d(1), "alice", k(1), k(2)),
      partyKeyContext(d(2), "alice", k(1), k(2)),
      partyKeyContext(d(1), "bob", k(1), k(2)),
      partyKeyContext(d(1), "alice", k(2), k(1)),
      partyKeyContext(d(1), "alice", k(1), k(3)),
      memberPrologue(d(1), d(2), d(3), d(4)),
      memberPrologue(d(9), d(2), d(3), d(4)),
      memberPrologue(d(1), d(9), d(3), d(4)),
      memberPrologue(d(1), d(2), d(4), d(3)),
      memberPrologue(d(1), d(2), d(3), d(9)),
      wrapPrologue(d(1), "counts", "carol"),
      wrapPrologue(d(2), "counts", "carol"),
      wrapPrologue(d(1), "countsc", "arol"),
      wrapPrologue(d(1), "carol", "counts"),
      diagnosticsPrologue(d(1), "carol"),
      diagnosticsPrologue(d(2), "carol"),
      diagnosticsPrologue(d(1), "alice"),
      cellPrologue(d(1), 0),
      cellPrologue(d(1), 1),
      cellPrologue(d(2), 0),
    ].map(toHex);
    expect(new Set(all).size).to.equal(all.length);
  });
});
