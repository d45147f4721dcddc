import { expect } from "chai";

import { fromUtf8, toBase64url, utf8 } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../lib/policy/policy.ts";
import { type PolicySignature, signPolicy } from "../../lib/policy/sign.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { type Asked, codeUnder } from "./_world.ts";

/** What the coordinator gives a sandbox when it starts it. */
interface Start {
  readonly signatures: readonly PolicySignature[];
  readonly policy: Uint8Array;
}

/** The code that stops a job whose broker is given something else than what everybody signed. */
function codeWhenBroker(isGiven: (start: Start) => Partial<Start>): Promise<string> {
  return codeUnder({ cheat: { ask: (asked) => startOtherwise(asked, isGiven) } });
}

function startOtherwise({ link, kind, body, parts, forward }: Asked, change: (start: Start) => Partial<Start>) {
  if (kind !== "init" || link.role !== "broker") return forward();
  const start = { signatures: body["signatures"] as readonly PolicySignature[], policy: parts[0] ?? new Uint8Array(0) };
  const { signatures, policy } = { ...start, ...change(start) };
  return forward({ ...body, signatures }, [policy]);
}

/** The signed policy with something changed. */
function altered(bytes: Uint8Array, change: (document: PolicyDocument) => Partial<PolicyDocument>): Policy {
  const document = JSON.parse(fromUtf8(bytes)) as PolicyDocument;
  return makePolicy({ ...document, ...change(document) });
}

function moreReleases({ limits }: PolicyDocument): Partial<PolicyDocument> {
  return { limits: { ...limits, releases: limits.releases + 1 } };
}

describe("claims: nothing begins but under the policy that everybody signed", () => {
  it("does not start a broker while a party has not signed", async () => {
    const code = await codeWhenBroker(({ signatures }) => ({ signatures: signatures.slice(1) }));
    expect(code).to.equal("POLICY_SIGNATURE");
  });

  it("does not take a party's signature on another policy", async () => {
    const code = await codeWhenBroker(({ signatures: [first, ...others], policy }) => {
      const other = signPolicy(altered(policy, moreReleases), "alice", SigningKey.fromSeed(new Uint8Array(32).fill(1)));
      expect(first?.party).to.equal("alice");
      return { signatures: [other, ...others] };
    });
    expect(code).to.equal("POLICY_SIGNATURE");
  });

  it("does not take a policy that was widened after it was signed", async () => {
    const code = await codeWhenBroker(({ policy }) => ({ policy: altered(policy, moreReleases).bytes }));
    expect(code).to.equal("POLICY_SIGNATURE");
  });

  it("does not take the signed policy in another spelling", async () => {
    const code = await codeWhenBroker(({ policy }) => ({ policy: utf8(` ${fromUtf8(policy)}`) }));
    expect(code).to.equal("POLICY_FORMAT");
  });

  it("does not start under a policy that is not in force yet, or no more", async () => {
    for (const [notBefore, notAfter] of [
      [2 ** 33, 2 ** 34],
      [0, 1],
    ] as const) {
      const code = await codeUnder({ change: (document) => ({ ...document, notBefore, notAfter }) });
      expect(code).to.equal("POLICY_TIME");
    }
  });

  it("lets no owner give its key to a broker under a policy of the coordinator's own", async () => {
    const code = await codeWhenBroker(({ policy }) => {
      const parties = (JSON.parse(fromUtf8(policy)) as PolicyDocument).parties.map(({ name }) => name);
      const keys = parties.map((name) => ({ name, key: SigningKey.generate() }));
      const own = altered(policy, () => ({
        parties: keys.map(({ name, key }) => ({ name, key: toBase64url(key.publicKey) })),
      }));
      return { policy: own.bytes, signatures: keys.map(({ name, key }) => signPolicy(own, name, key)) };
    });
    expect(code).to.equal("EVIDENCE_BINDING");
  });

  it("does not admit a sandbox that was started with another policy", async () => {
    const ask = ({ link, kind, body, parts, forward }: Asked): Promise<Message> => {
      const [policy, program] = parts;
      if (kind !== "init" || link.role !== "mapper" || policy === undefined || program === undefined) return forward();
      return forward(body, [altered(policy, moreReleases).bytes, program]);
    };
    expect(await codeUnder({ cheat: { ask } })).to.equal("EVIDENCE_BINDING");
  });
});
