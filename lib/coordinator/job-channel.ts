/**
 * Events on `node:diagnostics_channel`, under the name "sealfold:job": whoever watches a process hears of all its jobs
 * there, in order, each event while the coordinator waits.
 */

import { channel } from "node:diagnostics_channel";

import type { JobEvent, JobListener } from "./events.ts";

/** What a subscriber is given. */
export interface PublishedEvent {
  /** Of the job that the event belongs to, from its plan on. */
  readonly jobId?: string;
  readonly event: JobEvent;
}

const jobs = channel("sealfold:job");

/** @returns a listener for the events of one job that tells `listener`, then whoever has subscribed. */
export function published(listener: JobListener): JobListener {
  let jobId: string | undefined;
  return (event) => {
    if ("jobId" in event) ({ jobId } = event);
    listener(event);
    const message: PublishedEvent = { ...(jobId !== undefined && { jobId }), event };
    jobs.publish(message);
  };
}
