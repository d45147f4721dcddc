import { expect } from "chai";

import { ended, hasWritten, Workplace } from "./_sealfold.ts";

describe("sealfold demo", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
  });
  after(() => place.close());

  it("alone tells one honest job, step by step and in order, and says what to look at next", async () => {
    const { status, out, err } = await place.run("demo");
    expect({ status, err }).to.deep.equal({ status: 0, err: "" });
    const steps = [...out.matchAll(/^([a-z]+) {2,}\S/gm)].map(([, step]) => step);
    const seen = [...new Set(steps)];
    expect(seen.slice(0, 8)).to.deep.equal(
      "agreed sealed attested granted mapped reduced released verified".split(" "),
    );
    expect(out)
      .to.match(/^apple +70 {2}█/m)
      .and.to.include("sealfold demo --evil-host");
  });

  it("carries out the attacks that are named, from the built package, and shows them as plain text", async () => {
    const { status, out, err } = await place.run("demo", "--evil-host", "--only", "short-plan", "altered-chunk");
    expect(err).to.equal("");
    expect(status).to.equal(0);
    expect(out)
      .to.match(/^✓ {2}no attack .*the answer: apple 70/m)
      .and.not.to.include("\u001b");
    expect(out).to.match(/^✓ {2}altered-chunk .* a mapper {2,}CHUNK_ALTERED$/m);
    expect(out).to.match(/^✓ {2}short-plan .* the broker {2,}PLAN$/m);
    expect(out).to.include("2 attacks, none came through").and.to.include("software: the operator's word");
  });

  it("prints a line of JSON for the honest run and for each attack with --json", async () => {
    const { status, out } = await place.run("demo", "--only", "own-policy", "--json");
    expect(status).to.equal(0);
    const [honest, attack, ...rest] = out.trimEnd().split("\n");
    expect(rest).to.deep.equal([]);
    expect(JSON.parse(honest ?? "")).to.deep.include({ attack: null, right: true });
    expect(JSON.parse(attack ?? "")).to.deep.include({
      attack: "own-policy",
      target: "policy",
      caught: true,
      by: "an owner",
      code: "EVIDENCE_BINDING",
      expected: { by: "an owner", code: "EVIDENCE_BINDING" },
    });
  });

  it("says which attacks there are when one is named that there is not", async () => {
    const { status, out, err } = await place.run("demo", "--only", "bribery");
    expect({ status, out }).to.deep.equal({ status: 2, out: "" });
    expect(err).to.include('there is no attack "bribery"').and.to.include("altered-chunk");
  });

  it("stops on Ctrl-C with status 130, in the middle of an attack, and leaves no file", async () => {
    const child = place.start("demo", "--evil-host", "--json");
    const end = ended(child);
    await hasWritten(child, '"attack":null'); // the honest run is over: an attack is under way
    child.kill("SIGINT");
    const { status, err } = await end;
    expect(status).to.equal(130);
    expect(err).to.match(/^sealfold: CANCELLED: /m);
    expect(place.leftovers()).to.deep.equal([]);
  });
});
