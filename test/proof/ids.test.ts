import { expect } from "chai";

import { toBase64url, toHex } from "../../lib/crypto/bytes.ts";
import { jobId, queryId } from "../../lib/proof/ids.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { honestJob, type HonestJob } from "./_honest-receipt.ts";
import { bytesOf, policyOf } from "./_people.ts";

let honest: HonestJob;
let receipt: Receipt;

before(async () => {
  honest = await honestJob();
  receipt = honest.receipt;
});

const other = toBase64url(bytesOf("something else"));

describe("proof/ids: a query", () => {
  const nameOf = (change: Partial<Receipt> = {}, policy = honest.policy): string => {
    const { requests, commitments } = { ...receipt, ...change };
    return toHex(queryId(policy, requests, commitments));
  };

  it("has one name, whatever the order in which its parts arrive", () => {
    const { requests, commitments } = receipt;
    expect(nameOf()).to.equal(toHex(honest.query));
    const turned = nameOf({ requests: requests.toReversed(), commitments: commitments.toReversed() });
    expect(turned).to.equal(nameOf());
  });

  it("has another name with any other request, commitment or policy", () => {
    const { requests, commitments } = receipt;
    const names = [
      nameOf(),
      nameOf({ requests: requests.slice(1) }),
      nameOf({
        requests: requests.map(({ document, ...rest }) => ({ ...rest, document: { ...document, nonce: other } })),
      }),
      nameOf({
        requests: requests.map(({ document, ...rest }) => ({ ...rest, document: { ...document, key: other } })),
      }),
      nameOf({ commitments: commitments.slice(1) }),
      nameOf({
        commitments: commitments.map(({ document, ...rest }) => ({ ...rest, document: { ...document, epoch: 8 } })),
      }),
      nameOf({
        commitments: commitments.map(({ document, ...rest }) => ({ ...rest, document: { ...document, root: other } })),
      }),
      nameOf({}, policyOf({ purpose: "something else" })),
      nameOf(
        {},
        policyOf({ programs: honest.policy.document.programs.map((one) => ({ ...one, measurement: other })) }),
      ),
      nameOf({}, policyOf({ outputs: honest.policy.document.outputs.map((one) => ({ ...one, minValues: 3 })) })),
    ];
    expect(new Set(names).size).to.equal(names.length);
  });

  it("keeps its name under another signature of the same words: nobody gets a second query by signing again", () => {
    const requests = receipt.requests.map(({ document }) => ({ document, signature: "" }));
    expect(nameOf({ requests })).to.equal(nameOf());
  });
});

describe("proof/ids: a job", () => {
  it("has another name with any other plan or query, and one with the same", () => {
    const { plan } = receipt;
    const [first, ...rest] = plan.tasks;
    const names = [
      jobId(honest.query, plan),
      jobId(bytesOf("another query"), plan),
      jobId(honest.query, { ...plan, partitions: 3 }),
      jobId(honest.query, { ...plan, tasks: rest }),
      jobId(honest.query, { ...plan, tasks: [...rest, ...(first === undefined ? [] : [first])] }),
    ].map(toHex);
    expect(new Set(names).size).to.equal(names.length);
    expect(toHex(jobId(honest.query, { ...plan }))).to.equal(toHex(honest.jobId));
  });
});
