/** What an attack is, and how one is carried out: live, against a real job, and judged by what was seen. */

import { untilAborted } from "../coordinator/until-aborted.ts";
import type { ErrorCode } from "../errors.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import { codeOf, Notices, type Witness } from "./notices.ts";
import { World, type WorldOptions } from "./world.ts";

/** Seconds after which a job that a cheat holds up is ended: an attack that is not caught either. */
const longestJob = 60;

/** What is attacked: the headings of the catalogue. */
export type Target = "policy" | "records" | "sandboxes" | "map outputs" | "release" | "result" | "endurance";

/** One attack on a job, told in words and carried out by `play`. */
export interface Attack {
  /** As `--only` has it. */
  readonly name: string;
  readonly target: Target;
  /** What the host does. */
  readonly does: string;
  /** What it would have achieved. */
  readonly gain: string;
  /** Who should notice; `undefined` where nobody has to, because there is nothing to be had. */
  readonly by: Witness | undefined;
  readonly code: ErrorCode | undefined;
  /** A fresh start, for what a cheat remembers is of one job. */
  play(): Play;
}

/** The world that an attack wants, and what happens in it. */
export interface Play extends WorldOptions {
  /**
   * Default: a whole job, and the receiver opens its result.
   * @returns whether the host has what it wanted
   */
  course?(world: World): Promise<boolean>;
}

/** What came of an attack. */
export interface Outcome {
  readonly attack: Attack;
  /** Who refused first with the code that ended it. */
  readonly by: Witness | undefined;
  /** What ended it; `undefined` where nothing did. */
  readonly code: string | undefined;
  /** Whether it ended as it should: refused by whom and as expected, or without anything to be had. */
  readonly caught: boolean;
  readonly milliseconds: number;
}

export interface CarryOutOptions {
  /** What worlds run, built once. */
  readonly program: BuiltProgram;
  readonly signal: AbortSignal;
}

/**
 * Carries out one attack in a world of its own.
 * @throws what `signal` was aborted with
 */
export async function carryOut(attack: Attack, { program, signal }: CarryOutOptions): Promise<Outcome> {
  const notices = new Notices();
  const started = performance.now();
  const { course = wholeJob, ...options } = attack.play();
  const limits = { jobSeconds: longestJob, ...options.limits };
  const play = async (): Promise<boolean> => {
    await using world = await World.open({ program, signal, ...options, limits }, notices);
    return await course(world);
  };
  let gained = false;
  let code: string | undefined;
  try {
    gained = await untilAborted(play(), signal); // a cheat may wait for what never comes
  } catch (error) {
    code = codeOf(error);
  }
  signal.throwIfAborted(); // whatever came of it came of that
  const by = code === undefined ? undefined : notices.whoSaid(code);
  const caught = !gained && code === attack.code && by === attack.by;
  return { attack, by, code, caught, milliseconds: performance.now() - started };
}

/** What a host wants at the least: that nobody notices. */
async function wholeJob(world: World): Promise<boolean> {
  await world.obtain();
  return true;
}
