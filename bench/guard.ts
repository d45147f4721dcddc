/** `--guard FILE`: whether ratios have grown worse since an earlier run, beyond what runs differ by. */

import type { Results, Row } from "./results.ts";

/**
 * How much worse a median may be, as a share: ratios of CPU time on a shared machine repeat within some 5 %, ratios of
 * wall time within some 15 %. Where the spreads of both runs are wider, they count instead.
 */
export const tolerances = { cpu: 0.1, wall: 0.25 } as const;

export interface Regression {
  readonly benchmark: string;
  readonly says: string;
  readonly before: number;
  readonly now: number;
  /** How far it might have gone. */
  readonly bound: number;
}

/** What was held against what. */
export interface GuardReport {
  readonly compared: number;
  readonly regressions: readonly Regression[];
}

/** Compares each row that both runs have, of benchmarks that are of one size. */
export function compareResults(before: Results, now: Results): GuardReport {
  const regressions: Regression[] = [];
  let compared = 0;
  for (const [benchmark, { says, rows }] of Object.entries(now)) {
    if (before[benchmark]?.says !== says) continue;
    for (const row of rows) {
      const earlier = before[benchmark].rows.find(({ says }) => says === row.says);
      if (earlier === undefined) continue;
      compared++;
      const bound = boundOf(earlier, row);
      const { median } = row.ratio;
      const isWorse = row.better === "more" ? median < bound : median > bound;
      if (isWorse) regressions.push({ benchmark, says: row.says, before: earlier.ratio.median, now: median, bound });
    }
  }
  return { compared, regressions };
}

function boundOf(before: Row, now: Row): number {
  const tolerance = /\bwall\b/.test(now.says) ? tolerances.wall : tolerances.cpu;
  const spread = Math.max(spreadOf(before), spreadOf(now));
  const worse = 1 + Math.max(tolerance, spread);
  return now.better === "more" ? before.ratio.median / worse : before.ratio.median * worse;
}

/** @returns half of the range, as a share of the median, and at most the wall's tolerance: noise excuses no more */
function spreadOf({ ratio: { low, high, median } }: Row): number {
  return Math.min((high - low) / 2 / median, tolerances.wall);
}
