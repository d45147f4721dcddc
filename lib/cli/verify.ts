/** `sealfold verify`: checks a receipt from its file and the policy alone. */

import { readFile } from "node:fs/promises";

import { toBase64url } from "../crypto/bytes.ts";
import { fileFault } from "../data/paths.ts";
import { explainNarrowing } from "../policy/explain-narrowing.ts";
import { makePolicy, parsePolicy, type Policy } from "../policy/policy.ts";
import { parseReceipt, type Receipt } from "../proof/receipt.ts";
import { type ReceiptSummary, type VerifyOptions, verifyReceipt } from "../proof/verify-receipt.ts";
import { renderAttested } from "./attested-table.ts";
import type { CommandIo } from "./command-io.ts";
import { usageError } from "./failure.ts";
import { formatCount, printable } from "./screen-text.ts";

export interface VerifyFlags {
  readonly policy?: string;
  readonly nonce?: Uint8Array;
  readonly receiver?: string;
  readonly json?: boolean;
}

interface Verified {
  readonly summary: ReceiptSummary;
  readonly policy: Policy;
  /** Whether the policy came with the receipt. */
  readonly carried: boolean;
}

/** @returns the exit status. @throws {SealfoldError} DATA_FILE, USAGE, POLICY_*, or the first check that fails */
export async function verify(file: string, flags: VerifyFlags, io: CommandIo): Promise<number> {
  const receipt = parseReceipt(await read(file));
  const policy = await policyFor(receipt, flags);
  const { nonce, receiver } = flags;
  const options: VerifyOptions = { ...(nonce && { nonce }), ...(receiver !== undefined && { receiver }) };
  const summary = verifyReceipt(receipt, policy, options);
  const verified = { summary, policy, carried: flags.policy === undefined };
  io.stdout.write(flags.json === true ? jsonLine(verified) : page(file, verified));
  return 0;
}

async function policyFor({ policy }: Receipt, flags: VerifyFlags): Promise<Policy> {
  if (flags.policy !== undefined) return parsePolicy(await read(flags.policy));
  if (policy === undefined) throw usageError("this receipt carries no policy; name the one you signed with --policy");
  return makePolicy(policy);
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw fileFault(file, error);
  }
}

function jsonLine({ summary, policy, carried }: Verified): string {
  const { programs } = policy.document;
  const [runtime] = new Set(summary.sandboxes.map(({ measurement }) => toBase64url(measurement)));
  const { jobId, policyHash, budgetHead, sandboxes, ...rest } = summary;
  const shown = {
    verified: true,
    policyFrom: carried ? "receipt" : "file",
    policyHash: toBase64url(policyHash),
    jobId: toBase64url(jobId),
    programs: programs.map(({ measurement }) => measurement),
    runtime,
    ...rest,
    budgetHead: toBase64url(budgetHead),
    sandboxes: sandboxes.map(({ key, measurement, ...sandbox }) => ({
      ...sandbox,
      key: toBase64url(key),
      measurement: toBase64url(measurement),
    })),
  };
  return `${JSON.stringify(shown)}\n`;
}

function page(file: string, { summary, policy, carried }: Verified): string {
  const names = (list: readonly string[]): string => list.map(printable).join(", ");
  const { purpose, programs } = policy.document;
  const narrowed = explainNarrowing(summary.narrowing).map(printable);
  const facts = {
    policy: `${toBase64url(summary.policyHash)} ${printable(purpose)}`,
    job: toBase64url(summary.jobId),
    program: programs.map(({ name, measurement }) => `${measurement} ${printable(name)}`).join(", "),
    owners: names(summary.owners),
    receivers: names(summary.receivers),
    work: `${formatCount(summary.chunks, "chunks")} in ${formatCount(summary.tasks, "tasks")}, ${formatCount(summary.partitions, "partitions")}`,
    ...(summary.brokers > 1 && {
      brokers: `${summary.brokers}, one after the other: each left its memory to the next`,
    }),
    ...(summary.excluded.length > 0 && { "left out": names(summary.excluded) }),
    ...(narrowed.length > 0 && { narrowed: narrowed.join("; ") }),
  };
  const lines = [`${file}: verified`, ...Object.entries(facts).map(([name, text]) => `${name.padEnd(10)}${text}`)];
  if (carried)
    lines.push("The policy was taken from the receipt itself: this shows that they fit together, not who agreed.");
  return `${lines.join("\n")}\n\n${renderAttested(summary.sandboxes)}\n`;
}
