/**
 * A job's receipt in a process of its own: `receipt.mjs PROGRAM FILE MAPPERS`. Prints one line of JSON: its map tasks,
 * its bytes, and the CPU ms of one verification, the mean of some after the first, and of more after those.
 */

import { encodeReceipt, lines, makePolicy, mapReduce, verifyReceipt } from "sealfold";

export interface ReceiptMeasure {
  readonly tasks: number;
  /** Of its file, packed. */
  readonly bytes: number;
  /** Of its text. */
  readonly textBytes: number;
  readonly verifyMs: number;
  /** When V8 has compiled what it ever will. */
  readonly warmMs: number;
}

const [program = "", file = "", mappers = "2"] = process.argv.slice(2);
const { receipt, summary } = await mapReduce(program, lines(file), { mappers: Number(mappers) });
const { policy: document, ...encodable } = receipt;
if (document === undefined) throw new Error("the receipt carries no policy");
const policy = makePolicy(document);
const encoded = encodeReceipt(encodable); // between parties, who have the policy
const verify = (times: number): number => {
  const before = process.cpuUsage();
  for (let turn = 0; turn < times; turn++) verifyReceipt(encoded, policy);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3 / times;
};
verify(1);
const measure: ReceiptMeasure = {
  tasks: summary.tasks,
  bytes: encoded.length,
  textBytes: encodeReceipt(encodable, "text").length,
  verifyMs: verify(5),
  warmMs: verify(40),
};
process.stdout.write(`${JSON.stringify(measure)}\n`);
