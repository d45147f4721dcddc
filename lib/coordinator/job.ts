/**
 * One job from plan to release. The coordinator queues, stores, restarts and carries; all that it can do wrong is
 * caught by somebody who holds keys: a sandbox, the broker, or whoever checks the receipt.
 */

import { toBase64url } from "../crypto/bytes.ts";
import { digest, type Digest } from "../crypto/hash.ts";
import type { Json } from "../data/canonical.ts";
import type { Signed } from "../data/signed.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import { showToken, type ShownToken } from "../identity/shown-token.ts";
import {
  type FinalManifest,
  type MapManifest,
  parseFinalManifest,
  parseMapManifest,
  parseReduceManifest,
  type ReduceManifest,
} from "../proof/manifest.ts";
import type { PlanDocument, PlanTask } from "../proof/plan.ts";
import type { ReceiptEvidence } from "../proof/receipt.ts";
import { type Message, partAt } from "../sandbox/message.ts";
import type { ChunkSources } from "./chunk-sources.ts";
import { Crew } from "./crew.ts";
import type { Deposit } from "./deposit.ts";
import type { JobListener, StageRole } from "./events.ts";
import { Gathering } from "./gathering.ts";
import type { JobProgress } from "./job-progress.ts";
import type { JobSeat } from "./job-seat.ts";
import type { ReducedWork } from "./job-records.ts";
import type { KeptWork } from "./kept-proofs.ts";
import { sendCells } from "./partition-cells.ts";
import type { Candidate, Recruit } from "./recruit.ts";
import { type Attempt, runStage } from "./stage.ts";
import { cellNames, chunkName, type Store } from "./store.ts";
import { cutPortions, sendTask, TaskChunks } from "./task-chunks.ts";
import type { Timing } from "./timing.ts";
import { expectRunning, untilAborted } from "./until-aborted.ts";

export interface JobParts {
  readonly seat: JobSeat;
  readonly store: Store;
  readonly chunks: ChunkSources;
  readonly deposits: readonly Deposit[];
  readonly plan: PlanDocument;
  /** What a process before this one did of the job, and where this one keeps what it does. */
  readonly progress?: JobProgress | undefined;
  /** Where the result is to outlast this process: with what the broker sealed as it released, before anybody hears of it. */
  readonly keepRelease: (result: JobResult, memory: Uint8Array | undefined) => Promise<void>;
  readonly mappers: number;
  readonly reducers: number;
  readonly taskTimeout: number;
  readonly batchTimeout: number;
  /** Whether the program may narrow the policy: then no reducer seals before all have finished. */
  readonly narrows: boolean;
  readonly listener: JobListener;
  readonly timing: Timing;
  readonly signal: AbortSignal;
  /** @returns a warm sandbox, or a new one. */
  candidate(role: StageRole, index: number): Candidate;
}

/** What a job leaves: everything for a receipt, and the sealed outputs by name, in partition order. */
export interface JobResult {
  readonly evidence: ReceiptEvidence;
  readonly map: readonly Signed<MapManifest>[];
  readonly reduce: readonly Signed<ReduceManifest>[];
  readonly final: Signed<FinalManifest>;
  readonly outputs: ReadonlyMap<string, readonly Uint8Array[]>;
}

type Fields = { readonly [field: string]: Json };

/** A committed task, or one whose rival was first. */
interface MappedTask extends KeptWork<MapManifest> {
  readonly bytes: number;
}

/** What a stage does with one item, in a sandbox that has joined the job. */
interface Stage<T> {
  readonly role: StageRole;
  readonly count: number;
  /** Those that were done before. */
  readonly kept: ReadonlyMap<number, unknown>;
  readonly width: number;
  /** Whether all items are being done at once: none of them ends before the others have come far enough. */
  readonly together: boolean;
  work(member: Recruit, item: number, signal: AbortSignal): Promise<T>;
  /** @returns bytes of sealed input that were done, when that can be lost no more */
  commit(item: number, result: T): Promise<number>;
  discard(result: T): Promise<void>;
}

export class Job {
  readonly #parts: JobParts;
  readonly #evidence = new Map<string, string>();
  /** Names of all map outputs in the store, those of attempts that came to nothing included. */
  readonly #cells = new Set<string>();
  #jobId: Digest = digest(new Uint8Array(32));

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /** @throws {SealfoldError} what stopped it; its sandboxes have ended then */
  async run(): Promise<JobResult> {
    const { progress } = this.#parts;
    try {
      await this.#open();
      const map = await this.#mapStage();
      const reduced = await this.#reduceStage(map);
      return await this.#release(map, reduced);
    } finally {
      if (progress === undefined) await this.#forget([...this.#cells]);
    }
  }

  async #open(): Promise<void> {
    expectRunning(this.#parts.signal);
    const { seat, deposits, plan, progress, listener } = this.#parts;
    const opened = await seat.open();
    this.#jobId = digest(opened.body.bytes("jobId", 32));
    const bytes = deposits.flatMap(({ sizes }) => sizes).reduce((sum, size) => sum + size, 0);
    listener({ kind: "plan", ...this.#job, tasks: plan.tasks.length, partitions: plan.partitions, bytes });
    if (progress === undefined) return;
    for (const { manifest, evidence } of [...progress.maps.values(), ...progress.reduces.values()]) {
      this.#evidence.set(manifest.document.certId, evidence);
    }
    if (progress.resumes) listener({ kind: "resume", reused: progress.reused, redone: progress.redone });
  }

  async #mapStage(): Promise<readonly Signed<MapManifest>[]> {
    const { chunks, plan, mappers, progress } = this.#parts;
    const kept = progress?.maps ?? new Map<number, KeptWork<MapManifest>>();
    const ahead = new TaskChunks({ chunks, names: plan.tasks.map((task) => this.#portionsOf(task)), done: kept });
    const manifests = Array.from(plan.tasks, (_, task) => kept.get(task)?.manifest);
    await this.#stage<MappedTask>({
      role: "mapper",
      count: plan.tasks.length,
      kept,
      width: mappers,
      together: false,
      work: (member, task) => this.#mapTask(member, task, ahead),
      commit: async (task, { bytes, ...work }) => {
        await progress?.keepMap(task, work);
        manifests[task] = work.manifest;
        return bytes;
      },
      discard: ({ manifest }) => this.#forget(this.#cellsOf(manifest)),
    });
    return manifests.map((manifest) => manifest ?? missing());
  }

  async #mapTask(member: Recruit, index: number, ahead: TaskChunks): Promise<MappedTask> {
    const { seat, store, listener, timing } = this.#parts;
    const asked = { ...this.#job, certId: member.certId, task: index };
    const grant = await seat.ask("task", asked, [], member.generation);
    listener({ kind: "grant", role: "mapper", index: member.link.index, item: index });
    const patience = { ...this.#patience, timing };
    const { answer, bytes } = await sendTask(member.link, partAt(grant, 0), ahead.portions(index), patience);
    const manifest = parseMapManifest(answer.body.document("manifest"));
    for (const [i, name] of this.#cellsOf(manifest).entries()) {
      this.#cells.add(name);
      await store.put(name, partAt(answer, i));
    }
    const { evidence, admission } = member;
    return { manifest, evidence, admission, bytes };
  }

  #portionsOf({ input, first, count }: PlanTask): readonly (readonly string[])[] {
    const deposit = this.#parts.deposits.find(({ commitment }) => commitment.document.input === input);
    const epoch = deposit?.commitment.document.epoch ?? 0;
    const portions = cutPortions((deposit?.sizes ?? []).slice(first, first + count));
    return portions.map((indices) => indices.map((index) => chunkName(input, epoch, first + index)));
  }

  #cellsOf({ document }: Signed<MapManifest>): readonly string[] {
    return cellNames({ ...document, ...this.#job });
  }

  async #reduceStage(map: readonly Signed<MapManifest>[]): Promise<readonly ReducedWork[]> {
    const { plan, reducers, narrows, progress } = this.#parts;
    const kept = progress?.reduces ?? new Map<number, ReducedWork>();
    const reduced = Array.from({ length: plan.partitions }, (_, partition) => kept.get(partition));
    const narrowings = narrows ? new Gathering<Json>(plan.partitions) : undefined;
    for (const [partition, { manifest }] of kept) narrowings?.give(partition, manifest.document.narrowed);
    await this.#stage<ReducedWork>({
      role: "reducer",
      count: plan.partitions,
      kept,
      width: reducers,
      together: narrows,
      work: async (member, partition, signal) => {
        const finished = await this.#finishPartition(member, partition, map);
        narrowings?.give(partition, finished.body.document("narrowed") as Json);
        const told = narrowings && { narrowings: await untilAborted(narrowings.all, signal) };
        const answer = told === undefined ? finished : await member.link.ask("seal", told, [], this.#patience);
        const { evidence, admission } = member;
        const manifest = parseReduceManifest(answer.body.document("manifest"));
        return { manifest, evidence, admission, outputs: answer.parts };
      },
      commit: async (partition, result) => {
        await progress?.keepReduce(partition, result);
        reduced[partition] = result;
        return 0;
      },
      discard: () => Promise.resolve(),
    });
    return reduced.map((partition) => partition ?? missing());
  }

  /** @returns what a reducer answers when it has taken the whole commit set */
  async #finishPartition(
    { link, certId, generation }: Recruit,
    partition: number,
    map: readonly Signed<MapManifest>[],
  ): Promise<Message> {
    const { seat, store, plan, listener } = this.#parts;
    const { jobId } = this.#job;
    const members = await seat.ask("members", { ...this.#job, certId }, [], generation);
    listener({ kind: "grant", role: "reducer", index: partition, item: partition });
    const body = { plan, manifests: map } as unknown as Fields;
    await link.ask("reduce", body, [partAt(members, 0)], this.#patience);
    await sendCells(link, { store, jobId, partition, map }, this.#patience);
    return link.ask("finish", {}, [], this.#patience);
  }

  async #release(map: readonly Signed<MapManifest>[], reduced: readonly ReducedWork[]): Promise<JobResult> {
    expectRunning(this.#parts.signal); // a query is released once: never for nobody
    const reduce = reduced.map(({ manifest }) => manifest);
    const released = await this.#parts.seat.release({ ...this.#job, map, reduce });
    const final = parseFinalManifest(released.body.document("final"));
    const result: JobResult = {
      evidence: {
        broker: showToken(released.body.text("evidence")),
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
    await this.#parts.keepRelease(result, released.parts[0]);
    this.#parts.listener({ kind: "release", ...this.#job });
    return result;
  }

  /**
   * Does the items of a stage in sandboxes of its own. When it ends, well or not, none of them is left.
   * @throws {SealfoldError} what first went wrong for good
   */
  async #stage<T>(stage: Stage<T>): Promise<void> {
    const { role, count, kept, width, together } = stage;
    const { seat, listener, timing, signal, candidate } = this.#parts;
    const crew = new Crew({ role, seat, job: this.#job, listener, candidate });
    const items = Array.from({ length: count }, (_, item) => item).filter((item) => !kept.has(item));
    const itemAt = (index: number): number => items[index] ?? missing();
    let done = 0;
    const committed = (item: number, bytes: number): void =>
      listener({ kind: "commit", role, item, done: ++done, total: count, bytes, reused: kept.has(item) });
    for (const item of kept.keys()) committed(item, 0);
    try {
      await runStage<T>(
        {
          run: ({ item, ...attempt }, stop) => this.#attempt(stage, crew, { ...attempt, item: itemAt(item), stop }),
          commit: async (item, result) => committed(itemAt(item), await stage.commit(itemAt(item), result)),
          discard: (result) => stage.discard(result),
          retry: ({ error, item, ...failed }) =>
            listener({ kind: "retry", role, item: itemAt(item), code: codeOf(error), ...failed }),
        },
        { count: items.length, width, least: together ? width : 1, speculates: !together, timing, signal },
      );
    } finally {
      await crew.dismissAll();
    }
  }

  async #attempt<T>(stage: Stage<T>, crew: Crew, attempt: Attempt & { readonly stop: AbortSignal }): Promise<T> {
    const { slot, item, stop, speculative } = attempt;
    const { role } = stage;
    const { listener } = this.#parts;
    expectRunning(stop);
    const end = (): void => crew.end(slot);
    stop.addEventListener("abort", end, { once: true });
    try {
      if (speculative) listener({ kind: "speculate", role, item, index: slot });
      listener({ kind: "assign", role, index: slot, item, attempt: attempt.attempt, speculative });
      const member = await crew.member(slot, item, stop);
      this.#evidence.set(member.certId, member.evidence);
      return await stage.work(member, item, stop);
    } catch (error) {
      await crew.lose(slot, error);
      throw error;
    } finally {
      stop.removeEventListener("abort", end);
      if (stop.aborted) await crew.dismiss(slot); // it may have been ended after its work
    }
  }

  /** The evidence of whoever signed these, each once. */
  #evidenceOf(manifests: readonly Signed<{ readonly certId: string }>[]): readonly ShownToken[] {
    return [...new Set(manifests.map(({ document }) => this.#evidence.get(document.certId) ?? missing()))].map(
      showToken,
    );
  }

  /** How long a sandbox may work on one thing. */
  get #patience(): { readonly timeout: number; readonly batchTimeout: number } {
    return { timeout: this.#parts.taskTimeout, batchTimeout: this.#parts.batchTimeout };
  }

  get #job(): { readonly jobId: string } {
    return { jobId: toBase64url(this.#jobId) };
  }

  /** Map outputs that are of no use any more. A store that fails now must not cost a result. */
  async #forget(names: readonly string[]): Promise<void> {
    for (const name of names) this.#cells.delete(name);
    await Promise.allSettled(names.map((name) => this.#parts.store.remove(name)));
  }
}

/** Only what has a code is tried again. */
function codeOf(error: unknown): ErrorCode {
  return error instanceof SealfoldError ? error.code : "BUG";
}

function missing(): never {
  throw new SealfoldError("BUG", "a stage ended with work undone");
}
