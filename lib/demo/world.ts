/**
 * A small world for attacks: two owners, a receiver and a host, each with keys of its own, and a real job whose fleet
 * and store are a hostile host's hands.
 */

import { fileURLToPath } from "node:url";

import { Coordinator } from "../coordinator/coordinator.ts";
import type { JobListener } from "../coordinator/events.ts";
import type { SealedResult } from "../coordinator/running-job.ts";
import type { Store } from "../coordinator/store.ts";
import type { Timing } from "../coordinator/timing.ts";
import { toBase64url } from "../crypto/bytes.ts";
import { SigningKey } from "../crypto/signature.ts";
import { asInput } from "../data/input.ts";
import { type OpenedResult, openResult, type OpenOptions } from "../party/open-result.ts";
import { Party } from "../party/party.ts";
import type { ResultRequest } from "../party/result-request.ts";
import { defaultLimits, type Limits } from "../policy/limits.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../policy/policy.ts";
import type { PolicySignature } from "../policy/sign.ts";
import { type BuiltProgram, buildProgram } from "../program/bundle.ts";
import { systemSeconds } from "../sandbox/clock.ts";
import { type Fleet, ThreadFleet } from "../sandbox/fleet.ts";
import { type Cheat, CheatingFleet, CheatingStore } from "./cheating.ts";
import { Notices } from "./notices.ts";

/** The program that worlds run unless told: the source in a checkout, the compiled file in the package. */
export const wordCountFile: string = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "word-count.ts" : "word-count.js", import.meta.url),
);

export const aliceRecords: readonly string[] = Array.from(
  { length: 40 },
  (_, i) => `apple pear ${i % 3 === 0 ? "plum" : "fig"}`,
);
export const bobRecords: readonly string[] = Array.from(
  { length: 30 },
  (_, i) => `apple ${i % 2 === 0 ? "date" : "lime"}`,
);

/** Two owners' records. */
export interface Records {
  readonly alice: readonly string[];
  readonly bob: readonly string[];
  /** Plaintext bytes of one sealed chunk. Default: 256, so that there are several. */
  readonly chunkBytes?: number;
}

const ownRecords: Records = { alice: aliceRecords, bob: bobRecords };

export interface WorldOptions {
  readonly cheat?: Cheat;
  readonly limits?: Partial<Limits>;
  readonly change?: (document: PolicyDocument) => PolicyDocument;
  /** The fleet's real one unless told. */
  readonly runtimeMeasurement?: Uint8Array;
  /** A program's file, or what was built of it. */
  readonly program?: string | BuiltProgram;
  /** Threads unless told. */
  readonly fleet?: (platformKey: SigningKey) => Fleet;
  readonly records?: Records;
  /** Memory unless told; `cheat.get` is for memory. */
  readonly store?: Store;
  readonly keys?: WorldKeys;
  readonly listener?: JobListener;
  /** The machine's unless told. */
  readonly timing?: Timing;
  /** Aborted, it ends the world's sandboxes, and with them whatever is under way. */
  readonly signal?: AbortSignal;
}

export type WorldKeys = Readonly<Record<"alice" | "bob" | "carol" | "host", SigningKey>>;
export type WorldParties = Readonly<Record<keyof WorldKeys, Party>>;

/** Everything is started; records are sealed and keys provisioned; nobody has run anything yet. */
export class World implements AsyncDisposable {
  readonly policy: Policy;
  readonly coordinator: Coordinator;
  readonly parties: WorldParties;
  readonly program: BuiltProgram;
  readonly fleet: Fleet;
  readonly keys: WorldKeys;
  readonly #notices: Notices;
  readonly #close: () => Promise<void>;

  private constructor(
    parts: Pick<World, "policy" | "coordinator" | "parties" | "program" | "fleet" | "keys">,
    notices: Notices,
    close: () => Promise<void>,
  ) {
    this.policy = parts.policy;
    this.coordinator = parts.coordinator;
    this.parties = parts.parties;
    this.program = parts.program;
    this.fleet = parts.fleet;
    this.keys = parts.keys;
    this.#notices = notices;
    this.#close = close;
  }

  /** @param notices - takes note of who refuses what */
  static async open(options: WorldOptions = {}, notices: Notices = new Notices()): Promise<World> {
    const { cheat = {}, records, keys = newKeys(), program: named = wordCountFile, listener, timing, signal } = options;
    signal?.throwIfAborted();
    const program = typeof named === "string" ? await buildProgram(named) : named;
    const inner = options.fleet?.(keys.host) ?? (await openThreads(keys.host));
    const fleet = new CheatingFleet(notices.over(inner), cheat.ask);
    const close = closing(fleet, signal);
    try {
      const policy = makePolicy(policyOf(keys, program, options.runtimeMeasurement ?? inner.measurement, options));
      const parties = partiesOf(policy, keys);
      const coordinator = await Coordinator.open({
        policy,
        signatures: signaturesOf({ parties }),
        program: program.bytes,
        fleet,
        store: options.store ?? new CheatingStore(cheat.get),
        ...(listener && { listener }),
        ...(timing && { timing }),
      });
      const world = new World({ policy, coordinator, parties, program, fleet, keys }, notices, close);
      await world.handIn(coordinator, records);
      return world;
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Another coordinator of the same host, with a broker of its own, to which nobody has given a key. */
  openSecond(): Promise<Coordinator> {
    const { policy, program, fleet } = this;
    return Coordinator.open({ policy, signatures: signaturesOf(this), program: program.bytes, fleet });
  }

  /** Owners seal their records, and hand their keys to the broker of `coordinator`. */
  async handIn(coordinator: Coordinator, records: Records = ownRecords, epoch = 1): Promise<void> {
    const { alice, bob } = this.parties;
    const { chunkBytes = 256 } = records;
    for (const [party, input, data] of [
      [alice, "fruit", records.alice],
      [bob, "more", records.bob],
    ] as const) {
      await this.#notices.watch("an owner", async () => {
        const dataset = await party.seal(input, asInput(data), coordinator, { chunkBytes, epoch });
        await party.provision(dataset, coordinator);
      });
    }
  }

  request(from: Coordinator = this.coordinator): Promise<ResultRequest> {
    return this.#notices.watch("the receiver", () => this.parties.carol.request(from));
  }

  run(request: ResultRequest, partitions = 2, at: Coordinator = this.coordinator): Promise<SealedResult> {
    return at.run({ requests: [request.signed], mappers: 2, partitions });
  }

  /** The whole way of a result: asked for, run and opened. */
  async obtain(from: Coordinator = this.coordinator, seen: OpenOptions = {}, partitions = 2): Promise<OpenedResult> {
    const request = await this.request(from);
    const sealed = await this.run(request, partitions, from);
    return this.receive(request, sealed, seen);
  }

  /** The receiver verifies the receipt and opens the result. */
  receive(request: ResultRequest, sealed: SealedResult, seen?: OpenOptions): Promise<OpenedResult> {
    return this.#notices.watch("the receiver", () => openResult(request, sealed, seen));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** Room for a broker, and for more mappers and reducers than the policy allows. */
function openThreads(platformKey: SigningKey): Promise<Fleet> {
  return ThreadFleet.open({ platformKey, memoryMiB: 256, threads: 12 });
}

/** Closes `fleet` when `signal` is aborted. @returns what closes it otherwise, and leaves nothing at the signal */
function closing(fleet: Fleet, signal: AbortSignal | undefined): () => Promise<void> {
  const stop = (): void => void fleet.close();
  signal?.addEventListener("abort", stop);
  return () => {
    signal?.removeEventListener("abort", stop);
    return fleet.close();
  };
}

function newKeys(): WorldKeys {
  return {
    alice: SigningKey.generate(),
    bob: SigningKey.generate(),
    carol: SigningKey.generate(),
    host: SigningKey.generate(),
  };
}

function partiesOf(policy: Policy, keys: WorldKeys): WorldParties {
  const party = (name: keyof WorldKeys): Party => new Party(name, policy, keys[name]);
  return { alice: party("alice"), bob: party("bob"), carol: party("carol"), host: party("host") };
}

/** @returns every party's signature on the policy */
export function signaturesOf({ parties }: Pick<World, "parties">): readonly PolicySignature[] {
  return Object.values(parties).map((party) => party.signPolicy());
}

function policyOf(
  keys: WorldKeys,
  program: BuiltProgram,
  runtime: Uint8Array,
  { limits, change = (document) => document }: WorldOptions,
): PolicyDocument {
  const now = systemSeconds();
  const input = (name: string, owner: string): PolicyDocument["inputs"][number] => ({
    name,
    owner,
    format: { kind: "json" },
    required: true,
    minEpoch: 0,
    maxChunks: 1000,
    maxChunkBytes: 65536,
  });
  return change({
    sealfold: "policy/1",
    purpose: "Count fruit that two parties have",
    parties: Object.entries(keys).map(([name, { publicKey }]) => ({ name, key: toBase64url(publicKey) })),
    host: "host",
    inputs: [input("fruit", "alice"), input("more", "bob")],
    programs: [{ name: "count", provider: "carol", kind: "typescript", measurement: toBase64url(program.measurement) }],
    stages: [
      { kind: "map", program: "count", inputs: ["fruit", "more"], state: "perTask" },
      { kind: "reduce", program: "count" },
    ],
    runtime: {
      measurements: [toBase64url(runtime)],
      platforms: [{ name: "software", key: toBase64url(keys.host.publicKey) }],
      evidenceSeconds: 300,
    },
    limits: { ...defaultLimits, mappers: 4, reducers: 4, partitions: 8, ...limits },
    capabilities: [],
    counters: [],
    keys: [],
    outputs: [{ name: "counts", receivers: ["carol"], minValues: 0, minOwners: 0, noise: "none" }],
    cancel: ["host"],
    diagnostics: ["carol"],
    recovery: { kind: "none" },
    notBefore: now - 60,
    notAfter: now + 3600,
  });
}
