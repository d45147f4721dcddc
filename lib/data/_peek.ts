/** Looks at the beginning of a source before it is read. */

import type { Source } from "./_sources.ts";

/**
 * Reads until `isEnough` has seen enough, or the end.
 * @returns the source as if it had not been read: a pipe gives again what was read of it
 */
export async function peek(source: Source, isEnough: (block: Buffer) => boolean): Promise<Source> {
  const stop = new AbortController();
  const blocks = source.blocks(stop.signal);
  const seen: Buffer[] = [];
  let keepsOpen = false;
  try {
    for (let step = await blocks.next(); step.done !== true; step = await blocks.next()) {
      seen.push(Buffer.from(step.value));
      if (isEnough(step.value)) break;
    }
    keepsOpen = source.size === undefined;
  } finally {
    if (!keepsOpen) await blocks.return(undefined);
  }
  return keepsOpen ? { ...source, blocks: (signal) => again(seen, blocks, { stop, signal }) } : source;
}

interface Stops {
  readonly stop: AbortController;
  readonly signal: AbortSignal | undefined;
}

async function* again(seen: Buffer[], blocks: AsyncGenerator<Buffer>, stops: Stops): AsyncGenerator<Buffer> {
  const { stop, signal } = stops;
  const abort = (): void => stop.abort();
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    yield* seen.splice(0);
    yield* blocks;
  } finally {
    signal?.removeEventListener("abort", abort);
    // Where reading ended among what was seen.
    await blocks.return(undefined);
  }
}
