import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { expect } from "chai";

import { Workplace } from "./_sealfold.ts";

/** What a receipt's file says, once it is unpacked. */
function textOf({ folder }: Workplace, file: string): string {
  return gunzipSync(readFileSync(join(folder, file))).toString();
}

describe("sealfold verify", () => {
  let place: Workplace;
  before(async () => {
    place = new Workplace();
    place.program("words.ts", "for (const word of record.split(' ')) emit(word, 1);");
    place.write("a.txt", "the sea\nthe sky\n");
    const { status, err } = await place.run(
      "run",
      "words.ts",
      "a.txt",
      "--json",
      "--quiet",
      "--receipt",
      "receipt.json.gz",
    );
    expect(status, err).to.equal(0);
  });
  after(() => place.close());

  it("accepts the receipt of a run, and says that it took the policy from the file", async () => {
    const { status, out, err } = await place.run("verify", "receipt.json.gz");
    expect(status, err).to.equal(0);
    expect(out)
      .to.match(/^receipt.json.gz: verified\n/)
      .and.to.include("policy was taken from the receipt")
      .and.to.match(/^work +1 chunk in 1 task, /m);
    expect(out).to.match(/^broker +\S+… +\S+… +software$/m);
    const { measurement } = JSON.parse((await place.run("program", "measure", "words.ts", "--json")).out) as {
      measurement: string;
    };
    expect(out).to.include(measurement);
  });

  it("says the same in one line of JSON", async () => {
    const { out } = await place.run("verify", "receipt.json.gz", "--json");
    expect(out.trimEnd().split("\n")).to.have.length(1);
    expect(JSON.parse(out)).to.deep.include({ verified: true, policyFrom: "receipt", platforms: ["software"] });
  });

  it("says what the program narrowed, and nothing of it where it narrowed nothing", async () => {
    place.write(
      "careful.ts",
      `import { program } from "sealfold/program";
      export default program(import.meta.url, {
        needs: ["policy.narrow"],
        map(line: string, emit: any) { emit(line, 1); },
        reduce(_: any, values: any, tools: any) {
          tools.policy.narrow({ thresholds: [{ output: "result", minValues: 2, minOwners: 1 }] });
          return values.length;
        },
      });`,
    );
    const ran = await place.run("run", "careful.ts", "a.txt", "--quiet", "--receipt", "careful.json");
    expect(ran.status, ran.err).to.equal(0);
    expect(readFileSync(join(place.folder, "careful.json"), "utf8"), "as text, by its name").to.match(
      /^\{"commitments":.*\}\n$/,
    );
    const { out } = await place.run("verify", "careful.json");
    expect(out).to.match(/^narrowed +result only with at least 2 values and 1 owner behind$/m);
    const { narrowing } = JSON.parse((await place.run("verify", "careful.json", "--json")).out) as {
      narrowing: object;
    };
    expect(narrowing).to.deep.equal({ thresholds: [{ output: "result", minValues: 2, minOwners: 1 }] });
    expect((await place.run("verify", "receipt.json.gz")).out).not.to.include("narrowed");
  });

  it("refuses a receipt with one digit changed, a foreign nonce, and another policy", async () => {
    const receipt = textOf(place, "receipt.json.gz");
    const { policy, final } = JSON.parse(receipt) as { policy: { purpose: string }; final: { signature: string } };
    const forged = final.signature.replace(/^./, (digit) => (digit === "A" ? "B" : "A"));
    writeFileSync(join(place.folder, "forged.json"), receipt.replace(final.signature, forged));
    expect((await place.run("verify", "forged.json")).status).to.equal(5);
    const nonce = await place.run("verify", "receipt.json.gz", "--nonce", "A".repeat(43));
    expect(nonce).to.deep.include({ status: 5, out: "" });
    expect(nonce.err).to.match(/^sealfold: RECEIPT_NONCE: /);
    writeFileSync(
      join(place.folder, "policy.json"),
      JSON.stringify({ ...policy, purpose: `${policy.purpose} and more` }),
    );
    const other = await place.run("verify", "receipt.json.gz", "--policy", "policy.json");
    expect(other.err).to.match(/^sealfold: RECEIPT_POLICY: /);
    expect(other.status).to.equal(5);
  });

  it("asks for the policy where the receipt carries none", async () => {
    const { policy, ...receipt } = JSON.parse(textOf(place, "receipt.json.gz")) as {
      policy: object;
    };
    writeFileSync(join(place.folder, "bare.json"), JSON.stringify(receipt));
    writeFileSync(join(place.folder, "own.json"), JSON.stringify(policy));
    expect((await place.run("verify", "bare.json")).err).to.match(/^sealfold: USAGE: .*--policy/);
    const { status, out } = await place.run("verify", "bare.json", "--policy", "own.json");
    expect(status).to.equal(0);
    expect(out).not.to.include("taken from the receipt");
  });
});
