/** Attacks between the stages: have reducers read something else than what the mappers wrote. */

import { toBase64url } from "../../crypto/bytes.ts";
import { SigningKey } from "../../crypto/signature.ts";
import { SealfoldError } from "../../errors.ts";
import { type MapManifest, signManifest } from "../../proof/manifest.ts";
import type { Message } from "../../sandbox/message.ts";
import type { Attack, Play } from "../attack.ts";
import type { Asked, Cheat } from "../cheating.ts";
import { type CarriedManifest, flipped, onAsk, withCells, withManifests } from "../cheats.ts";
import { Fork } from "../fork.ts";
import { aliceRecords, bobRecords, type World } from "../world.ts";
import { countsIn, plainCounts } from "../answer.ts";

export const alterBatch: Cheat = withCells(async (name, store) => {
  const cell = await store.get(name);
  return flipped(cell, cell.length - 9);
});

export const dropBatch: Cheat = withCells(() => Promise.resolve(new Uint8Array()));

export const doubleBatch: Cheat = withCells(async (name, store) => {
  const cell = await store.get(name);
  return Uint8Array.from(Buffer.concat([cell, cell]));
});

export const swapPartitions: Cheat = withCells((name, store) =>
  store.get(name.endsWith("/0") ? name.replace(/0$/, "1") : name.replace(/1$/, "0")),
);

/** Says of each cell that it was passed on. */
export const keepCells: Cheat = onAsk("cell", () => Promise.resolve({ id: 0, kind: "ok", parts: [] } as never as Message));

export const dropManifest: Cheat = withManifests((all) => all.slice(1));
export const doubleManifest: Cheat = withManifests(([first, , ...rest]) => [first, first, ...rest]);

export const editManifest: Cheat = withManifests(([first, ...rest]) => [
  { ...first, document: { ...first?.document, attempt: toBase64url(new Uint8Array(16)) } },
  ...rest,
]);

export const forgeManifest: Cheat = withManifests(([first, ...rest]) => [
  signManifest("map manifest", first?.document as MapManifest, SigningKey.generate()),
  ...rest,
]);

/** Runs two jobs, and puts a manifest of the first into the commit set of the second. */
export function mixJobs(): Play {
  let earlier: CarriedManifest | undefined;
  let second = false;
  const cheat = withManifests(([first, ...rest]) => {
    earlier ??= first;
    return [second ? earlier : first, ...rest];
  });
  const course = async (world: World): Promise<boolean> => {
    await world.run(await world.request());
    second = true;
    await world.run(await world.request());
    return true;
  };
  return { cheat, limits: { releases: 2 }, course };
}

/** Has every task mapped twice, the second time by another sandbox, so that it could pick by the sizes that it sees. */
export class Chooser {
  /** Of each attempt, in order: its task, and the sizes of what it wrote. */
  readonly attempts: { readonly task: number; readonly sizes: string }[] = [];

  async ask({ kind, link, forward }: Asked): Promise<Message> {
    const answer = await forward();
    if (kind !== "map") return answer;
    const { document } = answer.body.document("manifest") as CarriedManifest;
    const { task } = document;
    const again = this.attempts.some((attempt) => attempt.task === task);
    this.attempts.push({ task, sizes: answer.parts.map(({ length }) => length).join(" ") });
    if (again) return answer;
    const lost = new SealfoldError("SANDBOX_DIED", "ended by its host, with an answer that it keeps");
    link.end(lost);
    throw lost;
  }

  /** @returns whether any two attempts at one task are of different sizes. */
  canChoose(): boolean {
    const kinds = new Map<number, Set<string>>();
    for (const { task, sizes } of this.attempts) kinds.set(task, (kinds.get(task) ?? new Set()).add(sizes));
    return [...kinds.values()].some((sizes) => sizes.size > 1);
  }
}

/** Ends the thread of the first sandbox that is given a task. */
function killOnce(): Cheat {
  let killed = false;
  return onAsk("map", ({ link, forward }) => {
    if (!killed) link.end(new SealfoldError("SANDBOX_DIED", "ended by its host"));
    killed = true;
    return forward();
  });
}

/** @returns whether the receiver gets another answer than the records have. */
async function otherAnswer(world: World): Promise<boolean> {
  const request = await world.request();
  const counts = countsIn(await world.receive(request, await world.run(request)));
  const right = plainCounts(aliceRecords, bobRecords);
  return counts.size !== right.size || [...right].some(([word, count]) => counts.get(word) !== count);
}

export const mapOutputAttacks: readonly Attack[] = [
  {
    name: "altered-batch",
    target: "map outputs",
    does: "flips one bit of what a mapper wrote",
    gain: "a wrong answer that nobody sees is wrong",
    by: "a reducer",
    code: "BATCH_ALTERED",
    play: () => ({ cheat: alterBatch }),
  },
  {
    name: "dropped-batch",
    target: "map outputs",
    does: "drops the batches of one mapper",
    gain: "an answer without the counts that do not suit",
    by: "a reducer",
    code: "BATCH_ALTERED",
    play: () => ({ cheat: dropBatch }),
  },
  {
    name: "doubled-batch",
    target: "map outputs",
    does: "sends the batches of one mapper twice",
    gain: "an answer in which some counts are double",
    by: "a reducer",
    code: "BATCH_ALTERED",
    play: () => ({ cheat: doubleBatch }),
  },
  {
    name: "swapped-partitions",
    target: "map outputs",
    does: "gives each reducer the other one's batches",
    gain: "counts that are cut in two, or get lost",
    by: "a reducer",
    code: "BATCH_ALTERED",
    play: () => ({ cheat: swapPartitions }),
  },
  {
    name: "kept-batches",
    target: "map outputs",
    does: "keeps the batches, and says that they were passed on",
    gain: "an empty answer that looks like a real one",
    by: "a reducer",
    code: "BATCH_ALTERED",
    play: () => ({ cheat: keepCells }),
  },
  {
    name: "dropped-manifest",
    target: "map outputs",
    does: "leaves one task's manifest out of the commit set",
    gain: "a task that never was, with a receipt that says nothing of it",
    by: "a reducer",
    code: "MANIFEST_SLOT",
    play: () => ({ cheat: dropManifest }),
  },
  {
    name: "doubled-manifest",
    target: "map outputs",
    does: "puts one task's manifest in the place of another's too",
    gain: "one task counts double, the other not at all",
    by: "a reducer",
    code: "MANIFEST_SLOT",
    play: () => ({ cheat: doubleManifest }),
  },
  {
    name: "edited-manifest",
    target: "map outputs",
    does: "edits what a mapper signed",
    gain: "batches of its own making, in a mapper's name",
    by: "a reducer",
    code: "MANIFEST_SIGNATURE",
    play: () => ({ cheat: editManifest }),
  },
  {
    name: "forged-manifest",
    target: "map outputs",
    does: "signs a manifest with a key that nobody attested",
    gain: "batches of its own making",
    by: "a reducer",
    code: "MANIFEST_SIGNATURE",
    play: () => ({ cheat: forgeManifest }),
  },
  {
    name: "mixed-jobs",
    target: "map outputs",
    does: "puts a manifest of an earlier job among those of this one",
    gain: "old counts in a new answer",
    by: "a reducer",
    code: "MANIFEST_JOB",
    play: mixJobs,
  },
  {
    name: "forked-commit-set",
    target: "map outputs",
    does: "has a task mapped twice, and shows each reducer another attempt",
    gain: "an answer that is of no one run of the program",
    by: "the broker",
    code: "COMMIT_SET",
    play: () => {
      const fork = new Fork();
      return { cheat: { ask: (asked) => fork.ask(asked) } };
    },
  },
  {
    name: "chosen-attempt",
    target: "map outputs",
    does: "has every task mapped by two sandboxes, to pick by the size of what they wrote",
    gain: "a say in the answer, or a hint of what is in it",
    by: undefined,
    code: undefined,
    play: () => {
      const chooser = new Chooser();
      const course = async (world: World): Promise<boolean> => (await otherAnswer(world)) || chooser.canChoose();
      return { cheat: { ask: (asked) => chooser.ask(asked) }, course };
    },
  },
  {
    name: "killed-mapper",
    target: "map outputs",
    does: "kills a mapper in the middle of a task",
    gain: "records that get lost, or count double when they are mapped again",
    by: undefined,
    code: undefined,
    play: () => ({ cheat: killOnce(), course: otherAnswer }),
  },
];
