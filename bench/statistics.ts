/** Medians, ratios of interleaved runs with their spread, and what they are worth against a goal. */

/** A ratio of two contenders: the median over the rounds of one round's ratio, and the range. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** What a ratio is held against. */
export interface Goal {
  readonly goal: number;
  readonly stretch?: number | undefined;
  /** Whether less is better, as of costs, or more, as of gains. Default: less. */
  readonly better?: "less" | "more" | undefined;
}

export type Verdict = "missed" | "met" | "stretch met";

/** @throws {RangeError} when there are no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) throw new RangeError('"values" expected one or more, got none');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] as number)) / 2;
}

/**
 * @param of - one figure per round
 * @param to - the other contender's figures of the same rounds
 * @throws {RangeError} when they are not of the same rounds, or one is not above zero
 */
export function ratioOf(of: readonly number[], to: readonly number[]): Ratio {
  if (of.length !== to.length)
    throw new RangeError(`"of" and "to" expected one length, got ${of.length}, ${to.length}`);
  const ratios = of.map((value, round) => value / (to[round] as number));
  const odd = ratios.find((ratio) => !(ratio > 0 && ratio < Infinity));
  if (odd !== undefined) throw new RangeError(`figures expected to be above zero, got the ratio ${odd}`);
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

export function judge(value: number, { goal, stretch, better = "less" }: Goal): Verdict {
  const reaches = (bound: number): boolean => (better === "less" ? value <= bound : value >= bound);
  if (stretch !== undefined && reaches(stretch)) return "stretch met";
  return reaches(goal) ? "met" : "missed";
}
