import { expect } from "chai";

import { controlDeadlineMs, timelyFleet, wholeJobDeadlineMs } from "../../lib/coordinator/timely-fleet.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { Fleet } from "../../lib/sandbox/fleet.ts";
import { Body, type Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { VirtualTime } from "./_virtual-time.ts";

const answer: Message = { id: 1, kind: "ok", body: new Body({}), parts: [] };
const never = new Promise<never>(() => undefined);

/** A fleet of sandboxes that each answer with what `ask` comes to, and do not even notice that they are ended. */
class Deaf implements Fleet {
  readonly platform = "software";
  readonly measurement = sha256(Uint8Array.of(1));
  readonly time = new VirtualTime();
  readonly reasons: (SealfoldError | undefined)[] = [];
  readonly #ask: () => Promise<Message>;
  readonly #begun: Promise<void> | undefined;

  constructor(ask: () => Promise<Message>, begun?: Promise<void>) {
    this.#ask = ask;
    this.#begun = begun;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    const end = (reason?: SealfoldError): void => void this.reasons.push(reason);
    return { role, index, ask: this.#ask, end, ended: never, ...(this.#begun && { begun: this.#begun }) };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** @returns the code, and when it came */
async function lateness(fleet: Deaf, kind: string, timeout?: number): Promise<readonly [string, number]> {
  const link = timelyFleet(fleet, fleet.time).start("mapper", 3);
  const code = await codeOf(() => fleet.time.passUntil(link.ask(kind, {}, [], { timeout })));
  return [code, fleet.time.now()];
}

describe("coordinator/timely-fleet: a sandbox that hangs", () => {
  for (const kind of ["init", "attest", "trust", "join", "challenge", "admit", "task", "retire", "say"]) {
    it(`on "${kind}" has died, and is ended`, async () => {
      const fleet = new Deaf(() => never);
      expect(await lateness(fleet, kind)).to.deep.equal(["SANDBOX_DIED", controlDeadlineMs]);
      expect(fleet.reasons.map((reason) => reason?.code)).to.deep.equal(["SANDBOX_DIED"]);
    });
  }

  for (const kind of ["job", "release"]) {
    it(`on "${kind}" has more time, for the whole job is checked over it`, async () => {
      expect(await lateness(new Deaf(() => never), kind)).to.deep.equal(["SANDBOX_DIED", wholeJobDeadlineMs]);
    });
  }

  it("on its work has died too, when nobody has stopped it at its own limit", async () => {
    expect(await lateness(new Deaf(() => never), "map", 5000)).to.deep.equal([
      "SANDBOX_DIED",
      controlDeadlineMs + 5000,
    ]);
  });

  it("has all its time from when it has a place to run in", async () => {
    const time = new VirtualTime();
    const begun = time.wait(1_000_000, new AbortController().signal);
    const link = timelyFleet(new Deaf(() => never, begun), time).start("mapper", 0);
    expect(await codeOf(() => time.passUntil(link.ask("init", {})))).to.equal("SANDBOX_DIED");
    expect(time.now()).to.equal(1_000_000 + controlDeadlineMs);
  });

  it("is not waited for any more when it has answered, well or not", async () => {
    const fleet = new Deaf(() => Promise.resolve(answer));
    const link = timelyFleet(fleet, fleet.time).start("mapper", 0);
    expect(await link.ask("init", {})).to.equal(answer);
    const failing = new Deaf(() => Promise.reject(new SealfoldError("POLICY_TIME")));
    expect(await lateness(failing, "init")).to.deep.equal(["POLICY_TIME", 0]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(fleet.time.waiting + failing.time.waiting + fleet.reasons.length + failing.reasons.length).to.equal(0);
  });
});
