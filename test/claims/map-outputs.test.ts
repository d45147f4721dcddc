import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { batchBytes } from "../../lib/data/cells.ts";
import {
  alterBatch,
  doubleBatch,
  doubleManifest,
  dropBatch,
  dropManifest,
  editManifest,
  forgeManifest,
  keepCells,
  mixJobs,
  oneMapper,
  swapPartitions,
} from "../../lib/demo/attacks/map-outputs.ts";
import { onAsk, withCells, withManifests } from "../../lib/demo/cheats.ts";
import { Chooser } from "../../lib/demo/chooser.ts";
import { Fork } from "../../lib/demo/fork.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { attempt, changed, codeUnder } from "./_world.ts";

describe("claims: what mappers wrote is what reducers read", () => {
  it("catches an altered batch", async () => {
    expect(await codeUnder({ cheat: alterBatch })).to.equal("BATCH_ALTERED");
  });

  it("catches a dropped batch", async () => {
    expect(await codeUnder({ cheat: dropBatch })).to.equal("BATCH_ALTERED");
  });

  it("catches a batch that is sent twice", async () => {
    expect(await codeUnder({ cheat: doubleBatch })).to.equal("BATCH_ALTERED");
  });

  it("catches one partition's cell in another's place", async () => {
    expect(await codeUnder({ cheat: swapPartitions })).to.equal("BATCH_ALTERED");
  });

  it("catches cells of two tasks that changed places", async () => {
    const seen: string[] = [];
    const cheat = withCells((name, store) => {
      if (!seen.includes(name)) seen.push(name);
      const first = seen.find((other) => other.endsWith(name.slice(-2)) && other !== name);
      return store.get(first ?? name);
    });
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("catches map outputs that are kept from a reducer", async () => {
    expect(await codeUnder({ cheat: keepCells })).to.equal("BATCH_ALTERED");
  });

  it("refuses a commit set from which a manifest was dropped", async () => {
    expect(await codeUnder({ cheat: dropManifest })).to.equal("MANIFEST_SLOT");
  });

  it("refuses a commit set in which a manifest stands twice", async () => {
    expect(await codeUnder({ cheat: doubleManifest })).to.equal("MANIFEST_SLOT");
  });

  it("refuses a commit set in another order", async () => {
    expect(await codeUnder({ cheat: withManifests((all) => [...all].reverse()) })).to.equal("MANIFEST_SLOT");
  });

  it("refuses a manifest that was edited", async () => {
    expect(await codeUnder({ cheat: editManifest })).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses a manifest of an unattested key", async () => {
    expect(await codeUnder({ cheat: forgeManifest })).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses a manifest of another job, though of the same parties and program", async () => {
    const { course, ...options } = mixJobs();
    expect(await codeOf(() => attempt(options, course))).to.equal("MANIFEST_JOB");
  });

  it("shows nobody by its size which attempt to pick: all attempts at a task are alike, in whichever sandbox", async () => {
    const answers = new Map<string, unknown>();
    for (const takes of ["first", "second"] as const) {
      const chooser = new Chooser(takes);
      await attempt({ cheat: { ask: (asked) => chooser.ask(asked) }, limits: oneMapper }, async (world) => {
        const { outputs, receipt } = await world.obtain(world.coordinator, {}, 1);
        answers.set(takes, outputs.get("counts"));
        expect(receipt.map.map(({ document }) => document.attempt)).to.include.members(chooser.chosen);
      });
      const pairs = new Set(chooser.attempts.map(({ task, certId }) => `${task} ${certId}`));
      expect(pairs, "each task in two sandboxes").to.have.property("size", 4);
      expect(chooser.chosen).to.have.length(2);
      expect(chooser.canTell()).to.equal(false);
    }
    expect(answers.get("first")).to.deep.equal(answers.get("second"));
  });

  it("shows by no size which partition is full, and which is empty", () => {
    const cells = new Set<string>();
    const cheat = onAsk("map", async ({ forward }) => {
      const answer = await forward();
      const sizes = answer.parts.filter((_, i) => i % 2 === 1).map(({ length }) => length);
      cells.add(sizes.join(" "));
      return answer;
    });
    // every record whole under one key: all of it is in one partition
    const alice = Array.from({ length: 1000 }, (_, i) => `${i} key ${"x".repeat(1000)}`);
    const program = fileURLToPath(new URL("./_backwards.ts", import.meta.url));
    const options = { cheat, program, records: { alice, bob: ["0 key"], chunkBytes: 60_000 } };
    return attempt(options, async (world) => {
      await world.obtain(world.coordinator, {}, 3);
      for (const sizes of cells) expect(new Set(sizes.split(" ")), sizes).to.have.property("size", 1);
      expect(Math.max(...[...cells].map((sizes) => Number(sizes.split(" ")[0])))).to.be.above(2 * batchBytes);
    });
  });

  it("does not release when reducers were shown different attempts at one task", async () => {
    const fork = new Fork();
    expect(await codeUnder({ cheat: { ask: (asked) => fork.ask(asked) }, limits: oneMapper })).to.equal("COMMIT_SET");
    expect(fork.shown).to.equal(true);
  });

  it("catches a mapper's answer that was replaced by another task's", async () => {
    let first: Message | undefined;
    const cheat = onAsk("map", async ({ forward }) => {
      const answer = await forward();
      first ??= answer;
      return changed(answer, { manifest: first.body.document("manifest") }, first.parts);
    });
    expect(await codeUnder({ cheat })).to.equal("MANIFEST_SLOT");
  });
});
