/** Who signed, what the reducers saw, and what was released: the later rows of design §6's receipt table. */

import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import { type FinalManifest, type ReduceManifest, signManifest } from "../../lib/proof/manifest.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { type VerifyOptions, verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { showToken, type ShownToken } from "../../lib/identity/shown-token.ts";
import { codeOf } from "../code-of.ts";
import { codeUnder, swapped } from "./_code-under.ts";
import { type Changes, honestJob, type HonestJob } from "./_honest-receipt.ts";
import { bytesOf, evidenceOf, keyOf, type Sandbox } from "./_people.ts";

const other = toBase64url(bytesOf("something else"));

function codeAfter(change: (receipt: Receipt) => Partial<Receipt>, options: VerifyOptions = {}): string {
  return codeOf(() => verifyReceipt({ ...honest.receipt, ...change(honest.receipt) }, honest.policy, options));
}

/** What becomes of an honest job under another final manifest that its broker signed. */
function codeReleasing(change: (document: FinalManifest) => FinalManifest): string {
  return codeAfter(({ final }) => ({
    final: signManifest("final manifest", change(final.document), keyOf("broker")),
  }));
}

const isMapper = ({ role, index }: Sandbox): boolean => role === "mapper" && index === 0;

let honest: HonestJob;

before(async () => {
  honest = await honestJob();
});

describe("proof/verify-receipt: who signed", () => {
  for (const role of ["mapper", "reducer", "broker"]) {
    const hit = (sandbox: Sandbox): boolean => sandbox.role === role;

    it(`refuses a ${role} whose platform's word is not signed by the policy's anchor`, async () => {
      const quote: Changes["quote"] = (sandbox) => (hit(sandbox) ? { key: keyOf("stranger") } : {});
      expect(await codeUnder({ quote })).to.equal("EVIDENCE_SIGNATURE");
    });

    it(`refuses a ${role} that runs code that the policy does not name`, async () => {
      const quote: Changes["quote"] = (sandbox) => (hit(sandbox) ? { measurement: bytesOf("other code") } : {});
      expect(await codeUnder({ quote })).to.equal("EVIDENCE_MEASUREMENT");
    });

    it(`refuses a ${role} that can be debugged`, async () => {
      const quote: Changes["quote"] = (sandbox) => (hit(sandbox) ? { debug: true } : {});
      expect(await codeUnder({ quote })).to.equal("EVIDENCE_DEBUG");
    });

    it(`refuses a ${role} of another role, policy, program or time`, async () => {
      const wrong: Record<string, Partial<Parameters<NonNullable<Changes["claims"]>>[0]>> = {
        EVIDENCE_ROLE: { role: role === "mapper" ? "reducer" : "mapper" },
        EVIDENCE_BINDING: { policyHash: bytesOf("another policy") },
        EVIDENCE_TIME: { issuedAt: 2000 },
      };
      for (const [code, claims] of Object.entries(wrong)) {
        const change: Changes["claims"] = (same, sandbox) => (hit(sandbox) ? { ...same, ...claims } : same);
        expect(await codeUnder({ claims: change })).to.equal(code);
      }
    });

    it(`refuses a ${role}'s work that another key signed`, async () => {
      const signer: Changes["signer"] = (sandbox) => keyOf(hit(sandbox) ? "stranger" : sandbox.name);
      expect(await codeUnder({ signer })).to.equal("MANIFEST_SIGNATURE");
    });
  }

  it("refuses another job's mapper or reducer", async () => {
    for (const role of ["mapper", "reducer"]) {
      const claims: Changes["claims"] = (same, sandbox) =>
        sandbox.role === role ? { ...same, jobId: bytesOf("another job") } : same;
      expect(await codeUnder({ claims })).to.equal("EVIDENCE_BINDING");
    }
  });

  it("refuses a broker that does not attest at the release of this very job", async () => {
    const claims: Changes["claims"] = (same, sandbox) =>
      sandbox.role === "broker" ? { ...same, nonce: bytesOf("another job") } : same;
    expect(await codeUnder({ claims })).to.equal("EVIDENCE_NONCE");
  });

  it("refuses a manifest that one attested mapper signed in another's name", async () => {
    const signer: Changes["signer"] = (sandbox) => keyOf(isMapper(sandbox) ? "mapper 1" : sandbox.name);
    expect(await codeUnder({ signer })).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses the manifest of a sandbox whose evidence is not there", () => {
    const without = ({ evidence }: Receipt): Partial<Receipt> => ({
      evidence: { ...evidence, mappers: evidence.mappers.slice(1) },
    });
    expect(codeAfter(without)).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses a mapper's evidence in a reducer's place", () => {
    const posing = ({ evidence }: Receipt): Partial<Receipt> => ({
      evidence: { ...evidence, reducers: evidence.mappers },
    });
    expect(codeAfter(posing)).to.equal("EVIDENCE_ROLE");
  });

  it("refuses a partition that another partition's reducer made", async () => {
    const claims: Changes["claims"] = (same, { role }) => (role === "reducer" ? { ...same, index: 1 } : same);
    expect(await codeUnder({ claims })).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses evidence of a sandbox that signed nothing, twice the same, or out of order", async () => {
    const idle = showToken(await evidenceOf({ role: "mapper", index: 2, name: "idle" }, honest.policy, honest.jobId));
    const lists: readonly ((mappers: readonly ShownToken[]) => readonly ShownToken[])[] = [
      (mappers) => [...mappers, idle],
      (mappers) => [...mappers, ...mappers],
      (mappers) => [...mappers, ...mappers.slice(0, 1)],
      (mappers) => swapped(mappers, 0, 1),
    ];
    for (const list of lists) {
      const change = ({ evidence }: Receipt): Partial<Receipt> => ({
        evidence: { ...evidence, mappers: list(evidence.mappers) },
      });
      expect(codeAfter(change)).to.equal("RECEIPT_FINAL");
    }
  });
});

describe("proof/verify-receipt: one world for all reducers", () => {
  it("refuses a reducer that was shown another commit set", async () => {
    const reduce: Changes["reduce"] = (one, partition) => (partition === 1 ? { ...one, commitSet: other } : one);
    expect(await codeUnder({ reduce })).to.equal("COMMIT_SET");
  });

  it("refuses a release over another commit set", () => {
    expect(codeReleasing((one) => ({ ...one, commitSet: other }))).to.equal("COMMIT_SET");
  });

  it("refuses reduce manifests that were dropped, doubled or moved", () => {
    expect(codeAfter(({ reduce }) => ({ reduce: [...reduce, ...reduce] }))).to.equal("MANIFEST_SLOT");
    expect(codeAfter(({ reduce }) => ({ reduce: swapped(reduce, 0, 1) }))).to.equal("MANIFEST_SLOT");
    const first = ({ reduce, evidence }: Receipt): Partial<Receipt> => ({
      reduce: reduce.slice(0, 1),
      evidence: { ...evidence, reducers: evidence.reducers.slice(0, 1) },
    });
    expect(codeAfter(first)).to.equal("MANIFEST_SLOT");
  });

  it("refuses another attempt's reduce manifest than was released", async () => {
    const { receipt } = await honestJob({ reduce: (one) => ({ ...one, counts: "" }) });
    expect(codeAfter(() => ({ reduce: receipt.reduce }))).to.equal("RECEIPT_FINAL");
  });

  it("refuses a partition without an output of the policy, or with one twice, though the broker released it", async () => {
    const missing = (one: ReduceManifest): ReduceManifest => ({ ...one, outputs: one.outputs.slice(1) });
    const twice = (one: ReduceManifest): ReduceManifest => ({ ...one, outputs: [...one.outputs, ...one.outputs] });
    for (const reduce of [missing, twice]) expect(await codeUnder({ reduce })).to.equal("RECEIPT_FINAL");
  });
});

describe("proof/verify-receipt: the release", () => {
  const finals: Record<string, (one: FinalManifest) => FinalManifest> = {
    "another job": (one) => ({ ...one, jobId: other }),
    "another query": (one) => ({ ...one, queryId: other }),
    "another policy": (one) => ({ ...one, policyHash: other }),
    "an owner left out unsaid": (one) => ({ ...one, excluded: [] }),
    "an owner said to be left out who is not": (one) => ({ ...one, excluded: ["a", "d"] }),
    "an output left out": (one) => ({ ...one, outputs: one.outputs.slice(1) }),
    "an output twice": (one) => ({ ...one, outputs: [...one.outputs, ...one.outputs] }),
    "outputs that changed names": (one) => ({ ...one, outputs: swapped(one.outputs, 0, 1) }),
    "another output": (one) => ({ ...one, outputs: one.outputs.map((output) => ({ ...output, digest: other })) }),
    "a receiver left out": (one) => ({
      ...one,
      outputs: one.outputs.map((output) => ({ ...output, wraps: output.wraps.slice(1) })),
    }),
    "a receiver who may not have it": (one) => ({
      ...one,
      outputs: one.outputs.map((output) => ({ ...output, wraps: one.outputs[0]?.wraps ?? [] })),
    }),
    "a partition left out": (one) => ({ ...one, reduce: one.reduce.slice(1) }),
  };
  for (const [name, final] of Object.entries(finals)) {
    it(`refuses one of ${name}`, () => codeUnder({ final }).then((code) => expect(code).to.equal("RECEIPT_FINAL")));
  }

  it("refuses one that names other evidence than the broker's", () => {
    expect(codeReleasing((one) => ({ ...one, certId: other }))).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses a result that was redirected after the release", () => {
    const redirected = ({ final }: Receipt): Partial<Receipt> => {
      const outputs = final.document.outputs.map((output) => ({
        ...output,
        wraps: output.wraps.map((wrap) => ({ ...wrap, wrap: other })),
      }));
      return { final: { ...final, document: { ...final.document, outputs } } };
    };
    expect(codeAfter(redirected)).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses results that were swapped, cut, left out or not asked of the policy", () => {
    const [first, second] = honest.outputs["common"] ?? [];
    const cut = first?.subarray(0, -1);
    const wrong = [[second, first], [cut, second], [first], [first, second, second], [first, first]];
    for (const common of wrong) {
      expect(codeAfter(() => ({}), { outputs: { common: common as Uint8Array[] } })).to.equal("OUTPUT_ALTERED");
    }
    const unknown = { outputs: { unknown: honest.outputs["common"] ?? [] } };
    expect(codeAfter(() => ({}), unknown)).to.equal("OUTPUT_ALTERED");
  });

  it("refuses a ledger that was set back, that forgets, or that is another broker's", async () => {
    const seen = [bytesOf("an earlier query"), bytesOf("one between")];
    const options = { budgetHead: budgetHead(seen) };
    expect(codeAfter(() => ({}), options)).to.equal("BUDGET_ROLLED_BACK");
    expect(await codeUnder({ released: seen }, options)).to.equal("none");
    expect(await codeUnder({ released: seen.toReversed() }, options)).to.equal("BUDGET_ROLLED_BACK");
    expect(codeAfter(() => ({}), { budgetHead: new Uint8Array(3) })).to.equal("BUDGET_ROLLED_BACK");
  });

  it("refuses a ledger without this query, with it twice, over the policy's number, or under another head", () => {
    const ledgers: readonly ((job: FinalManifest) => readonly string[])[] = [
      () => [],
      ({ budget }) => budget.entries.slice(0, -1),
      ({ budget }) => budget.entries.toReversed(),
      ({ queryId }) => [queryId, queryId],
      ({ queryId }) => [1, 2, 3].map((i) => toBase64url(bytesOf(`query ${i}`))).concat(queryId),
    ];
    for (const ledger of ledgers) {
      const code = codeReleasing((one) => {
        const entries = ledger(one);
        const head = toBase64url(budgetHead(entries.map((entry) => Buffer.from(entry, "base64url"))));
        return { ...one, budget: { entries, head } };
      });
      expect(code).to.equal("RECEIPT_FINAL");
    }
    expect(codeReleasing((one) => ({ ...one, budget: { ...one.budget, head: other } }))).to.equal("RECEIPT_FINAL");
  });
});
