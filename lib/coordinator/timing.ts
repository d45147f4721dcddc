/** The time that the coordinator waits by: the machine's, or a test's. */

export interface Timing {
  /** @returns milliseconds since some fixed point, never less than before */
  now(): number;
  /** Settles after `ms` milliseconds, or as soon as `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemTiming: Timing = {
  now: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", over);
        resolve();
      };
      const timer = setTimeout(over, ms);
      signal.addEventListener("abort", over);
      if (signal.aborted) over();
    }),
};
