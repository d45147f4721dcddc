import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { digest } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { utf8 } from "../../lib/crypto/bytes.ts";
import type { RecordFormat } from "../../lib/data/format.ts";
import { asInput, type ChunkOptions, type FileMark, type Input, type PlainChunk } from "../../lib/data/input.ts";
import { openResult } from "../../lib/party/open-result.ts";
import { Party } from "../../lib/party/party.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import { SandboxFailure } from "../../lib/sandbox/sandbox.ts";
import { type Asked, attempt, codeUnder } from "../claims/_world.ts";
import { codeOf } from "../sandbox/_code-of.ts";

const misbehaving = fileURLToPath(new URL("../programs/misbehaving.ts", import.meta.url));

/** An input whose chunks are as they are told to be. */
function chunksOf(texts: readonly string[], format: RecordFormat = { kind: "json" }): Input<string> {
  return {
    format,
    async *chunks() {
      for (const text of texts) yield await Promise.resolve({ bytes: utf8(text), records: 1 });
    },
  };
}

function withInputs(fields: Partial<PolicyDocument["inputs"][number]>) {
  return (document: PolicyDocument): PolicyDocument => ({
    ...document,
    inputs: document.inputs.map((input) => ({ ...input, ...fields })),
  });
}

describe("party: an owner", () => {
  it("does not seal records of another format, nor another's input, nor too much", () =>
    attempt({ change: withInputs({ maxChunks: 8, maxChunkBytes: 512 }) }, async ({ parties, coordinator }) => {
      const seal = (name: string, input: Input<string>): Promise<string> =>
        codeOf(() => parties.alice.seal(name, input, coordinator, { epoch: 2 }));
      expect(await seal("fruit", chunksOf(['"a"\n'], { kind: "lines" }))).to.equal("DATA_FORMAT");
      expect(await seal("fruit", chunksOf(["[]\n"], { kind: "csv", columns: ["a"] }))).to.equal("DATA_FORMAT");
      expect(await seal("more", chunksOf(['"a"\n']))).to.equal("DENIED_PARTY");
      expect(await seal("none", chunksOf(['"a"\n']))).to.equal("DENIED_PARTY");
      expect(await seal("fruit", chunksOf([`"${"a".repeat(509)}"\n`]))).to.equal("none");
      expect(await seal("fruit", chunksOf([`"${"a".repeat(510)}"\n`]))).to.equal("LIMIT_INPUT");
      expect(await seal("fruit", chunksOf(new Array<string>(8).fill('"a"\n')))).to.equal("none");
      expect(await seal("fruit", chunksOf(new Array<string>(9).fill('"a"\n')))).to.equal("LIMIT_INPUT");
    }));

  it("asks for larger chunks of larger files, at most what the policy allows, unless it is told how large", () =>
    attempt({ change: withInputs({ maxChunkBytes: 3 << 20 }) }, async ({ parties, coordinator }) => {
      /** Methods, which need their object. */
      class Files implements Input<string> {
        readonly format = { kind: "json" } as const;
        readonly #sizes: readonly (number | null)[];
        asked: number | undefined;

        constructor(sizes: readonly (number | null)[]) {
          this.#sizes = sizes;
        }

        marks(): Promise<FileMark[]> {
          return Promise.resolve(this.#sizes.map((size) => ({ name: "one", size, modified: null })));
        }

        chunks({ chunkBytes }: ChunkOptions = {}): AsyncGenerator<PlainChunk> {
          this.asked = chunkBytes;
          return chunksOf(['"a"\n']).chunks();
        }
      }
      const MiB = 1 << 20;
      const asked = async (sizes: readonly (number | null)[], chunkBytes?: number): Promise<number | undefined> => {
        const input = new Files(sizes);
        await parties.alice.seal("fruit", input, coordinator, { epoch: 2, chunkBytes });
        return input.asked;
      };
      expect(await asked([])).to.equal(MiB);
      expect(await asked([null])).to.equal(MiB);
      expect(await asked([64 * MiB - 1])).to.equal(MiB);
      expect(await asked([60 * MiB, 4 * MiB])).to.equal(2 * MiB);
      expect(await asked([128 * MiB])).to.equal(3 * MiB);
      expect(await asked([128 * MiB], 512)).to.equal(512);
    }));

  it("stops sealing when it is told to", () =>
    attempt({}, async ({ parties, coordinator }) => {
      const seal = parties.alice.seal("fruit", asInput(["a"]), coordinator, { epoch: 2, signal: AbortSignal.abort() });
      expect(await codeOf(() => seal)).to.equal("CANCELLED");
    }));

  it("cannot hand over the key of another's input", () =>
    attempt({}, async ({ parties, coordinator }) => {
      const dataset = { input: "fruit", epoch: 1, key: new Uint8Array(32), records: 1 };
      expect(await codeOf(() => parties.bob.provision(dataset, coordinator))).to.equal("DENIED_PARTY");
      expect(await codeOf(() => parties.alice.provision(dataset, coordinator))).to.equal("none");
    }));

  it("cannot commit in another's name", () =>
    attempt({}, async ({ parties, coordinator }) => {
      let code = "none";
      await parties.bob.seal("more", asInput(["a"]), {
        putChunk: () => Promise.resolve(),
        commit: async (commitment, leaves) => {
          const forged = { ...commitment, document: { ...commitment.document, input: "fruit", owner: "alice" } };
          code = await codeOf(() => coordinator.commit(forged, leaves));
        },
      });
      expect(code).to.equal("COMMITMENT");
    }));

  it("is waited for until its key is there", () =>
    attempt({}, async (world) => {
      const { parties, coordinator } = world;
      const dataset = await parties.alice.seal("fruit", asInput(["kiwi"]), coordinator, { epoch: 2 });
      const request = await world.request();
      expect(await codeOf(() => world.run(request))).to.equal("NOT_READY");
      await parties.alice.provision(dataset, coordinator);
      expect(await codeOf(() => world.run(request))).to.equal("none");
    }));

  it("cannot be somebody else: the policy names its key", () =>
    attempt({}, async ({ policy }) => {
      expect(await codeOf(() => new Party("alice", policy, SigningKey.generate()))).to.equal("DENIED_PARTY");
      expect(await codeOf(() => new Party("eve", policy, SigningKey.generate()))).to.equal("DENIED_PARTY");
    }));
});

describe("party: epochs", () => {
  it("are refused when the policy wants newer data", async () => {
    expect(await codeUnder({ change: withInputs({ minEpoch: 1 }) })).to.equal("none");
    expect(await codeUnder({ change: withInputs({ minEpoch: 2 }) })).to.equal("EPOCH_STALE");
  });

  it("are refused by a receiver who has seen newer data", () =>
    attempt({}, async (world) => {
      const request = await world.request();
      const sealed = await world.run(request);
      expect(await codeOf(() => openResult(request, sealed, { epochs: { fruit: 1 } }))).to.equal("none");
      expect(await codeOf(() => openResult(request, sealed, { epochs: { fruit: 2 } }))).to.equal("EPOCH_STALE");
    }));
});

describe("party: a program's failure text", () => {
  it("is read by the policy's diagnostics reader, and by nobody else", () => {
    let jobId = "";
    const ask = ({ kind, body, forward }: Asked) => {
      if (kind === "challenge") jobId = body["jobId"] as string;
      return forward();
    };
    const records = { alice: ["a", "throw"], bob: ["b"] };
    const change = (document: PolicyDocument): PolicyDocument => ({
      ...document,
      outputs: document.outputs.map((output) => ({ ...output, receivers: ["carol", "bob"] })),
    });
    return attempt({ cheat: { ask }, program: misbehaving, records, change }, async (world) => {
      const carol = await world.request();
      const bob = await world.parties.bob.request(world.coordinator);
      const run = world.coordinator.run({ requests: [carol.signed, bob.signed], mappers: 1, partitions: 1 });
      const failure = await run.catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(SandboxFailure);
      const { code, message, sealed, place } = failure as SandboxFailure;
      expect(code).to.equal("PROGRAM_THREW");
      expect(place.record).to.equal(2);
      expect(JSON.stringify([message, place])).to.not.contain("secret");
      expect(sealed.map(({ reader }) => reader)).to.deep.equal(["carol"]);
      const job = digest(Uint8Array.from(Buffer.from(jobId, "base64url")));
      const text = sealed[0]?.text ?? "";
      expect(carol.readDiagnostics(job, text)).to.contain("secret text of the program");
      expect(bob.readDiagnostics(job, text)).to.equal(undefined);
      expect((await world.request()).readDiagnostics(job, text)).to.equal(undefined);
      expect(carol.readDiagnostics(digest(new Uint8Array(32)), text)).to.equal(undefined);
    });
  });
});
