/**
 * An honest job from commitments to receipt, made without threads: what owners, sandboxes and the broker sign is signed
 * here by their keys. A test may change any document before it is signed; whatever comes after is made over the change.
 */

import { toBase64url } from "../../lib/crypto/bytes.ts";
import { type Digest, digest, sha256 } from "../../lib/crypto/hash.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { merkleRoot } from "../../lib/data/merkle.ts";
import type { Signed } from "../../lib/data/signed.ts";
import { certificateId, makeEvidence, type Role } from "../../lib/identity/evidence.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../lib/policy/policy.ts";
import { signPolicy } from "../../lib/policy/sign.ts";
import { budgetHead } from "../../lib/proof/budget.ts";
import { commitSetHash } from "../../lib/proof/commit-set.ts";
import { type Commitment, type CommitmentDocument, signCommitment } from "../../lib/proof/commitment.ts";
import { jobId as deriveJobId, queryId as deriveQueryId } from "../../lib/proof/ids.ts";
import {
  type FinalManifest,
  manifestHash,
  type MapManifest,
  outputDigest,
  type ReduceManifest,
  signManifest,
} from "../../lib/proof/manifest.ts";
import { makePlan, type PlanDocument } from "../../lib/proof/plan.ts";
import type { Receipt } from "../../lib/proof/receipt.ts";
import { type Request, type RequestDocument, signRequest } from "../../lib/proof/request.ts";
import {
  attester,
  exchangeKeyOf,
  keys,
  now,
  type Platform,
  policyDocument,
  program,
  signingKeyOf,
} from "../identity/_sandbox.ts";

/** What a test changes. Every function gets the honest documents, and gives those that are signed instead. */
export interface Changes {
  readonly policy?: Partial<PolicyDocument>;
  readonly requests?: (documents: readonly RequestDocument[]) => readonly RequestDocument[];
  readonly commitments?: (documents: readonly CommitmentDocument[]) => readonly CommitmentDocument[];
  readonly plan?: (plan: PlanDocument) => PlanDocument;
  /** What one sandbox attests, where that is not the truth. */
  readonly attest?: (role: Role, index: number) => Platform & Partial<SandboxFacts>;
  readonly map?: (documents: readonly MapManifest[]) => readonly MapManifest[];
  readonly reduce?: (documents: readonly ReduceManifest[]) => readonly ReduceManifest[];
  readonly final?: (document: FinalManifest) => FinalManifest;
  /** Chunks of each input. */
  readonly chunks?: Readonly<Record<string, number>>;
  readonly partitions?: number;
  /** Queries that the broker released before. */
  readonly released?: readonly Digest[];
}

export interface SandboxFacts {
  readonly role: Role;
  readonly jobId: Digest | undefined;
  readonly nonce: Uint8Array;
  readonly policyHash: Digest;
  readonly programHash: Digest;
  readonly issuedAt: number;
  readonly index: number;
}

export interface Job {
  readonly policy: Policy;
  readonly receipt: Receipt;
  readonly jobId: Digest;
  readonly queryId: Digest;
  readonly nonces: Readonly<Record<string, Uint8Array>>;
  /** Sealed partitions by output, which here are any bytes. */
  readonly outputs: Readonly<Record<string, readonly Uint8Array[]>>;
  readonly sandboxes: Sandboxes;
}

/** A sandbox's key and evidence. */
export interface Sandbox {
  readonly key: SigningKey;
  readonly evidence: string;
  readonly certId: string;
}

interface Sandboxes {
  readonly broker: Sandbox;
  readonly mappers: readonly Sandbox[];
  readonly reducers: readonly Sandbox[];
}

export const bytesOf = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill);
const text = toBase64url;

/** The sandbox that maps a task: two of them take turns. */
const mapperOf = (task: number): number => task % 2;
const firstKey: Readonly<Record<Role, number>> = { broker: 20, mapper: 30, reducer: 40 };

/** The leaf of a chunk, which here is any digest of its name. */
export function leafOf(input: string, index: number): Digest {
  return sha256(Buffer.from(`${input} ${index}`));
}

/** Runs the job: two owners, three chunks of `books` and one of `more`, four tasks, two partitions, two receivers. */
export async function makeJob(changes: Changes = {}): Promise<Job> {
  const policy = makePolicy(policyDocument(changes.policy));
  const nonces = { carol: bytesOf(32, 51), alice: bytesOf(32, 52) };
  const requests = makeRequests(policy, nonces, changes);
  const commitments = makeCommitments(policy, changes);
  const honest = makePlan(commitments, { mappers: 2, partitions: changes.partitions ?? 2 });
  const plan = changes.plan?.(honest) ?? honest;
  const queryId = deriveQueryId(policy, requests, commitments);
  const jobId = deriveJobId(queryId, plan);
  const sandboxes = await makeSandboxes(policy, jobId, plan, changes);
  const outputs = Object.fromEntries(
    policy.document.outputs.map(({ name }, i) => [
      name,
      Array.from({ length: plan.partitions }, (_, r) => bytesOf(64, 16 * i + r)),
    ]),
  );
  const map = makeMap(jobId, plan, sandboxes, changes);
  const reduce = makeReduce(jobId, map, outputs, sandboxes, plan, changes);
  const final = makeFinal({ policy, requests, commitments, jobId, queryId, map, reduce, sandboxes }, changes);
  const receipt: Receipt = {
    sealfold: "receipt/1",
    policyHash: text(policy.hash),
    signatures: policy.document.parties.map(({ name }) => signPolicy(policy, name, keys[name as "alice"])),
    requests,
    commitments,
    plan,
    evidence: {
      broker: sandboxes.broker.evidence,
      mappers: sandboxes.mappers.map(({ evidence }) => evidence),
      reducers: sandboxes.reducers.map(({ evidence }) => evidence),
    },
    map,
    reduce,
    final,
  };
  return { policy, receipt, jobId, queryId, nonces, outputs, sandboxes };
}

function makeRequests(policy: Policy, nonces: Job["nonces"], { requests = (all) => all }: Changes): readonly Request[] {
  const honest = Object.entries(nonces).map(([receiver, nonce], i) => ({
    policyHash: text(policy.hash),
    receiver,
    nonce: text(nonce),
    key: text(exchangeKeyOf(60 + i).publicKey),
  }));
  return requests(honest).map((document) => signRequest(document, keys[document.receiver as "carol"]));
}

function makeCommitments(policy: Policy, changes: Changes): readonly Commitment[] {
  const { commitments = (all) => all, chunks: sizes = { books: 3, more: 1 } } = changes;
  const honest = Object.entries(sizes).map(([input, chunks]) => ({
    policyHash: text(policy.hash),
    owner: input === "books" ? "alice" : "bob",
    input,
    epoch: 4,
    chunks,
    root: text(merkleRoot(Array.from({ length: chunks }, (_, index) => leafOf(input, index)))),
  }));
  return commitments(honest).map((document) => signCommitment(document, keys[document.owner as "alice"]));
}

async function makeSandboxes(policy: Policy, jobId: Digest, plan: PlanDocument, changes: Changes): Promise<Sandboxes> {
  const start = async (role: Role, index: number): Promise<Sandbox> => {
    const key = signingKeyOf(firstKey[role] + index);
    const lies = changes.attest?.(role, index) ?? {};
    const broker = role === "broker";
    const honest = {
      role,
      index,
      nonce: broker ? jobId : bytesOf(32, 70),
      policyHash: policy.hash,
      programHash: program,
      jobId: broker ? undefined : jobId,
      signingKey: key.publicKey,
      channelKey: exchangeKeyOf(firstKey[role] + index).publicKey,
      issuedAt: now,
      lifetime: 300,
    };
    const { measurement, debug, operator, name, ...facts } = lies;
    const platform = { ...(measurement && { measurement }), ...(debug && { debug }), ...(operator && { operator }) };
    const evidence = await makeEvidence({ ...honest, ...facts }, key, attester({ ...platform, ...(name && { name }) }));
    return { key, evidence, certId: text(certificateId(evidence)) };
  };
  const several = (role: Role, count: number): Promise<Sandbox[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => start(role, index)));
  return {
    broker: await start("broker", 0),
    mappers: await several("mapper", Math.min(2, plan.tasks.length)),
    reducers: await several("reducer", plan.partitions),
  };
}

function makeMap(
  jobId: Digest,
  plan: PlanDocument,
  { mappers }: Sandboxes,
  { map = (all) => all }: Changes,
): readonly Signed<MapManifest>[] {
  const honest = plan.tasks.map(({ owner, input, first, count }, task) => ({
    jobId: text(jobId),
    task,
    attempt: text(bytesOf(16, task)),
    certId: mappers[mapperOf(task)]?.certId ?? "",
    inputs: Array.from({ length: count }, (_, i) => ({
      owner,
      input,
      index: first + i,
      leaf: text(leafOf(input, first + i)),
    })),
    outputs: Array.from({ length: plan.partitions }, (_, partition) => ({
      partition,
      batches: 1,
      digest: text(sha256(bytesOf(8, 16 * task + partition))),
    })),
    counts: text(bytesOf(16 + 8 * (2 + plan.partitions), task)),
  }));
  return map(honest).map((document) => {
    const signer = mappers.find(({ certId }) => certId === document.certId)?.key ?? signingKeyOf(90);
    return signManifest("map manifest", document, signer);
  });
}

function makeReduce(
  jobId: Digest,
  map: readonly Signed<MapManifest>[],
  outputs: Job["outputs"],
  { reducers }: Sandboxes,
  plan: PlanDocument,
  { reduce = (all) => all }: Changes,
): readonly Signed<ReduceManifest>[] {
  const honest = Array.from({ length: plan.partitions }, (_, partition) => ({
    jobId: text(jobId),
    partition,
    attempt: text(bytesOf(16, 100 + partition)),
    certId: reducers[partition]?.certId ?? "",
    commitSet: text(commitSetHash(jobId, map)),
    outputs: Object.entries(outputs).map(([name, sealed]) => ({
      name,
      digest: text(sha256(sealed[partition] ?? new Uint8Array())),
    })),
    counts: text(bytesOf(24, partition)),
  }));
  return reduce(honest).map((document) => {
    const signer = reducers.find(({ certId }) => certId === document.certId)?.key ?? signingKeyOf(90);
    return signManifest("reduce manifest", document, signer);
  });
}

interface Done extends Pick<Job, "policy" | "jobId" | "queryId" | "sandboxes"> {
  readonly requests: readonly Request[];
  readonly commitments: readonly Commitment[];
  readonly map: readonly Signed<MapManifest>[];
  readonly reduce: readonly Signed<ReduceManifest>[];
}

function makeFinal(done: Done, { final = (one) => one, released = [] }: Changes): Signed<FinalManifest> {
  const { policy, requests, commitments, jobId, queryId, map, reduce, sandboxes } = done;
  const given = commitments.map(({ document }) => document.input);
  const entries = [...released, queryId];
  const honest: FinalManifest = {
    jobId: text(jobId),
    queryId: text(queryId),
    policyHash: text(policy.hash),
    certId: sandboxes.broker.certId,
    commitSet: text(commitSetHash(jobId, map)),
    reduce: reduce.map((manifest) => text(manifestHash("reduce manifest", manifest))),
    outputs: policy.document.outputs.map(({ name, receivers }) => ({
      name,
      digest: text(outputDigestOrNothing(jobId, name, reduce)),
      wraps: requests
        .map(({ document }) => document.receiver)
        .filter((receiver) => receivers.includes(receiver))
        .map((receiver) => ({ receiver, wrap: text(bytesOf(80, 80)) })),
    })),
    narrowing: {},
    budget: { entries: entries.map(text), head: text(budgetHead(entries)) },
    excluded: policy.document.inputs.map(({ name }) => name).filter((name) => !given.includes(name)),
  };
  return signManifest("final manifest", final(honest), sandboxes.broker.key);
}

/** A broker that does not look: an output that a reducer left out has some digest all the same. */
function outputDigestOrNothing(jobId: Digest, name: string, reduce: readonly Signed<ReduceManifest>[]): Digest {
  const whole = reduce.every(({ document }) => document.outputs.some((output) => output.name === name));
  return whole ? outputDigest(jobId, name, reduce) : digest(bytesOf(32, 0));
}
