import { expect } from "chai";

import { Interrupt } from "../../lib/cli/interrupt.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { FakeScreen, FakeSignals } from "./_fake-io.ts";

describe("cli/interrupt", () => {
  it("asks the job to stop at the first Ctrl-C, and says how to stop at once", () => {
    const signals = new FakeSignals();
    const screen = new FakeScreen();
    const { signal } = new Interrupt(screen, signals);
    expect(signal.aborted).to.equal(false);
    signals.emit("SIGINT");
    expect(signal.reason).to.be.instanceOf(SealfoldError).with.property("code", "CANCELLED");
    expect(screen.text).to.include("press Ctrl-C again");
    expect(signals.exits).to.deep.equal([]);
  });

  it("ends the process with status 130 at the second", () => {
    const signals = new FakeSignals();
    const interrupt = new Interrupt(new FakeScreen(), signals);
    signals.emit("SIGINT");
    signals.emit("SIGTERM");
    expect(interrupt.signal.aborted).to.equal(true);
    expect(signals.exits).to.deep.equal([130]);
  });

  it("leaves no listener behind", () => {
    const signals = new FakeSignals();
    new Interrupt(new FakeScreen(), signals).close();
    expect(signals.eventNames()).to.deep.equal([]);
  });

  it("still ends the process at the second when the job has just stopped", () => {
    const signals = new FakeSignals();
    const interrupt = new Interrupt(new FakeScreen(), signals);
    signals.emit("SIGINT");
    interrupt.close();
    signals.emit("SIGINT");
    expect(signals.exits).to.deep.equal([130]);
  });
});
