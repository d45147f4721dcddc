import { expect } from "chai";

import { asInput } from "../../lib/data/input.ts";
import { alterChunk, doubleChunk, dropFromTask, dropOwner, otherOwnersChunk } from "../../lib/demo/attacks/records.ts";
import { insteadOfChunk, onAsk, withTasks } from "../../lib/demo/cheats.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { aliceRecords, attempt, bobRecords, type Cheat, codeUnder } from "./_world.ts";

describe("claims: what an owner committed to is what is mapped", () => {
  it("catches a chunk that was altered, in the mapper that opens it", async () => {
    expect(await codeUnder({ cheat: alterChunk })).to.equal("CHUNK_ALTERED");
  });

  it("catches a chunk that stands twice, in another's place", async () => {
    expect(await codeUnder({ cheat: doubleChunk })).to.equal("CHUNK_ALTERED");
  });

  it("catches chunks that changed places", async () => {
    const cheat: Cheat = {
      get: (name, store) => {
        const swapped: Record<string, string> = {
          "chunk/fruit/1/0": "chunk/fruit/1/1",
          "chunk/fruit/1/1": "chunk/fruit/1/0",
        };
        return store.get(swapped[name] ?? name);
      },
    };
    expect(await codeUnder({ cheat })).to.equal("CHUNK_ALTERED");
  });

  it("catches another owner's chunk in its place", async () => {
    expect(await codeUnder({ cheat: otherOwnersChunk })).to.equal("CHUNK_ALTERED");
  });

  it("catches a chunk that its owner sealed in place of the one it committed to", () => {
    // the owner and the coordinator together: the key is right, the place is right, the commitment is not
    let other: Uint8Array | undefined;
    const cheat = insteadOfChunk(0, async (name, store) => other ?? store.get(name));
    const records = { alice: ["pear"], bob: ["lime"] };
    return attempt({ cheat, records }, async (world) => {
      const dataset = await world.parties.alice.seal("fruit", asInput(["apple"]), {
        putChunk: (_input, _epoch, _index, sealed) => Promise.resolve(void (other = sealed)),
        commit: () => Promise.resolve(),
      });
      await world.parties.alice.provision(dataset, world.coordinator);
      const request = await world.request();
      const code = await world.run(request).then(
        () => "none",
        (error: { code?: string }) => error.code,
      );
      expect(other).to.not.equal(undefined);
      expect(code).to.equal("CHUNK_ALTERED");
    });
  });

  it("catches a task from which a chunk was dropped", async () => {
    expect(await codeUnder({ cheat: dropFromTask })).to.equal("CHUNK_ALTERED");
  });

  describe("in a task whose chunks come in several messages", () => {
    const records = { alice: aliceRecords, bob: bobRecords, chunkBytes: 16 };
    const codeWith = (change: (sent: readonly Sent[]) => readonly Sent[]): Promise<string> =>
      codeUnder({ records, cheat: inMessages(change) });
    const asLast = (sent: Sent): Sent => ({ ...sent, more: false });

    it("takes them in their order", async () => {
      expect(await codeWith((sent) => sent)).to.equal("none");
    });

    it("catches that they changed places", async () => {
      expect(await codeWith(([first, second, ...rest]) => [first!, ...rest, second!])).to.equal("CHUNK_ALTERED");
    });

    it("catches one that comes twice", async () => {
      expect(await codeWith(([first, second, ...rest]) => [first!, second!, second!, ...rest])).to.equal(
        "CHUNK_ALTERED",
      );
    });

    it("catches that the last is said to be there before it is, and that it is not said", async () => {
      expect(await codeWith((sent) => sent.slice(0, -1))).to.equal("MESSAGE_FORMAT", "no manifest is made");
      expect(await codeWith(([first]) => [asLast(first!)])).to.equal("CHUNK_ALTERED");
      expect(await codeWith((sent) => sent.map((one) => ({ ...one, more: true })))).to.equal("CHUNK_ALTERED");
    });

    it("takes none for a task that was not begun, that failed, or that is done", async () => {
      expect(await codeWith(([, second]) => [second!])).to.equal("MESSAGE_FORMAT");
      expect(await codeWith((sent) => [...sent, sent.at(-1)!])).to.equal("MESSAGE_FORMAT");
    });
  });

  it("refuses a plan that leaves a chunk out, in the broker", async () => {
    expect(await codeUnder({ cheat: withTasks((tasks) => tasks.slice(1)) })).to.equal("PLAN");
  });

  it("refuses a plan that maps a chunk twice, in the broker", async () => {
    expect(await codeUnder({ cheat: withTasks((tasks) => [...tasks, ...tasks.slice(0, 1)]) })).to.equal("PLAN");
  });

  it("does not start a job from which a required owner was dropped", async () => {
    expect(await codeUnder({ cheat: dropOwner })).to.equal("COMMITMENT");
  });

  it("does not start a job with leaves that are not those committed to", async () => {
    const cheat = onAsk("job", ({ body, parts, forward }) => forward(body, [...parts].reverse()));
    expect(await codeUnder({ cheat })).to.equal("COMMITMENT");
  });

  it("keeps an owner's key from everybody who is not that owner", () =>
    attempt({}, async ({ parties, coordinator }) => {
      const stolen = { input: "fruit", epoch: 2, key: new Uint8Array(32), records: 1 };
      const refused = await parties.bob.provision(stolen, coordinator).then(
        () => "none",
        (error: { code?: string }) => error.code,
      );
      expect(refused).to.equal("DENIED_PARTY");
    }));
});

/** One of the messages by which a task comes to its mapper. */
interface Sent {
  readonly kind: string;
  readonly parts: readonly Uint8Array[];
  readonly more: boolean;
}

/** Sends each chunk of a task in a message of its own, as `change` has them. */
function inMessages(change: (sent: readonly Sent[]) => readonly Sent[]): Cheat {
  return onAsk("map", async ({ link, parts, forward }) => {
    const [grant, ...chunks] = parts;
    if (grant === undefined || chunks.length < 3) return forward();
    const honest = chunks.map((chunk, index) => ({
      kind: index === 0 ? "map" : "chunks",
      parts: index === 0 ? [grant, chunk] : [chunk],
      more: index + 1 < chunks.length,
    }));
    let answer: Message | undefined;
    for (const { kind, parts: sent, more } of change(honest)) {
      answer = await link.ask(kind, more ? { more: true } : {}, sent);
    }
    return answer ?? forward();
  });
}
