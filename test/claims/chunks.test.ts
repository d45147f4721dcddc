import { expect } from "chai";

import type { Store } from "../../lib/coordinator/store.ts";
import { asInput } from "../../lib/data/input.ts";
import { type Asked, attempt, codeUnder } from "./_world.ts";

/** The store answers every request for chunk `index` of alice's input with `other`. */
function insteadOfChunk(index: number, other: (name: string, store: Store) => Promise<Uint8Array>) {
  return {
    get: (name: string, store: Store) => (name === `chunk/fruit/1/${index}` ? other(name, store) : store.get(name)),
  };
}

describe("claims: what an owner committed to is what is mapped", () => {
  it("catches a chunk that was altered, in the mapper that opens it", async () => {
    const cheat = insteadOfChunk(1, async (name, store) => {
      const chunk = Uint8Array.from(await store.get(name));
      chunk[chunk.length - 20] = (chunk[chunk.length - 20] ?? 0) ^ 1;
      return chunk;
    });
    expect(await codeUnder({ cheat })).to.equal("CHUNK_ALTERED");
  });

  it("catches a chunk that stands twice, in another's place", async () => {
    const cheat = insteadOfChunk(1, (_, store) => store.get("chunk/fruit/1/0"));
    expect(await codeUnder({ cheat })).to.equal("CHUNK_ALTERED");
  });

  it("catches chunks that changed places", async () => {
    const cheat = {
      get: (name: string, store: Store) => {
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
    const cheat = insteadOfChunk(1, (_, store) => store.get("chunk/more/1/1"));
    expect(await codeUnder({ cheat })).to.equal("CHUNK_ALTERED");
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
    const code = await codeUnder({
      cheat: {
        ask: (asked) => asked.forward(asked.body, asked.kind === "map" ? asked.parts.slice(0, -1) : asked.parts),
      },
    });
    expect(code).to.equal("CHUNK_ALTERED");
  });

  it("refuses a plan that leaves a chunk out, in the broker", async () => {
    expect(await codeUnder({ cheat: withTasks((tasks) => tasks.slice(1)) })).to.equal("PLAN");
  });

  it("refuses a plan that maps a chunk twice, in the broker", async () => {
    expect(await codeUnder({ cheat: withTasks((tasks) => [...tasks, ...tasks.slice(0, 1)]) })).to.equal("PLAN");
  });

  it("does not start a job from which a required owner was dropped", async () => {
    const code = await codeUnder({
      cheat: {
        ask: ({ kind, body, parts, forward }) => {
          if (kind !== "job") return forward();
          const [alice] = body["commitments"] as readonly unknown[];
          return forward({ ...body, commitments: [alice] }, parts.slice(0, 1));
        },
      },
    });
    expect(code).to.equal("COMMITMENT");
  });

  it("does not start a job with leaves that are not those committed to", async () => {
    const code = await codeUnder({
      cheat: { ask: ({ kind, body, parts, forward }) => forward(body, kind === "job" ? [...parts].reverse() : parts) },
    });
    expect(code).to.equal("COMMITMENT");
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

function withTasks(change: (tasks: readonly unknown[]) => readonly unknown[]) {
  return {
    ask: ({ kind, body, forward }: Asked) => {
      if (kind !== "job") return forward();
      const plan = body["plan"] as { readonly tasks: readonly unknown[] };
      return forward({ ...body, plan: { ...plan, tasks: change(plan.tasks) } });
    },
  };
}
