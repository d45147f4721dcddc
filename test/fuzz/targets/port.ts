/**
 * What a hostile coordinator posts to the port of a broker, a mapper or a reducer, at every stage of a job: the roles
 * draw their numbers from a seed, so that a recorded job can be played to them again, changed.
 */

import { strictEqual } from "node:assert";

import { expectCode, type Play, play, postsOf } from "../_post.ts";
import { openStage, recordJob, type Transcript } from "../_stage.ts";
import { target } from "../campaign.ts";

export default target("a recorded job's messages, changed, to a role's port", async () => {
  const transcripts = await recordJob();
  for (const { name } of transcripts) await expectHonest(transcripts, name);
  return { cases: play, check: async (one: Play) => void (await check(one, transcripts)) };
});

/** Whoever says what was said gets what was answered: else nothing beyond the first message would be tried. */
async function expectHonest(transcripts: readonly Transcript[], name: string): Promise<void> {
  const transcript = transcripts.findIndex((one) => one.name === name);
  const codes = await check({ transcript, edits: [], atOnce: false }, transcripts);
  strictEqual([...new Set(codes)].join(), "ok", `${name} does not answer the same again`);
}

async function check(one: Play, transcripts: readonly Transcript[]): Promise<readonly string[]> {
  const { role, name } = transcripts[one.transcript % transcripts.length] as Transcript;
  const stage = openStage(role, name);
  try {
    const posts = postsOf(one, transcripts);
    if (one.atOnce) return (await Promise.all(posts.map((post) => stage.post(post)))).map(expectCode);
    const codes: string[] = [];
    for (const post of posts) codes.push(expectCode(await stage.post(post)));
    return codes;
  } finally {
    await stage.close();
  }
}
