import { expect } from "chai";

import { asInput } from "../../lib/data/input.ts";
import { alterChunk, doubleChunk, dropFromTask, dropOwner, otherOwnersChunk } from "../../lib/demo/attacks/records.ts";
import { insteadOfChunk, onAsk, withTasks } from "../../lib/demo/cheats.ts";
import { attempt, type Cheat, codeUnder } from "./_world.ts";

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
