/** A map that is a generator. */

import { apply, isArray, iterator, list } from "./_intrinsics.ts";
import { status, type Verdict } from "./verdict.ts";

const nothing: never[] = list<never>();

/**
 * Takes pairs out of what a generator map returned. What a plain map returns means nothing.
 * @throws {TypeError} through the verdict when it is asynchronous, or yields no pairs; whatever `emit` and the map throw
 */
export function emitAll(produced: unknown, emit: (key: unknown, value: unknown) => void, verdict: Verdict): void {
  if (typeof produced !== "object" || produced === null) return;
  const { next, then, [iterator]: iterate } = produced as { next?: unknown; then?: unknown; [iterator]?: unknown };
  if (typeof then === "function" || (typeof next === "function" && typeof iterate !== "function")) {
    verdict.refuse(status.value, "map is asynchronous");
  }
  if (typeof next !== "function") return;
  for (;;) {
    const step = apply(next, produced, nothing) as IteratorResult<unknown>;
    if (step.done) return;
    const pair: unknown = step.value;
    if (!isArray(pair) || pair.length !== 2) verdict.refuse(status.value, "map yields [key, value]");
    emit((pair as unknown[])[0], (pair as unknown[])[1]);
  }
}
