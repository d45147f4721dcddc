import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { explainPolicy } from "../../lib/policy/explain.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { softwareWarning } from "../../lib/policy/software-warning.ts";
import { pooled } from "./_documents.ts";

const policy = makePolicy(pooled());
const text = explainPolicy(policy);

function sectionOf(party: string): string {
  return text.split("\n\n").find((section) => section.startsWith(`${party} (key `)) ?? "";
}

describe("policy/explain", () => {
  it("names the policy by the hash that a receipt shows, its purpose and its time", () => {
    expect(text).to.include(toBase64url(policy.hash)).and.include("words of two libraries");
    expect(text).to.include("from 1970-01-01T00:16:40Z until just before 1970-01-01T00:33:20Z");
  });

  it("says what runs, and what it is given", () => {
    expect(text).to.include("The program words of carla").and.include("it is given: clock, random");
    expect(explainPolicy(makePolicy(pooled({ capabilities: [] })))).to.include("nothing else");
  });

  it("says what software attestation is worth, and only then", () => {
    expect(text).to.include(softwareWarning);
    const { runtime } = pooled();
    const platforms = runtime.platforms.map(({ key }) => ({ name: "tdx", key }));
    expect(explainPolicy(makePolicy(pooled({ runtime: { ...runtime, platforms } })))).not.to.include(softwareWarning);
  });

  it("says what leaves, to whom, and with how many behind it", () => {
    expect(text).to.include("common, to anna, carla: only results with at least 3 values and at least 2 owners behind");
    expect(text).to.include("all, to anna: every result, even of one value");
  });

  it("says for each party what it gives, receives, may do and may learn", () => {
    expect(sectionOf("anna"))
      .to.include("gives books-a (lines; without it there is no job")
      .and.include("receives common, all")
      .and.include("learns of the records of ben no more than its results and the program's failures can tell")
      .and.include("may read why the program failed");
    expect(sectionOf("ben")).to.include("gives books-b (lines; may be absent").and.include("receives no result");
    expect(sectionOf("carla")).to.include("lends the machine").and.include("may cancel a job");
    expect(sectionOf("ben")).to.include("learns of the records of anna nothing");
    expect(sectionOf("ben")).not.to.match(/may (cancel|read)/);
    expect(sectionOf("carla")).to.include("its machine's memory, if it looks, can tell");
  });

  it("spells out every limit", () => {
    for (const [name, value] of Object.entries(pooled().limits)) expect(text).to.include(`${name}: ${value}`);
  });
});
