import { expect } from "chai";

import { ended, hasSaid, Workplace } from "./_sealfold.ts";

describe("Ctrl-C", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.program("endless.ts", "for (;;) emit;");
    place.write("ok.txt", "a\n");
  });
  after(() => place.close());

  it("once stops cleanly with status 130, and leaves no thread and no file", async () => {
    const child = place.start("run", "endless.ts", "ok.txt");
    const end = ended(child);
    await hasSaid(child, "seal ");
    child.kill("SIGINT");
    const { status, out, err } = await end;
    expect(err)
      .to.match(/^sealfold: CANCELLED: /m)
      .and.to.include("press Ctrl-C again");
    expect({ status, out }).to.deep.equal({ status: 130, out: "" });
    expect(place.leftovers()).to.deep.equal([]);
  });

  it("twice stops at once with status 130", async () => {
    const child = place.start("run", "endless.ts", "ok.txt");
    const end = ended(child);
    await hasSaid(child, "seal ");
    child.kill("SIGINT");
    await hasSaid(child, "press Ctrl-C again");
    child.kill("SIGINT");
    expect((await end).status).to.equal(130);
    expect(place.leftovers()).to.deep.equal([]);
  });
});
