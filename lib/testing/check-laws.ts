/**
 * Checks that a program's answer is the program's and its records' alone: not of how records are split into tasks,
 * ordered and combined, nor of what ran before. fast-check draws the ways to run them, and shrinks what it finds.
 */

import { AssertionError } from "node:assert";

import type * as FastCheck from "fast-check";

import type { InputSource } from "../data/input.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import type { LocalTools } from "../program/local-tools.ts";
import type { Program } from "../program/program.ts";
import { checkDuplicates } from "./duplicates.ts";
import { isFailed, isSameAnswer } from "./evaluate.ts";
import { instancesOf } from "./instances.ts";
import { describeLaws, type LawReport } from "./law-report.ts";
import type { LawName } from "./law-name.ts";
import { type Law, type LawBreak, laws, type LawSide, type Trial } from "./laws.ts";
import { isArbitrary, type MappedSample, mapSample, readSample } from "./sample.ts";
import type { Instances } from "./work.ts";

/** Records, a reader of them, or an arbitrary of fast-check that makes one record. */
export type LawSample<R> = InputSource<R> | FastCheck.Arbitrary<R>;

/** Options of {@link checkLaws}. */
export interface LawOptions {
  /** How often each law is tried: 100. */
  readonly runs?: number | undefined;
  /** A whole number of 32 bits; the same seed gives the same trials. */
  readonly seed?: number | undefined;
  /** What the tools of a program that has needs work on: the same in each task. */
  readonly tools?: LocalTools | undefined;
}

/** How many records a trial has at most. */
const maxRecords = 24;

/**
 * Runs `program` in this process over many small jobs: TypeScript with no wall around it, a module behind its own.
 * @param program - a program, its file, or what `buildProgram` gives. Each task has a program that was just loaded from the file; where a program's
 * `url` is not a file that could be run alone, the program is used as it is
 * @param sample - of a list or a reader, at most the first 10,000 records are used. What an arbitrary makes reaches a
 * module as JSON text
 * @throws {SealfoldError} PROGRAM_*, with the record's number, when the program fails on a record of the sample; DATA_*
 */
export async function checkLaws<R>(
  program: Program<R, unknown> | BuiltProgram | string | URL,
  sample: LawSample<R>,
  { runs = 100, seed = Math.floor(Math.random() * 2 ** 31), tools }: LawOptions = {},
): Promise<LawReport<R>> {
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new RangeError(`"runs" expected a whole number from 1, got ${runs}`);
  if (!Number.isInteger(seed) || seed !== (seed | 0)) throw new RangeError(`"seed" expected 32 bits, got ${seed}`);
  const fc = await import("fast-check");
  const read = isArbitrary(sample) ? undefined : await readSample(sample);
  const instances = await instancesOf(program, read?.format ?? { kind: "json" }, tools);
  const mapped = read && mapSample(instances, read.records);
  const picked = mapped === undefined ? fromArbitrary(sample as FastCheck.Arbitrary<R>) : fromSample(fc, mapped);
  const held: LawName[] = [];
  let broken = mapped && unstableSample<R>(mapped);
  const untried = [...instances.without].map(([law, why]) => ({ law, why }));
  for (const law of broken === undefined ? laws.filter(({ name }) => !instances.without.has(name)) : []) {
    broken = tryLaw<R>(fc, instances, { law, picked, runs, seed });
    if (broken !== undefined) break;
    held.push(law.name);
  }
  const drawn = fc.sample(trialArbitrary(fc, picked, { draws: {}, most: maxRecords }), { numRuns: runs, seed });
  const lists = drawn.map((trial) => trial.drawn.map(({ record }) => record));
  return { runs, seed, held, untried, broken, duplicates: checkDuplicates(instances, lists) };
}

/**
 * For a test: as {@link checkLaws}, and throws where a law is broken.
 * @throws {AssertionError} with the law, the smallest records that break it, and both answers
 */
export async function expectLawful<R>(
  program: Program<R, unknown> | BuiltProgram | string | URL,
  sample: LawSample<R>,
  options: LawOptions = {},
): Promise<LawReport<R>> {
  const report = await checkLaws(program, sample, options);
  const { broken } = report;
  if (broken === undefined) return report;
  const [expected, actual] = broken.sides.map(({ answer }) => answer);
  throw new AssertionError({
    message: `the law "${broken.law}" is broken: ${describeLaws(report)}`,
    expected,
    actual,
    stackStartFn: expectLawful,
  });
}

type Fc = typeof FastCheck;
type PickedRecord = FastCheck.Arbitrary<(focus: number) => unknown>;

function fromArbitrary(records: FastCheck.Arbitrary<unknown>): PickedRecord {
  return records.map((record) => () => record);
}

/** One record of the sample, or of one of its groups: which of them is drawn once for all records of a trial. */
function fromSample(fc: Fc, { records, groups }: MappedSample): PickedRecord {
  return fc.nat().map((pick) => (focus) => {
    const group = groups[focus % groups.length] ?? [];
    return records[group[pick % group.length] ?? 0];
  });
}

/** What is drawn for a trial, and of how many records at most. */
type Drawing = Pick<Law, "draws"> & { readonly most: number };

function trialArbitrary(fc: Fc, picked: PickedRecord, { draws, most }: Drawing): FastCheck.Arbitrary<Trial> {
  const one = fc.record({
    pick: picked,
    begins: draws.begins === true ? fc.boolean() : fc.constant(false),
    rank: draws.rank === true ? fc.nat(maxRecords) : fc.constant(0),
  });
  const many = fc.array(one, { minLength: 1, maxLength: most, size: "max" });
  const joins = draws.joins === true ? fc.array(fc.nat(maxRecords), { maxLength: maxRecords }) : fc.constant([]);
  return fc.record({ focus: fc.nat(), many, joins }).map(({ focus, many, joins }) => ({
    drawn: many.map(({ pick, begins, rank }) => ({ record: pick(focus), begins, rank })),
    joins,
  }));
}

/** The first law has one side only: there must be an answer. */
function isKept([one, other]: readonly [LawSide, LawSide]): boolean {
  return other.way === "an answer" ? !isFailed(one.answer) : isSameAnswer(one.answer, other.answer);
}

interface LawTrials extends Required<{ runs: number; seed: number }> {
  readonly law: Law;
  readonly picked: PickedRecord;
}

/**
 * Where many records break a law, fewer are tried, from one on.
 * @returns what breaks the law, as it was when that was found: it could come out otherwise once more
 */
function tryLaw<R>(fc: Fc, instances: Instances, { law, picked, runs, seed }: LawTrials): LawBreak<R> | undefined {
  let broken: { readonly trial: Trial; readonly found: LawBreak<R> } | undefined;
  const holds = (trial: Trial): boolean => {
    const sides = law.compare(instances, trial);
    if (isKept(sides)) return true;
    broken = { trial, found: breakOf(law, trial, sides) };
    return false;
  };
  const search = (most: number): boolean => {
    const trials = trialArbitrary(fc, picked, { ...law, most });
    const { failed, errorInstance } = fc.check(fc.property(trials, holds), { numRuns: runs, seed });
    if (failed && broken === undefined) throw errorInstance;
    return failed;
  };
  if (!search(maxRecords) || broken === undefined) return undefined;
  dropRecords(broken.trial, holds);
  for (let most = 1; most < broken.trial.drawn.length; most++) if (search(most)) break;
  return broken.found;
}

/** fast-check shrinks a list from its ends; this leaves out any record without which the law is broken still. */
function dropRecords(broken: Trial, holds: (trial: Trial) => boolean): void {
  let { drawn } = broken;
  for (let at = 0; at < drawn.length && drawn.length > 1;) {
    const fewer = drawn.toSpliced(at, 1);
    if (holds({ ...broken, drawn: fewer })) at++;
    else [drawn, at] = [fewer, 0];
  }
}

/** Each record is mapped twice before anything is drawn: what map keeps for good would not show again. */
function unstableSample<R>({ unstable }: MappedSample): LawBreak<R> | undefined {
  const law = laws.find(({ name }) => name === "repeat");
  if (unstable === undefined || law === undefined) return undefined;
  const [once, again] = unstable.emitted;
  const trial: Trial = { drawn: [{ record: unstable.record, begins: false, rank: 0 }], joins: [] };
  return breakOf(law, trial, [
    { way: "emitted", answer: once },
    { way: "emitted again", answer: again },
  ]);
}

function breakOf<R>({ name, says, next }: Law, { drawn }: Trial, sides: LawBreak["sides"]): LawBreak<R> {
  return { law: name, says, next, records: drawn.map(({ record }) => record as R), sides };
}
