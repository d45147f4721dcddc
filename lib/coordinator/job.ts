/**
 * One job from plan to release. The coordinator queues, stores, restarts and carries; all that it can do wrong is
 * caught by somebody who holds keys: a sandbox, the broker, or whoever checks the receipt.
 */

import { toBase64url } from "../crypto/bytes.ts";
import { digest, type Digest } from "../crypto/hash.ts";
import type { Json } from "../data/canonical.ts";
import type { Signed } from "../data/signed.ts";
import { SealfoldError } from "../errors.ts";
import type { Commitment } from "../proof/commitment.ts";
import {
  type FinalManifest,
  type MapManifest,
  parseFinalManifest,
  parseMapManifest,
  parseReduceManifest,
  type ReduceManifest,
} from "../proof/manifest.ts";
import type { PlanDocument } from "../proof/plan.ts";
import type { ReceiptEvidence } from "../proof/receipt.ts";
import type { Request } from "../proof/request.ts";
import { partAt } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import type { JobListener } from "./events.ts";
import { Gathering } from "./gathering.ts";
import { type Candidate, type Recruit, recruit, retire } from "./recruit.ts";
import { cellName, chunkName, type Store } from "./store.ts";
import { abortReason } from "./until-aborted.ts";

/** Attempts at one task or partition before the job gives up: the sandbox died, not the program. */
const maxAttempts = 3;

/** What an owner has handed in: a signed commitment, its leaves (32 bytes each) and where the chunks are. */
export interface Deposit {
  readonly commitment: Commitment;
  readonly leaves: Uint8Array;
  /** Bytes of each sealed chunk. */
  readonly sizes: readonly number[];
}

export interface JobParts {
  readonly broker: SandboxLink;
  readonly store: Store;
  readonly deposits: readonly Deposit[];
  readonly requests: readonly Request[];
  readonly plan: PlanDocument;
  readonly mappers: number;
  readonly reducers: number;
  readonly taskTimeout: number;
  readonly batchTimeout: number;
  /** Whether the program may narrow the policy: then no reducer seals before all have finished. */
  readonly narrows: boolean;
  readonly listener: JobListener;
  readonly signal: AbortSignal;
  /** @returns a warm sandbox, or a new one. */
  candidate(role: "mapper" | "reducer", index: number): Candidate;
}

/** What a job leaves: everything for a receipt, and the sealed outputs by name, in partition order. */
export interface JobResult {
  readonly evidence: ReceiptEvidence;
  readonly map: readonly Signed<MapManifest>[];
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly final: Signed<FinalManifest>;
  readonly outputs: ReadonlyMap<string, readonly Uint8Array[]>;
}

interface ReducedPartition {
  readonly manifest: Signed<ReduceManifest>;
  readonly outputs: readonly Uint8Array[];
  readonly evidence: string;
}

type Work = (member: Recruit, item: number) => Promise<void>;

/** What the slots of one stage share. */
interface Stage {
  readonly role: "mapper" | "reducer";
  /** Items to be done, with the attempts that failed. */
  readonly queue: { readonly item: number; attempts: number }[];
  readonly work: Work;
}

export class Job {
  readonly #parts: JobParts;
  readonly #evidence = new Map<string, string>();
  /** Sandboxes that this job has started and not dismissed. */
  readonly #links = new Set<SandboxLink>();
  /** Names of all map outputs in the store, those of attempts that came to nothing included. */
  readonly #cells = new Set<string>();
  #jobId: Digest = digest(new Uint8Array(32));
  /** What each partition's program narrowed, as its reducer says. */
  #narrowings: Gathering<Json> | undefined;
  #stopped: { readonly reason: unknown } | undefined;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /** @throws {SealfoldError} what stopped it; its sandboxes have ended then */
  async run(): Promise<JobResult> {
    const { signal } = this.#parts;
    const aborted = (): void => this.#stop(abortReason(signal));
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    try {
      await this.#open();
      const map = await this.#mapStage();
      const reduced = await this.#reduceStage(map);
      return await this.#release(map, reduced);
    } finally {
      signal.removeEventListener("abort", aborted);
      await this.#forgetCells();
    }
  }

  async #release(map: readonly Signed<MapManifest>[], reduced: readonly ReducedPartition[]): Promise<JobResult> {
    this.#expectRunning(); // a query is released once: never for nobody
    const reduce = reduced.map(({ manifest }) => manifest);
    const released = await this.#parts.broker.ask("release", { ...this.#job, map, reduce });
    this.#parts.listener({ kind: "released", jobId: toBase64url(this.#jobId) });
    const final = parseFinalManifest(released.body.document("final"));
    return {
      evidence: {
        broker: released.body.text("evidence"),
        mappers: this.#evidenceOf(map),
        reducers: this.#evidenceOf(reduce),
      },
      map,
      reduce,
      final,
      outputs: new Map(
        final.document.outputs.map(({ name }, i) => [
          name,
          reduced.map(({ outputs }) => outputs[i] ?? new Uint8Array()),
        ]),
      ),
    };
  }

  /** The evidence of whoever signed these, each once. */
  #evidenceOf(manifests: readonly Signed<{ readonly certId: string }>[]): readonly string[] {
    return [...new Set(manifests.map(({ document }) => this.#evidence.get(document.certId) ?? missing()))];
  }

  /** How long a sandbox may work on one thing. */
  get #patience(): { readonly timeout: number; readonly batchTimeout: number } {
    return { timeout: this.#parts.taskTimeout, batchTimeout: this.#parts.batchTimeout };
  }

  get #job(): { readonly jobId: string } {
    return { jobId: toBase64url(this.#jobId) };
  }

  async #open(): Promise<void> {
    this.#expectRunning();
    const { broker, deposits, requests, plan, listener } = this.#parts;
    const commitments = deposits.map(({ commitment }) => commitment);
    const body = { requests, commitments, plan } as unknown as { readonly [field: string]: Json };
    const opened = await broker.ask(
      "job",
      body,
      deposits.map(({ leaves }) => leaves),
    );
    this.#jobId = digest(opened.body.bytes("jobId", 32));
    const bytes = deposits.flatMap(({ sizes }) => sizes).reduce((sum, size) => sum + size, 0);
    listener({ kind: "planned", ...this.#job, tasks: plan.tasks.length, partitions: plan.partitions, bytes });
  }

  async #mapStage(): Promise<readonly Signed<MapManifest>[]> {
    const { plan, mappers, listener } = this.#parts;
    const manifests = new Array<Signed<MapManifest> | undefined>(plan.tasks.length);
    let done = 0;
    await this.#stage("mapper", plan.tasks.length, mappers, async (member, task) => {
      const { manifest, bytes } = await this.#mapTask(member, task);
      manifests[task] = manifest;
      listener({ kind: "mapped", task, done: ++done, tasks: plan.tasks.length, bytes });
    });
    return manifests.map((manifest) => manifest ?? missing());
  }

  async #mapTask(member: Recruit, index: number): Promise<{ manifest: Signed<MapManifest>; bytes: number }> {
    const { broker, store, plan, deposits } = this.#parts;
    const task = plan.tasks[index] ?? missing();
    const epoch = deposits.find(({ commitment }) => commitment.document.input === task.input)?.commitment.document
      .epoch;
    const names = Array.from({ length: task.count }, (_, i) => chunkName(task.input, epoch ?? 0, task.first + i));
    const chunks = await Promise.all(names.map((name) => store.get(name)));
    const grant = await broker.ask("task", { ...this.#job, certId: member.certId, task: index });
    const answer = await member.link.ask("map", {}, [partAt(grant, 0), ...chunks], this.#patience);
    const manifest = parseMapManifest(answer.body.document("manifest"));
    const { attempt, outputs } = manifest.document;
    for (const { partition } of outputs) {
      const cell = cellName(this.#job.jobId, index, attempt, partition);
      await this.#keep(`${cell}/handshake`, partAt(answer, 2 * partition));
      await this.#keep(cell, partAt(answer, 2 * partition + 1));
    }
    return { manifest, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
  }

  async #keep(name: string, sealed: Uint8Array): Promise<void> {
    this.#cells.add(name);
    await this.#parts.store.put(name, sealed);
  }

  async #reduceStage(map: readonly Signed<MapManifest>[]): Promise<readonly ReducedPartition[]> {
    const { plan, reducers, listener } = this.#parts;
    const reduced = new Array<ReducedPartition | undefined>(plan.partitions);
    if (this.#parts.narrows) this.#narrowings = new Gathering(plan.partitions);
    let done = 0;
    await this.#stage("reducer", plan.partitions, reducers, async (member, partition) => {
      reduced[partition] = await this.#reducePartition(member, partition, map);
      listener({ kind: "reduced", partition, done: ++done, partitions: plan.partitions });
    });
    return reduced.map((partition) => partition ?? missing());
  }

  async #reducePartition(
    { link, certId, evidence }: Recruit,
    partition: number,
    map: readonly Signed<MapManifest>[],
  ): Promise<ReducedPartition> {
    const { broker, store, plan } = this.#parts;
    const members = await broker.ask("members", { ...this.#job, certId });
    const body = { plan, manifests: map } as unknown as { readonly [field: string]: Json };
    await link.ask("reduce", body, [partAt(members, 0)], this.#patience);
    for (const { document } of map) {
      const cell = cellName(this.#job.jobId, document.task, document.attempt, partition);
      const sealed = [await store.get(`${cell}/handshake`), await store.get(cell)];
      await link.ask("cell", {}, sealed, this.#patience);
    }
    const finished = await link.ask("finish", {}, [], this.#patience);
    const narrowings = this.#narrowings;
    narrowings?.give(partition, finished.body.document("narrowed") as Json);
    const answer =
      narrowings === undefined
        ? finished
        : await link.ask("seal", { narrowings: await narrowings.all }, [], this.#patience);
    return { manifest: parseReduceManifest(answer.body.document("manifest")), outputs: answer.parts, evidence };
  }

  /**
   * Runs `count` items on at most `width` sandboxes of a role. When it ends, well or not, none of them is left.
   * @throws {SealfoldError} what first went wrong
   */
  async #stage(role: "mapper" | "reducer", count: number, width: number, work: Work): Promise<void> {
    const queue = Array.from({ length: count }, (_, item) => ({ item, attempts: 0 }));
    const slots = Array.from({ length: Math.min(count, width) }, (_, index) =>
      this.#slot({ role, queue, work }, index).catch((error: unknown) => this.#stop(error)),
    );
    await Promise.all(slots);
    this.#expectRunning();
  }

  /**
   * One sandbox after the other. One that dies is replaced by one with a new identity, and its item is done again; what
   * the program itself did wrong ends the job.
   */
  async #slot({ role, queue, work }: Stage, index: number): Promise<void> {
    let member: Recruit | undefined;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        this.#expectRunning();
        try {
          // a mapper takes one task after the other; a reducer is made for its partition
          if (role === "reducer") member = await this.#dismiss(member);
          member ??= await this.#recruit(role, role === "mapper" ? index : next.item);
          await work(member, next.item);
        } catch (error) {
          if (!isDeath(error) || ++next.attempts >= maxAttempts) throw error;
          this.#parts.listener({ kind: "replaced", role, index, code: error.code });
          member = await this.#dismiss(member);
          queue.unshift(next);
        }
      }
    } finally {
      await this.#dismiss(member);
    }
  }

  async #recruit(role: "mapper" | "reducer", index: number): Promise<Recruit> {
    const { broker, listener } = this.#parts;
    this.#expectRunning();
    const candidate = this.#parts.candidate(role, index);
    this.#links.add(candidate.link);
    try {
      const member = await recruit(candidate, broker, this.#jobId, listener);
      this.#evidence.set(member.certId, member.evidence);
      return member;
    } catch (error) {
      this.#links.delete(candidate.link);
      candidate.link.end();
      throw error;
    }
  }

  async #dismiss(member: Recruit | undefined): Promise<undefined> {
    if (member === undefined || !this.#links.delete(member.link)) return;
    member.link.end();
    await retire(this.#parts.broker, this.#jobId, member.certId);
  }

  /** The first reason counts. Whatever the job's sandboxes are doing, they do it no longer. */
  #stop(reason: unknown): void {
    this.#stopped ??= { reason };
    this.#narrowings?.giveUp(reason);
    for (const link of this.#links) link.end(new SealfoldError("CANCELLED", "its job was stopped"));
  }

  #expectRunning(): void {
    if (this.#stopped !== undefined) throw this.#stopped.reason as Error;
  }

  /** Map outputs are of no use any more. A store that fails now must not cost a result that was released. */
  async #forgetCells(): Promise<void> {
    await Promise.allSettled([...this.#cells].map((name) => this.#parts.store.remove(name)));
  }
}

function isDeath(error: unknown): error is SealfoldError {
  return error instanceof SealfoldError && error.code === "SANDBOX_DIED";
}

function missing(): never {
  throw new SealfoldError("BUG", "a stage ended with work undone");
}
