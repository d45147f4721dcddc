/** A world whose parties stay connected, for tests in which the broker dies. */

import { asInput } from "../../lib/data/input.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { Output } from "../../lib/output.ts";
import { Attendance } from "../../lib/party/attendance.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import type { PolicyRecovery } from "../../lib/policy/policy.ts";
import type { ReceiptSummary } from "../../lib/proof/verify-receipt.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { aliceRecords, type Asked, attempt, bobRecords, type World, type WorldOptions } from "./_world.ts";

export const names = ["alice", "bob", "carol"] as const;
export type Name = (typeof names)[number];

export const twoOfThree: PolicyRecovery = { kind: "shares", threshold: 2, parties: names };

export interface AttendedOptions extends WorldOptions {
  readonly recovery?: PolicyRecovery;
  /** Who is connected when a job runs. Default: everybody. */
  readonly connected?: readonly Name[];
}

export class AttendedWorld {
  readonly world: World;
  readonly attendances: Readonly<Record<Name, Attendance>>;
  readonly request: ResultRequest;

  private constructor(world: World, attendances: AttendedWorld["attendances"], request: ResultRequest) {
    this.world = world;
    this.attendances = attendances;
    this.request = request;
  }

  /** Everybody keeps a share, owners hand over their keys, and Carol asks. */
  static async open(world: World, connected: readonly Name[] = names): Promise<AttendedWorld> {
    const { coordinator, parties } = world;
    const attendances = {
      alice: new Attendance(parties.alice),
      bob: new Attendance(parties.bob),
      carol: new Attendance(parties.carol),
    };
    for (const name of names) await attendances[name].keepShare(coordinator);
    for (const [name, input, records] of [
      ["alice", "fruit", aliceRecords],
      ["bob", "more", bobRecords],
    ] as const) {
      const dataset = await parties[name].seal(input, asInput(records), coordinator, { chunkBytes: 256, epoch: 2 });
      await attendances[name].provision(dataset, coordinator);
    }
    const request = await attendances.carol.request(coordinator);
    for (const name of connected) await coordinator.attend(attendances[name]);
    return new AttendedWorld(world, attendances, request);
  }

  /** Runs the job and opens its result. */
  async obtain(): Promise<{ readonly counts: ReadonlyMap<unknown, number>; readonly summary: ReceiptSummary }> {
    const { outputs, summary } = openResult(this.request, await this.world.run(this.request));
    return { counts: Output.fromPartitions<number>(outputs.get("counts") ?? []).toMap(), summary };
  }
}

export function attended<T>(options: AttendedOptions, work: (world: AttendedWorld) => Promise<T>): Promise<T> {
  const { recovery = twoOfThree, connected, change = (document) => document, ...rest } = options;
  const given: WorldOptions = {
    fleet: (key) => new InProcessFleet(key),
    change: (document) => change({ ...document, recovery }),
    ...rest,
  };
  return attempt(given, async (world) => work(await AttendedWorld.open(world, connected)));
}

/** Ends the broker when it is asked `kind` for the `nth` time, as often as `times`; counts what everybody is asked. */
export class BrokerKiller {
  killed = 0;
  readonly asked = new Map<string, number>();
  readonly #kind: string;
  readonly #nth: number;
  readonly #times: number;
  readonly #dead = new Set<SandboxLink>();
  #seen = 0;

  constructor(kind: string, nth = 1, times = 1) {
    this.#kind = kind;
    this.#nth = nth;
    this.#times = times;
  }

  ask = ({ link, kind, forward }: Asked): Promise<Message> => {
    this.asked.set(kind, (this.asked.get(kind) ?? 0) + 1);
    const chosen = link.role === "broker" && kind === this.#kind && !this.#dead.has(link);
    if (chosen && this.killed < this.#times && ++this.#seen >= this.#nth) {
      this.killed++;
      this.#dead.add(link);
      this.#seen = 0;
      link.end(new SealfoldError("SANDBOX_DIED", "killed by a test"));
    }
    return forward();
  };
}
