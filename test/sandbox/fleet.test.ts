import { expect } from "chai";

import { SigningKey } from "../../lib/crypto/signature.ts";
import { ThreadFleet } from "../../lib/sandbox/fleet.ts";
import type { Sandbox } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "./_code-of.ts";

function openFleet(threads: number): Promise<ThreadFleet> {
  return ThreadFleet.open({ platformKey: SigningKey.generate(), memoryMiB: 64, threads });
}

/** Worker threads of this process, as Node's own diagnostic report counts them. */
function liveThreads(): number {
  return (process.report.getReport() as unknown as { workers: readonly unknown[] }).workers.length;
}

describe("sandbox/fleet", () => {
  it("measures the code that its sandboxes load, the same each time", async () => {
    const [one, two] = await Promise.all([openFleet(1), openFleet(1)]);
    expect(one.measurement).to.deep.equal(two.measurement);
    expect(one.measurement.length).to.equal(32);
    await Promise.all([one.close(), two.close()]);
  });

  it("has no thread left when it is closed, whatever they were doing", async () => {
    const before = liveThreads();
    const fleet = await openFleet(3);
    const links = (["broker", "mapper", "reducer"] as const).map((role, i) => fleet.start(role, i));
    const asked = links.map((link) => codeOf(() => link.ask("no such kind", {})));
    expect(await Promise.all(asked)).to.deep.equal(["MESSAGE_FORMAT", "MESSAGE_FORMAT", "MESSAGE_FORMAT"]);
    expect(liveThreads()).to.equal(before + 3);
    const open = links.map((link) => codeOf(() => link.ask("no such kind", {})));
    await fleet.close();
    for (const code of await Promise.all(open)) expect(code).to.equal("CANCELLED");
    expect(liveThreads()).to.equal(before);
  });

  it("starts no more threads than it may: who comes later waits until one has ended", async () => {
    const before = liveThreads();
    const fleet = await openFleet(1);
    const first = fleet.start("mapper", 0);
    const second = fleet.start("mapper", 1);
    expect(await codeOf(() => first.ask("x", {}))).to.equal("MESSAGE_FORMAT");
    expect(liveThreads()).to.equal(before + 1);
    const waiting = codeOf(() => second.ask("x", {}));
    first.end();
    expect(await waiting).to.equal("MESSAGE_FORMAT");
    await fleet.close();
    expect(liveThreads()).to.equal(before);
  });

  it("starts what it prepared, once, and nothing else for it", async () => {
    const before = liveThreads();
    const fleet = await openFleet(2);
    fleet.prepare("mapper", 0);
    const prepared = fleet.start("mapper", 0);
    expect(await codeOf(() => prepared.ask("x", {}))).to.equal("MESSAGE_FORMAT");
    expect(liveThreads()).to.equal(before + 1);
    const another = fleet.start("mapper", 0);
    expect(another).not.to.equal(prepared);
    expect(await codeOf(() => another.ask("x", {}))).to.equal("MESSAGE_FORMAT");
    expect(liveThreads()).to.equal(before + 2);
    await fleet.close();
  });

  it("ends what it prepared and nobody started", async () => {
    const before = liveThreads();
    const fleet = await openFleet(2);
    fleet.prepare("broker", 0);
    fleet.prepare("reducer", 0);
    await fleet.close();
    expect(liveThreads()).to.equal(before);
    expect(() => fleet.prepare("mapper", 0)).to.throw("closed");
  });

  it("ends a sandbox that still waits for its thread", async () => {
    const fleet = await openFleet(1);
    fleet.start("mapper", 0);
    const second = fleet.start("mapper", 1);
    const asked = codeOf(() => second.ask("x", {}));
    second.end();
    await second.ended;
    expect(await asked).to.equal("CANCELLED");
    await fleet.close();
  });

  it("can be closed at any moment while its threads start", async () => {
    const before = liveThreads();
    const answered = (links: readonly Sandbox[]) => links.some(({ pulse }) => pulse.count > 0);
    const begun = (links: readonly Sandbox[]) => links.some(({ pulse }) => pulse.thread > 0);
    const afterTurns = (wanted: number) => {
      let turns = 0;
      return () => turns++ >= wanted;
    };
    const moments = [answered, begun, ...Array.from({ length: 18 }, (_, i) => afterTurns(2 ** i / 2))];
    for (const come of moments) {
      const fleet = await openFleet(3);
      const links = [0, 1, 2].map((index) => fleet.start("broker", index) as Sandbox);
      const codes = links.map((link) => codeOf(() => link.ask("x", {})));
      while (!come(links)) await new Promise((resolve) => setImmediate(resolve));
      await fleet.close();
      for (const code of await Promise.all(codes)) expect(code).to.be.oneOf(["CANCELLED", "MESSAGE_FORMAT"]);
      expect(liveThreads()).to.equal(before);
    }
  });

  it("starts none once it is closed, and can be closed twice", async () => {
    const before = liveThreads();
    const fleet = await openFleet(1);
    await fleet.close();
    await fleet.close();
    expect(await codeOf(() => fleet.start("mapper", 0))).to.equal("CANCELLED");
    expect(liveThreads()).to.equal(before);
  });
});
