/** One person's job from sealing to the opened result: whoever runs it is every party of its policy. */

import { Coordinator } from "./coordinator/coordinator.ts";
import type { JobEvent } from "./coordinator/events.ts";
import type { SealedResult } from "./coordinator/running-job.ts";
import { JobRecords } from "./coordinator/job-records.ts";
import type { Store } from "./coordinator/store.ts";
import { digest } from "./crypto/hash.ts";
import { systemRandom } from "./crypto/random.ts";
import type { SigningKey } from "./crypto/signature.ts";
import type { Input } from "./data/input.ts";
import { SealfoldError } from "./errors.ts";
import { KeptAttendance } from "./kept-attendance.ts";
import { Output } from "./output.ts";
import { Attendance } from "./party/attendance.ts";
import { openResult } from "./party/open-result.ts";
import { Party } from "./party/party.ts";
import type { ResultRequest } from "./party/result-request.ts";
import { draftNames } from "./policy/draft.ts";
import type { Policy } from "./policy/policy.ts";
import type { BuiltProgram } from "./program/bundle.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import type { Receipt } from "./proof/receipt.ts";
import type { ReceiptSummary } from "./proof/verify-receipt.ts";
import type { Fleet } from "./sandbox/fleet.ts";
import { SandboxFailure } from "./sandbox/sandbox.ts";
import type { StateDirectory } from "./state-directory.ts";

/** What a job of one person's is run with, and who started it ends. */
export interface Machinery {
  readonly fleet: Fleet;
  readonly store: Store;
  /** Where it outlasts the process; its store is `store`. */
  readonly state: StateDirectory | undefined;
}

/** As in the options of `mapReduce`, with nothing left out that it guesses. */
export interface LocalJobOptions {
  readonly mappers: number;
  readonly reducers: number;
  /** Of the key space, one reducer each. Default: `reducers`, at most one per chunk. */
  readonly partitions?: number | undefined;
  readonly chunkBytes?: number | undefined;
  readonly secrets?: Readonly<Record<string, Uint8Array>> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly onEvent?: ((event: JobEvent) => void) | undefined;
}

export interface MapReduceResult<O> {
  readonly output: Output<O>;
  /** Carries the drafted policy, so that it can be checked from one file. */
  readonly receipt: Receipt;
  /** What the program counted, by name. */
  readonly counters: Readonly<Record<string, number>>;
  /** Records that the program failed on, at most `limits.badRecords`, and that are not in the output. */
  readonly skipped: number;
  /** What verifying the receipt found. */
  readonly summary: ReceiptSummary;
}

const epoch = 1;

export class LocalJob {
  readonly #policy: Policy;
  readonly #party: Party;
  readonly #machinery: Machinery;
  readonly #options: LocalJobOptions;
  readonly #progress: Progress;
  readonly #records: JobRecords | undefined;

  constructor(policy: Policy, key: SigningKey, machinery: Machinery, options: LocalJobOptions) {
    this.#policy = policy;
    this.#party = new Party(policy.document.host, policy, key);
    this.#machinery = machinery;
    this.#options = options;
    this.#progress = new Progress(options.onProgress, options.onEvent);
    this.#records = machinery.state && new JobRecords(machinery.store, policy);
  }

  async run<R, O>(source: Input<R>, program: BuiltProgram): Promise<MapReduceResult<O>> {
    const { state } = this.#machinery;
    const attendance = state ? await KeptAttendance.of(this.#party, state) : new Attendance(this.#party);
    const kept = await this.#records?.release();
    if (kept !== undefined) return this.#reopen(kept, attendance);
    const { mappers, reducers, partitions, signal } = this.#options;
    this.#progress.starting();
    const coordinator = await Coordinator.open({
      policy: this.#policy,
      signatures: [this.#party.signPolicy()],
      program: program.bytes,
      ...this.#machinery,
      records: this.#records,
      listener: (event) => this.#progress.event(event),
    });
    try {
      await coordinator.attend(attendance);
      coordinator.warm(mappers, reducers);
      await this.#handIn(source, coordinator, attendance);
      const before = this.#progress.recovered && attendance instanceof KeptAttendance ? attendance.asked : undefined;
      const request = before ?? (await attendance.request(coordinator));
      const sealed = await this.#readable(request, () =>
        coordinator.run({ requests: [request.signed], mappers, partitions, signal }),
      );
      attendance.done(request);
      const result = this.#open<O>(request, sealed);
      await this.#records?.forgetWork();
      return result;
    } finally {
      await coordinator.close();
    }
  }

  /** Seals what was not sealed before, and hands the broker every key: hearing one twice does it no harm. */
  async #handIn<R>(source: Input<R>, coordinator: Coordinator, attendance: Attendance): Promise<void> {
    const { chunkBytes, signal, secrets = {} } = this.#options;
    const { state } = this.#machinery;
    if (!this.#progress.recovered) await attendance.keepShare(coordinator);
    this.#progress.sealed(0, undefined); // what came before is not sealing's time
    const [deposit] = (await this.#records?.deposits()) ?? [];
    let dataset = await state?.dataset();
    if (deposit !== undefined) {
      this.#progress.event({ kind: "resume", reused: { chunks: deposit.sizes.length }, redone: [] });
    } else if (dataset !== undefined) {
      const redone = [{ what: "sealing", why: "it had not ended" }];
      this.#progress.event({ kind: "resume", reused: {}, redone });
    }
    if (deposit === undefined || dataset === undefined) {
      const key = systemRandom(32);
      await state?.keepDataset({ input: draftNames.input, epoch, key, records: 0 });
      dataset = await this.#party.seal(draftNames.input, source, coordinator, {
        epoch,
        key,
        chunkBytes,
        stays: state === undefined, // else another process may go on
        signal,
        onProgress: (read, total) => this.#progress.sealed(read, total),
      });
    }
    await attendance.provision(dataset, coordinator);
    for (const [name, key] of Object.entries(secrets)) await attendance.provisionKey(name, key, coordinator);
  }

  /** A job that had ended: its result again, verified again. */
  async #reopen<O>(kept: SealedResult, attendance: Attendance): Promise<MapReduceResult<O>> {
    this.#progress.event({ kind: "resume", reused: { results: 1 }, redone: [] });
    try {
      const request = attendance instanceof KeptAttendance ? attendance.asked : undefined;
      if (request === undefined) throw new SealfoldError("NOT_READY", "nobody's request for it is there");
      const result = this.#open<O>(request, kept);
      await this.#records?.forgetWork();
      return result;
    } catch (cause) {
      if (!(cause instanceof SealfoldError) || cause.code === "DENIED_NARROWED") throw cause;
      throw new SealfoldError(
        "STATE_DAMAGED",
        `the result that was kept cannot be opened: ${cause.message}`,
        {},
        { cause },
      );
    }
  }

  #open<O>(request: ResultRequest, sealed: SealedResult): MapReduceResult<O> {
    this.#progress.verifying();
    const { summary, receipt, outputs, counters, skipped = 0 } = openResult(request, sealed);
    const partitions = outputs.get(draftNames.output);
    if (partitions === undefined) throw new SealfoldError("DENIED_NARROWED");
    const output = Output.fromPartitions<O>(partitions);
    return { output, counters, skipped, summary, receipt: { ...receipt, policy: this.#policy.document } };
  }

  /** A program's failure comes sealed; this party may read it, so it is shown what its program said. */
  async #readable<T>(request: ResultRequest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SandboxFailure)) throw error;
      const jobId = this.#progress.jobId;
      const mine = error.sealed.find(({ reader }) => reader === request.receiver);
      const text = jobId && mine && request.readDiagnostics(digest(jobId), mine.text);
      throw new SealfoldError(error.code, text ?? error.message, error.place);
    }
  }
}
