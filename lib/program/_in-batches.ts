/**
 * Long loops, cut into calls. V8 compiles what is called often well, and soon; whether it does so for a loop that it finds
 * itself in is a matter of luck, and one over millions of keys then takes a second more.
 */

const batch = 16_384;

/** Has `work` done for `[from, to)` after `[from, to)`, up to `count`. */
export function inBatches(count: number, work: (from: number, to: number) => void): void {
  for (let from = 0; from < count; from += batch) work(from, Math.min(from + batch, count));
}
