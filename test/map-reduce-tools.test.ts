/** What a program is given in one call: keys, counters, and the power to give its result to nobody. */

import { createHmac } from "node:crypto";

import { expect } from "chai";

import { mapReduce, type MapReduceOptions } from "../lib/map-reduce.ts";
import { verifyReceipt } from "../lib/proof/verify-receipt.ts";
import { makePolicy } from "../lib/policy/policy.ts";
import given from "./programs/given.ts";
import { codeOf } from "./sandbox/_code-of.ts";

const secret = new Uint8Array(32).fill(8);
const options: MapReduceOptions = {
  mappers: 2,
  reducers: 2,
  counters: ["lines"],
  keys: [{ name: "pseudonyms", type: "hmac-sha256", source: { kind: "party", party: "you" } }],
  secrets: { pseudonyms: secret },
};

describe("map-reduce: a program with tools", () => {
  it("uses a key that it was given, and its counters come with the result", async () => {
    const { output, counters, summary, receipt } = await mapReduce(given, ["ann", "ben", "ann"], options);
    const pseudonym = (text: string): string => createHmac("sha256", secret).update(text).digest("hex");
    expect(output.toMap()).to.deep.equal(
      new Map(
        [[pseudonym("ann"), 2] as const, [pseudonym("ben"), 1] as const].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
    );
    expect(counters).to.deep.equal({ lines: 3 });
    expect(summary.narrowing).to.deep.equal({});
    if (receipt.policy === undefined) throw new Error("the receipt of a local job carries its policy");
    expect(verifyReceipt(receipt, makePolicy(receipt.policy)).narrowing).to.deep.equal({});
    expect(receipt.policy.capabilities).to.deep.equal(["crypto", "counters", "policy.narrow"]);
  });

  it("can take the result from its only receiver, who is told so", async () => {
    expect(await codeOf(() => mapReduce(given, ["ann", "nobody"], options))).to.equal("DENIED_NARROWED");
  });

  it("does not run without the key, or where less is granted than it needs", async () => {
    const { secrets: _, ...without } = options;
    expect(await codeOf(() => mapReduce(given, ["ann"], without))).to.equal("NOT_READY");
    const less = mapReduce(given, ["ann"], { ...options, capabilities: ["crypto", "counters"] });
    expect(await codeOf(() => less)).to.equal("DENIED_CAPABILITY");
  });
});
