import { expect } from "chai";
import * as fc from "fast-check";

import { inverse, multiply } from "../../examples/4-secret-sharing/gf256.ts";
import { split } from "../../examples/4-secret-sharing/split.ts";
import { runScript } from "./_script.ts";

const byte = fc.nat(255);

describe("examples/4-secret-sharing", () => {
  it("gives the secret to the heir, nothing to the notary, and with one share nothing to anybody", async () => {
    const { status, stdout, stderr } = await runScript("examples/4-secret-sharing/run.ts");
    expect(stderr).to.equal("");
    expect(stdout.trim().split("\n")).to.deep.equal([
      "two shares, heir: the vault opens with 4711",
      "two shares, notary: nothing",
      "one share, heir: nothing",
      "one share, notary: nothing",
    ]);
    expect(status).to.equal(0);
  });

  it("computes in a field", () => {
    expect(multiply(0x57, 0x83)).to.equal(0xc1); // FIPS 197, §4.2
    fc.assert(
      fc.property(byte, byte, byte, (a, b, c) => {
        expect(multiply(a, b)).to.equal(multiply(b, a));
        expect(multiply(a, b ^ c)).to.equal(multiply(a, b) ^ multiply(a, c));
        expect(multiply(a, inverse(a))).to.equal(a === 0 ? 0 : 1);
      }),
    );
  });

  it("splits so that one share of two is any byte as often as another", () => {
    const header = { needed: 2, receivers: ["heir"] };
    const seen = new Set(Array.from({ length: 4000 }, () => split(Uint8Array.of(7), 3, header)[0]?.y[0]));
    expect(seen.size).to.equal(256); // missing one of 256 in 4000 draws has a chance of 1 in 25 000
  });
});
