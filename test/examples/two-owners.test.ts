import { expect } from "chai";

import { runScript } from "./_script.ts";

describe("examples/5-two-owners", () => {
  it("shows the union the joint mean, and keeps back the job behind which one owner stands", async () => {
    const { status, stdout } = await runScript("examples/5-two-owners/run.ts");
    const mean = (4100 + 4300 + 3700 + 4000) / 4;
    expect(stdout).to.contain(`Map(1) { 'welder' => ${mean} }`);
    expect(stdout).not.to.contain("director");
    expect(stdout).to.contain("owners: north, south");
    expect(status).to.equal(0);
  });
});
