import { expect } from "chai";

import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import { plainCounts } from "../../lib/demo/answer.ts";
import { aliceRecords, attempt, bobRecords, codeUnder } from "./_world.ts";

describe("claims: an honest job", () => {
  it("gives several owners' joint counts to the receiver, with a receipt that verifies", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      const { summary, outputs } = openResult(request, await world.run(request));
      const output = Output.fromPartitions<number>(outputs.get("counts") ?? []);
      expect(output.toMap()).to.deep.equal(plainCounts(aliceRecords, bobRecords));
      expect(summary.platforms).to.deep.equal(["software"]);
    }));

  it("is not disturbed by a fleet and a store that only look", async () => {
    expect(await codeUnder({ cheat: { ask: (asked) => asked.forward() } })).to.equal("none");
  });

  it("keeps back keys that too few values or too few owners stand behind", () => {
    const change = <T extends { outputs: readonly object[] }>(document: T): T => ({
      ...document,
      outputs: document.outputs.map((output) => ({ ...output, minValues: 15, minOwners: 2 })),
    });
    return attempt({ change }, async (world) => {
      const request = await world.request();
      const { outputs } = openResult(request, await world.run(request));
      const kept = [...Output.fromPartitions<number>(outputs.get("counts") ?? [])];
      expect(kept).to.deep.equal([["apple", 70]]);
    });
  });
});
