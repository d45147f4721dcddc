/** Attacks between the stages: have reducers read something else than what the mappers wrote. */

import { toBase64url } from "../../crypto/bytes.ts";
import { SigningKey } from "../../crypto/signature.ts";
import { SealfoldError } from "../../errors.ts";
import type { Limits } from "../../policy/limits.ts";
import { type MapManifest, signManifest } from "../../proof/manifest.ts";
import type { Attack, Play } from "../attack.ts";
import type { Cheat } from "../cheating.ts";
import { type CarriedManifest, done, flipped, onAsk, withCells, withManifests } from "../cheats.ts";
import { Chooser } from "../chooser.ts";
import { Fork } from "../fork.ts";
import { aliceRecords, bobRecords, type World } from "../world.ts";
import { countsIn, isSame, plainCounts } from "../answer.ts";

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
export const keepCells: Cheat = onAsk("cell", () => Promise.resolve(done));

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
export function mixJobs(): Required<Pick<Play, "cheat" | "limits" | "course">> {
  let earlier: CarriedManifest | undefined;
  let second = false;
  const cheat = withManifests(([first, ...rest]) => {
    earlier ??= first;
    return [second ? earlier : first, ...rest];
  });
  const course = async (world: World): Promise<boolean> => {
    await world.obtain();
    second = true;
    await world.obtain();
    return true;
  };
  return { cheat, limits: { releases: 2 }, course };
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
  return !isSame(countsIn(await world.obtain()), plainCounts(aliceRecords, bobRecords));
}

/** No other sandbox comes before one that the host keeps busy. */
export const oneMapper: Partial<Limits> = { mappers: 1 };

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
      return { cheat: { ask: (asked) => fork.ask(asked) }, limits: oneMapper };
    },
  },
  {
    name: "chosen-attempt",
    target: "map outputs",
    does: "has tasks mapped by two sandboxes, to pick by the size of what they wrote",
    gain: "a say in the answer, or a hint of what is in it",
    by: undefined,
    code: undefined,
    play: () => {
      const chooser = new Chooser();
      const course = async (world: World): Promise<boolean> => (await otherAnswer(world)) || chooser.canTell();
      return { cheat: { ask: (asked) => chooser.ask(asked) }, limits: oneMapper, course };
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
