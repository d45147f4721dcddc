/**
 * The one call for one person on one machine: a policy of one party is drafted and signed, a broker, mappers and
 * reducers are started and attested, records are sealed, mapped, reduced and opened, and the receipt is verified.
 */

import { availableParallelism } from "node:os";

import type { JobEvent } from "./coordinator/events.ts";
import { SpillStore } from "./coordinator/spill-store.ts";
import { expectRunning, untilAborted } from "./coordinator/until-aborted.ts";
import { SigningKey } from "./crypto/signature.ts";
import type { RecordFormat } from "./data/format.ts";
import { asInput, type Input, type InputSource } from "./data/input.ts";
import { LocalJob, type MapReduceResult } from "./local-job.ts";
import { type DraftOptions, draftPolicy } from "./policy/draft.ts";
import { defaultLimits, type Limits } from "./policy/limits.ts";
import { makePolicy } from "./policy/policy.ts";
import { type BuiltProgram, buildProgram, expectReads, isBuilt } from "./program/bundle.ts";
import type { Program } from "./program/index.ts";
import type { ProgressListener } from "./progress.ts";
import { systemSeconds } from "./sandbox/clock.ts";
import { type Fleet, ThreadFleet } from "./sandbox/fleet.ts";
import { ProcessFleet } from "./sandbox/process/process-fleet.ts";
import { StateDirectory } from "./state-directory.ts";

export type { MapReduceResult } from "./local-job.ts";

/** What the program may be given beyond its records; nothing unless told. */
export type GivenTools = Pick<DraftOptions, "capabilities" | "counters" | "keys" | "state">;

export interface MapReduceOptions extends GivenTools {
  /** Bytes of those `keys` whose source is the party `you`: 32 each. */
  readonly secrets?: Readonly<Record<string, Uint8Array>> | undefined;
  /** Mapper sandboxes at once. Default: one per core. */
  readonly mappers?: number | undefined;
  /** Reducers, one for each partition of the key space. Default: one per core and per chunk, at most four. */
  readonly reducers?: number | undefined;
  /** Plaintext bytes of one sealed chunk. Default: 1 MiB. */
  readonly chunkBytes?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Where mappers and reducers run: in threads of this process, which is enough for programs of one's own, or each in a
   * process of its own, which a program cannot take this one along from. Default: "thread".
   */
  readonly isolation?: Isolation | undefined;
  /**
   * A folder in which the job outlasts this process: whoever is killed and calls again with the same program, input and
   * options goes on from there, and has the result again when the job had ended. Default: nothing outlasts it.
   */
  readonly stateDirectory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly onEvent?: ((event: JobEvent) => void) | undefined;
}

/** What stands between a sandbox and the process that starts it. */
export type Isolation = "thread" | "process";

/**
 * Runs `program` over `input` on this machine.
 * @param program - what `program()` returned, or the program's file: TypeScript, or a module that ends in `.wasm`; or what
 * `buildProgram` gives, or `builtin`
 * @param input - a reader (`lines`, `csv`, `jsonl`, `bytes`), or any iterable of records
 * @throws {SealfoldError} PROGRAM_*, DATA_*, LIMIT_*, DENIED_NARROWED, CANCELLED as soon as `options.signal` is aborted, …
 * @throws {TypeError | RangeError} when an argument is not what it should be
 */
export async function mapReduce<R, O>(
  program: Program<R, O> | BuiltProgram<O> | string | URL,
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
  const directory = options.stateDirectory;
  const state = directory === undefined ? undefined : await StateDirectory.open(directory);
  const store = state?.store ?? new SpillStore();
  let fleet: Fleet | undefined;
  const work = async (): Promise<MapReduceResult<O>> => {
    const key = (await state?.key()) ?? SigningKey.generate();
    const limits: Limits = { ...defaultLimits, mappers, reducers, partitions: reducers, ...options.limits };
    const building = buildProgram(file);
    building.catch(() => undefined); // met below
    const own = (fleet = await openFleet(options.isolation, key, limits));
    expectRunning(signal); // else nobody would end them
    for (const role of ["broker", "mapper", "reducer"] as const) own.prepare?.(role, 0);
    const built = await building;
    const format = await formatOf(source, state);
    expectReads(built, format);
    const draft = draftPolicy({
      key: key.publicKey,
      platformKey: key.publicKey,
      programMeasurement: built.measurement,
      programKind: built.kind,
      capabilities: built.needs,
      runtimeMeasurement: own.measurement,
      format,
      now: systemSeconds(),
      limits,
      ...toolsOf(options),
    });
    const policy = (await state?.policy(draft, (await source.marks?.()) ?? null)) ?? makePolicy(draft);
    const job = new LocalJob(
      policy,
      key,
      { fleet: own, store, state },
      { ...options, mappers, reducers, partitions: options.reducers },
    );
    return job.run(source, built);
  };
  try {
    return await untilAborted(work(), signal);
  } finally {
    await fleet?.close();
    await (state ?? store).close();
  }
}

/** A pipe that was sealed already gives its records no more. */
async function formatOf({ format, marks }: Input<unknown>, state: StateDirectory | undefined): Promise<RecordFormat> {
  const kept = marks === undefined ? (await state?.keptPolicy())?.document.inputs[0]?.format : undefined;
  return kept ?? (typeof format === "function" ? format() : format);
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

function toolsOf({ capabilities, counters, keys, state }: GivenTools): GivenTools {
  return {
    ...(capabilities && { capabilities }),
    ...(counters && { counters }),
    ...(keys && { keys }),
    ...(state && { state }),
  };
}

/** @throws {TypeError} unless `program` says where its file is. */
function programFile<R, O>(program: Program<R, O> | BuiltProgram<O> | string | URL): BuiltProgram | string | URL {
  if (typeof program === "string" || program instanceof URL) return program;
  if (isBuilt(program)) return program;
  const url: unknown = (program as Program<R, O> | undefined)?.url;
  if (typeof url === "string" && URL.canParse(url)) return new URL(url);
  throw new TypeError('"program" expected what program() returned, or the name of its file');
}

function expectCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`"${name}" expected 1 or more, got ${count}`);
  }
}
