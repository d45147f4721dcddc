/**
 * A small world for attacks: two owners, a receiver and a host, each with its own keys, and a coordinator built from
 * the real one whose fleet and store can be told to cheat.
 */

import { fileURLToPath } from "node:url";

import { Coordinator, type SealedResult } from "../../lib/coordinator/coordinator.ts";
import { MemoryStore, type Store } from "../../lib/coordinator/store.ts";
import { toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { asInput } from "../../lib/data/input.ts";
import { Party } from "../../lib/party/party.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import { defaultLimits, type Limits } from "../../lib/policy/limits.ts";
import { makePolicy, type Policy, type PolicyDocument } from "../../lib/policy/policy.ts";
import { type BuiltProgram, buildProgram } from "../../lib/program/bundle.ts";
import { type Fleet, ThreadFleet } from "../../lib/sandbox/fleet.ts";
import { Body, type Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";

export const wordCountFile: string = fileURLToPath(new URL("./_word-count.ts", import.meta.url));

/** One message on its way to a sandbox. */
export interface Asked {
  readonly link: SandboxLink;
  readonly kind: string;
  readonly body: Record<string, unknown>;
  readonly parts: readonly Uint8Array[];
  /** Passes it on, changed or not. */
  forward(body?: Record<string, unknown>, parts?: readonly Uint8Array[]): Promise<Message>;
}

/** What a hostile coordinator does to messages and to what lies in its store. */
export interface Cheat {
  ask?(asked: Asked): Promise<Message>;
  get?(name: string, store: Store): Promise<Uint8Array>;
}

/** @returns `message` with other fields in its body, or other parts. */
export function changed(message: Message, fields: Record<string, unknown>, parts?: readonly Uint8Array[]): Message {
  return { ...message, body: new Body(fields), parts: parts ?? message.parts };
}

class CheatingFleet implements Fleet {
  readonly platform: string;
  readonly measurement: Fleet["measurement"];
  readonly #inner: Fleet;
  readonly #cheat: Cheat;

  constructor(inner: Fleet, cheat: Cheat) {
    this.#inner = inner;
    this.#cheat = cheat;
    this.platform = inner.platform;
    this.measurement = inner.measurement;
  }

  get workers(): number {
    return this.#inner.workers ?? Infinity;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    const link = this.#inner.start(role, index);
    return {
      role,
      index,
      ended: link.ended,
      end: (reason) => link.end(reason),
      ask: (kind, body, parts = [], options = {}) => {
        const forward: Asked["forward"] = (otherBody = body, otherParts = parts) =>
          link.ask(kind, otherBody as typeof body, otherParts, options);
        if (this.#cheat.ask === undefined) return forward();
        return this.#cheat.ask({ link, kind, body, parts, forward });
      },
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

class CheatingStore extends MemoryStore {
  readonly #cheat: Cheat;

  constructor(cheat: Cheat) {
    super();
    this.#cheat = cheat;
  }

  override get(name: string): Promise<Uint8Array> {
    const honest: Store = { put: (n, b) => this.put(n, b), get: (n) => super.get(n), remove: (n) => this.remove(n) };
    return this.#cheat.get === undefined ? super.get(name) : this.#cheat.get(name, honest);
  }
}

export interface WorldOptions {
  readonly cheat?: Cheat;
  readonly limits?: Partial<Limits>;
  readonly change?: (document: PolicyDocument) => PolicyDocument;
  /** The fleet's real one unless told. */
  readonly runtimeMeasurement?: Uint8Array;
  readonly program?: string;
  /** Threads unless told. */
  readonly fleet?: (platformKey: SigningKey) => Fleet;
  readonly records?: { readonly alice: readonly string[]; readonly bob: readonly string[] };
}

export const aliceRecords: readonly string[] = Array.from(
  { length: 40 },
  (_, i) => `apple pear ${i % 3 === 0 ? "plum" : "fig"}`,
);
export const bobRecords: readonly string[] = Array.from(
  { length: 30 },
  (_, i) => `apple ${i % 2 === 0 ? "date" : "lime"}`,
);

const ownRecords = { alice: aliceRecords, bob: bobRecords };

/** Everything is started; records are sealed and keys provisioned; nobody has run anything yet. */
export class World implements AsyncDisposable {
  readonly policy: Policy;
  readonly coordinator: Coordinator;
  readonly parties: { readonly alice: Party; readonly bob: Party; readonly carol: Party };
  readonly program: BuiltProgram;
  readonly fleet: Fleet;
  readonly keys: Readonly<Record<"alice" | "bob" | "carol" | "host", SigningKey>>;

  private constructor(parts: Omit<World, "request" | "run" | "handIn" | typeof Symbol.asyncDispose>) {
    this.policy = parts.policy;
    this.coordinator = parts.coordinator;
    this.parties = parts.parties;
    this.program = parts.program;
    this.fleet = parts.fleet;
    this.keys = parts.keys;
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const { cheat = {}, records } = options;
    const keys = { alice: key(1), bob: key(2), carol: key(3), host: key(4) };
    const program = await buildProgram(options.program ?? wordCountFile);
    const inner =
      options.fleet?.(keys.host) ?? (await ThreadFleet.open({ platformKey: keys.host, memoryMiB: 256, threads: 12 }));
    const fleet = new CheatingFleet(inner, cheat);
    try {
      const policy = makePolicy(policyOf(keys, program, options.runtimeMeasurement ?? inner.measurement, options));
      const alice = new Party("alice", policy, keys.alice);
      const bob = new Party("bob", policy, keys.bob);
      const carol = new Party("carol", policy, keys.carol);
      const host = new Party("host", policy, keys.host);
      const coordinator = await Coordinator.open({
        policy,
        signatures: [alice, bob, carol, host].map((party) => party.signPolicy()),
        program: program.bytes,
        fleet,
        store: new CheatingStore(cheat),
      });
      const world = new World({ policy, coordinator, parties: { alice, bob, carol }, program, fleet, keys });
      await world.handIn(coordinator, records);
      return world;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** Owners seal their records, and hand their keys to the broker of `coordinator`. */
  async handIn(coordinator: Coordinator, records: NonNullable<WorldOptions["records"]> = ownRecords): Promise<void> {
    const { alice, bob } = this.parties;
    for (const [party, input, data] of [
      [alice, "fruit", records.alice],
      [bob, "more", records.bob],
    ] as const) {
      const dataset = await party.seal(input, asInput(data), coordinator, { chunkBytes: 256 });
      await party.provision(dataset, coordinator);
    }
  }

  request(): Promise<ResultRequest> {
    return this.parties.carol.request(this.coordinator);
  }

  run(request: ResultRequest, partitions = 2): Promise<SealedResult> {
    return this.coordinator.run({ requests: [request.signed], mappers: 2, partitions });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fleet.close();
  }
}

/** Opens a world, lets the coordinator run one job, and gives back what came of it. */
export async function attempt<T>(options: WorldOptions, work: (world: World) => Promise<T>): Promise<T> {
  const world = await World.open(options);
  try {
    return await work(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
}

/** Runs a job under `cheat` and gives back the code that stopped it, or "none". */
export async function codeUnder(options: WorldOptions): Promise<string> {
  try {
    await attempt(options, async (world) => world.run(await world.request()));
    return "none";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function policyOf(
  keys: World["keys"],
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
    notBefore: now - 60,
    notAfter: now + 3600,
  });
}

function key(n: number): SigningKey {
  return SigningKey.fromSeed(new Uint8Array(32).fill(n));
}
