/**
 * One stage of a job as a schedule: items, slots, attempts. It knows nothing of what an attempt is. A failed one is
 * made again elsewhere, where that may help; near the end a slow one gets a rival; the first that succeeds is committed,
 * and each item is committed once.
 */

import { abortReason } from "./until-aborted.ts";
import { backOff, verdictOf } from "./retry.ts";
import type { Timing } from "./timing.ts";

/** A slot that has failed so often in a row is used no more, while others are left. */
const maxSlotFailures = 5;
/** An attempt is slow when it takes so many times the median of those that have finished… */
const slowFactor = 1.5;
/** …and longer than it takes to start a rival. Milliseconds. */
const slowMs = 100;

/** One try at one item, in one slot. */
export interface Attempt {
  readonly item: number;
  readonly slot: number;
  /** How many attempts at this item were begun before. */
  readonly attempt: number;
  /** Whether another attempt at this item is running and only slow. */
  readonly speculative: boolean;
}

/** A failed attempt whose item will be tried again. */
export interface Failed {
  readonly item: number;
  readonly error: unknown;
  /** Failures of this item so far. */
  readonly failures: number;
  readonly delayMs: number;
}

/** What the stage's items are to whoever does them. */
export interface StageWork<T> {
  /** Must settle soon after `signal` is aborted: the stage waits for it. */
  run(attempt: Attempt, signal: AbortSignal): Promise<T>;
  /** Called once for each item. */
  commit(item: number, result: T): Promise<void>;
  /** The result of an attempt whose rival was first. */
  discard(result: T): Promise<void>;
  retry(failed: Failed): void;
}

export interface StageOptions {
  /** How many items there are. */
  readonly count: number;
  /** Attempts that may run at once. */
  readonly width: number;
  /** Slots that are kept however often they fail. Default: one. */
  readonly least?: number;
  /** Whether slow attempts get rivals. */
  readonly speculates: boolean;
  readonly timing: Timing;
  readonly signal: AbortSignal;
}

/**
 * Does every item. When it ends, well or not, no attempt is running.
 * @throws what first went wrong for good, or the signal's reason
 */
export function runStage<T>(work: StageWork<T>, options: StageOptions): Promise<void> {
  return new Stage(work, options).run();
}

interface Item {
  readonly index: number;
  /** By cause. */
  readonly failures: Map<string, number>;
  failedIn: Slot | undefined;
  attempts: number;
  readyAt: number;
  rivalled: boolean;
  done: boolean;
}

interface Slot {
  readonly index: number;
  /** In a row. */
  failures: number;
  readyAt: number;
  busy: boolean;
}

interface Next {
  readonly item: Item;
  readonly slot: Slot;
  readonly readyAt: number;
  readonly speculative: boolean;
}

interface Running {
  readonly item: Item;
  readonly slot: Slot;
  readonly since: number;
  readonly stop: AbortController;
}

class Stage<T> {
  readonly #work: StageWork<T>;
  readonly #options: StageOptions;
  /** Items with no attempt running. */
  readonly #queue: Item[];
  readonly #slots: Set<Slot>;
  readonly #running = new Map<Running, Promise<void>>();
  /** Milliseconds that committed attempts took. */
  readonly #times: number[] = [];
  #open: number;
  #failed: { readonly reason: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(work: StageWork<T>, options: StageOptions) {
    const { count, width } = options;
    this.#work = work;
    this.#options = options;
    this.#queue = Array.from({ length: count }, (_, index) => newItem(index));
    this.#slots = new Set(Array.from({ length: Math.min(count, width) }, (_, index) => newSlot(index)));
    this.#open = count;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const aborted = (): void => this.#fail(abortReason(signal));
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted);
    try {
      while (this.#open > 0 && this.#failed === undefined) await this.#step();
    } finally {
      signal.removeEventListener("abort", aborted);
    }
    await Promise.all(this.#running.values());
    if (this.#failed !== undefined) throw this.#failed.reason;
  }

  /** Begins what can begin now, and waits until something has changed. */
  async #step(): Promise<void> {
    const changed = new Promise<void>((resolve) => (this.#wake = resolve));
    const at = this.#beginAll();
    if (at === Infinity) return changed;
    const waiting = new AbortController();
    const { timing } = this.#options;
    await Promise.race([changed, timing.wait(Math.max(0, at - timing.now()), waiting.signal)]);
    waiting.abort();
  }

  /** @returns when something more can begin though nothing else happens */
  #beginAll(): number {
    for (;;) {
      const now = this.#options.timing.now();
      const idle = [...this.#slots].filter(({ busy }) => !busy);
      const next = soonest(
        idle.flatMap((slot) => this.#nextFor(slot, now)),
        now,
      );
      if (next === undefined) return Infinity;
      if (next.readyAt > now) return next.readyAt;
      this.#begin(next);
    }
  }

  /** What an idle slot is to begin: an item of the queue, and when there is none, a rival for a slow attempt. */
  #nextFor(slot: Slot, now: number): readonly Next[] {
    const item = soonest(this.#queue, now, (queued) => !this.#avoids(slot, queued));
    if (item !== undefined) return [{ item, slot, readyAt: Math.max(item.readyAt, slot.readyAt), speculative: false }];
    if (!this.#options.speculates || this.#queue.length > 0 || this.#times.length === 0) return [];
    const allowed = Math.max(slowMs, slowFactor * median(this.#times));
    return [...this.#running.keys()]
      .filter((running) => !running.item.rivalled && !running.item.done)
      .map(({ item, since }) => ({ item, slot, readyAt: Math.max(since + allowed, slot.readyAt), speculative: true }));
  }

  /** What failed twice is not tried in the slot where it failed last, while there are others. */
  #avoids(slot: Slot, { failures, failedIn }: Item): boolean {
    return failedIn === slot && this.#slots.size > (this.#options.least ?? 1) && sum(failures.values()) > 1;
  }

  #begin({ item, slot, speculative }: Next): void {
    const queued = this.#queue.indexOf(item);
    if (queued >= 0) this.#queue.splice(queued, 1);
    const attempt = { item: item.index, slot: slot.index, attempt: item.attempts++, speculative };
    const running: Running = { item, slot, since: this.#options.timing.now(), stop: new AbortController() };
    slot.busy = true;
    item.rivalled ||= speculative;
    // known to be running before it does anything, so that whatever it does can end it
    const follow = Promise.resolve().then(() => this.#follow(running, attempt));
    this.#running.set(running, follow);
  }

  /** From the beginning of an attempt to its end; never fails. */
  async #follow(running: Running, attempt: Attempt): Promise<void> {
    const { slot, stop } = running;
    try {
      await this.#settle(running, await this.#work.run(attempt, stop.signal));
    } catch (error) {
      this.#failedAttempt(running, error);
    } finally {
      slot.busy = false;
      this.#running.delete(running);
      this.#wake();
    }
  }

  async #settle(running: Running, result: T): Promise<void> {
    const { item, slot, since } = running;
    slot.failures = 0;
    if (item.done || this.#failed !== undefined) return this.#work.discard(result);
    item.done = true;
    this.#times.push(this.#options.timing.now() - since);
    for (const rival of this.#rivals(running)) rival.stop.abort();
    await this.#work.commit(item.index, result);
    this.#open -= 1;
  }

  #failedAttempt(running: Running, error: unknown): void {
    const { item, slot, stop } = running;
    if (this.#failed !== undefined || (item.done && stop.signal.aborted)) return; // it was told to end
    const verdict = verdictOf(error);
    if (verdict.kind === "final" || item.done) return this.#fail(error);
    if (verdict.kind === "again") return this.#again(running);
    const failures = (item.failures.get(verdict.code) ?? 0) + 1;
    item.failures.set(verdict.code, failures);
    item.failedIn = slot;
    slot.failures += 1;
    this.#restOrLeave(slot);
    const isLast = failures >= verdict.cap;
    if (isLast && this.#rivals(running).length > 0) return; // its rival's end is the item's
    if (isLast) return this.#fail(error);
    const all = sum(item.failures.values());
    const delayMs = backOff(all);
    item.readyAt = this.#options.timing.now() + delayMs;
    this.#again(running);
    this.#tell({ item: item.index, error, failures: all, delayMs });
  }

  /** An item whose other attempt is running needs no new one, unless that becomes slow too. */
  #again(running: Running): void {
    if (this.#rivals(running).length > 0) running.item.rivalled = false;
    else this.#queue.unshift(running.item);
  }

  #tell(failed: Failed): void {
    try {
      this.#work.retry(failed);
    } catch (error) {
      this.#fail(error);
    }
  }

  #restOrLeave(slot: Slot): void {
    const { least = 1, timing } = this.#options;
    slot.readyAt = timing.now() + backOff(slot.failures);
    if (slot.failures >= maxSlotFailures && this.#slots.size > least) this.#slots.delete(slot);
  }

  /** Other attempts at the same item. */
  #rivals(running: Running): readonly Running[] {
    return [...this.#running.keys()].filter((other) => other !== running && other.item === running.item);
  }

  /** The first reason counts. */
  #fail(reason: unknown): void {
    this.#failed ??= { reason };
    for (const { stop } of this.#running.keys()) stop.abort();
    this.#wake();
  }
}

function newItem(index: number): Item {
  return { index, failures: new Map(), failedIn: undefined, attempts: 0, readyAt: 0, rivalled: false, done: false };
}

function newSlot(index: number): Slot {
  return { index, failures: 0, readyAt: 0, busy: false };
}

/** @returns of those that fit, the first that is ready, or where none is, the one that will be first */
function soonest<E extends { readonly readyAt: number }>(
  all: readonly E[],
  now: number,
  fits: (one: E) => boolean = () => true,
): E | undefined {
  const ready = all.find((one) => one.readyAt <= now && fits(one));
  return ready ?? all.filter(fits).toSorted((a, b) => a.readyAt - b.readyAt)[0];
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? 0;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0);
}
