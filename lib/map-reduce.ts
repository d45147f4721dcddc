/**
 * The one call for one person on one machine: a policy of one party is drafted and signed, a broker, mappers and
 * reducers are started and attested, records are sealed, mapped, reduced and opened, and the receipt is verified.
 */

import { availableParallelism } from "node:os";

import { Coordinator } from "./coordinator/coordinator.ts";
import type { JobEvent } from "./coordinator/events.ts";
import { SpillStore } from "./coordinator/spill-store.ts";
import type { Store } from "./coordinator/store.ts";
import { expectRunning, untilAborted } from "./coordinator/until-aborted.ts";
import { SigningKey } from "./crypto/signature.ts";
import { asInput, type Input, type InputSource } from "./data/input.ts";
import { SealfoldError } from "./errors.ts";
import { Output } from "./output.ts";
import { Attendance } from "./party/attendance.ts";
import { openResult } from "./party/open-result.ts";
import { Party } from "./party/party.ts";
import type { ResultRequest } from "./party/result-request.ts";
import { draftNames, type DraftOptions, draftPolicy } from "./policy/draft.ts";
import { defaultLimits, type Limits } from "./policy/limits.ts";
import { makePolicy, type Policy } from "./policy/policy.ts";
import { type BuiltProgram, buildProgram } from "./program/bundle.ts";
import type { Program } from "./program/index.ts";
import { Progress, type ProgressListener } from "./progress.ts";
import type { Receipt } from "./proof/receipt.ts";
import type { ReceiptSummary } from "./proof/verify-receipt.ts";
import { systemSeconds } from "./sandbox/clock.ts";
import { type Fleet, ThreadFleet } from "./sandbox/fleet.ts";
import { ProcessFleet } from "./sandbox/process/process-fleet.ts";
import { SandboxFailure } from "./sandbox/sandbox.ts";
import { digest } from "./crypto/hash.ts";

/** What the program may be given beyond its records; nothing unless told. */
export type GivenTools = Pick<DraftOptions, "capabilities" | "counters" | "keys" | "state">;

export interface MapReduceOptions extends GivenTools {
  /** Bytes of those `keys` whose source is the party `you`: 32 each. */
  readonly secrets?: Readonly<Record<string, Uint8Array>> | undefined;
  /** Mapper sandboxes at once. Default: one per core. */
  readonly mappers?: number | undefined;
  /** Reducers, one for each partition of the key space. Default: one per core, at most four. */
  readonly reducers?: number | undefined;
  /** Plaintext bytes of one sealed chunk. Default: 1 MiB. */
  readonly chunkBytes?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Where mappers and reducers run: in threads of this process, which is enough for programs of one's own, or each in a
   * process of its own, which a program cannot take this one along from. Default: "thread".
   */
  readonly isolation?: Isolation | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly onEvent?: ((event: JobEvent) => void) | undefined;
}

/** What stands between a sandbox and the process that starts it. */
export type Isolation = "thread" | "process";

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

/**
 * Runs `program` over `input` on this machine.
 * @param program - what `program()` returned, or the program's file: TypeScript, or a module that ends in `.wasm`
 * @param input - a reader (`lines`, `csv`, `jsonl`, `bytes`), or any iterable of records
 * @throws {SealfoldError} PROGRAM_*, DATA_*, LIMIT_*, DENIED_NARROWED, CANCELLED as soon as `options.signal` is aborted, …
 * @throws {TypeError | RangeError} when an argument is not what it should be
 */
export async function mapReduce<R, O>(
  program: Program<R, O> | string | URL,
  input: InputSource<R>,
  options: MapReduceOptions = {},
): Promise<MapReduceResult<O>> {
  const { signal, chunkBytes } = options;
  const reducers = options.reducers ?? Math.min(availableParallelism(), 4);
  const mappers = options.mappers ?? availableParallelism();
  expectCounts({ mappers, reducers, ...(chunkBytes !== undefined && { chunkBytes }) });
  const file = programFile(program);
  const source = asInput(input);
  expectRunning(signal);
  const key = SigningKey.generate();
  const limits: Limits = { ...defaultLimits, mappers, reducers, partitions: reducers, ...options.limits };
  const fleet = await openFleet(options.isolation, key, limits);
  const store = new SpillStore();
  const work = async (): Promise<MapReduceResult<O>> => {
    const built = await buildProgram(file);
    const policy = makePolicy(
      draftPolicy({
        key: key.publicKey,
        platformKey: key.publicKey,
        programMeasurement: built.measurement,
        programKind: built.kind,
        capabilities: built.needs,
        runtimeMeasurement: fleet.measurement,
        format: typeof source.format === "function" ? await source.format() : source.format,
        now: systemSeconds(),
        limits,
        ...toolsOf(options),
      }),
    );
    const job = new LocalJob(policy, key, { fleet, store }, { ...options, mappers, reducers });
    return job.run(source, built);
  };
  try {
    return await untilAborted(work(), signal);
  } finally {
    await fleet.close();
    await store.close();
  }
}

/** @throws {TypeError} when there is no such isolation */
function openFleet(isolation: Isolation = "thread", platformKey: SigningKey, limits: Limits): Promise<Fleet> {
  const { memoryMiB, mappers, reducers } = limits;
  switch (isolation) {
    case "thread":
      return ThreadFleet.open({ platformKey, memoryMiB, threads: 1 + mappers + reducers });
    case "process":
      return ProcessFleet.open({ platformKey, memoryMiB, processes: mappers + reducers });
    default:
      isolation satisfies never;
      throw new TypeError(`"isolation" expected "thread" or "process", got ${String(isolation)}`);
  }
}

/** What a job of one person's is run with, and who started it ends. */
interface Machinery {
  readonly fleet: Fleet;
  readonly store: Store;
}

class LocalJob {
  readonly #policy: Policy;
  readonly #party: Party;
  /** This person stays connected: a broker that dies costs a moment. */
  readonly #attendance: Attendance;
  readonly #machinery: Machinery;
  readonly #options: MapReduceOptions & { readonly mappers: number; readonly reducers: number };
  readonly #progress: Progress;

  constructor(
    policy: Policy,
    key: SigningKey,
    machinery: Machinery,
    options: MapReduceOptions & { mappers: number; reducers: number },
  ) {
    this.#policy = policy;
    this.#party = new Party(policy.document.host, policy, key);
    this.#attendance = new Attendance(this.#party);
    this.#machinery = machinery;
    this.#options = options;
    this.#progress = new Progress(options.onProgress, options.onEvent);
  }

  async run<R, O>(source: Input<R>, program: BuiltProgram): Promise<MapReduceResult<O>> {
    const { mappers, reducers, chunkBytes, signal, secrets = {} } = this.#options;
    this.#progress.starting();
    const coordinator = await Coordinator.open({
      policy: this.#policy,
      signatures: [this.#party.signPolicy()],
      program: program.bytes,
      ...this.#machinery,
      listener: (event) => this.#progress.event(event),
    });
    coordinator.warm(mappers, reducers);
    this.#progress.sealed(0, undefined); // what came before is not sealing's time
    const dataset = await this.#party.seal(draftNames.input, source, coordinator, {
      chunkBytes,
      signal,
      onProgress: (read, total) => this.#progress.sealed(read, total),
    });
    await this.#attendance.keepShare(coordinator);
    await coordinator.attend(this.#attendance);
    await this.#attendance.provision(dataset, coordinator);
    for (const [name, key] of Object.entries(secrets)) await this.#attendance.provisionKey(name, key, coordinator);
    const request = await this.#attendance.request(coordinator);
    const sealed = await this.#readable(request, () =>
      coordinator.run({ requests: [request.signed], mappers, partitions: reducers, signal }),
    );
    this.#attendance.done(request);
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

function toolsOf({ capabilities, counters, keys, state }: GivenTools): GivenTools {
  return {
    ...(capabilities && { capabilities }),
    ...(counters && { counters }),
    ...(keys && { keys }),
    ...(state && { state }),
  };
}

/** @throws {TypeError} unless `program` says where its file is. */
function programFile<R, O>(program: Program<R, O> | string | URL): string | URL {
  if (typeof program === "string" || program instanceof URL) return program;
  const url: unknown = (program as Program<R, O> | undefined)?.url;
  if (typeof url === "string" && URL.canParse(url)) return new URL(url);
  throw new TypeError('"program" expected what program() returned, or the name of its file');
}

function expectCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`"${name}" expected 1 or more, got ${count}`);
  }
}
