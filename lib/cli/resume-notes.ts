/** What of a job was there before this process, in words: what was used again, and what was done again and why. */

import type { JobEvent } from "../coordinator/events.ts";
import { formatNumber, printable } from "./screen-text.ts";

/** Of what was done again, so many are told one by one. */
const maxTold = 10;

export class ResumeNotes {
  readonly #lines: string[] = [];
  #tasks = 0;
  #partitions = 0;

  /** To be given every event. */
  update = (event: JobEvent): void => {
    if (event.kind === "plan") {
      this.#tasks = event.tasks;
      this.#partitions = event.partitions;
    }
    if (event.kind === "resume") this.#resumed(event);
  };

  /** One for each thing that is to be told; none where the job began with this process. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  #resumed({ reused, redone }: Extract<JobEvent, { kind: "resume" }>): void {
    const { results, chunks, tasks, partitions } = reused;
    if (results !== undefined) this.#lines.push("the job had ended: this is its result, as it was kept");
    if (chunks !== undefined && chunks > 0) this.#lines.push(`reused ${formatNumber(chunks)} sealed chunks`);
    if (tasks !== undefined && partitions !== undefined) {
      const mapped = `${formatNumber(tasks)} of ${formatNumber(this.#tasks)} tasks`;
      const reduced = `${formatNumber(partitions)} of ${formatNumber(this.#partitions)} partitions`;
      this.#lines.push(`reused ${mapped} and ${reduced}`);
    }
    for (const { what, why } of redone.slice(0, maxTold)) this.#lines.push(printable(`done again: ${what}: ${why}`));
    if (redone.length > maxTold) this.#lines.push(`done again: ${formatNumber(redone.length - maxTold)} more`);
  }
}
