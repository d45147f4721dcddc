import { expect } from "chai";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { type AdmissionDocument, parseAdmission, signAdmission, verifyAdmission } from "../../lib/proof/admission.ts";
import { codeOf } from "../code-of.ts";
import { bytesOf, keyOf } from "./_people.ts";

const job = { policyHash: bytesOf("policy"), jobId: bytesOf("job") };
const document: AdmissionDocument = {
  policyHash: toBase64url(job.policyHash),
  jobId: toBase64url(job.jobId),
  certId: toBase64url(bytesOf("certificate")),
  role: "mapper",
  index: 3,
  key: toBase64url(keyOf("mapper").publicKey),
  minute: 0,
  keys: toBase64url(bytesOf("keys")),
};
const line = ["first", "second"].map((name) => keyOf(name).publicKey);

function verdict(change: Partial<AdmissionDocument>, signer = "second"): string {
  const admission = signAdmission({ ...document, ...change }, keyOf(signer));
  return codeOf(() => verifyAdmission(parseAdmission(JSON.parse(JSON.stringify(admission))), job, line));
}

describe("proof/admission: a successor believes its predecessors, and nobody else, about who was let in", () => {
  it("takes the word of every broker of its line", () => {
    for (const name of ["first", "second"]) expect(verdict({}, name)).to.equal("none");
    const key = verifyAdmission(signAdmission(document, keyOf("first")), job, line);
    expect(key).to.deep.equal(keyOf("mapper").publicKey);
  });

  it("refuses another broker's, another job's and another policy's", () => {
    expect(verdict({}, "third")).to.equal("BROKER_STATE");
    expect(verdict({ jobId: document.policyHash })).to.equal("BROKER_STATE");
    expect(verdict({ policyHash: document.jobId })).to.equal("BROKER_STATE");
    expect(codeOf(() => verifyAdmission(signAdmission(document, keyOf("first")), job, []))).to.equal("BROKER_STATE");
  });

  it("refuses whatever was changed after it was signed", () => {
    const changes = {
      role: "reducer",
      index: 4,
      certId: document.keys,
      key: toBase64url(line[0] as Uint8Array),
      minute: 60,
    };
    for (const [field, value] of Object.entries(changes)) {
      const admission = signAdmission(document, keyOf("first"));
      const changed = parseAdmission({ ...admission, document: { ...document, [field]: value } });
      expect(
        codeOf(() => verifyAdmission(changed, job, line)),
        field,
      ).to.equal("BROKER_STATE");
    }
  });

  it("refuses other shapes, and keys that sign for anybody", () => {
    const smallOrder = toBase64url(Uint8Array.of(1, ...new Uint8Array(31)));
    expect(verdict({ key: smallOrder })).to.equal("BROKER_STATE");
    for (const wrong of [null, {}, { document }, { ...signAdmission(document, keyOf("first")), more: 1 }]) {
      expect(codeOf(() => parseAdmission(wrong))).to.equal("BROKER_STATE");
    }
    expect(verdict({ index: 4097 })).to.equal("BROKER_STATE");
    expect(verdict({ role: "broker" as "mapper" })).to.equal("BROKER_STATE");
  });
});
