/** What the checker says of receipts in which something was changed. */

import { type VerifyOptions, verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { codeOf } from "../code-of.ts";
import { type Changes, honestJob } from "./_honest-receipt.ts";

/** What becomes of a job in which something was changed before it was signed. */
export async function codeUnder(changes: Changes, options: VerifyOptions = {}): Promise<string> {
  const { receipt, policy } = await honestJob(changes);
  return codeOf(() => verifyReceipt(receipt, policy, options));
}

export function swapped<T>(list: readonly T[], i: number, j: number): readonly T[] {
  return list.map((item, at) => (at === i ? list[j] : at === j ? list[i] : item)) as readonly T[];
}
