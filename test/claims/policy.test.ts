import { expect } from "chai";

import { fromUtf8, utf8 } from "../../lib/crypto/bytes.ts";
import { alteredPolicy, moreReleases, ownPolicy, startBroker } from "../../lib/demo/attacks/policy.ts";
import { signPolicy } from "../../lib/policy/sign.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { type Asked, codeUnder, worldKeys } from "./_world.ts";

/** The code that stops a job whose broker is given something else than what everybody signed. */
function codeWhenBroker(isGiven: Parameters<typeof startBroker>[0]): Promise<string> {
  return codeUnder({ cheat: startBroker(isGiven) });
}

describe("claims: nothing begins but under the policy that everybody signed", () => {
  it("does not start a broker while a party has not signed", async () => {
    const code = await codeWhenBroker(({ signatures }) => ({ signatures: signatures.slice(1) }));
    expect(code).to.equal("POLICY_SIGNATURE");
  });

  it("does not take a party's signature on another policy", async () => {
    const code = await codeWhenBroker(({ signatures: [first, ...others], policy }) => {
      const other = signPolicy(alteredPolicy(policy, moreReleases), "alice", worldKeys.alice);
      expect(first?.party).to.equal("alice");
      return { signatures: [other, ...others] };
    });
    expect(code).to.equal("POLICY_SIGNATURE");
  });

  it("does not take a policy that was widened after it was signed", async () => {
    const code = await codeWhenBroker(({ policy }) => ({ policy: alteredPolicy(policy, moreReleases).bytes }));
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
    expect(await codeWhenBroker(ownPolicy)).to.equal("EVIDENCE_BINDING");
  });

  it("does not admit a sandbox that was started with another policy", async () => {
    const ask = ({ link, kind, body, parts, forward }: Asked): Promise<Message> => {
      const [policy, program] = parts;
      if (kind !== "init" || link.role !== "mapper" || policy === undefined || program === undefined) return forward();
      return forward(body, [alteredPolicy(policy, moreReleases).bytes, program]);
    };
    expect(await codeUnder({ cheat: { ask } })).to.equal("EVIDENCE_BINDING");
  });
});
