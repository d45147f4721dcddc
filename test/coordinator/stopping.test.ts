import { expect } from "chai";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { InProcessFleet } from "../claims/_in-process-fleet.ts";
import { type Asked, attempt, type World, type WorldOptions } from "../claims/_world.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const died = (): SealfoldError => new SealfoldError("SANDBOX_DIED", "killed by a test");

/** Looks at every question and every event of the jobs of one small world. */
class Watched {
  readonly events: JobEvent[] = [];
  /** Mappers and reducers that have not ended. */
  readonly alive = new Set<SandboxLink>();
  asked: (asked: Asked) => void = () => undefined;
  told: (event: JobEvent) => void = () => undefined;

  get options(): WorldOptions {
    return {
      fleet: (key: SigningKey) => new InProcessFleet(key),
      records: { alice: ["a b", "a"], bob: ["b c"], chunkBytes: 16 },
      limits: { mappers: 2, reducers: 2, releases: 100 },
      listener: (event) => {
        this.events.push(event);
        this.told(event);
      },
      cheat: { ask: (asked) => this.#ask(asked) },
    };
  }

  of(kind: JobEvent["kind"]): readonly JobEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  #ask(asked: Asked): Promise<Message> {
    const { link } = asked;
    if (link.role !== "broker") {
      this.alive.add(link);
      void link.ended.then(() => this.alive.delete(link));
    }
    this.asked(asked);
    return asked.forward();
  }
}

/** Turns of the event loop until whoever was ended has noticed. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function runUntil(world: World, signal: AbortSignal): Promise<string> {
  return codeOf(async () => {
    const { signed } = await world.request();
    await world.coordinator.run({ requests: [signed], mappers: 2, partitions: 2, signal });
  });
}

describe("coordinator: told to stop", () => {
  for (const point of ["asked", "told"] as const) {
    it(`ends at each point where something is ${point}, and leaves no sandbox`, async () => {
      const watched = new Watched();
      await attempt(watched.options, async (world) => {
        let stops = 0;
        for (let at = 1, code = "CANCELLED"; code === "CANCELLED"; at++) {
          const controller = new AbortController();
          let left = at;
          watched[point] = () => {
            if (--left === 0) controller.abort();
          };
          code = await runUntil(world, controller.signal);
          if (code === "CANCELLED") stops += 1;
          else expect(code).to.equal("none"); // it was over before
          watched[point] = () => undefined;
          await settled();
          expect(watched.alive.size, `after stop ${at}`).to.equal(0);
        }
        expect(stops).to.be.above(15);
      });
    });
  }

  it("ends though no sandbox answers any more", async () => {
    for (const kind of ["init", "attest", "join", "map", "reduce", "cell", "finish"]) {
      const watched = new Watched();
      const controller = new AbortController();
      const options = watched.options;
      const ask = async (asked: Asked): Promise<Message> => {
        if (asked.kind !== kind || asked.link.role === "broker") return options.cheat?.ask?.(asked) ?? asked.forward();
        controller.abort();
        return new Promise<never>((_, reject) => void asked.link.ended.then(() => reject(died())));
      };
      await attempt({ ...options, cheat: { ask } }, async (world) => {
        expect(await runUntil(world, controller.signal), kind).to.equal("CANCELLED");
        await settled();
        expect(watched.alive.size, kind).to.equal(0);
      });
    }
  });
});

describe("coordinator: sandboxes nobody needs", () => {
  it("are no deaths when their fleet is closed after the job, the broker no more than others", async () => {
    const watched = new Watched();
    await attempt(watched.options, async (world) => {
      const { signed } = await world.request();
      await world.coordinator.run({ requests: [signed], mappers: 1, partitions: 1 });
    });
    await settled();
    expect(watched.events.at(-1)?.kind).to.equal("release");
  });

  it("that were warmed and not used are ended with the job", async () => {
    const watched = new Watched();
    await attempt(watched.options, async (world) => {
      world.coordinator.warm(2, 2);
      const { signed } = await world.request();
      await world.coordinator.run({ requests: [signed], mappers: 1, partitions: 1 });
      await settled();
      expect(watched.of("start")).to.have.lengthOf.at.least(4);
      expect(watched.alive.size).to.equal(0);
    });
  });

  it("that die while they have nothing to do are replaced, and it is no task's failure", async () => {
    const watched = new Watched();
    await attempt(watched.options, async (world) => {
      watched.told = (event) => {
        if (event.kind !== "commit" || event.role !== "mapper" || event.done !== 1) return;
        for (const link of watched.alive) link.end(died());
      };
      const { signed } = await world.request();
      await world.coordinator.run({ requests: [signed], mappers: 1, partitions: 1 });
      const seen = watched.events.map(({ kind }) => kind).filter((kind) => ["die", "replace", "retry"].includes(kind));
      expect(seen).to.deep.equal(["die", "replace"]);
    });
  });
});
