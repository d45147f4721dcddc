import { spawn } from "node:child_process";
import { once } from "node:events";

import { expect } from "chai";

import { SigningKey } from "../../../lib/crypto/signature.ts";
import { ProcessFleet } from "../../../lib/sandbox/process/process-fleet.ts";
import { ThreadFleet } from "../../../lib/sandbox/fleet.ts";
import { codeOf } from "../_code-of.ts";
import { fileOf, isAlive, sandboxProcesses, untilGone } from "./_children.ts";

function openFleet(processes: number): Promise<ProcessFleet> {
  return ProcessFleet.open({ platformKey: SigningKey.generate(), memoryMiB: 64, processes });
}

async function withFleet(processes: number, work: (fleet: ProcessFleet) => Promise<void>): Promise<void> {
  const fleet = await openFleet(processes);
  try {
    await work(fleet);
  } finally {
    await fleet.close();
  }
  expect(sandboxProcesses()).to.deep.equal([]);
}

/** The one process that there is, once its sandbox has answered. */
async function onlyProcess(fleet: ProcessFleet): Promise<number> {
  const link = fleet.start("mapper", 0);
  expect(await codeOf(() => link.ask("x", {}))).to.equal("MESSAGE_FORMAT");
  const [pid = 0, ...others] = sandboxProcesses();
  expect(others).to.deep.equal([]);
  return pid;
}

describe("sandbox/process: a fleet of processes", function () {
  before(function () {
    if (process.platform !== "linux") this.skip(); // processes are looked for in /proc
  });

  let orphans: readonly number[] = [];
  after(() => orphans.filter(isAlive).forEach((pid) => process.kill(pid, "SIGKILL")));

  it("runs the same measured code as threads", async () => {
    const threads = await ThreadFleet.open({ platformKey: SigningKey.generate(), memoryMiB: 64, threads: 1 });
    await withFleet(1, async (fleet) => {
      expect(fleet.measurement).to.deep.equal(threads.measurement);
      expect(fleet.platform).to.equal(threads.platform);
    });
    await threads.close();
  });

  it("has no process left when it is closed, whatever they were doing", () =>
    withFleet(2, async (fleet) => {
      const links = (["broker", "mapper", "reducer"] as const).map((role, i) => fleet.start(role, i));
      const asked = links.map((link) => codeOf(() => link.ask("no such kind", {})));
      expect(await Promise.all(asked)).to.deep.equal(["MESSAGE_FORMAT", "MESSAGE_FORMAT", "MESSAGE_FORMAT"]);
      expect(sandboxProcesses()).to.have.lengthOf(2); // a broker runs no program: it is a thread
      const open = links.map((link) => codeOf(() => link.ask("no such kind", {})));
      await fleet.close();
      for (const code of await Promise.all(open)) expect(code).to.equal("CANCELLED");
      expect(sandboxProcesses()).to.deep.equal([]);
    }));

  it("starts no more processes than it may: who comes later waits until one has ended", () =>
    withFleet(1, async (fleet) => {
      const first = fleet.start("mapper", 0);
      const second = fleet.start("mapper", 1);
      expect(await codeOf(() => first.ask("x", {}))).to.equal("MESSAGE_FORMAT");
      expect(sandboxProcesses()).to.have.lengthOf(1);
      const waiting = codeOf(() => second.ask("x", {}));
      first.end();
      expect(await waiting).to.equal("MESSAGE_FORMAT");
    }));

  it("starts none once it is closed, and can be closed twice and at once", async () => {
    const fleet = await openFleet(3);
    const links = [0, 1, 2].map((index) => fleet.start("mapper", index));
    const asked = links.map((link) => codeOf(() => link.ask("x", {})));
    await fleet.close();
    await fleet.close();
    expect(await Promise.all(asked)).to.deep.equal(["CANCELLED", "CANCELLED", "CANCELLED"]);
    expect(await codeOf(() => fleet.start("mapper", 0))).to.equal("CANCELLED");
    expect(sandboxProcesses()).to.deep.equal([]);
  });

  it("tells the death of a process that somebody else killed", () =>
    withFleet(1, async (fleet) => {
      const link = fleet.start("mapper", 0);
      expect(await codeOf(() => link.ask("x", {}))).to.equal("MESSAGE_FORMAT");
      for (const pid of sandboxProcesses()) process.kill(pid, "SIGKILL");
      await link.ended;
      expect(await codeOf(() => link.ask("x", {}))).to.equal("SANDBOX_DIED");
    }));

  it("gives a process no environment, no flags, none of this one's files, and no core dump", () =>
    withFleet(1, async (fleet) => {
      const pid = await onlyProcess(fleet);
      expect(
        fileOf(pid, "environ")
          .split("\0")
          .filter((line) => !/^(_=|$)/.test(line)),
      ).to.deep.equal([]);
      expect(fileOf(pid, "cmdline").split("\0")).to.have.lengthOf(3); // node, its script, and the end
      expect(fileOf(pid, "limits")).to.match(/^Max core file size +0 +0 /m);
      expect(fileOf(pid, "limits")).to.match(/^Max data size +[0-9]+ +[0-9]+ /m);
      expect(fileOf(pid, "oom_score_adj")).to.equal("1000\n");
    }));

  it("leaves no process behind when its own process is killed", async () => {
    const script = `
      import { SigningKey } from ${JSON.stringify(new URL("../../../lib/crypto/signature.ts", import.meta.url).href)};
      import { ProcessFleet } from ${JSON.stringify(new URL("../../../lib/sandbox/process/process-fleet.ts", import.meta.url).href)};
      const fleet = await ProcessFleet.open({ platformKey: SigningKey.generate(), memoryMiB: 64, processes: 2 });
      const links = [fleet.start("mapper", 0), fleet.start("reducer", 0)];
      await Promise.all(links.map((link) => link.ask("x", {}).catch(() => undefined)));
      console.log("ready");`;
    const parent = spawn(process.execPath, [...process.execArgv, "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(parent.stdout, "data");
    const children = sandboxProcesses(parent.pid);
    orphans = children;
    expect(children).to.have.lengthOf(2);
    parent.kill("SIGKILL");
    await once(parent, "close");
    await Promise.all(children.map(untilGone));
    expect(children.filter(isAlive)).to.deep.equal([]);
  });
});
