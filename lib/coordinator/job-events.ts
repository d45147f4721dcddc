/** Who hears of a coordinator's events: its listener, the diagnostics channel, and who reads of the jobs under way. */

import type { JobListener } from "./events.ts";
import { published } from "./job-channel.ts";
import { RunningJob, type SealedResult } from "./running-job.ts";

export class JobEvents {
  /** Takes what belongs to no one job, such as the broker's start: every job that is under way hears of it. */
  readonly tell: JobListener;
  readonly #listener: JobListener;
  readonly #running = new Set<JobListener>();

  constructor(listener: JobListener = () => undefined) {
    this.#listener = listener;
    this.tell = published((event) => {
      listener(event);
      for (const tell of this.#running) tell(event);
    });
  }

  /** Begins a job. @param work - the job, with what takes its events */
  start(work: (tell: JobListener) => Promise<SealedResult>): RunningJob {
    return new RunningJob(async (read) => {
      const tell = published((event) => {
        this.#listener(event);
        read(event);
      });
      this.#running.add(read);
      try {
        return await work(tell);
      } finally {
        this.#running.delete(read);
      }
    });
  }
}
