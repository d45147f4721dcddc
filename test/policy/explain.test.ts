import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { explainPolicy } from "../../lib/policy/explain.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { softwareWarning } from "../../lib/policy/software-warning.ts";
import { anna, pooled } from "./_documents.ts";

const policy = makePolicy(pooled());
const text = explainPolicy(policy);

function sectionOf(party: string, words = text): string {
  return words.split("\n\n").find((section) => section.startsWith(`${party} (key `)) ?? "";
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

  it("says what a program may do with what it is given, and whose keys it uses", () => {
    const given = pooled({
      capabilities: ["crypto", "counters", "policy.narrow"],
      counters: ["empty"],
      keys: [
        { name: "pseudonyms", type: "hmac-sha256", source: { kind: "party", party: "ben" } },
        { name: "session", type: "hkdf-sha256", source: { kind: "job" } },
        { name: "signer", type: "ed25519", source: { kind: "public", key: toBase64url(anna.publicKey) } },
      ],
    });
    const words = explainPolicy(makePolicy(given));
    expect(words).to.include("keys that it can use and not read").and.include("it cannot add or lower any");
    expect(words).to.include("It counts empty. The sums go to every receiver of a result");
    expect(words).to.include("the key pseudonyms (hmac-sha256), handed over by ben");
    expect(words).to.include("the key session (hkdf-sha256), made anew for each query");
    expect(words).to.include(`the key signer (ed25519), which is public, ${toBase64url(anna.publicKey)}`);
    expect(sectionOf("ben", words)).to.include("hands over the key pseudonyms");
    expect(sectionOf("anna", words)).not.to.include("hands over");
  });

  it("says what a program that keeps state can do with it", () => {
    expect(text).to.include("It keeps nothing from one task to the next.");
    const [map, reduce] = pooled().stages;
    const keeping = pooled({ stages: [{ ...map, state: "perSandbox" }, reduce] });
    const words = explainPolicy(makePolicy(keeping));
    expect(words).to.include("what it saw in one owner's records it can carry to another's");
    expect(words).to.include("its results may then depend on which sandbox got which task");
    expect(words).not.to.include("It keeps nothing");
  });

  it("says what kind of program it is", () => {
    expect(text).to.include("The program words of carla, in TypeScript, SHA-256");
    const programs = pooled().programs.map((program) => ({ ...program, kind: "wasm" as const }));
    expect(explainPolicy(makePolicy(pooled({ programs })))).to.include("in WebAssembly, SHA-256");
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
      .and.include(
        "learns of the records of ben no more than its results and the program's failures and its share of the broker's memory",
      )
      .and.include("may read why the program failed");
    expect(sectionOf("ben")).to.include("gives books-b (lines; may be absent").and.include("receives no result");
    expect(sectionOf("carla")).to.include("lends the machine").and.include("may cancel a job");
    expect(sectionOf("ben")).to.include("learns of the records of anna nothing");
    expect(sectionOf("ben")).not.to.match(/may (cancel|read)/);
    expect(sectionOf("carla")).to.include("its machine's memory, if it looks, can tell");
  });

  it("says what becomes of the broker's memory, and who could read it together", () => {
    expect(text).to.include("goes on with what it knew (keys, and what was released) if any 2 of anna, carla let it");
    expect(text).to.include("that carla keeps, any 2 of anna, carla could read everything the broker knew");
    expect(sectionOf("anna")).to.include("keeps a share of the broker's memory");
    expect(sectionOf("ben")).not.to.include("share");
    const none = explainPolicy(makePolicy(pooled({ recovery: { kind: "none" } })));
    expect(none).to.include("Nobody can open what it knew: owners who are still there hand over their keys again");
    expect(none).not.to.include("share");
    const one = explainPolicy(makePolicy(pooled({ recovery: { kind: "shares", threshold: 1, parties: ["ben"] } })));
    expect(one).to.include("if ben lets it").and.include("ben could read everything");
  });

  it("spells out every limit", () => {
    for (const [name, value] of Object.entries(pooled().limits)) expect(text).to.include(`${name}: ${value}`);
  });
});
