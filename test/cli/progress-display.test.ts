import { expect } from "chai";

import { ProgressDisplay } from "../../lib/cli/progress-display.ts";
import type { ProgressStep } from "../../lib/progress.ts";
import { FakeScreen } from "./_fake-io.ts";

/** A display on a clock that stands still until it is moved. */
function displayOn(screen: FakeScreen): { at(ms: number, step: ProgressStep): void; close(): void } {
  let now = 0;
  const display = new ProgressDisplay(screen, { clock: () => now });
  return {
    at: (ms, step) => {
      now = ms;
      display.update(step);
    },
    close: () => display.close(),
  };
}

const seal = (done: number, total?: number): ProgressStep => ({
  stage: "seal",
  done,
  total,
  unit: "bytes",
  bytes: done,
});
const map = (done: number, total: number, bytes: number): ProgressStep => ({
  stage: "map",
  done,
  total,
  unit: "tasks",
  bytes,
});

describe("cli/progress-display", () => {
  it("writes one plain line for each stage where nobody watches", () => {
    const screen = new FakeScreen(false);
    const display = displayOn(screen);
    display.at(500, seal(1_000_000, 2_000_000));
    display.at(1000, seal(2_000_000, 2_000_000));
    display.at(1200, map(0, 4, 0));
    for (const done of [1, 2, 3, 4]) display.at(1200 + done * 1000, map(done, 4, done * 500_000));
    display.at(6000, { stage: "reduce", done: 1, total: 1, unit: "partitions" });
    display.at(6100, { stage: "release", done: 1, total: 1, unit: "steps" });
    display.at(6200, { stage: "verify", done: 0, total: 1, unit: "steps" });
    display.close();
    expect(screen.text).to.equal(
      "seal    2.0 MB in 1.00 s, 2.0 MB/s\nmap     4 tasks, 2.0 MB in 4.00 s, 500 kB/s\nreduce  1 partition in 0.80 s\n",
    );
  });

  it("shows stage, bar, share, count, throughput and time left on a terminal", () => {
    const screen = new FakeScreen(true);
    const display = displayOn(screen);
    display.at(0, map(0, 8, 0));
    display.at(2000, map(2, 8, 4_000_000));
    display.close();
    const line = screen.text.split("\r\u001b[K").at(-2);
    expect(line).to.equal("map      ██████░░░░░░░░░░░░░░░░░░   25%  2/8 tasks  2.0 MB/s  ETA 0:06");
  });

  it("shows bytes read where nobody knows how many there are", () => {
    const screen = new FakeScreen(true);
    const display = displayOn(screen);
    display.at(1000, seal(3_000_000));
    display.close();
    expect(screen.text).to.include("seal     3.0 MB  3.0 MB/s").and.not.to.include("ETA").and.not.to.include("%");
  });

  it("draws at most ten times a second", () => {
    const screen = new FakeScreen(true);
    const display = displayOn(screen);
    for (let ms = 0; ms < 1000; ms++) display.at(ms, seal(ms, 1000));
    const drawn = screen.text.split("\r\u001b[K").length - 1;
    display.close();
    expect(drawn).to.equal(10);
  });

  it("never fills a line to its end", () => {
    const screen = new FakeScreen(true, 30);
    const display = displayOn(screen);
    display.at(0, map(3, 8, 4_000_000));
    display.close();
    const widths = screen.text.split("\r\u001b[K").map((line) => line.trimEnd().length);
    expect(Math.max(...widths)).to.be.at.most(29);
  });

  it("leaves no half-drawn line when a job fails, and draws no more", () => {
    const screen = new FakeScreen(true);
    const display = displayOn(screen);
    display.at(0, map(3, 8, 4_000_000));
    display.close();
    expect(screen.text.endsWith("\r\u001b[K")).to.equal(true);
    expect(screen.text).not.to.include("\n");
    display.close();
    expect(screen.text.endsWith("\r\u001b[K")).to.equal(true);
  });
});
