import { expect } from "chai";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { Ran } from "./run.ts";
import type { EndingCode, Schedule } from "./schedule.ts";
import { judge } from "./verdict.ts";

const schedule: Schedule = {
  seed: 1,
  records: 6,
  chunkBytes: 200,
  mappers: 2,
  reducers: 1,
  partitions: 1,
  poison: false,
  faults: [],
  recovery: { kind: "shares", threshold: 1, parties: ["carol"] },
  connected: ["carol"],
  time: "virtual",
  storeTurns: [0],
};

const assign = (
  role: "mapper" | "reducer",
  index: number,
  item: number,
  attempt = 1,
  speculative = false,
): JobEvent => ({
  kind: "assign",
  role,
  index,
  item,
  attempt,
  speculative,
});
const commit = (role: "mapper" | "reducer", item: number, done: number): JobEvent => ({
  kind: "commit",
  role,
  item,
  done,
  total: role === "mapper" ? 2 : 1,
  bytes: 1,
  reused: false,
});
const die = (code: EndingCode = "SANDBOX_DIED"): JobEvent => ({ kind: "die", role: "mapper", index: 1, code });
const retry = (failures: number, code: EndingCode = "SANDBOX_DIED"): JobEvent => ({
  kind: "retry",
  role: "mapper",
  item: 1,
  code,
  failures,
  delayMs: 0,
});
const plan: JobEvent = { kind: "plan", jobId: "", tasks: 2, partitions: 1, bytes: 1 };
const release: JobEvent = { kind: "release", jobId: "" };
const reduced = [assign("reducer", 0, 0), commit("reducer", 0, 1), release];
const quiet = [plan, assign("mapper", 0, 0), assign("mapper", 1, 1), commit("mapper", 0, 1), commit("mapper", 1, 2)];
const complete = [...quiet, ...reduced];
const died = { role: "mapper", code: "SANDBOX_DIED", doomed: false, late: false } as const;
const brokerDied = { ...died, role: "broker" } as const;
const alone: Schedule = { ...schedule, connected: [] };

function ran(parts: Partial<Omit<Ran, "hands">> & { readonly hands?: Partial<Ran["hands"]> } = {}): Ran {
  const { hands, ...others } = parts;
  return {
    schedule,
    code: "none",
    events: complete,
    same: true,
    left: [],
    ...others,
    hands: { endings: [], holds: [], cancelled: false, ...hands },
  };
}

/** Runs in which all is well. */
const right: Readonly<Record<string, Ran>> = {
  "a quiet one": ran(),
  "one in which a sandbox died and its item was done again": ran({
    events: [plan, assign("mapper", 1, 1), die(), retry(1), assign("mapper", 1, 1, 2), ...quiet.slice(1, 2)].concat(
      commit("mapper", 0, 1),
      commit("mapper", 1, 2),
      reduced,
    ),
    hands: { endings: [died] },
  }),
  "one whose item died three times": ran({
    code: "SANDBOX_DIED",
    events: [1, 2, 3].flatMap((n) => [assign("mapper", 1, 1, n), die(), ...(n < 3 ? [retry(n)] : [])]),
    hands: { endings: [died, died, died] },
  }),
  "one that was cancelled": ran({ code: "CANCELLED", events: quiet, hands: { cancelled: true } }),
  "one whose broker died, and was followed": ran({ hands: { endings: [brokerDied] } }),
  "one whose broker died after the release": ran({
    schedule: alone,
    hands: { endings: [{ ...brokerDied, late: true }] },
  }),
  "one whose broker nobody could follow": ran({
    code: "BROKER_LOST",
    schedule: alone,
    events: quiet,
    hands: { endings: [brokerDied] },
  }),
  "one whose program threw": ran({ code: "PROGRAM_THREW", events: quiet, schedule: { ...schedule, poison: true } }),
};

/** Runs in which something is wrong, and what is said of it. */
const wrong: Readonly<Record<string, readonly [run: Ran, says: RegExp]>> = {
  "another answer": [ran({ same: false }), /not the undisturbed/],
  "no answer": [ran({ same: undefined }), /not the undisturbed/],
  "something left": [ran({ left: ["1 × thread"] }), /left 1 × thread/],
  "no end": [ran({ code: "hung", events: quiet }), /hung/],
  "a code without a cause": [ran({ code: "SANDBOX_DIED", events: quiet, hands: { endings: [died] } }), /SANDBOX_DIED/],
  "the code of another cause": [
    ran({ code: "LIMIT_TIME", events: [retry(1), retry(2)], hands: { endings: [died, died, died] } }),
    /LIMIT_TIME/,
  ],
  "deaths that are not one item's": [
    ran({
      code: "SANDBOX_DIED",
      events: [retry(1), { ...retry(1), item: 0 }] as JobEvent[],
      hands: { endings: [died, died, died] },
    }),
    /SANDBOX_DIED/,
  ],
  "a code of ours that nothing explains": [ran({ code: "BUG", events: quiet }), /BUG/],
  "a program that threw without its record": [ran({ code: "PROGRAM_THREW", events: quiet }), /PROGRAM_THREW/],
  "a poisoned record that was passed": [ran({ schedule: { ...schedule, poison: true } }), /program throws/],
  "an item that cannot be done and was": [ran({ hands: { endings: [{ ...died, doomed: true }] } }), /every sandbox/],
  "going on after the cancel": [ran({ hands: { cancelled: true } }), /cancelled/],
  "going on without a broker": [ran({ schedule: alone, hands: { endings: [brokerDied] } }), /without a broker/],
  "a broker that was lost though all were there": [
    ran({ code: "BROKER_LOST", events: quiet, hands: { endings: [brokerDied] } }),
    /BROKER_LOST/,
  ],
  "a broker that was lost and had not died": [
    ran({ code: "BROKER_LOST", schedule: alone, events: quiet }),
    /BROKER_LOST/,
  ],
  "waiting for who does not answer": [ran({ hands: { holds: [{ role: "mapper", letGo: "late" }] } }), /waited for/],
  "two commits of one item": [ran({ events: [...quiet, commit("mapper", 1, 3), ...reduced] }), /twice/],
  "an item without a commit": [ran({ events: [...quiet.slice(0, -1), ...reduced] }), /1 of 2 mapper items/],
  "commits that are not counted up": [
    ran({ events: [...quiet.slice(0, -1), commit("mapper", 1, 1), ...reduced] }),
    /counted up/,
  ],
  "two items in one slot": [ran({ events: [plan, assign("mapper", 1, 0), ...complete.slice(1)] }), /while it had/],
  "three attempts at one item": [
    ran({ events: [plan, assign("mapper", 2, 1, 2, true), assign("mapper", 3, 1, 3, true), ...complete.slice(1)] }),
    /3 times at once/,
  ],
  "an attempt at what is done": [ran({ events: [...quiet, assign("mapper", 1, 1), ...reduced] }), /after its commit/],
  "a death without a cause": [ran({ events: [plan, die(), ...complete.slice(1)] }), /1 mappers died, and 0 were ended/],
  "a death of another cause": [
    ran({ events: [plan, die("LIMIT_TIME"), ...complete.slice(1)], hands: { endings: [died] } }),
    /died with LIMIT_TIME/,
  ],
  "no release": [ran({ events: complete.slice(0, -1) }), /released 0 times/],
  "a failure after the release": [
    ran({ code: "SANDBOX_DIED", events: [...complete, retry(1), retry(2)], hands: { endings: [died, died, died] } }),
    /after it was released/,
  ],
};

describe("chaos: the verdict", () => {
  for (const [title, run] of Object.entries(right)) {
    it(`has nothing against ${title}`, () => {
      expect(judge(run)).to.deep.equal([]);
    });
  }

  for (const [title, [run, says]] of Object.entries(wrong)) {
    it(`notices ${title}`, () => {
      expect(judge(run).join("\n")).to.match(says);
    });
  }
});
