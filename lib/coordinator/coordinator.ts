/**
 * The coordinator: an untrusted scheduler. It starts a broker for one signed policy, takes sealed inputs, runs jobs on
 * a fleet of sandboxes, and hands out sealed results with their receipts. It never holds a key or a record.
 */

import { availableParallelism } from "node:os";

import { toBase64url } from "../crypto/bytes.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { chunkOverhead } from "../data/chunk.ts";
import type { ChunkShelf } from "../data/chunk-shelf.ts";
import { SealfoldError } from "../errors.ts";
import { type Policy, parsePolicy, type PolicyInput } from "../policy/policy.ts";
import { expectChunkBytes, grants, inputNamed } from "../policy/questions.ts";
import type { PolicySignature } from "../policy/sign.ts";
import { type Commitment, verifyCommitment } from "../proof/commitment.ts";
import { makePlan, type PlanOptions } from "../proof/plan.ts";
import { type Receipt, receiptVersion } from "../proof/receipt.ts";
import type { Request } from "../proof/request.ts";
import type { Transfer } from "../proof/transfer.ts";
import { type Fleet, ThreadFleet } from "../sandbox/fleet.ts";
import type { Asked } from "./asked.ts";
import type { Attendant } from "./attendant.ts";
import type { JobListener, StageRole } from "./events.ts";
import { JobEvents } from "./job-events.ts";
import { ChunkSources } from "./chunk-sources.ts";
import { type Deposit, largestChunks } from "./deposit.ts";
import { Job, type JobParts, type JobResult } from "./job.ts";
import { JobAnew, JobSeat } from "./job-seat.ts";
import { JobProgress } from "./job-progress.ts";
import type { JobRecords } from "./job-records.ts";
import { type Candidate, type Equipment, startCandidate } from "./recruit.ts";
import type { RunningJob, SealedResult } from "./running-job.ts";
import { SpillStore } from "./spill-store.ts";
import { chunkName, type Store } from "./store.ts";
import { Succession } from "./succession.ts";
import { timelyFleet } from "./timely-fleet.ts";
import { systemTiming, type Timing } from "./timing.ts";
import { untilAborted } from "./until-aborted.ts";

/** A timer of Node's holds 31 bits of milliseconds; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

export interface CoordinatorOptions {
  /** The policy's canonical bytes, and every party's signature on them. */
  readonly policy: Uint8Array | Policy;
  readonly signatures: readonly PolicySignature[];
  /** The program's bytes, as `buildProgram` makes them. */
  readonly program: Uint8Array;
  /** The operator's key, which the policy names as the `software` platform's anchor. */
  readonly platformKey?: SigningKey;
  /** Where sandboxes come from. Default: threads of this process. */
  readonly fleet?: Fleet;
  /** Where sealed bytes lie. Default: a `SpillStore`, closed with the coordinator. */
  readonly store?: Store;
  /** Where what is done is kept, so that another process can go on. Default: nowhere. Its store must be `store`. */
  readonly records?: JobRecords | undefined;
  readonly listener?: JobListener;
  /** The time that it waits by. Default: the machine's. */
  readonly timing?: Timing;
}

export interface RunOptions {
  /** Signed requests of the receivers who want this result. */
  readonly requests: readonly Request[];
  /** Of those requests that their receivers moved to a broker's successor themselves. */
  readonly transfers?: readonly Transfer[];
  /** Mapper sandboxes at once; at most the policy's. Default: one per core. */
  readonly mappers?: number | undefined;
  /** Partitions of the key space, one reducer each. Default: the policy's number, at most one per core and per chunk. */
  readonly partitions?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a job is given whatever was asked. */
type OwnParts = Omit<JobParts, "seat" | "plan" | "progress" | "keepRelease">;

export class Coordinator {
  readonly policy: Policy;
  readonly #signatures: readonly PolicySignature[];
  readonly #equipment: Equipment;
  readonly #ownsFleet: boolean;
  readonly #store: Store;
  readonly #ownStore: SpillStore | undefined;
  readonly #chunks: ChunkSources;
  readonly #records: JobRecords | undefined;
  readonly #brokers: Succession;
  readonly #events: JobEvents;
  readonly #timing: Timing;
  readonly #deposits = new Map<string, Deposit>();
  readonly #chunkSizes = new Map<string, number>();
  readonly #warm: Candidate[] = [];
  readonly #closing = new AbortController();
  /** Sandboxes that are to be started beforehand, and how many were. */
  readonly #wanted = { mapper: 0, reducer: 0 };
  readonly #warmed = { mapper: 0, reducer: 0 };

  /**
   * Starts the broker.
   * @throws {SealfoldError} POLICY_* when the policy is not one, is not in force, or lacks a signature
   */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const policy = options.policy instanceof Uint8Array ? parsePolicy(options.policy) : options.policy;
    const fleet = options.fleet ?? (await openThreads(policy, options.platformKey));
    await options.records?.settle();
    const coordinator = new Coordinator(policy, fleet, options);
    try {
      await coordinator.#brokers.ready;
      for (const deposit of (await options.records?.deposits()) ?? []) {
        coordinator.#deposits.set(deposit.commitment.document.input, deposit);
      }
    } catch (error) {
      await coordinator.close();
      throw error;
    }
    return coordinator;
  }

  private constructor(policy: Policy, given: Fleet, options: CoordinatorOptions) {
    this.policy = policy;
    this.#timing = options.timing ?? systemTiming;
    const fleet = timelyFleet(given, this.#timing);
    this.#signatures = options.signatures;
    this.#equipment = { fleet, platform: fleet.platform, policy: policy.bytes, program: options.program };
    this.#ownsFleet = options.fleet === undefined;
    if (options.store === undefined) this.#store = this.#ownStore = new SpillStore();
    else this.#store = options.store;
    this.#chunks = new ChunkSources(this.#store);
    this.#records = options.records;
    this.#events = new JobEvents(options.listener);
    this.#brokers = new Succession({
      fleet,
      policy,
      signatures: options.signatures,
      store: this.#store,
      keepsReleases: options.records === undefined,
      listener: this.#events.tell,
      timing: this.#timing,
      closing: this.#closing.signal,
    });
  }

  /**
   * Starts sandboxes before there is work for them, so that they load while owners seal: one of each role at once, each
   * further one when another chunk comes, for a job has no more tasks than chunks, and no more partitions unless it is told.
   */
  warm(mappers: number, reducers: number): void {
    const most = this.policy.document.limits; // what is over them would wait for a thread, and keep others waiting
    this.#wanted.mapper = Math.min(mappers, most.mappers);
    this.#wanted.reducer = Math.min(reducers, most.reducers);
    this.#warmFor(this.#chunkSizes.size);
  }

  /**
   * A party is connected from here on: when the broker dies, it is asked for what a successor needs.
   * @param attendant - an `Attendance`
   */
  attend(attendant: Attendant): Promise<void> {
    return this.#brokers.attend(attendant);
  }

  attest(nonce: Uint8Array): Promise<string> {
    return this.#brokers.attest(nonce);
  }

  openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }> {
    return this.#brokers.openChannel(message);
  }

  say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#brokers.say(channel, message);
  }

  /**
   * @param sealed - must not change any more, unless `unkept` is called
   * @param unkept - called with `sealed` when the store has done with them: their memory is free again
   * @throws {SealfoldError} DENIED_PARTY, LIMIT_INPUT unless the policy lets such a chunk be; DATA_FILE
   */
  async putChunk(
    input: string,
    epoch: number,
    index: number,
    sealed: Uint8Array,
    unkept?: (sealed: Uint8Array) => void,
  ): Promise<void> {
    const name = this.#admit(input, epoch, index, sealed.length);
    await this.#store.put(name, sealed, { unkept });
    this.#chunks.stored(name);
  }

  /**
   * @param shelf - has the chunk until it is closed, which is when this coordinator is
   * @throws {SealfoldError} DENIED_PARTY, LIMIT_INPUT unless the policy lets such a chunk be
   */
  offerChunk(input: string, epoch: number, index: number, length: number, shelf: ChunkShelf): Promise<void> {
    this.#chunks.offer(this.#admit(input, epoch, index, length), { shelf, index });
    return Promise.resolve();
  }

  /** @throws {SealfoldError} COMMITMENT, DENIED_PARTY, … unless it is the owner's, and within the policy */
  async commit(commitment: Commitment, leaves: Uint8Array): Promise<void> {
    verifyCommitment(this.policy, commitment);
    const { input, epoch, chunks } = commitment.document;
    const sizes = Array.from({ length: chunks }, (_, i) => this.#chunkSizes.get(chunkName(input, epoch, i)) ?? 0);
    const deposit = { commitment, leaves, sizes };
    await this.#records?.keepDeposit(deposit);
    this.#deposits.set(input, deposit);
  }

  /** Begins one job over everything committed so far. */
  start(options: RunOptions): RunningJob {
    return this.#events.start((tell) => this.#run(options, tell));
  }

  /**
   * Runs one job over everything committed so far: `start`, for who wants nothing but its result.
   * @throws {SealfoldError} whatever stopped it: NOT_READY, PROGRAM_*, LIMIT_*, CANCELLED, DENIED_*, …
   */
  run(options: RunOptions): Promise<SealedResult> {
    return this.start(options).result;
  }

  async #run(options: RunOptions, listener: JobListener): Promise<SealedResult> {
    const { requests, transfers = [], mappers, partitions, signal } = options;
    const { limits } = this.policy.document;
    const narrows = grants(this.policy, "policy.narrow");
    const deposits = [...this.#deposits.values()].sort((a, b) => order(a.commitment, b.commitment));
    const { workers = Infinity } = this.#equipment.fleet;
    const width = Math.min(mappers ?? availableParallelism(), limits.mappers, workers);
    const chunkBytes = largestChunks(deposits);
    const chunks = deposits.reduce((sum, deposit) => sum + deposit.sizes.length, 0);
    const sizes = { mappers: width, partitions: this.#partitions(partitions, narrows, chunks), chunkBytes };
    this.#warmUp("reducer", sizes.partitions);
    const late = new AbortController();
    const reason = new SealfoldError("LIMIT_TIME", `the job took longer than limits.jobSeconds, ${limits.jobSeconds}`);
    const timer = setTimeout(() => late.abort(reason), Math.min(limits.jobSeconds * 1000, longestTimer));
    const stop = AbortSignal.any([late.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const parts = {
      store: this.#store,
      chunks: this.#chunks,
      deposits,
      mappers: width,
      reducers: Math.min(limits.reducers, workers),
      narrows,
      taskTimeout: limits.taskSeconds * 1000,
      batchTimeout: limits.batchSeconds * 1000,
      listener,
      timing: this.#timing,
      signal: stop,
      candidate: (role: StageRole, index: number) => this.#candidate(role, index, listener),
    };
    try {
      return await untilAborted(this.#complete({ requests, transfers }, parts, sizes), stop);
    } finally {
      clearTimeout(timer);
      this.#endWarm();
    }
  }

  /** Where a broker's successor remembers nothing, receivers ask again, and the job begins again as another query. */
  async #complete(first: Asked, parts: OwnParts, sizes: PlanOptions): Promise<SealedResult> {
    for (let asked = first; ;) {
      try {
        return await this.#completeQuery(asked, parts, sizes);
      } catch (error) {
        if (!(error instanceof JobAnew)) throw error;
        asked = error.asked;
      }
    }
  }

  async #completeQuery(asked: Asked, parts: OwnParts, sizes: PlanOptions): Promise<SealedResult> {
    const { deposits } = parts;
    const { requests } = asked;
    const commitments = deposits.map(({ commitment }) => commitment);
    const plan = (await this.#records?.planOf(requests, deposits)) ?? makePlan(commitments, sizes);
    const progress = this.#records && (await JobProgress.of(this.#records, { requests, plan, deposits }));
    const leaves = deposits.map((deposit) => deposit.leaves);
    const seat = new JobSeat(this.#brokers, asked, {
      commitments,
      leaves,
      plan,
      admissions: progress?.admissions ?? [],
    });
    const receiptOf = ({ outputs: _, ...proof }: JobResult): Receipt =>
      this.#receipt({ requests, transfers: seat.asked.transfers, commitments, plan, ...proof });
    const keepRelease: JobParts["keepRelease"] = async (result, memory) =>
      this.#records?.keepRelease(receiptOf(result), memory);
    const result = await new Job({ ...parts, seat, plan, progress, keepRelease }).run();
    return { receipt: receiptOf(result), outputs: result.outputs };
  }

  /** Where the program may narrow, every partition's reducer waits for the others, so that all must find a place. */
  #partitions(wanted: number | undefined, narrows: boolean, chunks: number): number {
    const { partitions, reducers } = this.policy.document.limits;
    const { workers = Infinity } = this.#equipment.fleet;
    const most = narrows ? Math.min(partitions, reducers, workers) : partitions;
    if (wanted === undefined) return Math.min(most, availableParallelism(), Math.max(1, chunks));
    if (!narrows || wanted <= Math.min(reducers, workers)) return wanted;
    if (wanted <= reducers) {
      throw new RangeError(`"partitions" expected at most ${workers}, for which the fleet has room, got ${wanted}`);
    }
    const detail = `a program that may narrow needs a reducer for each of ${wanted} partitions at once; the policy allows`;
    throw new SealfoldError("DENIED_CAP", `${detail} ${reducers}`);
  }

  /** Ends every sandbox and every job; settles when their threads are gone, unless the fleet is somebody else's. */
  async close(): Promise<void> {
    const reason = new SealfoldError("CANCELLED", "the coordinator was closed");
    this.#closing.abort(reason);
    this.#endWarm(reason);
    this.#brokers.end(reason);
    if (this.#ownsFleet) await this.#equipment.fleet.close();
    await this.#chunks.close();
    await this.#ownStore?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @returns the name of a chunk that the policy lets be */
  #admit(input: string, epoch: number, index: number, length: number): string {
    expectChunkBytes(declaredAt(this.policy, input, index), length - chunkOverhead);
    const name = chunkName(input, epoch, index);
    this.#chunkSizes.set(name, length);
    this.#warmFor(this.#chunkSizes.size);
    return name;
  }

  #receipt(parts: Omit<Receipt, "sealfold" | "policyHash" | "signatures" | "policy">): Receipt {
    const policyHash = toBase64url(this.policy.hash);
    return { sealfold: receiptVersion, policyHash, signatures: this.#signatures, ...parts };
  }

  #warmFor(chunks: number): void {
    for (const role of ["mapper", "reducer"] as const) this.#warmUp(role, Math.max(1, chunks));
  }

  #warmUp(role: StageRole, useful: number): void {
    const count = Math.min(this.#wanted[role], useful);
    while (this.#warmed[role] < count) this.#warm.push(this.#start(role, this.#warmed[role]++));
  }

  #candidate(role: StageRole, index: number, tell: JobListener): Candidate {
    const at = this.#warm.findIndex(({ link }) => link.role === role && link.index === index);
    const [warm] = at < 0 ? [] : this.#warm.splice(at, 1);
    return warm ?? this.#start(role, index, tell);
  }

  #start(role: StageRole, index: number, tell: JobListener = this.#events.tell): Candidate {
    const candidate = startCandidate(role, index, this.#equipment);
    try {
      tell({ kind: "start", role, index });
    } catch (error) {
      candidate.link.end();
      throw error;
    }
    return candidate;
  }

  /** What was warmed for a job and not used by it is not left waiting for another one. */
  #endWarm(reason?: SealfoldError): void {
    for (const { link } of this.#warm.splice(0)) link.end(reason);
  }
}

async function openThreads(policy: Policy, platformKey: SigningKey | undefined): Promise<Fleet> {
  if (platformKey === undefined) throw new TypeError('"platformKey" expected the operator\'s SigningKey, or "fleet"');
  const { memoryMiB, mappers, reducers } = policy.document.limits;
  return ThreadFleet.open({ platformKey, memoryMiB, threads: 1 + mappers + reducers });
}

/** @returns the policy's word on `input`, of which a chunk may have this index */
function declaredAt(policy: Policy, input: string, index: number): PolicyInput {
  const declared = inputNamed(policy, input);
  if (declared === undefined) throw new SealfoldError("DENIED_PARTY", `the policy has no input "${input}"`);
  if (Number.isSafeInteger(index) && index >= 0 && index < declared.maxChunks) return declared;
  throw new SealfoldError("LIMIT_INPUT", `${input}: chunk ${index} where ${declared.maxChunks} may be`);
}

function order(a: Commitment, b: Commitment): number {
  return a.document.input < b.document.input ? -1 : 1;
}
