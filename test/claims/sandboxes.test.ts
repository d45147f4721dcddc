import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import {
  asReducer,
  inventing,
  MisdirectedGrant,
  neverRetire,
  oldBrokerEvidence,
  olderRuntime,
  otherJob,
  otherProgram,
  replaying,
  retireFirst,
} from "../../lib/demo/attacks/sandboxes.ts";
import { type Invented, onAsk } from "../../lib/demo/cheats.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { attempt, codeUnder, type World, type WorldOptions } from "./_world.ts";

/** The code that stops a job to which the host brings a sandbox that it made up. */
function codeInventing(invent: (world: World) => Invented, options: WorldOptions = {}): Promise<string> {
  const { course, cheat } = inventing(invent);
  return codeOf(() => attempt({ ...options, cheat }, course));
}

describe("claims: only attested sandboxes get keys", () => {
  it("does not admit a key that no platform vouches for", async () => {
    const code = await codeInventing(({ fleet }) => ({
      measurement: fleet.measurement,
      platformKey: SigningKey.generate(),
    }));
    expect(code).to.equal("EVIDENCE_SIGNATURE");
  });

  it("does not admit a sandbox that runs other code", async () => {
    const code = await codeInventing(({ keys }) => ({ measurement: new Uint8Array(32), platformKey: keys.host }));
    expect(code).to.equal("EVIDENCE_MEASUREMENT");
  });

  it("does not admit a sandbox of an older runtime, from the policy on that no longer names it", async () => {
    const older = ({ keys }: World): Invented => ({ measurement: olderRuntime, platformKey: keys.host });
    expect(await codeInventing(older)).to.equal("EVIDENCE_MEASUREMENT");
    const change = (document: PolicyDocument): PolicyDocument => ({
      ...document,
      runtime: {
        ...document.runtime,
        measurements: [...document.runtime.measurements, toBase64url(olderRuntime)].toSorted(),
      },
    });
    // where it is named, the same evidence holds: what was made up comes no further than its keys, which nobody has
    expect(await codeInventing(older, { change })).to.equal("CHANNEL_HANDSHAKE");
  });

  it("does not let parties trust a broker that runs other code", async () => {
    expect(await codeUnder({ runtimeMeasurement: new Uint8Array(32).fill(7) })).to.equal("EVIDENCE_MEASUREMENT");
  });

  it("does not admit a mapper as a reducer", async () => {
    expect(await codeUnder({ cheat: asReducer })).to.equal("EVIDENCE_ROLE");
  });

  it("does not admit evidence that answers an older challenge", async () => {
    expect(await codeUnder({ cheat: replaying("evidence") })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit anybody to a challenge that was answered before", async () => {
    expect(await codeUnder({ cheat: replaying("challenge") })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit the same sandbox twice", async () => {
    const cheat = onAsk("admit", async ({ forward }) => {
      await forward();
      return forward();
    });
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit another job's sandbox", async () => {
    expect(await codeUnder({ cheat: otherJob })).to.equal("EVIDENCE_BINDING");
  });

  it("does not let a sandbox trust evidence that answers somebody else's nonce", async () => {
    expect(await codeUnder({ cheat: oldBrokerEvidence })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit more sandboxes than the policy allows", async () => {
    expect(await codeUnder({ cheat: neverRetire, limits: { reducers: 1 } })).to.equal("DENIED_CAP");
  });

  it("does not open a grant that was made for another sandbox", async () => {
    const grant = new MisdirectedGrant();
    expect(await codeUnder({ cheat: { ask: (asked) => grant.ask(asked) } })).to.equal("CHANNEL_MESSAGE");
    expect(grant.asking).to.have.length(2);
  });

  it("does not open a grant a second time, in the sandbox that it was made for", async () => {
    const cheat = onAsk("map", async ({ forward }) => {
      await forward();
      return forward();
    });
    expect(await codeUnder({ cheat })).to.equal("CHANNEL_MESSAGE");
  });

  it("does not give a retired sandbox any key", async () => {
    expect(await codeUnder({ cheat: retireFirst })).to.equal("EVIDENCE_BINDING");
  });

  it("does not run other bytes than the program that the policy names", async () => {
    expect(await codeUnder({ cheat: otherProgram })).to.equal("PROGRAM_MEASUREMENT");
  });
});
