/** The command over programs that need capabilities. */

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import { fakeIo } from "./_fake-io.ts";
import { Workplace } from "./_sealfold.ts";

const program = `
  import { program, sum } from "sealfold/program";
  export default program(import.meta.url, {
    needs: ["crypto", "counters"],
    map(line: string, emit, tools) {
      if (line === "") tools.counters.add("empty");
      else emit(tools.crypto.hmac("pseudonym", line).length, 1);
    },
    reduce: sum,
  });`;
const tools = ["--counter", "empty", "--counter", "never", "--key", "pseudonym=hmac-sha256"];
const done = { status: 0, out: '{"key":32,"value":2}\n' };

describe("sealfold: --counter and --key", () => {
  let place: Workplace;
  before(() => {
    place = new Workplace();
    place.write("needy.ts", program);
    place.write("text.txt", "a\n\nb\n\n");
  });
  after(() => place.close());

  it("give a program what it needs, under seal and with --local, and show what was counted", async () => {
    for (const more of [[], ["--local"]]) {
      const { err, ...said } = await place.run("run", "needy.ts", "text.txt", "--json", ...tools, ...more);
      expect(said, err).to.deep.equal(done);
      expect(err).to.match(/^counted: empty 2, never 0$/m);
    }
  });

  it("give it to the laws of a program too", async () => {
    const { status, out, err } = await place.run("program", "test", "needy.ts", "--sample", "text.txt", ...tools);
    expect(out, err).to.contain("the answer is the same");
    expect(status).to.equal(0);
  });

  it("give nothing that is not asked for: a key of no name, or a count of none, fails as it would under seal", async () => {
    for (const more of [[], ["--local"]]) {
      const { status, err } = await place.run("run", "needy.ts", "text.txt", "--quiet", ...more);
      expect(err).to.match(/^sealfold: PROGRAM_THREW: /m);
      expect(status).to.equal(7);
    }
  });

  for (const [what, given, says] of [
    ["a key without a type", ["--key", "name"], /Expected a name and one of hmac-sha256, /],
    ["a key of another type", ["--key", "name=rsa"], /Expected a name and one of hmac-sha256, /],
    ["a key without a name", ["--key", "=ed25519"], /Expected a name and one of hmac-sha256, /],
  ] as const) {
    it(`refuse ${what} with status 2`, async () => {
      const io = fakeIo();
      expect(await runCommand(["run", "needy.ts", "text.txt", ...given], io)).to.equal(2);
      expect(io.stderr.text).to.match(says);
    });
  }
});
