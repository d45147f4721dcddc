import { expect } from "chai";

import { renderAttested } from "../../lib/cli/attested-table.ts";
import { softwareWarning } from "../../lib/policy/software-warning.ts";

const key = new Uint8Array(32).fill(1);
const measurement = new Uint8Array(32).fill(2);

describe("cli/attested-table", () => {
  it("shows role, key, measurement and platform, each column under its head", () => {
    const table = renderAttested([
      { role: "broker", index: 0, key, measurement, platform: "tdx" },
      { role: "mapper", index: 12, key, measurement, platform: "tdx" },
    ]);
    expect(table.split("\n")).to.deep.equal([
      "role       key            runs           on",
      "broker     AQEBAQEBAQEB…  AgICAgICAgIC…  tdx",
      "mapper 12  AQEBAQEBAQEB…  AgICAgICAgIC…  tdx",
    ]);
  });

  it("says what software attestation is worth, once, wherever it is named", () => {
    const row = { role: "broker", index: 0, key, measurement, platform: "software" } as const;
    const lines = renderAttested([row, row]).split("\n");
    expect(lines.filter((line) => line.includes(softwareWarning))).to.have.length(1);
    expect(lines.at(-1)).to.equal(`software: ${softwareWarning}`);
  });
});
