/** Work that takes a signal, waited for no longer than the signal says. */

import { SealfoldError } from "../errors.ts";

/**
 * @returns what `work` comes to
 * @throws {SealfoldError} the signal's reason where that is one, else CANCELLED, as soon as `signal` is aborted
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortReason(signal));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  work.catch(() => undefined); // its own end, after the caller has been told of the abort
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** @throws {SealfoldError} as {@link untilAborted}, when `signal` is aborted already */
export function expectRunning(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

/** Whatever a signal was aborted with: a caller who stops a job gets CANCELLED. */
export function abortReason({ reason }: AbortSignal): SealfoldError {
  if (reason instanceof SealfoldError) return reason;
  return new SealfoldError("CANCELLED", undefined, {}, reason instanceof Error ? { cause: reason } : {});
}
