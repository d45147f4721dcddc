/** Attacks on what goes in: map other records than those that the owners committed to, or leave some out. */

import { fromUtf8 } from "../../crypto/bytes.ts";
import type { Attack } from "../attack.ts";
import type { Asked, Cheat } from "../cheating.ts";
import { flipped, insteadOfChunk, onAsk, withTasks } from "../cheats.ts";
import type { Records, World } from "../world.ts";

/** Takes the second owner out of the job that the broker is told of. */
export const dropOwner: Cheat = onAsk("job", ({ body, parts, forward }) => {
  const [first] = body["commitments"] as readonly unknown[];
  return forward({ ...body, commitments: [first] }, parts.slice(0, 1));
});

export const dropFromTask: Cheat = onAsk("map", ({ body, parts, forward }) => forward(body, parts.slice(0, -1)));

export const alterChunk: Cheat = insteadOfChunk(1, async (name, store) => flipped(await store.get(name), 20));
export const doubleChunk: Cheat = insteadOfChunk(1, (_, store) => store.get("chunk/fruit/1/0"));
export const otherOwnersChunk: Cheat = insteadOfChunk(1, (_, store) => store.get("chunk/more/1/1"));

const marker = "zebraquartzmarker";
const markedRecords: Records = {
  alice: Array.from({ length: 40 }, () => `apple ${marker}`),
  bob: Array.from({ length: 30 }, () => `date ${marker}`),
};

/** Keeps all that passes. */
class Eavesdropper {
  readonly #heard: Uint8Array[] = [];

  async ask({ kind, body, parts, forward }: Asked): ReturnType<Asked["forward"]> {
    this.#keep([kind, body], parts);
    const answer = await forward();
    this.#keep([answer.kind, answer.body], answer.parts);
    return answer;
  }

  hears(text: string): boolean {
    return this.#heard.some((bytes) => Buffer.from(bytes).includes(text));
  }

  #keep(said: unknown, parts: readonly Uint8Array[]): void {
    this.#heard.push(Buffer.from(JSON.stringify(said)), ...parts.map((part) => Uint8Array.from(part)));
  }
}

export const recordAttacks: readonly Attack[] = [
  {
    name: "read-everything",
    target: "records",
    does: "keeps every message, chunk, batch and result, and looks for records in them",
    gain: "the owners' records in clear",
    by: undefined,
    code: undefined,
    play: () => {
      const ear = new Eavesdropper();
      const course = async (world: World): Promise<boolean> => {
        const { outputs } = await world.obtain();
        const shown = outputs.get("counts")?.map(fromUtf8).join("") ?? "";
        if (!shown.includes(marker) || !ear.hears("Count fruit")) throw new Error("nothing passed that could be read");
        return ear.hears(marker);
      };
      return { cheat: { ask: (asked) => ear.ask(asked) }, records: markedRecords, course };
    },
  },
  {
    name: "altered-chunk",
    target: "records",
    does: "flips one bit of a sealed chunk",
    gain: "a wrong answer that nobody sees is wrong",
    by: "a mapper",
    code: "CHUNK_ALTERED",
    play: () => ({ cheat: alterChunk }),
  },
  {
    name: "doubled-chunk",
    target: "records",
    does: "shows one chunk twice, the second time in another's place",
    gain: "some records count double, others not at all",
    by: "a mapper",
    code: "CHUNK_ALTERED",
    play: () => ({ cheat: doubleChunk }),
  },
  {
    name: "other-owners-chunk",
    target: "records",
    does: "puts bob's chunk where alice's belongs",
    gain: "bob's records pass for alice's",
    by: "a mapper",
    code: "CHUNK_ALTERED",
    play: () => ({ cheat: otherOwnersChunk }),
  },
  {
    name: "short-task",
    target: "records",
    does: "drops a chunk from a task",
    gain: "records that do not suit are left out",
    by: "a mapper",
    code: "CHUNK_ALTERED",
    play: () => ({ cheat: dropFromTask }),
  },
  {
    name: "short-plan",
    target: "records",
    does: "makes a plan in which the first task is missing",
    gain: "records that do not suit are left out",
    by: "the broker",
    code: "PLAN",
    play: () => ({ cheat: withTasks((tasks) => tasks.slice(1)) }),
  },
  {
    name: "dropped-owner",
    target: "records",
    does: "starts the job without bob, whose input the policy requires",
    gain: "a result of alice's records alone",
    by: "the broker",
    code: "COMMITMENT",
    play: () => ({ cheat: dropOwner }),
  },
  {
    name: "usurped-input",
    target: "records",
    does: "has bob hand in a data key for alice's input",
    gain: "records of its own making, under alice's name",
    by: "the broker",
    code: "DENIED_PARTY",
    play: () => ({
      course: async ({ parties, coordinator }) => {
        await parties.bob.provision({ input: "fruit", epoch: 2, key: new Uint8Array(32), records: 1 }, coordinator);
        return true;
      },
    }),
  },
];
