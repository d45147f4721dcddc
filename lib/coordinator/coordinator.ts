/**
 * The coordinator: an untrusted scheduler. It starts a broker for one signed policy, takes sealed inputs, runs jobs on
 * a fleet of sandboxes, and hands out sealed results with their receipts. It never holds a key or a record.
 */

import { availableParallelism } from "node:os";

import { toBase64url } from "../crypto/bytes.ts";
import type { SigningKey } from "../crypto/signature.ts";
import type { Json } from "../data/canonical.ts";
import { chunkOverhead } from "../data/chunk.ts";
import { SealfoldError } from "../errors.ts";
import { type Policy, parsePolicy, type PolicyInput } from "../policy/policy.ts";
import { expectChunkBytes, grants, inputNamed } from "../policy/questions.ts";
import type { PolicySignature } from "../policy/sign.ts";
import { type Commitment, verifyCommitment } from "../proof/commitment.ts";
import { makePlan } from "../proof/plan.ts";
import type { Receipt } from "../proof/receipt.ts";
import type { Request } from "../proof/request.ts";
import { type Fleet, ThreadFleet } from "../sandbox/fleet.ts";
import { partAt } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import { type BrokerSeat, soleBroker } from "./broker-seat.ts";
import type { JobListener, StageRole } from "./events.ts";
import { JobEvents } from "./job-events.ts";
import { type Deposit, largestChunks } from "./deposit.ts";
import { Job, type JobResult } from "./job.ts";
import { JobProgress } from "./job-progress.ts";
import type { JobRecords } from "./job-records.ts";
import { type Candidate, type Equipment, startCandidate } from "./recruit.ts";
import type { RunningJob, SealedResult } from "./running-job.ts";
import { SpillStore } from "./spill-store.ts";
import { chunkName, type Store } from "./store.ts";
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
  /** Mapper sandboxes at once; at most the policy's. Default: one per core. */
  readonly mappers?: number | undefined;
  /** Partitions of the key space, one reducer each. Default: the policy's number, at most one per core. */
  readonly partitions?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Coordinator {
  readonly policy: Policy;
  readonly #signatures: readonly PolicySignature[];
  readonly #equipment: Equipment;
  readonly #ownsFleet: boolean;
  readonly #store: Store;
  readonly #ownStore: SpillStore | undefined;
  readonly #records: JobRecords | undefined;
  readonly #broker: SandboxLink;
  readonly #seat: BrokerSeat;
  readonly #events: JobEvents;
  readonly #timing: Timing;
  readonly #deposits = new Map<string, Deposit>();
  readonly #chunkSizes = new Map<string, number>();
  readonly #warm: Candidate[] = [];
  readonly #closing = new AbortController();
  #mappersWanted = 0;
  #mappersWarmed = 0;

  /**
   * Starts the broker.
   * @throws {SealfoldError} POLICY_* when the policy is not one, is not in force, or lacks a signature
   */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const policy = options.policy instanceof Uint8Array ? parsePolicy(options.policy) : options.policy;
    const fleet = options.fleet ?? (await openThreads(policy, options.platformKey));
    const coordinator = new Coordinator(policy, fleet, options);
    try {
      coordinator.#events.tell({ kind: "start", role: "broker", index: 0 });
      const signatures = options.signatures as unknown as Json;
      await coordinator.#seat.ask("init", { platform: fleet.platform, signatures }, [policy.bytes]);
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
    this.#records = options.records;
    this.#events = new JobEvents(options.listener);
    this.#broker = fleet.start("broker", 0);
    this.#seat = soleBroker(this.#broker);
  }

  /**
   * Starts sandboxes before there is work for them, so that they load while owners seal: reducers and one mapper at
   * once, each further mapper when another chunk comes, for a job has no more tasks than chunks.
   */
  warm(mappers: number, reducers: number): void {
    const most = this.policy.document.limits; // what is over them would wait for a thread, and keep others waiting
    this.#mappersWanted = Math.min(mappers, most.mappers);
    this.#warmMappers();
    for (let i = 0; i < Math.min(reducers, most.reducers); i++) this.#warm.push(this.#start("reducer", i));
  }

  async attest(nonce: Uint8Array): Promise<string> {
    const answer = await this.#seat.ask("attest", { nonce: toBase64url(nonce) });
    return answer.body.text("evidence");
  }

  async openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }> {
    const answer = await this.#seat.ask("open", {}, [message]);
    return { channel: answer.body.integer("channel"), message: partAt(answer, 0) };
  }

  async say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.#seat.ask("say", { channel }, [message])).parts[0];
  }

  /** @throws {SealfoldError} DENIED_PARTY, LIMIT_INPUT unless the policy lets such a chunk be; DATA_FILE */
  async putChunk(input: string, epoch: number, index: number, sealed: Uint8Array): Promise<void> {
    expectChunkBytes(declaredAt(this.policy, input, index), sealed.length - chunkOverhead);
    const name = chunkName(input, epoch, index);
    this.#chunkSizes.set(name, sealed.length);
    this.#warmMappers();
    await this.#store.put(name, sealed);
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

  async #run({ requests, mappers, partitions, signal }: RunOptions, listener: JobListener): Promise<SealedResult> {
    const { limits } = this.policy.document;
    const narrows = grants(this.policy, "policy.narrow");
    const deposits = [...this.#deposits.values()].sort((a, b) => order(a.commitment, b.commitment));
    const { workers = Infinity } = this.#equipment.fleet;
    const width = Math.min(mappers ?? availableParallelism(), limits.mappers, workers);
    const commitments = deposits.map(({ commitment }) => commitment);
    const chunkBytes = largestChunks(deposits);
    const sizes = { mappers: width, partitions: this.#partitions(partitions, narrows), chunkBytes };
    const plan = (await this.#records?.planOf(requests, deposits)) ?? makePlan(commitments, sizes);
    const progress = this.#records && (await JobProgress.of(this.#records, { requests, plan, deposits }));
    const late = new AbortController();
    const reason = new SealfoldError("LIMIT_TIME", `the job took longer than limits.jobSeconds, ${limits.jobSeconds}`);
    const timer = setTimeout(() => late.abort(reason), Math.min(limits.jobSeconds * 1000, longestTimer));
    const stop = AbortSignal.any([late.signal, this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    const receiptOf = ({ outputs: _, ...proof }: JobResult): Receipt =>
      this.#receipt({ requests, transfers: [], commitments, plan, ...proof });
    const job = new Job({
      seat: this.#seat,
      store: this.#store,
      deposits,
      requests,
      plan,
      progress,
      keepRelease: (result) => this.#records?.keepRelease(receiptOf(result)) ?? Promise.resolve(),
      mappers: width,
      reducers: Math.min(limits.reducers, workers),
      narrows,
      taskTimeout: limits.taskSeconds * 1000,
      batchTimeout: limits.batchSeconds * 1000,
      listener,
      timing: this.#timing,
      signal: stop,
      candidate: (role, index) => this.#candidate(role, index, listener),
    });
    try {
      const result = await untilAborted(job.run(), stop);
      return { receipt: receiptOf(result), outputs: result.outputs };
    } finally {
      clearTimeout(timer);
      this.#endWarm();
    }
  }

  /** Where the program may narrow, every partition's reducer waits for the others, so that all must find a place. */
  #partitions(wanted: number | undefined, narrows: boolean): number {
    const { partitions, reducers } = this.policy.document.limits;
    const { workers = Infinity } = this.#equipment.fleet;
    const most = narrows ? Math.min(partitions, reducers, workers) : partitions;
    if (wanted === undefined) return Math.min(most, availableParallelism());
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
    this.#broker.end(reason);
    if (this.#ownsFleet) await this.#equipment.fleet.close();
    await this.#ownStore?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receipt(parts: Omit<Receipt, "sealfold" | "policyHash" | "signatures" | "policy">): Receipt {
    const policyHash = toBase64url(this.policy.hash);
    return { sealfold: "receipt/1", policyHash, signatures: this.#signatures, ...parts };
  }

  #warmMappers(): void {
    const useful = Math.min(this.#mappersWanted, Math.max(1, this.#chunkSizes.size));
    while (this.#mappersWarmed < useful) {
      this.#warm.push(this.#start("mapper", this.#mappersWarmed++));
    }
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
