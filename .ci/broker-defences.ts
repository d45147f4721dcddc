/** The defences of a broker's memory: who may give it to a successor, which one, and what is answered once. */

import type { RowBy } from "./row.ts";

const recovery = "lib/sandbox/roles/recovery.ts";
const ledger = "lib/sandbox/roles/release-ledger.ts";
const header = "lib/proof/state-header.ts";
const transfer = "lib/proof/transfer.ts";
const admission = "lib/proof/admission.ts";
const job = "lib/sandbox/roles/broker-job.ts";
const succession = "lib/coordinator/succession.ts";

const states = "test/claims/broker-state.test.ts";
const deaths = "test/claims/broker-death.test.ts";
const transfers = "test/proof/transfer.test.ts";
const admissions = "test/proof/admission.test.ts";
const given = "test/claims/broker-admissions.test.ts";
const ledgers = "test/sandbox/roles/release-ledger.test.ts";

export const brokerRows: readonly RowBy[] = [
  // shares
  [
    "a share is checked by the commitments",
    recovery,
    "if (!(await isShare(share, holder, restoring.state.commitments))) {",
    "if (false) {",
    states,
  ],
  [
    "one party's share counts once",
    recovery,
    "restoring.shares.set(holder, share);",
    "restoring.shares.set(restoring.shares.size, share);",
    states,
  ],
  [
    "no share is dealt while one is awaited",
    recovery,
    'if (this.#restoring !== undefined) throw new SealfoldError("NOT_READY", "this broker is being recovered");',
    "",
    states,
  ],
  // states
  [
    "a state is signed by the broker that it names",
    header,
    'if (!isSignedBy("broker state", signed, broker.signingKey)) throw',
    "if (false) throw",
    states,
  ],
  [
    "a state is of this policy",
    header,
    'if (policyHash !== toBase64url(policy.hash)) throw refusal("is of another policy");',
    "",
    states,
  ],
  [
    "a state must not be older than what a party has seen when it opens",
    recovery,
    "for (const head of heads) memory.ledger.expectExtends(head);",
    "void heads;",
    states,
  ],
  [
    "nor than what a party tells later",
    recovery,
    "if (head !== undefined) memory.ledger.expectExtends(head);",
    "",
    states,
  ],
  ["a party that was deceived does nothing more", "lib/party/attendance.ts", "this.#deceived = error;", "", states],
  // requests
  [
    "a request is answered once",
    ledger,
    "if (requests.some((request) => this.#requests.has(toHex(request)))) {",
    "if (false) {",
    `${ledgers} ${states}`,
  ],
  [
    "a request to another broker is of one in the line",
    transfer,
    "!before.includes(broker) || ",
    "",
    `${transfers} ${states}`,
  ],
  ["a request is moved to this broker", transfer, "transfer.document.broker !== own", "false", transfers],
  [
    "a request is moved by its receiver",
    transfer,
    'if (!isSignedBy("transfer", transfer, partyKey(policy, receiver))) {',
    "if (false) {",
    transfers,
  ],
  [
    "what a request was before it was moved opens nothing",
    "lib/party/result-request.ts",
    "    this.#transfer = transfer;\n    this.#key = key;",
    "    this.#transfer = transfer;\n    void key;",
    states,
  ],
  // admissions
  [
    "an admission is signed by a predecessor",
    admission,
    'if (!brokers.some((broker) => isSignedBy("admission", admission, broker))) {',
    "if (false) {",
    admissions,
  ],
  [
    "an admission is to this job",
    admission,
    "if (policyHash !== toBase64url(job.policyHash) || jobId !== toBase64url(job.jobId)) {",
    "if (false) {",
    admissions,
  ],
  [
    "work under another clock or other keys is not mixed in",
    job,
    "if (minute === given.minute && keys === given.keys) {",
    "if (minute >= 0) {",
    given,
  ],
  // the coordinator
  [
    "a successor's own line is kept before anybody is let in",
    succession,
    "await this.#keepState(post); // its own line is in it from here on",
    "",
    deaths,
  ],
  [
    "brokers of which nothing comes are given up",
    succession,
    "if (++this.#fruitless > maxFruitless) {",
    "if (++this.#fruitless > 50) {",
    deaths,
  ],
];
