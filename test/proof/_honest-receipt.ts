/**
 * One honest job made by hand: two owners, two receivers, two mappers, two reducers, five chunks in four tasks. Every
 * step can be changed before it is signed, so that an attack is caught by nothing but the check that is meant for it.
 */

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { sealedCountersLength } from "../../lib/data/counters.ts";
import { merkleRoot, subtreeRoots } from "../../lib/data/merkle.ts";
import type { Signed } from "../../lib/data/signed.ts";
import { certificateId } from "../../lib/identity/evidence.ts";
import { showToken } from "../../lib/identity/shown-token.ts";
import { joinNarrowings, type Narrowing, narrowPolicy, noNarrowing } from "../../lib/policy/narrow.ts";
import type { Policy } from "../../lib/policy/policy.ts";
import { signPolicy } from "../../lib/policy/sign.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import { type Commitment, type CommitmentDocument, signCommitment } from "../../lib/proof/commitment.ts";
import { commitSetHash } from "../../lib/proof/commit-set.ts";
import { jobId as deriveJobId, queryId as deriveQueryId } from "../../lib/proof/ids.ts";
import {
  type FinalManifest,
  manifestHash,
  type MapManifest,
  outputDigest,
  type ReduceManifest,
  signManifest,
} from "../../lib/proof/manifest.ts";
import type { PlanDocument } from "../../lib/proof/plan.ts";
import { type Receipt, receiptVersion } from "../../lib/proof/receipt.ts";
import { type Request, type RequestDocument, signRequest } from "../../lib/proof/request.ts";
import { requestHash, signTransfer, type Transfer, type TransferDocument } from "../../lib/proof/transfer.ts";
import { bytesOf, type EvidenceChanges, evidenceOf, keyOf, policyOf, type Sandbox } from "./_people.ts";

/** What a hostile operator or coordinator may put in, before it is signed. */
export interface Changes extends EvidenceChanges {
  readonly policy?: Policy;
  readonly requests?: (document: RequestDocument) => RequestDocument;
  /** Receivers whose requests were moved to the releasing broker. */
  readonly moved?: readonly string[];
  readonly transfers?: (document: TransferDocument) => TransferDocument;
  /** Brokers that died before the releasing one, by the names of their keys. */
  readonly lineage?: readonly string[];
  readonly commitments?: (document: CommitmentDocument) => CommitmentDocument;
  readonly absent?: readonly string[];
  readonly plan?: (plan: PlanDocument) => PlanDocument;
  readonly map?: (document: MapManifest, task: number) => MapManifest;
  readonly reduce?: (document: ReduceManifest, partition: number) => ReduceManifest;
  readonly final?: (document: FinalManifest) => FinalManifest;
  /** Signs instead of the sandbox itself. */
  readonly signer?: (sandbox: Sandbox) => SigningKey;
  /** What the program narrowed in each partition, honestly. */
  readonly narrowed?: readonly Narrowing[];
  /** Queries released before this one. */
  readonly released?: readonly Digest[];
}

export interface HonestJob {
  readonly policy: Policy;
  readonly receipt: Receipt;
  readonly query: Digest;
  readonly jobId: Digest;
  /** Each receiver's nonce. */
  readonly nonces: Readonly<Record<string, Uint8Array>>;
  /** Sealed partitions by output. */
  readonly outputs: Readonly<Record<string, readonly Uint8Array[]>>;
}

const mappers: readonly Sandbox[] = [0, 1].map((index) => ({ role: "mapper", index, name: `mapper ${index}` }));
const reducers: readonly Sandbox[] = [0, 1].map((index) => ({ role: "reducer", index, name: `reducer ${index}` }));
const broker: Sandbox = { role: "broker", index: 0, name: "broker" };
const brokerKey = toBase64url(keyOf("broker").publicKey);

/** Two brokers died before this one: Anna asked the second, Carla the first, and both moved their requests. */
export const third: Changes = {
  lineage: ["first broker", "second broker"],
  moved: ["anna", "carla"],
  requests: (document) => ({
    ...document,
    broker: toBase64url(keyOf(document.receiver === "anna" ? "second broker" : "first broker").publicKey),
  }),
};

export async function honestJob(changes: Changes = {}): Promise<HonestJob> {
  const policy = changes.policy ?? policyOf();
  const requests = requestsOf(policy, changes);
  const commitments = commitmentsOf(policy, changes);
  const plan = (changes.plan ?? ((same) => same))(planOf(commitments));
  const query = deriveQueryId(policy, requests, commitments);
  const jobId = deriveJobId(query, plan);
  const attest = (sandbox: Sandbox): Promise<string> => evidenceOf(sandbox, policy, jobId, changes);
  const evidence = {
    broker: await attest(broker),
    mappers: await Promise.all(mappers.map(attest)),
    reducers: await Promise.all(reducers.map(attest)),
  };
  const signer = changes.signer ?? (({ name }: Sandbox) => keyOf(name));
  const map = plan.tasks.map((task, index) => {
    const document = mapDocument(jobId, plan, index, evidence.mappers[index % 2] ?? "");
    return signManifest(
      "map manifest",
      changes.map?.(document, index) ?? document,
      signer(mappers[index % 2] ?? broker),
    );
  });
  const commitSet = commitSetHash(jobId, map);
  const reduce = Array.from({ length: plan.partitions }, (_, index) => {
    const document = reduceDocument(policy, jobId, index, {
      commitSet,
      evidence: evidence.reducers[index % 2] ?? "",
      changes,
    });
    const signed = changes.reduce?.(document, index) ?? document;
    return signManifest("reduce manifest", signed, signer(reducers[index % 2] ?? broker));
  });
  const document = finalDocument(policy, {
    query,
    jobId,
    commitSet,
    reduce,
    requests,
    evidence: evidence.broker,
    changes,
  });
  const final = signManifest("final manifest", changes.final?.(document) ?? document, signer(broker));
  const signatures = policy.document.parties.map(({ name }) => signPolicy(policy, name, keyOf(name)));
  const policyHash = toBase64url(policy.hash);
  return {
    policy,
    query,
    jobId,
    receipt: {
      sealfold: receiptVersion,
      policyHash,
      signatures,
      requests,
      transfers: transfersOf(policy, requests, changes),
      commitments,
      plan,
      evidence: {
        broker: showToken(evidence.broker),
        mappers: evidence.mappers.map(showToken),
        reducers: evidence.reducers.map(showToken),
      },
      map,
      reduce,
      final,
    },
    nonces: Object.fromEntries(["anna", "carla"].map((name) => [name, bytesOf(`nonce of ${name}`)])),
    outputs: Object.fromEntries(policy.document.outputs.map(({ name }) => [name, [0, 1].map((r) => sealed(name, r))])),
  };
}

function requestsOf(policy: Policy, { requests = (same) => same }: Changes): readonly Request[] {
  return ["anna", "carla"].map((receiver) => {
    const key = toBase64url(ExchangeKey.fromSecret(bytesOf(`result key of ${receiver}`)).publicKey);
    const nonce = toBase64url(bytesOf(`nonce of ${receiver}`));
    const document = { policyHash: toBase64url(policy.hash), broker: brokerKey, receiver, nonce, key };
    return signRequest(requests(document), keyOf(receiver));
  });
}

function transfersOf(
  policy: Policy,
  requests: readonly Request[],
  { moved = [], transfers = (same) => same }: Changes,
): readonly Transfer[] {
  return requests
    .filter(({ document }) => moved.includes(document.receiver))
    .map((request) => {
      const { receiver } = request.document;
      const key = toBase64url(ExchangeKey.fromSecret(bytesOf(`new result key of ${receiver}`)).publicKey);
      const document = { policyHash: toBase64url(policy.hash), request: requestHash(request), broker: brokerKey, key };
      return signTransfer(transfers(document), keyOf(receiver));
    });
}

function commitmentsOf(policy: Policy, { commitments = (same) => same, absent = [] }: Changes): readonly Commitment[] {
  const held = [
    { owner: "anna", input: "a", chunks: 3 },
    { owner: "ben", input: "b", chunks: 2 },
  ].filter(({ input }) => !absent.includes(input));
  return held.map(({ owner, input, chunks }) => {
    const leaves = Array.from({ length: chunks }, (_, index) => leafOf(input, index));
    const root = toBase64url(merkleRoot(leaves));
    const document = { policyHash: toBase64url(policy.hash), owner, input, epoch: 7, chunks, root };
    return signCommitment(commitments(document), keyOf(owner));
  });
}

/** Tasks of two chunks and of one, two tasks for each owner. */
function planOf(commitments: readonly Commitment[]): PlanDocument {
  const tasks = commitments.flatMap(({ document: { owner, input, chunks } }) => [
    { owner, input, first: 0, count: chunks - 1 },
    { owner, input, first: chunks - 1, count: 1 },
  ]);
  return { partitions: 2, tasks, padding: "cell-max" };
}

export function leafOf(input: string, index: number): Digest {
  return bytesOf(`leaf ${input} ${index}`);
}

function mapDocument(jobId: Digest, { tasks, partitions }: PlanDocument, index: number, evidence: string): MapManifest {
  const { owner, input, first, count } = tasks[index] ?? { owner: "", input: "", first: 0, count: 0 };
  return {
    jobId: toBase64url(jobId),
    task: index,
    attempt: toBase64url(bytesOf(`attempt ${index}`).subarray(0, 16)),
    certId: toBase64url(certificateId(evidence)),
    inputs: {
      owner,
      input,
      first,
      count,
      roots: subtreeRoots(
        first,
        Array.from({ length: count }, (_, i) => leafOf(input, first + i)),
      ).map(toBase64url),
    },
    outputs: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      batches: 1,
      digest: toBase64url(bytesOf(`cell ${index} ${partition}`)),
    })),
    counts: toBase64url(new Uint8Array(8 * (2 + partitions) + 16).fill(index)),
  };
}

function sealed(output: string, partition: number): Uint8Array {
  return Buffer.from(`sealed ${output} ${partition}`);
}

function reduceDocument(
  policy: Policy,
  jobId: Digest,
  partition: number,
  {
    commitSet,
    evidence,
    changes,
  }: { readonly commitSet: Digest; readonly evidence: string; readonly changes: Changes },
): ReduceManifest {
  return {
    jobId: toBase64url(jobId),
    partition,
    attempt: toBase64url(bytesOf(`reduce attempt ${partition}`).subarray(0, 16)),
    certId: toBase64url(certificateId(evidence)),
    commitSet: toBase64url(commitSet),
    outputs: narrowPolicy(policy.document, joinOf(changes)).outputs.map(({ name }) => ({
      name,
      digest: toBase64url(sha256(sealed(name, partition))),
    })),
    counts: toBase64url(new Uint8Array(24).fill(partition)),
    narrowed: changes.narrowed?.[partition] ?? noNarrowing,
    applied: joinOf(changes),
  };
}

interface Finished {
  readonly query: Digest;
  readonly jobId: Digest;
  readonly commitSet: Digest;
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly requests: readonly Request[];
  readonly evidence: string;
  readonly changes: Changes;
}

function finalDocument(policy: Policy, finished: Finished): FinalManifest {
  const { query, jobId, commitSet, reduce, requests, evidence, changes } = finished;
  const entries = [...(changes.released ?? [bytesOf("an earlier query")]), query];
  const asked = requests.map(({ document }) => document.receiver);
  return {
    jobId: toBase64url(jobId),
    queryId: toBase64url(query),
    policyHash: toBase64url(policy.hash),
    certId: toBase64url(certificateId(evidence)),
    commitSet: toBase64url(commitSet),
    reduce: reduce.map((manifest) => toBase64url(manifestHash("reduce manifest", manifest))),
    outputs: narrowPolicy(policy.document, joinOf(changes)).outputs.map(({ name, receivers }) => ({
      name,
      digest: toBase64url(digestOf(jobId, name, reduce)),
      wraps: asked
        .filter((receiver) => receivers.includes(receiver))
        .map((receiver) => ({ receiver, wrap: toBase64url(new Uint8Array(80).fill(receiver.length)) })),
      counters: toBase64url(new Uint8Array(sealedCountersLength(policy.document.counters.length)).fill(7)),
    })),
    narrowing: joinOf(changes),
    budget: { entries: entries.map(toBase64url), head: toBase64url(budgetHead(entries)) },
    excluded: ["a", "b", "d"].filter((name) => name === "d" || (changes.absent ?? []).includes(name)),
    lineage: (changes.lineage ?? []).map((name) => toBase64url(keyOf(name).publicKey)),
  };
}

export function joinOf({ narrowed = [] }: Changes): Narrowing {
  return narrowed.reduce(joinNarrowings, noNarrowing);
}

/** A hostile broker would put in whatever there is. */
function digestOf(jobId: Digest, name: string, reduce: readonly Signed<ReduceManifest>[]): Digest {
  const isThere = reduce.every(({ document }) => document.outputs.some((output) => output.name === name));
  return isThere ? outputDigest(jobId, name, reduce) : bytesOf("no such output");
}
