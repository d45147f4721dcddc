/**
 * A mapper: opens the chunks of one task at a time, as they come, runs the program's `map` over their records in a realm,
 * combines, and seals every partition's cell, the empty ones too. What it read and wrote it signs.
 */

import { context } from "../../crypto/context.ts";
import { exchangePublicKey } from "../../crypto/exchange.ts";
import { type Digest, digest, sha256 } from "../../crypto/hash.ts";
import { equalBytes, toBase64url } from "../../crypto/bytes.ts";
import { Buffers } from "../../crypto/memory.ts";
import { beginOneWay } from "../../channel/one-way.ts";
import { cellBatches, type CellPlace, sealCell } from "../../data/cells.ts";
import { chunkLeaf, openChunkInto, plaintextLength } from "../../data/chunk.ts";
import { subtreeRoots } from "../../data/merkle.ts";
import { type PairsSize, PairWriter, sizeOfPairs } from "../../data/pairs.ts";
import { SealfoldError } from "../../errors.ts";
import { cellPrologue } from "../../identity/channel-binding.ts";
import type { Attester } from "../../identity/platform.ts";
import type { PolicyInput } from "../../policy/document.ts";
import { expectChunkBytes, inputNamed } from "../../policy/questions.ts";
import { type MapManifest, signManifest } from "../../proof/manifest.ts";
import { type Body, malformed, type Message, partAt } from "../message.ts";
import type { OpenableProgram, ProgramRealm, RealmOptions } from "../realm/program-realm.ts";
import type { Answer } from "../serve.ts";
import { expectCounters, sealCounts } from "./counts.ts";
import { Diagnostics } from "./diagnostics.ts";
import { type GrantedTools, grantedTools, withSeed } from "./granted-tools.ts";
import { Member, outOfOrder, realmOptions, type Surroundings } from "./member.ts";
import { openProgram } from "./open-program.ts";

/** What the broker granted to this mapper for the whole job. */
interface Grant {
  readonly countsKey: Uint8Array;
  /** One Noise N per partition, begun once; each attempt derives its own key from it. */
  readonly partitions: readonly ReturnType<typeof beginOneWay>[];
  /** One task after the other writes into its memory: fresh memory costs more than what is done with it. */
  readonly writer: PairWriter;
  readonly tools: GrantedTools | undefined;
  readonly diagnostics: Diagnostics;
}

/** A task as the broker grants it. */
interface TaskGrant {
  readonly task: number;
  readonly owner: string;
  readonly input: string;
  readonly epoch: number;
  readonly work: Body;
  /** Index of its first chunk; the others follow it. */
  readonly first: number;
  readonly chunks: readonly { readonly index: number; readonly key: Uint8Array; readonly leaf: Digest }[];
  /** Of the subtrees that the chunks' leaves make up. */
  readonly roots: readonly Digest[];
}

/** A task on its way. */
interface Work {
  readonly grant: Grant;
  readonly task: TaskGrant;
  readonly input: PolicyInput;
  readonly realm: ProgramRealm;
  /** The place of the chunk that comes next. */
  next: number;
}

export class Mapper {
  readonly #member: Member;
  readonly #program: OpenableProgram;
  /** Where chunks are opened whose realm has no place for them. */
  readonly #plain = new Buffers(1);
  #grant: Grant | undefined;
  #kept: ProgramRealm | undefined;
  /** What the task before came to, and whose it was: the same owner's next will be about as large. */
  #before: { readonly owner: string; readonly size: PairsSize } | undefined;
  /** The task whose next chunks are awaited. */
  #work: Work | undefined;

  /** @throws {SealfoldError} POLICY_*, PROGRAM_MEASUREMENT, PROGRAM_REFUSED */
  static open(message: Message, attester: Attester, surroundings?: Surroundings): Mapper {
    const member = new Member(message, "mapper", attester, surroundings);
    return new Mapper(member, openProgram(member.policy, "map", partAt(message, 1)));
  }

  private constructor(member: Member, program: OpenableProgram) {
    this.#member = member;
    this.#program = program;
  }

  handle = (message: Message): Answer | Promise<Answer> => {
    switch (message.kind) {
      case "attest":
        return this.#member.attest(message);
      case "trust":
        return this.#member.trust(message);
      case "join":
        return this.#join(message);
      case "map":
        return this.#map(message);
      case "chunks":
        return this.#more(message);
      default:
        throw malformed("kind");
    }
  };

  #join(message: Message): Answer {
    const grant = this.#member.join(message);
    const { jobId, random } = this.#member;
    const partitions = grant
      .bytesList("partitionKeys", 32)
      .map((key, partition) => beginOneWay(exchangePublicKey(key), cellPrologue(jobId, partition), random));
    this.#grant = {
      countsKey: grant.bytes("countsKey", 32),
      partitions,
      writer: new PairWriter(partitions.length, grant.bytes("seed", 16)),
      tools: grantedTools(this.#member.policy, grant),
      diagnostics: new Diagnostics(grant.records("readers"), this.#member),
    };
    return { body: {} };
  }

  #map(message: Message): Answer {
    const grant = this.#grant ?? outOfOrder();
    this.#work = undefined;
    const task = parseTaskGrant(this.#member.open(partAt(message, 0)));
    const input = inputNamed(this.#member.policy, task.input);
    if (input === undefined) throw malformed("task");
    const realm = grant.diagnostics.around(task.task, () => {
      const granted = withSeed(this.#member.policy, grant.tools, task.work);
      return this.#realmFor(realmOptions(this.#member, input.format, granted));
    });
    if (this.#before?.owner === task.owner) realm.expect?.(this.#before.size);
    grant.writer.clear(); // of a task before, which may have failed half-way
    return this.#take({ grant, task, input, realm, next: 0 }, message.parts.slice(1), message.body.has("more"));
  }

  /** Chunks come in order, each once. A task that failed, or that another one was begun after, is of no use any more. */
  #more(message: Message): Answer {
    const work = this.#work ?? outOfOrder();
    this.#work = undefined;
    return this.#take(work, message.parts, message.body.has("more"));
  }

  #take(work: Work, chunks: readonly Uint8Array[], more: boolean): Answer {
    const { grant, task, realm } = work;
    const last = work.next + chunks.length;
    if (more ? last >= task.chunks.length : last !== task.chunks.length) {
      throw new SealfoldError("CHUNK_ALTERED", "chunks of the task are missing, or too many");
    }
    grant.diagnostics.around(task.task, () => {
      grant.diagnostics.watch(realm);
      for (const chunk of chunks) this.#mapChunk(work, chunk);
      if (more) return;
      realm.drainPacked((pairs, share) => {
        grant.writer.addPacked(pairs, share);
        this.#member.pulse();
      });
    });
    if (!more) return { ...this.#commit(work), memory: chunks };
    this.#work = work;
    return { body: {}, memory: chunks };
  }

  #mapChunk(work: Work, sealed: Uint8Array): void {
    const { task, input, realm } = work;
    const { index, key, leaf } = task.chunks[work.next++] ?? outOfOrder();
    const name = { owner: task.owner, input: task.input, epoch: task.epoch, index };
    const length = plaintextLength(name, sealed);
    expectChunkBytes(input, length);
    const kept = realm.place?.(length);
    const plain = kept ?? this.#plain.take(length);
    openChunkInto({ key, name }, sealed, plain); // not where it lies: that memory goes back
    if (!equalBytes(chunkLeaf({ key, name }, plain), leaf)) {
      plain.fill(0); // no program may read what its owner did not commit to
      throw new SealfoldError("CHUNK_ALTERED", undefined, { task: task.task, party: task.owner });
    }
    key.fill(0);
    realm.mapChunk(plain);
    if (kept === undefined) this.#plain.give(plain);
  }

  /**
   * A fresh realm for each task, so that nothing stays from one owner's records to the next's; where the policy lets the
   * program keep state, one realm for all tasks of this sandbox.
   */
  #realmFor(options: RealmOptions): ProgramRealm {
    if (this.#member.policy.document.stages[0].state === "perTask") return this.#program.open(options);
    if (this.#kept === undefined) this.#kept = this.#program.open(options);
    else this.#kept.renew(options);
    return this.#kept;
  }

  #commit({ grant, task, realm }: Work): Answer {
    const { policy, jobId, certId, random, identity } = this.#member;
    const counters = expectCounters(policy, realm);
    const attempt = random(16); // drawn inside: nobody picks among attempts by their number
    const streams = grant.writer.finish();
    this.#before = { owner: task.owner, size: sizeOfPairs(streams) };
    const batches = cellBatches(streams); // the same for every partition: sizes do not tell which is full
    const cells = streams.map((stream, partition) => {
      this.#member.pulse();
      const place: CellPlace = { jobId, task: task.task, attempt, partition };
      const sender = grant.partitions[partition] ?? outOfOrder();
      const key = sender.key(context("cell", jobId, task.task, attempt, partition));
      const sealed = sealCell(key, place, stream, batches);
      key.fill(0);
      return { handshake: sender.message, sealed };
    });
    const manifest: MapManifest = {
      jobId: toBase64url(jobId),
      task: task.task,
      attempt: toBase64url(attempt),
      certId: toBase64url(certId),
      inputs: {
        owner: task.owner,
        input: task.input,
        first: task.first,
        count: task.chunks.length,
        roots: task.roots.map(toBase64url),
      },
      outputs: cells.map(({ handshake, sealed }, partition) => ({
        partition,
        batches,
        digest: toBase64url(sha256(handshake, sealed)),
      })),
      counts: toBase64url(
        sealCounts(grant.countsKey, { jobId, certId, attempt }, [
          realm.records,
          realm.skipped,
          ...grant.writer.counts,
          ...counters,
        ]),
      ),
    };
    const parts = cells.flatMap(({ handshake, sealed }) => [Uint8Array.from(handshake), sealed]);
    return { body: { manifest: signManifest("map manifest", manifest, identity) }, parts };
  }
}

function parseTaskGrant(grant: Body): TaskGrant {
  const chunks = grant.records("chunks").map((chunk) => ({
    index: chunk.integer("index"),
    key: chunk.bytes("key", 32),
    leaf: digest(chunk.bytes("leaf", 32)),
  }));
  const first = chunks[0]?.index ?? 0;
  return {
    task: grant.integer("task"),
    owner: grant.text("owner"),
    input: grant.text("input"),
    epoch: grant.integer("epoch"),
    work: grant,
    first,
    chunks,
    roots: subtreeRoots(
      first,
      chunks.map(({ leaf }) => leaf),
    ),
  };
}
