import { expect } from "chai";

import { sandboxProcesses, untilGone } from "../sandbox/process/_children.ts";
import { ended, hasSaid, Workplace } from "./_sealfold.ts";

describe("sealfold run --isolation process", function () {
  let place: Workplace;
  before(function () {
    if (process.platform !== "linux") this.skip(); // processes are looked for in /proc
    place = new Workplace();
    place.program("words.ts", "for (const word of record.split(' ')) emit(word, 1);");
    place.program("bomb.ts", "emit('k', new Array(5e7).fill(1).length);");
    place.program("endless.ts", "for (;;) emit;");
    place.write("ok.txt", "a b\nb c\n");
  });
  after(() => place?.close());

  it("gives the results that threads give", async () => {
    const runs = await Promise.all(
      ["thread", "process"].map((kind) => place.run("run", "words.ts", "ok.txt", "-q", "--json", "--isolation", kind)),
    );
    const [thread, ofProcesses] = runs.map(({ status, out, err }) => ({
      status,
      err,
      lines: out.split("\n").toSorted(),
    }));
    expect(thread?.lines).to.have.lengthOf(4);
    expect(ofProcesses).to.deep.equal(thread);
  });

  it("ends with status 8 when a program needs more than its memory at once", async () => {
    const limited = ["--limit", "memoryMiB=64", "--isolation", "process"];
    const { status, err } = await place.run("run", "bomb.ts", "ok.txt", "-q", ...limited);
    expect(err).to.match(/^sealfold: LIMIT_MEMORY: /m);
    expect(status).to.equal(8);
  });

  it("leaves no process behind after Ctrl-C", async () => {
    const child = place.start(
      "run",
      "endless.ts",
      "ok.txt",
      "--isolation",
      "process",
      "--mappers",
      "1",
      "--reducers",
      "1",
    );
    const end = ended(child);
    await hasSaid(child, "seal "); // sandboxes are warmed before that
    const sandboxes = sandboxProcesses(child.pid);
    expect(sandboxes).to.have.lengthOf(2);
    child.kill("SIGINT");
    const { status, err } = await end;
    expect(err).to.match(/^sealfold: CANCELLED: /m);
    expect(status).to.equal(130);
    await Promise.all(sandboxes.map(untilGone));
    expect(place.leftovers()).to.deep.equal([]);
  });

  it("is refused where nothing is isolated, and where there is no such kind", async () => {
    for (const flags of [
      ["--local", "--isolation", "process"],
      ["--isolation", "none"],
    ]) {
      const { status, err } = await place.run("run", "words.ts", "ok.txt", ...flags);
      expect(status, err).to.equal(2);
    }
  });
});
