import { expect } from "chai";

import { aesGcm, nonceLength } from "../../lib/crypto/aead.ts";
import { concat, toBase64url } from "../../lib/crypto/bytes.ts";
import { context } from "../../lib/crypto/context.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { batchBytes, openCell } from "../../lib/data/cells.ts";
import { minOutputBytes, openOutput, readResults } from "../../lib/data/output.ts";
import { readPairs } from "../../lib/data/pairs.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import { draftNames, draftPolicy } from "../../lib/policy/draft.ts";
import { makePolicy, parsePolicy } from "../../lib/policy/policy.ts";
import { parseToken } from "../../lib/identity/jwt.ts";
import { checkModule } from "../../lib/program/wasm/check-module.ts";
import { signCommitment, verifyCommitment } from "../../lib/proof/commitment.ts";
import { verifyPlan } from "../../lib/proof/plan.ts";
import { maxHeaderBytes, maxParts, parseMessage } from "../../lib/sandbox/message.ts";
import { growthBytes } from "../../lib/sandbox/process/allowance.ts";
import { FrameReader, maxFrameBytes } from "../../lib/sandbox/process/frames.ts";
import { channelOf, expectCode } from "../channel/two-sides.ts";
import { u32 } from "../program/wasm/_module.ts";
import { openRealm, script } from "../sandbox/realm/_realms.ts";

const MiB = 1024 * 1024;
const huge = 2 ** 32;
const most = huge - 1;

const key = new Uint8Array(32).fill(1);
const id = new Uint8Array(32);
const attempt = new Uint8Array(16);
const person = SigningKey.fromSeed(key);
const policy = makePolicy(
  draftPolicy({
    key: person.publicKey,
    platformKey: person.publicKey,
    programMeasurement: id,
    runtimeMeasurement: id,
    format: { kind: "lines" },
    now: 1_700_000_000,
  }),
);
const owner = policy.document.host;
const input = draftNames.input;

/** Of so many chunks, signed by their owner. */
function commitmentTo(chunks: number): ReturnType<typeof signCommitment> {
  const policyHash = toBase64url(policy.hash);
  return signCommitment({ policyHash, owner, input, epoch: 1, chunks, root: toBase64url(id) }, person);
}

/** One block of `length` bytes, sealed by somebody who has the key, that says it begins a stream of 2^32 - 1 bytes. */
function lying(length: number, data: Uint8Array): Uint8Array {
  const plain = new Uint8Array(length);
  plain.set([255, 255, 255, 255]);
  return aesGcm.seal(key, new Uint8Array(nonceLength), data, plain);
}

const little = (...numbers: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer);
const module = (...bytes: readonly number[]): Uint8Array => Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...bytes);
const frames = (maxBytes: number): FrameReader => new FrameReader(maxBytes, () => expect.fail("a frame was read"));
const nobody = (): never => expect.fail("something was read");

const cell = { jobId: id, task: 0, attempt, partition: 0 };
const cellData = context("batch", id, 0, attempt, 0, 0, 1);
const output = { jobId: id, output: "o", partition: 0, attempt };
const outputData = context("output", id, "o", 0, attempt, 0, 1);

// what is given is made before memory is looked at
const tooLong = new Uint8Array(65 * MiB);
const header = new Uint8Array(maxHeaderBytes + 1);
const [, receiver] = channelOf("XX");
const realm = openRealm(script("(record, emit) => emit('all', 1)"), { format: { kind: "bytes" } });
const longModule = concat(module(), tooLong);

const announced: readonly (readonly [what: string, code: ErrorCode, read: () => unknown])[] = [
  ["a frame from a sandbox's process", "MESSAGE_FORMAT", () => frames(growthBytes(256)).push(little(1, 1, most))],
  ["a frame of two such parts", "MESSAGE_FORMAT", () => frames(growthBytes(256)).push(little(1, 2, 2 ** 31, 2 ** 31))],
  ["a frame to a sandbox's process", "MESSAGE_FORMAT", () => frames(maxFrameBytes).push(little(1, 1, most))],
  ["a frame of so many parts", "MESSAGE_FORMAT", () => frames(maxFrameBytes).push(little(1, most))],
  ["a message of too many parts", "MESSAGE_FORMAT", () => parseMessage(new Array(maxParts + 2))],
  ["a message with too long a header", "MESSAGE_FORMAT", () => parseMessage([header])],
  ["a long message on a channel", "CHANNEL_MESSAGE", () => receiver.receiveLong(tooLong)],
  ["one message on a channel", "CHANNEL_MESSAGE", () => receiver.receive(tooLong)],
  ["a stream in a cell", "BATCH_ALTERED", () => openCell({ key, place: cell }, lying(batchBytes, cellData), 1)],
  ["a cell of so many batches", "BATCH_ALTERED", () => openCell({ key, place: cell }, new Uint8Array(100), huge)],
  ["so many pairs", "BATCH_ALTERED", () => readPairs(Uint8Array.of(255, 255, 255, 255), nobody)],
  ["the key of a pair", "BATCH_ALTERED", () => readPairs(Uint8Array.of(0, 0, 0, 1, 0, ...u32(most)), nobody)],
  ["a pair's state", "BATCH_ALTERED", () => readPairs(Uint8Array.of(0, 0, 0, 1, 0, 1, 97, 1, ...u32(huge)), nobody)],
  ["a stream in an output", "OUTPUT_ALTERED", () => openOutput(key, output, lying(minOutputBytes, outputData))],
  ["so many results", "OUTPUT_ALTERED", () => [...readResults(Uint8Array.of(255, 255, 255, 255))]],
  ["a result's text", "OUTPUT_ALTERED", () => [...readResults(Uint8Array.of(0, 0, 0, 1, 0, 1, 97, ...u32(huge)))]],
  ["a record of bytes in a chunk", "DATA_RECORD", () => realm.mapChunk(Uint8Array.of(255, 255, 255, 255, 1))],
  ["so many chunks", "LIMIT_INPUT", () => verifyCommitment(policy, commitmentTo(huge))],
  [
    "so many partitions",
    "DENIED_CAP",
    () => verifyPlan(policy, { partitions: huge, tasks: [], padding: "cell-max" }, []),
  ],
  [
    "a task of so many chunks",
    "PLAN",
    () => {
      const tasks = [{ owner, input, first: 0, count: huge }];
      verifyPlan(policy, { partitions: 1, tasks, padding: "cell-max" }, [commitmentTo(1)]);
    },
  ],
  ["a policy", "POLICY_FORMAT", () => parsePolicy(tooLong)],
  ["evidence", "EVIDENCE_FORMAT", () => parseToken("e".repeat(MiB))],
  ["a section of a module", "PROGRAM_REFUSED", () => checkModule(module(1, ...u32(most)))],
  ["so many types of a module", "PROGRAM_REFUSED", () => checkModule(module(1, 5, ...u32(most)))],
  ["a name in a module", "PROGRAM_REFUSED", () => checkModule(module(0, 5, ...u32(most)))],
  ["a module", "PROGRAM_REFUSED", () => checkModule(longModule)],
];

describe("claims: announced sizes", () => {
  for (const [what, code, read] of announced) {
    it(`of 2^32 or more than there may be are refused before anything is set aside: ${what}`, () => {
      const before = taken();
      expectCode(read, code);
      expect(taken() - before).to.be.below(16 * MiB);
    });
  }
});

/** Bytes of objects and buffers that were taken and not yet collected. */
function taken(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
