import { getHeapStatistics } from "node:v8";
import { threadId } from "node:worker_threads";

import { expect } from "chai";

import { bufferLimit, makePulse, Pulse, PulseReader } from "../../lib/sandbox/pulse.ts";
import { codeOf } from "../code-of.ts";

describe("sandbox/pulse", () => {
  it("tells work from rest, and one batch from the next", () => {
    const shared = makePulse();
    const reader = new PulseReader(shared);
    expect(PulseReader.isBusy(reader.count)).to.equal(false);
    const pulse = new Pulse(shared, Infinity);
    const counts: number[] = [];
    for (let message = 0; message < 2; message++) {
      pulse.begin(0);
      counts.push(reader.count);
      pulse.beat();
      counts.push(reader.count);
      pulse.end();
      counts.push(reader.count);
    }
    expect(new Set(counts).size).to.equal(6);
    expect(counts.map(PulseReader.isBusy)).to.deep.equal([true, true, false, true, true, false]);
  });

  it("still does when its counter starts again", () => {
    expect([2 ** 31 - 1, -(2 ** 31), -1, 0].map(PulseReader.isBusy)).to.deep.equal([true, false, true, false]);
  });

  it("names its thread", () => {
    const shared = makePulse();
    const reader = new PulseReader(shared);
    void new Pulse(shared, Infinity);
    expect(reader.thread).to.equal(threadId);
  });

  it("refuses buffers that no heap's limit counts, but for those that came with the message", () => {
    const pulse = new Pulse(makePulse(), 1);
    const kept = new Uint8Array(2 * bufferLimit(1));
    pulse.begin(0);
    expect(codeOf(() => pulse.beat())).to.equal("LIMIT_MEMORY");
    pulse.end();
    expect(kept.length).to.be.greaterThan(0);
    pulse.begin(getHeapStatistics().external_memory); // other tests of this process may have left some
    expect(codeOf(() => pulse.beat())).to.equal("none");
  });
});
