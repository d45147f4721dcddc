/**
 * A job's receipt in a process of its own: `receipt.mjs PROGRAM FILE`. Prints one line of JSON: its map tasks,
 * its bytes, and the CPU ms of one verification, the mean of some after the first.
 */

import { encodeReceipt, lines, makePolicy, mapReduce, verifyReceipt } from "sealfold";

export interface ReceiptMeasure {
  readonly tasks: number;
  /** Of its file, packed. */
  readonly bytes: number;
  /** Of its text. */
  readonly textBytes: number;
  readonly verifyMs: number;
}

const verifications = 5;
const [program = "", file = ""] = process.argv.slice(2);
const { receipt, summary } = await mapReduce(program, lines(file), { mappers: 2 });
const { policy: document, ...encodable } = receipt;
if (document === undefined) throw new Error("the receipt carries no policy");
const policy = makePolicy(document);
const encoded = encodeReceipt(encodable); // between parties, who have the policy
verifyReceipt(encoded, policy);
const before = process.cpuUsage();
for (let turn = 0; turn < verifications; turn++) verifyReceipt(encoded, policy);
const { user, system } = process.cpuUsage(before);
const measure: ReceiptMeasure = {
  tasks: summary.tasks,
  bytes: encoded.length,
  textBytes: encodeReceipt(encodable, "text").length,
  verifyMs: (user + system) / 1e3 / verifications,
};
process.stdout.write(`${JSON.stringify(measure)}\n`);
