import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { digest } from "../../lib/crypto/hash.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { makeEvidence } from "../../lib/identity/evidence.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { type Asked, changed, codeUnder, World } from "./_world.ts";

/** Changes what the coordinator shows the broker of a candidate. */
function admitting(change: (body: Record<string, unknown>, asked: Asked) => Promise<Record<string, unknown>>) {
  return {
    ask: async (asked: Asked): Promise<Message> =>
      asked.kind === "admit" ? asked.forward(await change(asked.body, asked)) : asked.forward(),
  };
}

/** Evidence of a sandbox that the attacker made, under keys of his own. */
async function forge(
  world: World,
  body: Record<string, unknown>,
  measurement: Uint8Array,
  platformKey: SigningKey,
): Promise<string> {
  const identity = SigningKey.generate();
  return makeEvidence(
    {
      role: "mapper",
      index: 0,
      nonce: Buffer.from(body["challenge"] as string, "base64url"),
      policyHash: world.policy.hash,
      programHash: digest(world.program.measurement),
      jobId: digest(Uint8Array.from(Buffer.from(body["jobId"] as string, "base64url"))),
      signingKey: identity.publicKey,
      channelKey: ExchangeKey.generate().publicKey,
      issuedAt: systemSeconds(),
      lifetime: 300,
    },
    identity,
    {
      platform: "software",
      quote: (reportData) =>
        Promise.resolve(
          softwareQuote({ key: platformKey, measurement: digest(measurement), reportData, now: systemSeconds() }),
        ),
    },
  );
}

async function codeForged(
  measurement: (world: World) => Uint8Array,
  key: (world: World) => SigningKey,
): Promise<string> {
  const opened: World[] = [];
  const cheat = admitting(async (body) => {
    const [world] = opened as [World];
    return { ...body, evidence: await forge(world, body, measurement(world), key(world)) };
  });
  const world = await World.open({ cheat });
  opened.push(world);
  try {
    await world.run(await world.request());
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

describe("claims: only attested sandboxes get keys", () => {
  it("does not admit a key that no platform vouches for", async () => {
    expect(
      await codeForged(
        (world) => world.fleet.measurement,
        () => SigningKey.generate(),
      ),
    ).to.equal("EVIDENCE_SIGNATURE");
  });

  it("does not admit a sandbox that runs other code", async () => {
    expect(
      await codeForged(
        () => new Uint8Array(32),
        (world) => world.keys.host,
      ),
    ).to.equal("EVIDENCE_MEASUREMENT");
  });

  it("does not let parties trust a broker that runs other code", async () => {
    expect(await codeUnder({ runtimeMeasurement: new Uint8Array(32).fill(7) })).to.equal("EVIDENCE_MEASUREMENT");
  });

  it("does not admit a mapper as a reducer", async () => {
    const cheat = admitting((body) => Promise.resolve({ ...body, role: "reducer" }));
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_ROLE");
  });

  it("does not admit evidence that answers an older challenge", async () => {
    let old: unknown;
    const cheat = admitting((body) => {
      old ??= body["evidence"];
      return Promise.resolve({ ...body, evidence: old });
    });
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit anybody to a challenge that was answered before", async () => {
    let old: unknown;
    const cheat = admitting((body) => {
      old ??= body["challenge"];
      return Promise.resolve({ ...body, challenge: old });
    });
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit the same sandbox twice", async () => {
    const cheat = {
      ask: async ({ kind, forward }: Asked): Promise<Message> => {
        if (kind === "admit") await forward();
        return forward();
      },
    };
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit another job's sandbox", async () => {
    const cheat = {
      ask: ({ kind, body, forward }: Asked) =>
        kind === "attest" && "jobId" in body ? forward({ ...body, jobId: toBase64url(new Uint8Array(32)) }) : forward(),
    };
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_BINDING");
  });

  it("does not let a sandbox trust evidence that answers somebody else's nonce", async () => {
    let old: string | undefined;
    const cheat = {
      ask: async ({ kind, forward }: Asked): Promise<Message> => {
        const answer = await forward();
        if (kind !== "admit") return answer;
        old ??= answer.body.text("evidence");
        return changed(answer, { certId: answer.body.text("certId"), evidence: old });
      },
    };
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_NONCE");
  });

  it("does not admit more sandboxes than the policy allows", async () => {
    const cheat = {
      ask: ({ kind, forward }: Asked) => (kind === "retire" ? Promise.resolve({} as Message) : forward()),
    };
    expect(await codeUnder({ cheat, limits: { reducers: 1 } })).to.equal("DENIED_CAP");
  });

  it("does not open a grant that was made for another sandbox", async () => {
    // both mappers ask for a task; the second to ask is given one that was made for the first
    const asking: string[] = [];
    let both: () => void = () => undefined;
    const bothAsked = new Promise<void>((resolve) => (both = resolve));
    const cheat = {
      ask: async ({ kind, body, forward }: Asked): Promise<Message> => {
        if (kind !== "task") return forward();
        const certId = body["certId"] as string;
        if (!asking.includes(certId)) asking.push(certId);
        if (asking.length === 2) both();
        await bothAsked;
        return forward({ ...body, certId: asking[0] });
      },
    };
    expect(await codeUnder({ cheat })).to.equal("CHANNEL_MESSAGE");
    expect(asking).to.have.length(2);
  });

  it("does not give a retired sandbox any key", async () => {
    const cheat = {
      ask: async ({ link, kind, body, forward }: Asked): Promise<Message> => {
        if (kind === "task")
          await link.ask("retire", { jobId: body["jobId"] as string, certId: body["certId"] as string });
        return forward();
      },
    };
    expect(await codeUnder({ cheat })).to.equal("EVIDENCE_BINDING");
  });

  it("does not run other bytes than the program that the policy names", async () => {
    const cheat = {
      ask: ({ link, kind, body, parts, forward }: Asked): Promise<Message> =>
        kind === "init" && link.role === "mapper"
          ? forward(body, [parts[0] as Uint8Array, Buffer.from("var x;")])
          : forward(),
    };
    expect(await codeUnder({ cheat })).to.equal("PROGRAM_MEASUREMENT");
  });
});
