/**
 * What happens in one run of the harness, all of it drawn from the run's seed: the size of the job, which sandboxes end at
 * which points of the protocol, which answers are held, and the order in which the store answers.
 */

import { createHash } from "node:crypto";

import fc from "fast-check";

import type { PolicyRecovery } from "../../lib/policy/policy.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";

type Role = SandboxLink["role"];

/** The n-th message of a kind to any sandbox of a role, counted from 1, and the moment on its way. */
export interface Point {
  readonly role: Role;
  readonly message: string;
  readonly nth: number;
  /**
   * `before` it is delivered; `during` the work on it; `after` it is answered, and before the answer is there; `idle`:
   * once the answer was taken.
   */
  readonly when: (typeof moments)[number];
}

export type EndingCode = (typeof endingCodes)[number];

export type Fault =
  /** Ends the sandbox, and `others` more that are alive. */
  | { readonly do: "end"; readonly at: Point; readonly code: EndingCode; readonly others: number }
  /** Ends every sandbox that comes to this message for this item. */
  | { readonly do: "doom"; readonly role: "mapper" | "reducer"; readonly item: number; readonly message: string }
  /** Keeps the n-th answer back. */
  | { readonly do: "hold"; readonly role: "mapper" | "reducer"; readonly nth: number }
  /** Never answers the n-th message of a kind. */
  | { readonly do: "mute"; readonly role: Role; readonly message: string; readonly nth: number }
  /** Whoever runs the job gives it up. */
  | { readonly do: "cancel"; readonly at: Point };

/** Who may stay connected while the job runs: two owners, and the receiver. */
export type Connected = (typeof people)[number];

export interface Schedule {
  readonly seed: number;
  /** Records of each of the two owners. */
  readonly records: number;
  readonly chunkBytes: number;
  readonly mappers: number;
  readonly reducers: number;
  readonly partitions: number;
  /** Whether one record is such that the program throws. */
  readonly poison: boolean;
  readonly faults: readonly Fault[];
  /** Who lets a broker's successor have its memory. */
  readonly recovery: PolicyRecovery;
  readonly connected: readonly Connected[];
  /** By which time the coordinator waits: the machine's, or one that passes when nothing else moves. */
  readonly time: "machine" | "virtual";
  /** Turns of the event loop that the store's operations wait, in turn: 0 answers at once. */
  readonly storeTurns: readonly number[];
}

const people = ["alice", "bob", "carol"] as const;
const recoveries: readonly PolicyRecovery[] = [
  { kind: "shares", threshold: 2, parties: people },
  { kind: "shares", threshold: 1, parties: ["carol"] },
  { kind: "shares", threshold: 3, parties: people },
  { kind: "none" },
];
const moments = ["before", "during", "after", "idle"] as const;
/** How a sandbox may end that its program did not end. */
export const endingCodes = ["SANDBOX_DIED", "LIMIT_TIME", "LIMIT_MEMORY"] as const;
/** What each role is asked, and how often at most in a job of this size in which little happens. */
const messages: Readonly<Record<Role, Readonly<Record<string, number>>>> = {
  mapper: { init: 3, attest: 3, trust: 3, join: 3, map: 8 },
  reducer: { init: 3, attest: 3, trust: 3, join: 3, reduce: 3, cell: 8, finish: 3 },
  broker: {
    job: 2,
    challenge: 5,
    admit: 5,
    handshake: 5,
    task: 8,
    members: 3,
    retire: 5,
    release: 1,
    // what successors are asked
    init: 2,
    standing: 2,
    restore: 2,
    attest: 3,
    open: 3,
    say: 4,
    state: 2,
  },
};

/** Records of an owner: few, so that undisturbed runs are shared. */
const recordCounts = [6, 17, 40];

/** @returns the seed of a campaign's run of this number, from 0 on */
export function runSeed(seed: number, run: number): number {
  return createHash("sha256").update(`chaos ${seed} ${run}`).digest().readInt32BE(0);
}

/** @returns the same for the same seed, always */
export function drawSchedule(seed: number): Schedule {
  const [drawn] = fc.sample(schedules(), { seed, numRuns: 1 });
  if (drawn === undefined) throw new Error("nothing was drawn");
  return { seed, ...drawn };
}

/** One line for people. */
export function showSchedule(schedule: Schedule): string {
  const { records, chunkBytes, mappers, reducers, partitions, poison, faults, time, recovery, connected } = schedule;
  const shares = recovery.kind === "none" ? "no recovery" : `${recovery.threshold} of ${recovery.parties.join(", ")}`;
  const job = `${time} time, ${mappers} mappers, ${reducers} reducers, ${partitions} partitions, 2 × ${records} records in ${chunkBytes} B`;
  const people = `${shares}; connected: ${connected.join(", ")}`;
  return [job, people, ...(poison ? ["a poisoned record"] : []), ...faults.map(showFault)].join("; ");
}

function schedules(): fc.Arbitrary<Omit<Schedule, "seed">> {
  const roles: readonly Role[] = ["mapper", "mapper", "reducer", "reducer", "broker"];
  const any = fc.oneof(ends(roles), ends(roles), holds(), mutes(roles));
  const drawn = fc.record({
    records: fc.constantFrom(...recordCounts),
    chunkBytes: fc.constantFrom(64, 200, 1000),
    mappers: fc.integer({ min: 1, max: 4 }),
    reducers: fc.integer({ min: 1, max: 4 }),
    partitions: fc.integer({ min: 1, max: 5 }),
    poison: often(1, 20),
    faults: fc.oneof(
      { weight: 12, arbitrary: fc.array(any, { maxLength: 4, size: "max" }) },
      { weight: 2, arbitrary: fc.array(holds(), { minLength: 1, maxLength: 2 }) },
      { weight: 3, arbitrary: fc.array(ends(["broker"]), { minLength: 1, maxLength: 3 }) },
      { weight: 2, arbitrary: fc.tuple(dooms()) },
      { weight: 1, arbitrary: fc.tuple(ends(roles), dooms()) },
      { weight: 1, arbitrary: fc.tuple(ends(roles), cancels(roles)) },
    ),
    recovery: fc.constantFrom(...recoveries),
    connected: fc.oneof({ weight: 3, arbitrary: fc.constant(people) }, fc.subarray([...people])),
    time: fc.constantFrom("machine" as const, "virtual" as const, "virtual" as const),
    storeTurns: fc.oneof(fc.constant([0]), fc.array(fc.nat(5), { minLength: 1, maxLength: 7 })),
  });
  // by the machine's time, nobody waits for one that never answers
  return drawn.map(({ faults, ...others }) => ({
    ...others,
    faults: faults.filter((fault) => fault.do !== "mute" || others.time === "virtual"),
  }));
}

function ends(roles: readonly Role[]): fc.Arbitrary<Fault> {
  return fc.record({
    do: fc.constant("end" as const),
    at: points(roles),
    code: fc.constantFrom(...endingCodes.slice(0, 1), ...endingCodes.slice(0, 1), ...endingCodes),
    others: fc.constantFrom(0, 0, 0, 1, 2, 5),
  });
}

function dooms(): fc.Arbitrary<Fault> {
  return fc
    .record({ role: fc.constantFrom("mapper" as const, "reducer" as const), item: fc.nat(1), at: fc.nat(100) })
    .map(({ role, item, at }) => {
      const own = role === "mapper" ? ["map"] : Object.keys(messages.reducer);
      return { do: "doom" as const, role, item, message: own[at % own.length] ?? "map" };
    });
}

function holds(): fc.Arbitrary<Fault> {
  return fc.record({
    do: fc.constant("hold" as const),
    role: fc.constantFrom("mapper" as const, "reducer" as const),
    nth: fc.integer({ min: 1, max: 6 }),
  });
}

function mutes(roles: readonly Role[]): fc.Arbitrary<Fault> {
  return points(roles).map(({ role, message, nth }) => ({ do: "mute" as const, role, message, nth }));
}

function cancels(roles: readonly Role[]): fc.Arbitrary<Fault> {
  return fc.record({ do: fc.constant("cancel" as const), at: points(roles) });
}

function points(roles: readonly Role[]): fc.Arbitrary<Point> {
  const point = (role: Role): fc.Arbitrary<Point> =>
    fc.constantFrom(...Object.entries(messages[role])).chain(([message, most]) =>
      fc.record({
        role: fc.constant(role),
        message: fc.constant(message),
        nth: fc.integer({ min: 1, max: most }),
        when: fc.constantFrom(...moments),
      }),
    );
  return fc.constantFrom(...roles).chain(point);
}

function often(times: number, of: number): fc.Arbitrary<boolean> {
  return fc.nat(of - 1).map((drawn) => drawn < times);
}

function showFault(fault: Fault): string {
  switch (fault.do) {
    case "end":
      return `end ${showPoint(fault.at)} with ${fault.code}${fault.others > 0 ? ` and ${fault.others} others` : ""}`;
    case "doom":
      return `end whoever gets "${fault.message}" for ${fault.role} item ${fault.item}`;
    case "hold":
      return `hold ${fault.role} answer ${fault.nth}`;
    case "mute":
      return `${fault.role} never answers "${fault.message}" ${fault.nth}`;
    case "cancel":
      return `cancel ${showPoint(fault.at)}`;
    default:
      return fault satisfies never;
  }
}

function showPoint({ role, message, nth, when }: Point): string {
  return `${role} ${when} "${message}" ${nth}`;
}
