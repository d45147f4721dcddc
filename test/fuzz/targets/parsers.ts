/**
 * Everything that is read across a wall: random bytes, random JSON, and genuine documents changed a little. Each is
 * read, or refused with a code.
 */

import fc from "fast-check";

import { honestJob, type HonestJob } from "../../proof/_honest-receipt.ts";
import { openOneWay, sealOneWay } from "../../../lib/channel/one-way.ts";
import { toBase64url, utf8 } from "../../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../../lib/crypto/exchange.ts";
import { digest } from "../../../lib/crypto/hash.ts";
import { canonicalBytes, type Json } from "../../../lib/data/canonical.ts";
import { openCell, sealCell } from "../../../lib/data/cells.ts";
import { openChunk, sealChunk } from "../../../lib/data/chunk.ts";
import { openOutput, readResults, ResultWriter, sealOutput } from "../../../lib/data/output.ts";
import { PairWriter, readPairs } from "../../../lib/data/pairs.ts";
import { appraise } from "../../../lib/identity/appraise.ts";
import { foldToken } from "../../../lib/identity/shown-token.ts";
import { parseNarrowing } from "../../../lib/policy/narrow.ts";
import { parsePolicy } from "../../../lib/policy/policy.ts";
import { verifyPolicySignatures } from "../../../lib/policy/sign.ts";
import { parseCommitment, verifyCommitment } from "../../../lib/proof/commitment.ts";
import { parseFinalManifest, parseMapManifest, parseReduceManifest } from "../../../lib/proof/manifest.ts";
import { parsePlan, verifyPlan } from "../../../lib/proof/plan.ts";
import { encodeReceipt, parseReceipt } from "../../../lib/proof/receipt.ts";
import { parseRequest, verifyRequest } from "../../../lib/proof/request.ts";
import { verifyReceipt } from "../../../lib/proof/verify-receipt.ts";
import { parseBody, parseMessage } from "../../../lib/sandbox/message.ts";
import {
  bytes,
  type BytesEdit,
  bytesEdit,
  editBytes,
  editJson,
  json,
  jsonBytes,
  type JsonEdit,
  jsonEdit,
} from "../_values.ts";
import { codeOf, target } from "../campaign.ts";

/** What reads JSON documents, with a genuine one. */
interface DocumentParser {
  readonly genuine: Json;
  readonly read: (value: unknown) => unknown;
}

/** What reads bytes. */
interface BytesParser {
  readonly bytes: Uint8Array;
  readonly read: (value: Uint8Array) => unknown;
}

type Parser = DocumentParser | BytesParser;

type Change =
  | { readonly json: readonly JsonEdit[] }
  | { readonly value: Json }
  | { readonly bytes: readonly BytesEdit[] }
  | { readonly raw: Uint8Array };

interface Case {
  readonly parser: string;
  readonly change: Change;
}

const some = { minLength: 1, maxLength: 3 };
const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: fc.record({ json: fc.array(jsonEdit, some) }), weight: 4 },
  { arbitrary: fc.record({ bytes: fc.array(bytesEdit, some) }), weight: 4 },
  { arbitrary: fc.record({ value: json }), weight: 1 },
  { arbitrary: fc.record({ raw: bytes }), weight: 1 },
);

export default target("bytes and documents to everything that reads across a wall", async () => {
  const job = await honestJob();
  const parsers: Record<string, Parser> = { ...documentsOf(job), ...bytesOf(job), ...streams() };
  for (const [name, parser] of Object.entries(parsers)) {
    const code = codeOf(() => ("bytes" in parser ? parser.read(parser.bytes) : parser.read(parser.genuine)));
    if (code !== "none") throw new Error(`${name}: what is genuine is refused with ${code}`);
  }
  return {
    cases: fc.record({ parser: fc.constantFrom(...Object.keys(parsers)), change }),
    check: (one: Case) => check(parsers[one.parser] as Parser, one.change),
  };
});

function check(parser: Parser, change: Change): void {
  codeOf(() => {
    if ("bytes" in parser) parser.read(changedBytes(parser.bytes, change));
    else parser.read(changedDocument(parser.genuine, change));
  });
}

function changedDocument(genuine: Json, change: Change): unknown {
  if ("json" in change) return editJson(genuine, change.json);
  if ("value" in change) return change.value;
  return asJson("raw" in change ? change.raw : editBytes(jsonBytes(genuine), change.bytes));
}

function changedBytes(genuine: Uint8Array, change: Change): Uint8Array {
  if ("raw" in change) return change.raw;
  return "bytes" in change ? editBytes(genuine, change.bytes) : spoil(genuine, change);
}

/** Bytes that are JSON are changed as JSON, and spelt canonically again, so that their reader gets beyond the spelling. */
function spoil(
  genuine: Uint8Array,
  change: { readonly json: readonly JsonEdit[] } | { readonly value: Json },
): Uint8Array {
  try {
    const value =
      "value" in change ? change.value : editJson(JSON.parse(Buffer.from(genuine).toString()) as Json, change.json);
    return canonicalBytes(value);
  } catch {
    return genuine.subarray(1); // it was no JSON, or cannot be canonical
  }
}

/** What is JSON no longer is left as text. */
function asJson(changed: Uint8Array): unknown {
  const text = Buffer.from(changed).toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function documentsOf({ policy, receipt, nonces, outputs, jobId }: HonestJob): Record<string, DocumentParser> {
  const { commitments, evidence } = receipt;
  const read = { nonce: nonces["anna"] as Uint8Array, receiver: "anna", outputs };
  return {
    signatures: { genuine: plain(receipt.signatures), read: (value) => verifyPolicySignatures(policy, value) },
    narrowing: { genuine: {}, read: (value) => parseNarrowing(policy.document, value) },
    "map manifest": { genuine: plain(receipt.map[0]), read: parseMapManifest },
    "reduce manifest": { genuine: plain(receipt.reduce[0]), read: parseReduceManifest },
    "final manifest": { genuine: plain(receipt.final), read: parseFinalManifest },
    commitment: { genuine: plain(commitments[0]), read: (value) => verifyCommitment(policy, parseCommitment(value)) },
    request: { genuine: plain(receipt.requests[0]), read: (value) => verifyRequest(policy, parseRequest(value)) },
    plan: { genuine: plain(receipt.plan), read: (value) => verifyPlan(policy, parsePlan(value), commitments) },
    receipt: { genuine: plain(receipt), read: (value) => verifyReceipt(parseReceipt(value), policy, read) },
    evidence: {
      genuine: evidence.mappers.map(foldToken)[0] ?? "",
      read: (value) => appraise(value, { policy, role: "mapper", jobId }),
    },
    message: {
      genuine: { id: 1, kind: "map", body: { task: 1, list: [toBase64url(jobId)] } },
      read: (value) => parseMessage([jsonBytes(value as Json), new Uint8Array(3)]),
    },
  };
}

function bytesOf({ policy, receipt, jobId }: HonestJob): Record<string, BytesParser> {
  return {
    policy: { bytes: policy.bytes, read: parsePolicy },
    "receipt's file": { bytes: encodeReceipt(receipt), read: parseReceipt },
    "receipt's bytes": { bytes: canonicalBytes(plain(receipt)), read: parseReceipt },
    "evidence's bytes": {
      bytes: utf8(foldToken(receipt.evidence.broker)),
      read: (value) => appraise(Buffer.from(value).toString("latin1"), { policy, role: "broker" }),
    },
    body: { bytes: jsonBytes({ kind: "provision", key: toBase64url(jobId) }), read: parseBody },
  };
}

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function streams(): Record<string, BytesParser> {
  const key = new Uint8Array(32).fill(7);
  const id = digest(new Uint8Array(32).fill(8));
  const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);
  const name = { owner: "a", input: "b", epoch: 1, index: 0 };
  const cell = { jobId: id, task: 0, attempt: random(16), partition: 0 };
  const place = { jobId: id, output: "o", partition: 0, attempt: random(16) };
  const pairs = new PairWriter(1, random(16));
  pairs.add({ kind: 0, key: "k", values: 3, state: "[1,2,3]" });
  pairs.add({ kind: 1, key: "[1,true]", values: 300, state: '{"a":1}' });
  const [stream = new Uint8Array()] = pairs.finish();
  const results = new ResultWriter();
  results.add(0, "k", "1");
  results.add(1, "2.5", '{"a":[null]}');
  const result = results.finish();
  const recipient = ExchangeKey.fromSecret(key);
  const prologue = utf8("prologue");
  return {
    chunk: { bytes: sealChunk(key, name, utf8("records\n"), random), read: (sealed) => openChunk(key, name, sealed) },
    cell: { bytes: sealCell(key, cell, stream, 1), read: (sealed) => openCell({ key, place: cell }, sealed, 1) },
    output: { bytes: sealOutput({ key, place }, result), read: (sealed) => openOutput(key, place, sealed) },
    pairs: { bytes: stream, read: (bytes) => readPairs(bytes, () => undefined) },
    results: { bytes: result, read: (bytes) => [...readResults(bytes)] },
    "one way": {
      bytes: sealOneWay(recipient.publicKey, prologue, utf8("secret"), random),
      read: (sealed) => openOneWay(recipient, prologue, sealed),
    },
  };
}
