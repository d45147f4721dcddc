/**
 * Shows how far a job is: on a terminal a live line with bar, ETA and throughput; elsewhere, and when a stage is over,
 * one plain line for each stage.
 */

import type { ProgressStep } from "../progress.ts";
import {
  cut,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatNumber,
  type Screen,
} from "./screen-text.ts";

export interface ProgressDisplayOptions {
  /** @returns milliseconds since whenever */
  readonly clock?: () => number;
}

const drawEveryMs = 100;
const barWidth = 24;

export class ProgressDisplay {
  readonly #screen: Screen;
  readonly #clock: () => number;
  readonly #ticker: NodeJS.Timeout | undefined;
  #step: ProgressStep | undefined;
  #startedMs: number;
  #stepMs: number;
  #drawnMs = -Infinity;
  #drawn = false;

  /** @param screen - where to draw; default: standard error, so that results on standard output stay clean */
  constructor(screen: Screen = process.stderr, { clock = () => performance.now() }: ProgressDisplayOptions = {}) {
    this.#screen = screen;
    this.#clock = clock;
    this.#startedMs = this.#stepMs = clock();
    // the clock runs on while a long task says nothing
    if (screen.isTTY === true) this.#ticker = setInterval(() => this.#draw(), 5 * drawEveryMs).unref();
  }

  /** Takes one step; give it to `mapReduce` as `onProgress`. */
  readonly update = (step: ProgressStep): void => {
    const now = this.#clock();
    if (this.#step !== undefined && this.#step.stage !== step.stage) {
      this.#endStage();
      this.#startedMs = step.done === 0 ? now : this.#stepMs;
    }
    this.#step = step;
    this.#stepMs = now;
    if (now - this.#drawnMs >= drawEveryMs) this.#draw();
  };

  /** Ends the live line: with the last stage's line where that stage was done, without a trace where it was not. */
  close(): void {
    clearInterval(this.#ticker);
    const { done = 0, total } = this.#step ?? {};
    if (total === undefined || done >= total) this.#endStage();
    this.#erase();
    this.#step = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #endStage(): void {
    this.#erase();
    const step = this.#step;
    if (step === undefined || step.unit === "steps" || step.done === 0) return;
    const seconds = (this.#stepMs - this.#startedMs) / 1000;
    const work = [countOf(step), ...(step.unit !== "bytes" && step.bytes ? [formatBytes(step.bytes)] : [])].join(", ");
    this.#screen.write(
      `${step.stage.padEnd(7)} ${work} in ${formatDuration(seconds)}${suffix(rateOf(step, seconds))}\n`,
    );
  }

  #draw(): void {
    if (this.#screen.isTTY !== true || this.#step === undefined) return;
    this.#drawnMs = this.#clock();
    const line = liveLine(this.#step, (this.#stepMs - this.#startedMs) / 1000, (this.#drawnMs - this.#stepMs) / 1000);
    this.#screen.write(`\r\u001b[K${cut(line, widthOf(this.#screen) - 1)}`);
    this.#drawn = true;
  }

  #erase(): void {
    if (this.#drawn) this.#screen.write("\r\u001b[K");
    this.#drawn = false;
    this.#drawnMs = -Infinity;
  }
}

/**
 * @param seconds - from the stage's beginning to its last step
 * @param since - seconds since that step
 */
function liveLine(step: ProgressStep, seconds: number, since: number): string {
  const { stage, done, total } = step;
  const parts = [stage.padEnd(7)];
  if (step.unit === "steps") return parts.concat("…").join(" ");
  if (total !== undefined && total > 0) {
    const share = Math.min(done / total, 1);
    const filled = Math.round(share * barWidth);
    parts.push("█".repeat(filled) + "░".repeat(barWidth - filled), `${Math.floor(share * 100)}%`.padStart(4));
  }
  parts.push(
    total === undefined || step.unit === "bytes" ? countOf(step) : `${formatNumber(done)}/${countOf(step, total)}`,
  );
  const rate = rateOf(step, seconds);
  if (rate !== undefined) parts.push(rate);
  if (total !== undefined && done > 0 && done < total) {
    parts.push(`ETA ${formatClock(Math.max((seconds * (total - done)) / done - since, 0))}`);
  }
  return parts.join("  ");
}

function countOf({ unit, done }: ProgressStep, count: number = done): string {
  if (unit === "bytes") return formatBytes(count);
  return formatCount(count, unit);
}

/** Bytes a second where bytes are known, `undefined` where there is nothing to divide. */
function rateOf({ bytes }: ProgressStep, seconds: number): string | undefined {
  return bytes !== undefined && bytes > 0 && seconds > 0 ? `${formatBytes(bytes / seconds)}/s` : undefined;
}

function suffix(rate: string | undefined): string {
  return rate === undefined ? "" : `, ${rate}`;
}

/** A terminal that does not know its size says 0. */
function widthOf({ columns = 0 }: Screen): number {
  return columns > 0 ? columns : 80;
}
