/** Whole jobs under random policies, over random records, narrowed at random, against a reckoning made word by word. */

import { expect } from "chai";
import * as fc from "fast-check";

import { Output } from "../../../lib/output.ts";
import type { Narrowing } from "../../../lib/policy/narrow.ts";
import type { PolicyDocument } from "../../../lib/policy/policy.ts";
import type { Message } from "../../../lib/sandbox/message.ts";
import { InProcessFleet } from "../../claims/_in-process-fleet.ts";
import { narrowing, type Opened, record, runFor, world } from "../../claims/_narrowing-world.ts";
import { type Asked, attempt, type WorldOptions } from "../../claims/_world.ts";

describe("sandbox/roles: what narrowing costs", () => {
  it("is one question more for each partition where the policy lets the program narrow, and none where it does not", async () => {
    const asked = new Map<string, number>();
    const ask = ({ kind, forward }: Asked): Promise<Message> => {
      asked.set(kind, (asked.get(kind) ?? 0) + 1);
      return forward();
    };
    const options: WorldOptions = { cheat: { ask }, fleet: (key) => new InProcessFleet(key) };
    await attempt(world(options), (here) => runFor(here, ["carol"], 3));
    expect([asked.get("finish"), asked.get("seal")]).to.deep.equal([3, 3]);
    asked.clear();
    await attempt(options, (here) => runFor(here, ["carol"], 3));
    expect([asked.get("finish"), asked.get("seal")]).to.deep.equal([3, undefined]);
  });
});

describe("sandbox/roles: what is released is the policy, narrowed by the join", () => {
  it("for any policy, any records and whatever each partition narrows", async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ outputs, words, partitions }) => {
        const change = (document: PolicyDocument): PolicyDocument => ({ ...narrowing(document), outputs });
        const records = { alice: recordsOf(words, 0, outputs), bob: recordsOf(words, 1, outputs) };
        const fleet: WorldOptions["fleet"] = (key) => new InProcessFleet(key);
        await attempt(world({ change, records, fleet }), async (here) => {
          const names = (["alice", "bob", "carol"] as const).filter((name) =>
            outputs.some(({ receivers }) => receivers.includes(name)),
          );
          const opened = await runFor(here, names, partitions);
          names.forEach((name, i) => expect(readBy(opened[i] as Opened)).to.deep.equal(expected(name, words, outputs)));
        });
      }),
      { numRuns: 10 },
    );
  }).timeout(120_000);
});

/** A word: how often each owner has it, and what the first record of it narrows. */
interface Word {
  readonly counts: readonly [number, number];
  readonly narrows: {
    readonly receivers?: readonly string[];
    readonly outputs?: readonly number[];
    readonly threshold?: readonly [output: number, minValues: number, minOwners: number];
  };
}

const parties = ["alice", "bob", "carol"];
const anyWord: fc.Arbitrary<Word> = fc.record({
  counts: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(4)),
  narrows: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.record(
      {
        receivers: fc.subarray(parties, { minLength: 1 }),
        outputs: fc.subarray([0, 1, 2]),
        threshold: fc.tuple(fc.nat(2), fc.nat(6), fc.nat(2)),
      },
      { requiredKeys: [] },
    ),
  ),
});

const anyCase = fc.record({
  words: fc.array(anyWord, { minLength: 1, maxLength: 6 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  outputs: fc
    .array(
      fc.record({
        receivers: fc.subarray(parties, { minLength: 1 }),
        minValues: fc.nat(4),
        minOwners: fc.nat(2),
        noise: fc.constant("none" as const),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((outputs) => outputs.map((output, i) => ({ name: `o${i}`, ...output }))),
});

type Outputs = PolicyDocument["outputs"];

/** In names that the policy has: a program that narrows by others fails. */
function narrowingOf({ narrows }: Word, outputs: Outputs): Narrowing {
  const known = new Set(outputs.flatMap(({ receivers }) => receivers));
  const { receivers, outputs: kept, threshold } = narrows;
  const raised = threshold && outputs[threshold[0]];
  return {
    ...(receivers && { receivers: receivers.filter((name) => known.has(name)) }),
    ...(kept && { outputs: kept.flatMap((i) => outputs[i]?.name ?? []) }),
    ...(raised && { thresholds: [{ output: raised.name, minValues: threshold[1], minOwners: threshold[2] }] }),
  };
}

function recordsOf(words: readonly Word[], owner: 0 | 1, outputs: Outputs): readonly string[] {
  const all = words.flatMap((word, i) =>
    Array.from({ length: word.counts[owner] }, (_, n) =>
      record(`w${i}`, owner === 0 && n === 0 ? narrowingOf(word, outputs) : null),
    ),
  );
  return all.length > 0 ? all : [record("w0")];
}

/** What `party` may read, computed word by word from what was asked for, without the code that is under test. */
function expected(party: string, words: readonly Word[], outputs: Outputs): Record<string, Record<string, number>> {
  const asked = words.map((word) => narrowingOf(word, outputs));
  const hasBob = words.some(({ counts }) => counts[1] > 0);
  const left = outputs.filter(
    ({ name, receivers }) =>
      receivers.includes(party) &&
      asked.every((one) => (one.receivers?.includes(party) ?? true) && (one.outputs?.includes(name) ?? true)),
  );
  return Object.fromEntries(
    left.map(({ name, minValues, minOwners }) => {
      const raised = asked.flatMap(({ thresholds = [] }) => thresholds.filter(({ output }) => output === name));
      const read = words.flatMap(({ counts: [alice, bobs] }, i) => {
        const bob = i === 0 && !hasBob ? bobs + 1 : bobs; // an owner has at least one record
        const values = alice + bob;
        const owners = bob > 0 ? 2 : 1;
        const enough = [{ minValues, minOwners }, ...raised].every(
          (bound) => values >= bound.minValues && owners >= bound.minOwners,
        );
        return enough ? [[`w${i}`, values] as const] : [];
      });
      return [name, Object.fromEntries(read)];
    }),
  );
}

function readBy(opened: Opened): Record<string, Record<string, number>> {
  return Object.fromEntries(
    [...opened.outputs].map(([name, partitions]) => [
      name,
      Object.fromEntries(Output.fromPartitions<number>(partitions)) as Record<string, number>,
    ]),
  );
}
