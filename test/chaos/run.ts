/** One run: a world, a job in it under the schedule's faults, and what came of it. */

import { fileURLToPath } from "node:url";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { SealedResult } from "../../lib/coordinator/running-job.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { codeOf } from "../../lib/demo/notices.ts";
import { type Records, World } from "../../lib/demo/world.ts";
import { Output } from "../../lib/output.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import { type BuiltProgram, buildProgram } from "../../lib/program/bundle.ts";
import { type VerifyOptions, verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { InProcessFleet } from "../claims/_in-process-fleet.ts";
import { connect, epoch } from "./connected.ts";
import { Hands } from "./hands.ts";
import { holdings, leftSince, withOwnTemporary } from "./leftovers.ts";
import { Motion } from "./motion.ts";
import type { Schedule } from "./schedule.ts";
import { TurnStore } from "./turn-store.ts";

/** A run, and what it left. */
export interface Ran {
  readonly schedule: Schedule;
  /** What it ended with: "none" where it is complete. */
  readonly code: string;
  readonly error?: unknown;
  readonly events: readonly JobEvent[];
  readonly hands: Pick<Hands, "endings" | "holds" | "cancelled">;
  /** Whether the answer is, byte for byte, the undisturbed one; nothing where there is none. */
  readonly same?: boolean | undefined;
  /** What is there that was not before. */
  readonly left: readonly string[];
}

export type FleetKind = "threads" | "in-process";

/** What the job does whose answer others must have. */
const undisturbed: Omit<Schedule, "records"> = {
  seed: 0,
  chunkBytes: 200,
  mappers: 2,
  reducers: 2,
  partitions: 3,
  poison: false,
  faults: [],
  recovery: { kind: "none" },
  connected: [],
  time: "machine",
  storeTurns: [0],
};
const epochs = { fruit: epoch, more: epoch };
const words = ["ash", "beech", "cedar", "date", "elm", "fig", "gum", "hazel", "iroko", "jujube", "kauri", "lime"];

interface Eyes {
  readonly hands: Hands;
  readonly motion: Motion;
  readonly events: JobEvent[];
}

type Attempt = Pick<Ran, "code" | "error" | "events" | "hands"> & { readonly answer?: Buffer };

const programFile = fileURLToPath(new URL("./word-count.ts", import.meta.url));

/** Everything that runs share. */
export class Runner {
  readonly #kind: FleetKind;
  readonly #program: BuiltProgram;
  /** What undisturbed jobs answered, by the number of records. */
  readonly #answers = new Map<number, Promise<Buffer>>();

  private constructor(kind: FleetKind, program: BuiltProgram) {
    this.#kind = kind;
    this.#program = program;
  }

  static async open(kind: FleetKind): Promise<Runner> {
    const runner = new Runner(kind, await buildProgram(programFile));
    await runner.#answerTo(6); // what is loaded once is nothing that a run leaves
    return runner;
  }

  async run(schedule: Schedule): Promise<Ran> {
    const expected = await this.#answerTo(schedule.records);
    const before = holdings();
    const { result, files } = await withOwnTemporary(() => this.#attempt(schedule));
    const left = [...(await leftSince(before)), ...files.map((name) => `temporary ${name}`)];
    const { answer, ...ran } = result;
    return { schedule, ...ran, left, same: answer?.equals(expected) };
  }

  #answerTo(records: number): Promise<Buffer> {
    const known = this.#answers.get(records);
    if (known !== undefined) return known;
    const answer = this.#attempt({ ...undisturbed, records }).then(({ answer, code }) => {
      if (answer === undefined) throw new Error(`an undisturbed job ended with ${code}`);
      return answer;
    });
    this.#answers.set(records, answer);
    return answer;
  }

  async #attempt(schedule: Schedule): Promise<Attempt> {
    const motion = new Motion(schedule.time);
    const stop = new AbortController();
    const events: JobEvent[] = [];
    const seen = (): { readonly events: readonly JobEvent[]; readonly hands: Hands } => ({
      events: [...events],
      hands,
    });
    const hands = new Hands(schedule, motion, {
      cancel: () => stop.abort(),
      released: () => events.some(({ kind }) => kind === "release"),
    });
    const world = await this.#world(schedule, { hands, motion, events });
    try {
      const request = await connect(world, schedule, recordsOf(schedule));
      hands.arm();
      const { mappers, partitions } = schedule;
      const options = { requests: [request.signed], mappers, partitions, signal: stop.signal };
      const sealed = await motion.watch(world.coordinator.run(options));
      if (sealed === "hung") return { code: "hung", ...seen() };
      const { outputs, summary } = await world.receive(request, sealed, { epochs });
      verifyReceipt(sealed.receipt, world.policy, { ...knownTo(request, sealed), budgetHead: summary.budgetHead });
      return { code: "none", ...seen(), answer: bytesOf(outputs.get("counts") ?? []) };
    } catch (error) {
      return { code: codeOf(error), error, ...seen() };
    } finally {
      await world.coordinator.close();
      await world[Symbol.asyncDispose]();
    }
  }

  #world(schedule: Schedule, { hands, motion, events }: Eyes): Promise<World> {
    const { mappers, reducers, recovery, storeTurns } = schedule;
    return World.open({
      program: this.#program,
      records: recordsOf(schedule),
      limits: { mappers, reducers },
      change: (document) => ({ ...document, recovery }),
      cheat: { ask: hands.ask },
      store: new TurnStore(storeTurns, motion),
      timing: motion.timing,
      listener: (event) => {
        motion.move();
        events.push(event);
      },
      ...(this.#kind === "in-process" && { fleet: (key: SigningKey) => new InProcessFleet(key) }),
    });
  }
}

/** Two owners' lines of two to seven words, of twelve that there are. */
function recordsOf({ records, chunkBytes, poison }: Schedule): Records {
  const line = (i: number, owner: number): string =>
    Array.from({ length: 2 + (i % 6) }, (_, at) => words[(i * (at + owner) + at) % words.length]).join(" ");
  const lines = (owner: number): string[] => Array.from({ length: records }, (_, i) => line(i, owner));
  return { alice: lines(1), bob: [...lines(2).slice(1), ...(poison ? ["poison"] : [line(0, 2)])], chunkBytes };
}

/** All that a receiver can check a receipt by. */
function knownTo(request: ResultRequest, { outputs }: SealedResult): VerifyOptions {
  return { nonce: request.nonce, receiver: request.receiver, epochs, outputs: Object.fromEntries(outputs) };
}

/** The result in key order, as its receiver has it. */
function bytesOf(partitions: readonly Uint8Array[]): Buffer {
  return Buffer.from(JSON.stringify([...Output.fromPartitions<number>(partitions)]));
}
