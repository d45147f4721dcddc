import { once } from "node:events";
import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";

import { expect } from "chai";

import { parseMessage } from "../../lib/sandbox/message.ts";
import { makePulse } from "../../lib/sandbox/pulse.ts";
import { findWorkerFile } from "../../lib/sandbox/worker-file.ts";

/** Runs the bundle as a thread of its own; gives back what it answered to a message of no kind, or why it ended. */
async function startWith(options: WorkerOptions): Promise<string> {
  const { path } = await findWorkerFile();
  const asked = new MessageChannel();
  const platform = new MessageChannel();
  const script = `
    const { workerData } = require("node:worker_threads");
    require(workerData.path).default(workerData.task);`;
  const task = { role: "broker", port: asked.port2, platform: platform.port2, pulse: makePulse() };
  const worker = new Worker(script, {
    eval: true,
    workerData: { path, task },
    transferList: [asked.port2, platform.port2],
    ...options,
  });
  const failed = once(worker, "exit").then(
    () => "ended",
    (error: unknown) => (error as Error).message, // `once` rejects with the thread's own error
  );
  const answered = once(asked.port1, "message").then(([message]) => parseMessage(message).body.text("code"));
  asked.port1.postMessage([Buffer.from(JSON.stringify({ id: 1, kind: "nothing", body: {} }))]);
  const outcome = await Promise.race([failed, answered]);
  await worker.terminate();
  asked.port1.close();
  platform.port1.close();
  return outcome;
}

describe("sandbox/run-sandbox", () => {
  it("serves in a thread without flags and environment", async () => {
    expect(await startWith({ env: {}, execArgv: [] })).to.equal("MESSAGE_FORMAT");
  });

  it("ends its thread when its port closes, whatever else could keep that alive", async () => {
    const { path } = await findWorkerFile();
    const asked = new MessageChannel();
    const platform = new MessageChannel();
    const task = { role: "broker", port: asked.port2, platform: platform.port2, pulse: makePulse() };
    const worker = new Worker(
      `const { workerData } = require("node:worker_threads");
       setInterval(() => undefined, 1e6);
       require(workerData.path).default(workerData.task);`,
      {
        eval: true,
        env: {},
        execArgv: [],
        workerData: { path, task },
        transferList: [asked.port2, platform.port2],
      },
    );
    const exit = once(worker, "exit");
    asked.port1.postMessage([Buffer.from(JSON.stringify({ id: 1, kind: "nothing", body: {} }))]);
    await once(asked.port1, "message");
    asked.port1.close();
    expect(await exit).to.deep.equal([0]);
    platform.port1.close();
  });

  it("does no work in a thread that was given an environment", async () => {
    expect(await startWith({ env: { NODE_OPTIONS: "" }, execArgv: [] })).to.contain("flags or an environment");
  });

  it("does no work in a thread that was given flags", async () => {
    expect(await startWith({ env: {}, execArgv: ["--no-warnings"] })).to.contain("flags or an environment");
  });
});
