import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { chunkOverhead } from "../../lib/data/chunk.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { plainCounts } from "../../lib/demo/answer.ts";
import { aliceRecords, type Asked, attempt, bobRecords, type World } from "../claims/_world.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const misbehaving = fileURLToPath(new URL("../programs/misbehaving.ts", import.meta.url));
const counts = plainCounts(aliceRecords, bobRecords);

async function runOnce(world: World): Promise<Map<unknown, number>> {
  const request = await world.request();
  const { outputs } = openResult(request, await world.run(request));
  return Output.fromPartitions<number>(outputs.get("counts") ?? []).toMap();
}

/** Notes every mapper and reducer that is asked something, and which of them have ended. */
class Watcher {
  readonly links = new Set<SandboxLink>();
  readonly ended = new Set<SandboxLink>();
  onAsked: (asked: Asked) => void = () => undefined;

  ask = (asked: Asked): Promise<Message> => {
    const { link } = asked;
    if (link.role !== "broker" && !this.links.has(link)) {
      this.links.add(link);
      void link.ended.then(() => this.ended.add(link));
    }
    this.onAsked(asked);
    return asked.forward();
  };

  async allEnded(): Promise<void> {
    await Promise.all([...this.links].map(({ ended }) => ended));
    expect(this.links.size).to.be.above(0);
  }
}

describe("coordinator: several jobs", () => {
  it("runs as many as the policy releases, each with its own receipt, and not one more", () =>
    attempt({ limits: { releases: 2 } }, async (world) => {
      expect(await runOnce(world)).to.deep.equal(counts);
      expect(await runOnce(world)).to.deep.equal(counts);
      expect(await codeOf(() => runOnce(world))).to.equal("DENIED_RELEASE");
    }));

  it("does not spend a release on a job that was stopped, and has its places free for the next", () => {
    const watcher = new Watcher();
    return attempt({ cheat: watcher, limits: { mappers: 2, reducers: 2 } }, async (world) => {
      const controller = new AbortController();
      watcher.onAsked = ({ kind }) => kind === "cell" && controller.abort();
      const request = await world.request();
      const stopped = { requests: [request.signed], mappers: 2, partitions: 2, signal: controller.signal };
      expect(await codeOf(() => world.coordinator.run(stopped))).to.equal("CANCELLED");
      await watcher.allEnded();
      watcher.onAsked = () => undefined;
      const again = openResult(request, await world.run(request));
      expect(Output.fromPartitions<number>(again.outputs.get("counts") ?? []).toMap()).to.deep.equal(counts);
    });
  });

  it("leaves no sandbox at work when another one's program failed", () => {
    const watcher = new Watcher();
    const records = { alice: ["loop"], bob: ["throw"] };
    return attempt({ cheat: watcher, program: misbehaving, records }, async (world) => {
      expect(await codeOf(() => runOnce(world))).to.equal("PROGRAM_THREW");
      await watcher.allEnded();
    });
  });

  it("ends its job when it is closed, and its sandboxes with it", () => {
    const watcher = new Watcher();
    return attempt(
      { cheat: watcher, program: misbehaving, records: { alice: ["loop"], bob: ["a"] } },
      async (world) => {
        watcher.onAsked = ({ kind }) => kind === "map" && void world.coordinator.close();
        expect(await codeOf(() => runOnce(world))).to.equal("CANCELLED");
        await watcher.allEnded();
      },
    );
  });
});

describe("coordinator: a sandbox that dies while it is brought in", () => {
  for (const kind of ["init", "attest", "trust", "join"]) {
    it(`on "${kind}" leaves its place to a successor, where the policy has one place`, () => {
      const watcher = new Watcher();
      let killed = 0;
      watcher.onAsked = (asked) => {
        if (asked.link.role !== "mapper" || asked.kind !== kind || killed++ > 0) return;
        asked.link.end(new SealfoldError("SANDBOX_DIED", "killed by a test"));
      };
      return attempt({ cheat: watcher, limits: { mappers: 1 } }, async (world) => {
        expect(await runOnce(world)).to.deep.equal(counts);
        expect(killed).to.be.above(1);
      });
    });
  }
});

describe("coordinator: what a policy may say", () => {
  it("does not keep chunks that no input may have", () =>
    attempt({}, async ({ coordinator, policy }) => {
      const { name, maxChunks, maxChunkBytes } = policy.document.inputs[0] as PolicyDocument["inputs"][number];
      const put = (input: string, index: number, length: number): Promise<string> =>
        codeOf(() => coordinator.putChunk(input, 2, index, new Uint8Array(chunkOverhead + length)));
      expect(await put(name, maxChunks - 1, maxChunkBytes)).to.equal("none");
      expect(await put(name, maxChunks - 1, maxChunkBytes + 1)).to.equal("LIMIT_INPUT");
      for (const index of [maxChunks, -1, 0.5, 2 ** 32]) expect(await put(name, index, 1)).to.equal("LIMIT_INPUT");
      expect(await put("other", 0, 1)).to.equal("DENIED_PARTY");
    }));

  it("names the optional inputs that are not in a job", () => {
    const change = (document: PolicyDocument): PolicyDocument => {
      const [first, second] = document.inputs as [PolicyDocument["inputs"][number], PolicyDocument["inputs"][number]];
      const [map, reduce] = document.stages;
      return {
        ...document,
        inputs: [first, second, { ...first, name: "extra", required: false }],
        stages: [{ ...map, inputs: ["fruit", "more", "extra"] }, reduce],
      };
    };
    return attempt({ change }, async (world) => {
      const request = await world.request();
      const sealed = await world.run(request);
      expect(sealed.receipt.final.document.excluded).to.deep.equal(["extra"]);
      const output = Output.fromPartitions<number>(openResult(request, sealed).outputs.get("counts") ?? []);
      expect(output.toMap()).to.deep.equal(counts);
    });
  });

  it("gives each receiver its own output, and no other", () => {
    const change = (document: PolicyDocument): PolicyDocument => ({
      ...document,
      outputs: [
        { name: "counts", receivers: ["carol"], minValues: 0, minOwners: 0, noise: "none" },
        { name: "common", receivers: ["bob"], minValues: 0, minOwners: 2, noise: "none" },
      ],
    });
    return attempt({ change }, async (world) => {
      const carol = await world.request();
      const bob = await world.parties.bob.request(world.coordinator);
      const sealed = await world.coordinator.run({ requests: [carol.signed, bob.signed], mappers: 2, partitions: 2 });
      const carols = openResult(carol, sealed).outputs;
      const bobs = openResult(bob, sealed).outputs;
      expect([...carols.keys()]).to.deep.equal(["counts"]);
      expect([...bobs.keys()]).to.deep.equal(["common"]);
      expect(Output.fromPartitions<number>(carols.get("counts") ?? []).toMap()).to.deep.equal(counts);
      const common = Output.fromPartitions<number>(bobs.get("common") ?? []).toMap();
      expect(common).to.deep.equal(new Map([["apple", 70]]));
      for (const { name, wraps } of sealed.receipt.final.document.outputs) {
        const others = wraps.map(({ receiver }) => receiver);
        expect(others).to.deep.equal([name === "counts" ? "carol" : "bob"]);
      }
    });
  });

  it("does not run a job for somebody who receives nothing", () =>
    attempt({}, async (world) => {
      const request = await world.parties.alice.request(world.coordinator);
      expect(await codeOf(() => world.run(request))).to.equal("DENIED_PARTY");
    }));

  it("does not run with more partitions than agreed on, or with none", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      expect(await codeOf(() => world.run(request, 9))).to.equal("DENIED_CAP");
      const none = await world.run(request, 0).catch((error: unknown) => error);
      expect(none).to.be.instanceOf(RangeError);
    }));
});
