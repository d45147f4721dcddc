/**
 * What a coordinator keeps of a job, so that another process can go on where one ended. Nothing is believed because it
 * lies here: each piece proves itself when it is loaded (see `kept-proofs.ts`). A map or reduce output that does not is
 * made again; what nobody here can make again is refused.
 */

import { toBase64url } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import { canonicalBytes, canonicalJson, type Json, parseCanonical } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import { parsePolicy, type Policy } from "../policy/policy.ts";
import type { MapManifest, ReduceManifest } from "../proof/manifest.ts";
import { jobId, queryId } from "../proof/ids.ts";
import type { PlanDocument } from "../proof/plan.ts";
import type { Request } from "../proof/request.ts";
import { maxReceiptBytes, parseReceipt, type Receipt } from "../proof/receipt.ts";
import type { Deposit } from "./deposit.ts";
import { bytesOf, fieldsOf } from "./kept-fields.ts";
import {
  expectCells,
  expectOutputs,
  type KeptJob,
  type KeptQuery,
  type KeptWork,
  proveDeposit,
  proveMap,
  proveQuery,
  proveReduce,
} from "./kept-proofs.ts";
import type { SealedResult } from "./running-job.ts";
import { brokerStateName, cellNames, getIfThere, type Store } from "./store.ts";

/** Something that was there and could not be used: what, and what is the matter with it. */
export interface Redone {
  readonly what: string;
  readonly why: string;
}

/** What is left of a stage: by task or partition. */
export interface KeptStage<T> {
  readonly kept: ReadonlyMap<number, T>;
  readonly redone: readonly Redone[];
}

export interface ReducedWork extends KeptWork<ReduceManifest> {
  /** Sealed, in the manifest's order. */
  readonly outputs: readonly Uint8Array[];
}

/** What is there while a job is being done. */
const work = {
  deposit: "record/deposit/",
  query: "record/query",
  map: "record/map/",
  reduce: "record/reduce/",
} as const;
const names = {
  policy: "record/policy",
  query: work.query,
  release: "record/release",
  deposit: (input: string): string => `${work.deposit}${input}`,
  map: (task: number): string => `${work.map}${task}`,
  reduce: (partition: number): string => `${work.reduce}${partition}`,
  output: (partition: number, index: number): string => `output/${partition}/${index}`,
} as const;

/** As many as a commitment to the most chunks that a policy may allow takes in text. */
const maxRecordBytes = maxReceiptBytes;
/** A receipt, and a broker's memory in text. */
const maxReleaseBytes: number = maxReceiptBytes + 256 * 1024 * 1024;

export class JobRecords {
  readonly #store: Store;
  readonly #policy: Policy;

  constructor(store: Store, policy: Policy) {
    this.#store = store;
    this.#policy = policy;
  }

  /** @returns the policy that the records in `store` are of. @throws {SealfoldError} STATE_DAMAGED */
  static async policyIn(store: Store): Promise<Policy | undefined> {
    const bytes = await getIfThere(store, names.policy);
    return bytes && orDamaged("the policy", () => parsePolicy(bytes));
  }

  async keepPolicy(): Promise<void> {
    await this.#store.put(names.policy, this.#policy.bytes, { commit: true });
  }

  async keepDeposit({ commitment, leaves, sizes }: Deposit): Promise<void> {
    const name = names.deposit(commitment.document.input);
    await this.#keep(name, { commitment, leaves: toBase64url(leaves), sizes });
  }

  /** @throws {SealfoldError} STATE_DAMAGED: only its owner can commit to an input again */
  async deposits(): Promise<readonly Deposit[]> {
    const found = await Promise.all(
      this.#policy.document.inputs.map(async ({ name }) => {
        const kept = await this.#read(names.deposit(name));
        if (kept === undefined) return undefined;
        return orDamaged(`the commitment to input "${name}"`, () => proveDeposit(this.#policy, name, kept));
      }),
    );
    return found.filter((deposit) => deposit !== undefined);
  }

  /**
   * @returns how this very query was cut before; undefined where there was none, or another
   * @throws {SealfoldError} STATE_DAMAGED
   */
  async planOf(requests: readonly Request[], deposits: readonly Deposit[]): Promise<PlanDocument | undefined> {
    const kept = await this.#read(names.query);
    if (kept === undefined) return undefined;
    const query = orDamaged("the request", () => proveQuery(this.#policy, deposits, kept));
    return isSame(query.requests, requests) ? query.plan : undefined;
  }

  /** @returns the job's id: what is kept of any other is of no use to it */
  async begin({ requests, plan, deposits }: KeptQuery & { readonly deposits: readonly Deposit[] }): Promise<Digest> {
    await this.#keep(names.query, { requests, plan });
    const commitments = deposits.map(({ commitment }) => commitment);
    return jobId(queryId(this.#policy, requests, commitments), plan);
  }

  /** Its cells must be in the store before. */
  async keepMap(task: number, work: KeptWork<MapManifest>): Promise<void> {
    await this.#keep(names.map(task), work);
  }

  /** Reads every cell that is there: one that was altered is better made again now than missed later. */
  async maps(job: Omit<KeptJob, "policy">): Promise<KeptStage<KeptWork<MapManifest>>> {
    const whole = { ...job, policy: this.#policy };
    return this.#stage(job.plan.tasks.length, "map output", async (task) => {
      const kept = await this.#read(names.map(task));
      if (kept === undefined) return undefined;
      const work = proveMap(whole, task, kept);
      const cells = await Promise.all(cellNames(work.manifest.document).map((name) => this.#store.get(name)));
      expectCells(work.manifest, cells);
      return work;
    });
  }

  async keepReduce(partition: number, { outputs, ...work }: ReducedWork): Promise<void> {
    for (const [i, sealed] of outputs.entries()) await this.#store.put(names.output(partition, i), sealed);
    await this.#keep(names.reduce(partition), work);
  }

  async reduces(job: Omit<KeptJob, "policy"> & { readonly commitSet: Digest }): Promise<KeptStage<ReducedWork>> {
    const whole = { ...job, policy: this.#policy };
    return this.#stage(job.plan.partitions, "reduce output", async (partition) => {
      const kept = await this.#read(names.reduce(partition));
      if (kept === undefined) return undefined;
      const work = proveReduce(whole, partition, kept);
      const count = work.manifest.document.outputs.length;
      const outputs = await Promise.all(
        Array.from({ length: count }, (_, i) => this.#store.get(names.output(partition, i))),
      );
      expectOutputs(work.manifest, outputs);
      return { ...work, outputs };
    });
  }

  /**
   * A result and the broker's memory of having released it are kept at once, so that neither is ever there alone: then the
   * memory gets its own place.
   * @param memory - what the broker sealed as it released; nothing where the policy has no recovery
   */
  async keepRelease(receipt: Receipt, memory: Uint8Array | undefined): Promise<void> {
    await this.#keep(names.release, { receipt, memory: memory === undefined ? null : toBase64url(memory) });
    if (memory !== undefined) await this.settle();
  }

  /** Ends what {@link JobRecords.keepRelease} had begun when its process was killed. @throws {SealfoldError} STATE_DAMAGED */
  async settle(): Promise<void> {
    const kept = await this.#release();
    if (kept === undefined || kept.memory === null) return;
    await this.#store.put(brokerStateName, kept.memory, { commit: true });
    await this.#keep(names.release, { receipt: kept.receipt, memory: null });
  }

  /**
   * The receipt is not verified here: whoever opens the result does that.
   * @throws {SealfoldError} STATE_DAMAGED: a query is released once
   */
  async release(): Promise<SealedResult | undefined> {
    const kept = await this.#release();
    if (kept === undefined) return undefined;
    const { receipt } = kept;
    const outputs = receipt.final.document.outputs.map(({ name }, i) =>
      Promise.all(receipt.reduce.map((_, partition) => this.#store.get(names.output(partition, i)))).then(
        (partitions) => [name, partitions] as const,
        (cause: unknown) => Promise.reject(damaged(`output "${name}"`, cause)),
      ),
    );
    return { receipt, outputs: new Map(await Promise.all(outputs)) };
  }

  /** Once a result is released, nothing of the work is needed. A store that fails now must not cost the result. */
  async forgetWork(): Promise<void> {
    const prefixes = ["cell/", "chunk/", ...Object.values(work)];
    const listed = await this.#store.list("").catch(() => []);
    const done = listed.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
    await Promise.allSettled(done.map((name) => this.#store.remove(name)));
  }

  async #release(): Promise<{ readonly receipt: Receipt; readonly memory: Uint8Array | null } | undefined> {
    const kept = await this.#read(names.release, maxReleaseBytes);
    if (kept === undefined) return undefined;
    return orDamaged("the receipt", () => {
      const { receipt, memory } = fieldsOf(kept, ["receipt", "memory"]);
      return { memory: memory === null ? null : bytesOf(memory), receipt: parseReceipt(receipt) };
    });
  }

  async #keep(name: string, value: Json): Promise<void> {
    await this.#store.put(name, canonicalBytes(value), { commit: true });
  }

  async #read(name: string, maxBytes: number = maxRecordBytes): Promise<Json | undefined> {
    const bytes = await getIfThere(this.#store, name);
    return bytes && parseCanonical(bytes, { code: "STATE_DAMAGED", maxBytes, what: name });
  }

  async #stage<T>(count: number, what: string, load: (index: number) => Promise<T | undefined>): Promise<KeptStage<T>> {
    const kept = new Map<number, T>();
    const redone: Redone[] = [];
    for (let index = 0; index < count; index++) {
      try {
        const found = await load(index);
        if (found !== undefined) kept.set(index, found);
      } catch (error) {
        if (!(error instanceof SealfoldError) || error.code === "DATA_FILE") throw error;
        redone.push({ what: `${what} ${index}`, why: error.message });
      }
    }
    return { kept, redone };
  }
}

function isSame(a: readonly Request[], b: readonly Request[]): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function orDamaged<T>(what: string, prove: () => T): T {
  try {
    return prove();
  } catch (cause) {
    if (cause instanceof SealfoldError) throw damaged(what, cause);
    throw cause;
  }
}

function damaged(what: string, cause: unknown): SealfoldError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SealfoldError("STATE_DAMAGED", `${what} that was kept cannot be used: ${why}`, {}, { cause });
}
