import { expect } from "chai";
import fc from "fast-check";

import { toBase64url, toHex } from "../../lib/crypto/bytes.ts";
import {
  isManifestBy,
  manifestHash,
  outputDigest,
  parseFinalManifest,
  parseMapManifest,
  parseReduceManifest,
  signManifest,
} from "../../lib/proof/manifest.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { codeOf } from "../code-of.ts";
import { honestJob, type HonestJob } from "./_honest-receipt.ts";
import { bytesOf, keyOf } from "./_people.ts";

let job: HonestJob;
let receipt: Receipt;

before(async () => {
  job = await honestJob();
  receipt = job.receipt;
});

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("proof/manifest: reading", () => {
  it("gives back what was signed", () => {
    for (const manifest of receipt.map) expect(parseMapManifest(json(manifest))).to.deep.equal(manifest);
    for (const manifest of receipt.reduce) expect(parseReduceManifest(json(manifest))).to.deep.equal(manifest);
    expect(parseFinalManifest(json(receipt.final))).to.deep.equal(receipt.final);
  });

  it("takes no manifest for one of another kind", () => {
    const [map, reduce] = [receipt.map[0], receipt.reduce[0]];
    const kinds = [
      [parseMapManifest, [reduce, receipt.final]],
      [parseReduceManifest, [map, receipt.final]],
      [parseFinalManifest, [map, reduce]],
    ] as const;
    for (const [parse, others] of kinds) {
      for (const other of others) expect(codeOf(() => parse(json(other)))).to.equal("MANIFEST_FORMAT");
    }
  });

  it("refuses anything else with one code", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        for (const parse of [parseMapManifest, parseReduceManifest, parseFinalManifest]) {
          expect(codeOf(() => parse(value))).to.equal("MANIFEST_FORMAT");
        }
      }),
    );
  });

  it("refuses lengths and counts that nothing honest has", () => {
    const { document } = receipt.reduce[0] as Receipt["reduce"][0];
    for (const change of [
      { partition: -1 },
      { partition: 1.5 },
      { attempt: toBase64url(new Uint8Array(15)) },
      { jobId: toBase64url(new Uint8Array(33)) },
      { certId: `${document.certId}=` },
      { counts: "A".repeat(100_000) },
      { counts: "not base64url!" },
      { outputs: Array.from({ length: 65 }, () => document.outputs[0]) },
      { outputs: [{ ...document.outputs[0], name: "a name with spaces" }] },
      { more: 1 },
    ]) {
      const other = { ...receipt.reduce[0], document: { ...document, ...change } };
      expect(
        codeOf(() => parseReduceManifest(other)),
        JSON.stringify(change).slice(0, 60),
      ).to.equal("MANIFEST_FORMAT");
    }
  });

  it("refuses what is no narrowing of any policy", () => {
    const [reduce] = receipt.reduce;
    for (const narrowing of [[], null, { capabilities: [] }, { receivers: "anna" }, { outputs: [1] }]) {
      const final = { ...receipt.final.document, narrowing };
      expect(codeOf(() => parseFinalManifest({ ...receipt.final, document: final }))).to.equal("MANIFEST_FORMAT");
      for (const field of ["narrowed", "applied"]) {
        const document = { ...reduce?.document, [field]: narrowing };
        expect(codeOf(() => parseReduceManifest({ ...reduce, document }))).to.equal("MANIFEST_FORMAT");
      }
    }
  });
});

describe("proof/manifest: signing", () => {
  it("holds under the signer's key, for this document and this kind alone", () => {
    const key = keyOf("mapper 0");
    const { document } = receipt.reduce[0] as Receipt["reduce"][0];
    const signed = signManifest("reduce manifest", document, key);
    expect(isManifestBy("reduce manifest", signed, key.publicKey)).to.equal(true);
    expect(isManifestBy("reduce manifest", signed, keyOf("mapper 1").publicKey)).to.equal(false);
    expect(isManifestBy("map manifest", signed, key.publicKey)).to.equal(false);
    const other = { ...signed, document: { ...document, partition: 1 } };
    expect(isManifestBy("reduce manifest", other, key.publicKey)).to.equal(false);
  });

  it("names a document by a hash of its own for each kind, whoever signed it", () => {
    const [one, two] = receipt.reduce as [Receipt["reduce"][0], Receipt["reduce"][0]];
    const hashes = [
      manifestHash("reduce manifest", one),
      manifestHash("reduce manifest", two),
      manifestHash("map manifest", one),
    ].map(toHex);
    expect(new Set(hashes).size).to.equal(3);
    expect(toHex(manifestHash("reduce manifest", { ...one, signature: "" }))).to.equal(hashes[0]);
  });
});

describe("proof/manifest: an output's digest", () => {
  it("is the one in the final manifest, and changes with every part, its place, the output and the job", () => {
    const { reduce } = receipt;
    const named = receipt.final.document.outputs[0];
    expect(toBase64url(outputDigest(job.jobId, "common", reduce))).to.equal(named?.digest);
    const digests = [
      outputDigest(job.jobId, "common", reduce),
      outputDigest(job.jobId, "common", reduce.toReversed()),
      outputDigest(job.jobId, "common", reduce.slice(1)),
      outputDigest(job.jobId, "own", reduce),
      outputDigest(bytesOf("another job"), "common", reduce),
    ].map(toHex);
    expect(new Set(digests).size).to.equal(digests.length);
  });

  it("is not there when a partition has no such output", () => {
    expect(codeOf(() => outputDigest(job.jobId, "none", receipt.reduce))).to.equal("MANIFEST_SLOT");
  });
});
