/**
 * A fleet with one mapper that fares badly: it is ended half-way through the job, or whatever it does takes ten times as
 * long as the others take, without the processor's having more to do.
 */

import { setTimeout } from "node:timers/promises";

import { SealfoldError } from "../../lib/errors.ts";
import type { Fleet } from "../../lib/sandbox/fleet.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { median } from "../statistics.ts";

export type Fate = "undisturbed" | "killed" | "slowed";

/** The place of the mapper that fares badly. */
const unlucky = 1;
const slowness = 10;
/** What it takes a mapper long to answer. */
const working: readonly string[] = ["map", "chunks"];

export class HinderedFleet implements Fleet {
  readonly platform: string;
  readonly measurement: Fleet["measurement"];
  readonly workers: number;
  readonly #inner: Fleet;
  readonly #fate: Fate;
  /** How long the other mappers' tasks took, ms. */
  readonly #took: number[] = [];
  #victim: SandboxLink | undefined;

  constructor(inner: Fleet, fate: Fate) {
    this.#inner = inner;
    this.#fate = fate;
    this.platform = inner.platform;
    this.measurement = inner.measurement;
    this.workers = inner.workers ?? Infinity;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    const link = this.#inner.start(role, index);
    if (role !== "mapper") return link;
    const isUnlucky = index === unlucky && this.#victim === undefined; // its successor fares well
    if (isUnlucky) this.#victim = link;
    return {
      role,
      index,
      ended: link.ended,
      end: (reason) => link.end(reason),
      ask: async (kind, body, parts, options) => {
        const since = performance.now();
        const ask = (): Promise<Message> => link.ask(kind, body, parts, options);
        const answer = await ask();
        if (!working.includes(kind)) return answer;
        if (!isUnlucky) this.#took.push(performance.now() - since);
        else if (this.#fate === "slowed" && (await this.#heldBack(link, since))) return ask(); // says why it has ended
        return answer;
      },
    };
  }

  /** To be told when half of the tasks are done. */
  halfDone(): void {
    if (this.#fate === "killed") this.#victim?.end(new SealfoldError("SANDBOX_DIED", "killed by the benchmark"));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** @returns whether the sandbox has ended meanwhile. */
  async #heldBack(link: SandboxLink, since: number): Promise<boolean> {
    const ended = link.ended.then(() => true);
    for (;;) {
      const left = this.#took.length === 0 ? 10 : since + slowness * median(this.#took) - performance.now();
      if (left <= 0) return false;
      const timer = new AbortController();
      const waited = setTimeout(Math.min(left, 100), false, { signal: timer.signal });
      if (await Promise.race([ended, waited])) {
        timer.abort();
        await waited.catch(() => undefined); // it was to be given up
        return true;
      }
    }
  }
}
