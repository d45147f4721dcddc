/**
 * The same messages to the threads of real sandboxes, closed realm and all, a fresh one for each case: every post has an
 * answer, and no thread ends before its port is closed.
 */

import { MessageChannel } from "node:worker_threads";

import { makePulse } from "../../../lib/sandbox/pulse.ts";
import { ThreadPool } from "../../../lib/sandbox/thread-pool.ts";
import { findWorkerFile } from "../../../lib/sandbox/worker-file.ts";
import { expectCode, type Play, play, postsOf } from "../_post.ts";
import { recordJob, stageOn, type Transcript } from "../_stage.ts";
import { target } from "../campaign.ts";

export default target("a recorded job's messages, changed, to threads of their own", async () => {
  const transcripts = await recordJob();
  const { path } = await findWorkerFile();
  const pool = new ThreadPool({ path, memoryMiB: 256, threads: 2 });
  return {
    cases: play,
    check: (one: Play) => check(one, transcripts, pool),
    close: () => pool.close(),
  };
});

async function check(one: Play, transcripts: readonly Transcript[], pool: ThreadPool): Promise<void> {
  const { role } = transcripts[one.transcript % transcripts.length] as Transcript;
  const asked = new MessageChannel();
  const quoted = new MessageChannel();
  quoted.port1.on("message", () => quoted.port1.postMessage(null)); // a platform that cannot quote
  const task = { role, port: asked.port2, platform: quoted.port2, pulse: makePulse() };
  // a thread that ends with its port is one whose process was told to exit: piscina takes that for a failure
  const ended = pool.run(task, new AbortController().signal).catch(() => undefined);
  const stage = stageOn(asked.port1, async () => {
    await ended;
    quoted.port1.close();
  });
  let isClosed = false;
  const early = ended.then(() => {
    if (!isClosed) throw new Error("the thread ended by itself");
  });
  try {
    const answers = Promise.all(postsOf(one, transcripts).map((post) => stage.post(post)));
    for (const answer of (await Promise.race([answers, early])) ?? []) expectCode(answer);
  } finally {
    isClosed = true;
    await Promise.all([stage.close(), early]);
  }
}
