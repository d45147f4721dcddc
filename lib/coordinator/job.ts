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
import { type Candidate, type Recruit, recruit } from "./recruit.ts";
import { cellName, chunkName, type Store } from "./store.ts";

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

export class Job {
  readonly #parts: JobParts;
  readonly #evidence = new Map<string, string>();
  #jobId: Digest = digest(new Uint8Array(32));

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  async run(): Promise<JobResult> {
    await this.#open();
    const map = await this.#mapStage();
    const reduced = await this.#reduceStage(map);
    const { broker, listener } = this.#parts;
    const reduce = reduced.map(({ manifest }) => manifest);
    const released = await broker.ask("release", {
      ...this.#job,
      map,
      reduce,
    });
    listener({ kind: "released", jobId: toBase64url(this.#jobId) });
    await this.#forget(map);
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

  get #job(): { readonly jobId: string } {
    return { jobId: toBase64url(this.#jobId) };
  }

  async #open(): Promise<void> {
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
    const { broker, store, plan, deposits, taskTimeout } = this.#parts;
    const task = plan.tasks[index] ?? missing();
    const epoch = deposits.find(({ commitment }) => commitment.document.input === task.input)?.commitment.document
      .epoch;
    const names = Array.from({ length: task.count }, (_, i) => chunkName(task.input, epoch ?? 0, task.first + i));
    const chunks = await Promise.all(names.map((name) => store.get(name)));
    const grant = await broker.ask("task", { ...this.#job, certId: member.certId, task: index });
    const answer = await member.link.ask("map", {}, [partAt(grant, 0), ...chunks], { timeout: taskTimeout });
    const manifest = parseMapManifest(answer.body.document("manifest"));
    const { attempt, outputs } = manifest.document;
    for (const { partition } of outputs) {
      const cell = cellName(this.#job.jobId, index, attempt, partition);
      await store.put(`${cell}/handshake`, partAt(answer, 2 * partition));
      await store.put(cell, partAt(answer, 2 * partition + 1));
    }
    return { manifest, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
  }

  async #reduceStage(map: readonly Signed<MapManifest>[]): Promise<readonly ReducedPartition[]> {
    const { plan, reducers, listener } = this.#parts;
    const reduced = new Array<ReducedPartition | undefined>(plan.partitions);
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
    const { broker, store, plan, taskTimeout } = this.#parts;
    const members = await broker.ask("members", { ...this.#job, certId });
    const body = { plan, manifests: map } as unknown as { readonly [field: string]: Json };
    await link.ask("reduce", body, [partAt(members, 0)], { timeout: taskTimeout });
    for (const { document } of map) {
      const cell = cellName(this.#job.jobId, document.task, document.attempt, partition);
      const sealed = [await store.get(`${cell}/handshake`), await store.get(cell)];
      await link.ask("cell", {}, sealed, { timeout: taskTimeout });
    }
    const answer = await link.ask("finish", {}, [], { timeout: taskTimeout });
    return { manifest: parseReduceManifest(answer.body.document("manifest")), outputs: answer.parts, evidence };
  }

  /**
   * Runs `count` items on at most `width` sandboxes of a role. A sandbox that dies is replaced by one with a new
   * identity, and its item is done again; what the program itself did wrong ends the job.
   */
  async #stage(
    role: "mapper" | "reducer",
    count: number,
    width: number,
    work: (member: Recruit, item: number) => Promise<void>,
  ): Promise<void> {
    const queue = Array.from({ length: count }, (_, item) => ({ item, attempts: 0 }));
    const failed = new AbortController();
    const slot = async (index: number): Promise<void> => {
      let member: Recruit | undefined;
      for (let next = queue.shift(); next !== undefined && !failed.signal.aborted; next = queue.shift()) {
        try {
          // a mapper takes one task after the other; a reducer is made for its partition
          if (role === "reducer" && member !== undefined) member = await this.#dismiss(member);
          member ??= await this.#recruit(role, role === "mapper" ? index : next.item);
          await work(member, next.item);
        } catch (error) {
          if (!isDeath(error) || ++next.attempts >= maxAttempts) throw error;
          this.#parts.listener({ kind: "replaced", role, index, code: error.code });
          if (member !== undefined) member = await this.#dismiss(member);
          queue.unshift(next);
        }
      }
      if (member !== undefined) await this.#dismiss(member);
    };
    const slots = Array.from({ length: Math.min(count, width) }, (_, index) =>
      slot(index).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    );
    await Promise.all(slots);
  }

  async #recruit(role: "mapper" | "reducer", index: number): Promise<Recruit> {
    const { broker, signal, listener } = this.#parts;
    if (signal.aborted) throw new SealfoldError("CANCELLED");
    const candidate = this.#parts.candidate(role, index);
    try {
      const member = await recruit(candidate, broker, this.#jobId, listener);
      this.#evidence.set(member.certId, member.evidence);
      return member;
    } catch (error) {
      candidate.link.end();
      throw error;
    }
  }

  async #dismiss({ link, certId }: Recruit): Promise<undefined> {
    link.end();
    await this.#parts.broker.ask("retire", { ...this.#job, certId });
  }

  async #forget(map: readonly Signed<MapManifest>[]): Promise<void> {
    const names = map.flatMap(({ document: { task, attempt, outputs } }) =>
      outputs.map(({ partition }) => cellName(this.#job.jobId, task, attempt, partition)),
    );
    await Promise.all(
      names.flatMap((name) => [name, `${name}/handshake`]).map((name) => this.#parts.store.remove(name)),
    );
  }
}

function isDeath(error: unknown): error is SealfoldError {
  return error instanceof SealfoldError && error.code === "SANDBOX_DIED";
}

function missing(): never {
  throw new SealfoldError("BUG", "a stage ended with work undone");
}
