/**
 * A reducer: takes exactly the commit set's cells of its partition, merges them in plan order, applies the outputs'
 * thresholds, and seals each output under its result key, which nobody has before the release. Where the program may
 * narrow the policy, it seals nothing before it knows what the program narrowed in all partitions.
 */

import { equalBytes, fromBase64url, toBase64url } from "../../crypto/bytes.ts";
import { context } from "../../crypto/context.ts";
import { ExchangeKey } from "../../crypto/exchange.ts";
import { digest, type Digest, hkdf, sha256 } from "../../crypto/hash.ts";
import { Buffers } from "../../crypto/memory.ts";
import { verifyingKey, type VerifyingKey } from "../../crypto/signature.ts";
import { acceptOneWay } from "../../channel/one-way.ts";
import { openCell } from "../../data/cells.ts";
import { sealOutput } from "../../data/output.ts";
import { canonicalJson } from "../../data/canonical.ts";
import type { Signed } from "../../data/signed.ts";
import { SealfoldError } from "../../errors.ts";
import { cellPrologue } from "../../identity/channel-binding.ts";
import type { Attester } from "../../identity/platform.ts";
import { type Narrowing, narrowPolicy, noNarrowing, parseNarrowing } from "../../policy/narrow.ts";
import type { Policy } from "../../policy/policy.ts";
import { grants } from "../../policy/questions.ts";
import { checkMapManifests, commitSetHash } from "../../proof/commit-set.ts";
import { jobId as deriveJobId } from "../../proof/ids.ts";
import { type MapManifest, parseMapManifest, type ReduceManifest, signManifest } from "../../proof/manifest.ts";
import { joinAll } from "../../proof/narrowing.ts";
import { parsePlan, type PlanDocument } from "../../proof/plan.ts";
import { type Body, malformed, type Message, partAt } from "../message.ts";
import type { OpenableProgram, PackedVisitor, ProgramRealm, ToolsGrant } from "../realm/program-realm.ts";
import type { Answer } from "../serve.ts";
import { expectCounters, sealCounts } from "./counts.ts";
import { Diagnostics } from "./diagnostics.ts";
import { grantedTools, withSeed } from "./granted-tools.ts";
import { Member, outOfOrder, realmOptions, type Surroundings } from "./member.ts";
import { openProgram } from "./open-program.ts";
import { OutputWriters } from "./output-writers.ts";
import { narrowingOf } from "./program-narrowing.ts";
import { releasedKey } from "./released-key.ts";

interface Grant {
  readonly queryId: Digest;
  readonly countsKey: Uint8Array;
  readonly partitionKey: ExchangeKey;
  readonly resultKeys: ReadonlyMap<string, Uint8Array>;
  readonly granted: { readonly tools?: ToolsGrant };
  readonly diagnostics: Diagnostics;
}

/** The commit set that is being reduced, and how far. */
interface Reduction {
  readonly plan: PlanDocument;
  readonly manifests: readonly Signed<MapManifest>[];
  readonly commitSet: Digest;
  readonly realm: ProgramRealm;
  next: number;
  pairs: number;
}

/** A partition whose program has finished, before it is known what was narrowed in the others. */
interface Held {
  readonly reduction: Reduction;
  readonly counters: readonly number[];
  readonly narrowed: Narrowing;
  /** Packed. */
  readonly results: readonly Uint8Array[];
}

/** What is about to be sealed and signed. */
interface Sealable {
  readonly reduction: Reduction;
  readonly counters: readonly number[];
  readonly narrowed: Narrowing;
  readonly applied: Narrowing;
  readonly writers: OutputWriters;
}

export class Reducer {
  readonly #member: Member;
  readonly #program: OpenableProgram;
  /** What cells are opened into, one after the other. */
  readonly #opened = new Buffers(1);
  #grant: Grant | undefined;
  #reduction: Reduction | undefined;
  #held: Held | undefined;

  /** @throws {SealfoldError} POLICY_*, PROGRAM_MEASUREMENT */
  static open(message: Message, attester: Attester, surroundings?: Surroundings): Reducer {
    const member = new Member(message, "reducer", attester, surroundings);
    return new Reducer(member, openProgram(member.policy, "reduce", partAt(message, 1)));
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
      case "reduce":
        return this.#begin(message);
      case "cell":
        return this.#merge(message);
      case "finish":
        return this.#finish();
      case "seal":
        return this.#sealHeld(message);
      default:
        throw malformed("kind");
    }
  };

  #join(message: Message): Answer {
    const grant = this.#member.join(message);
    const keys = grant.record("resultKeys");
    this.#grant = {
      queryId: digest(grant.bytes("queryId", 32)),
      countsKey: grant.bytes("countsKey", 32),
      partitionKey: ExchangeKey.fromSecret(grant.bytes("partitionKey", 32)),
      resultKeys: new Map(this.#member.policy.document.outputs.map(({ name }) => [name, keys.bytes(name, 32)])),
      granted: withSeed(this.#member.policy, grantedTools(this.#member.policy, grant), grant),
      diagnostics: new Diagnostics(grant.records("readers"), this.#member),
    };
    return { body: {} };
  }

  /** A reducer whose announced set is not the final one starts over: a new set replaces the one before. */
  #begin(message: Message): Answer {
    if (this.#grant === undefined) outOfOrder();
    const signers = parseSigners(this.#member.open(partAt(message, 0)).records("mappers"));
    const { jobId } = this.#member;
    const plan = parsePlan(message.body.document("plan"));
    if (!equalBytes(deriveJobId(this.#grant.queryId, plan), jobId))
      throw new SealfoldError("PLAN", "this is another job's plan");
    const manifests = message.body.list("manifests").map(parseMapManifest);
    checkMapManifests({ jobId, plan }, manifests, (certId) => signers.get(toBase64url(certId)));
    this.#held = undefined;
    this.#reduction = {
      plan,
      manifests,
      commitSet: commitSetHash(jobId, manifests),
      realm: this.#grant.diagnostics.around(undefined, () =>
        this.#program.open(realmOptions(this.#member, { kind: "json" }, this.#grant?.granted ?? {})),
      ),
      next: 0,
      pairs: 0,
    };
    return { body: { commitSet: toBase64url(this.#reduction.commitSet) } };
  }

  /** Cells come in plan order, each once: the next one or nothing. What was merged in part is of no use any more. */
  #merge(message: Message): Answer {
    const [grant, reduction] = this.#working();
    const manifest = reduction.manifests[reduction.next]?.document;
    if (manifest === undefined) throw new SealfoldError("BATCH_ALTERED", "more map outputs than the commit set names");
    const sealed = partAt(message, 1);
    const stream = this.#openCell(manifest, partAt(message, 0), sealed, grant);
    this.#reduction = undefined;
    const owner = reduction.plan.tasks[manifest.task]?.owner ?? "";
    grant.diagnostics.around(undefined, () => {
      grant.diagnostics.watch(reduction.realm);
      reduction.pairs += reduction.realm.mergePacked(stream, owner);
    });
    this.#opened.give(stream);
    reduction.next += 1;
    this.#reduction = reduction;
    return { body: {}, memory: [sealed] };
  }

  #openCell(manifest: MapManifest, handshake: Uint8Array, sealed: Uint8Array, grant: Grant): Uint8Array {
    const { jobId, index: partition } = this.#member;
    const output = manifest.outputs[partition];
    if (output === undefined || !equalBytes(sha256(handshake, sealed), fromBase64url(output.digest, 32))) {
      throw new SealfoldError("BATCH_ALTERED", undefined, { stage: "reducer", task: manifest.task });
    }
    const attempt = fromBase64url(manifest.attempt, 16);
    const receiver = acceptOneWay(grant.partitionKey, cellPrologue(jobId, partition), handshake);
    const key = receiver.key(context("cell", jobId, manifest.task, attempt, partition));
    receiver.destroy();
    const place = { jobId, task: manifest.task, attempt, partition };
    return openCell({ key, place, memory: (length) => this.#opened.take(length) }, sealed, output.batches);
  }

  /** Runs the program to its end. Where it may narrow, what comes of it waits for the other partitions. */
  #finish(): Answer {
    const [grant, reduction] = this.#working();
    if (reduction.next !== reduction.manifests.length) {
      throw new SealfoldError("BATCH_ALTERED", "map outputs of the commit set are missing", { stage: "reducer" });
    }
    this.#reduction = undefined;
    const { policy } = this.#member;
    if (grants(policy, "policy.narrow")) {
      const results: Uint8Array[] = [];
      this.#held = { ...this.#run(grant, reduction, (packed) => results.push(packed.slice())), results };
      return { body: { narrowed: this.#held.narrowed } };
    }
    const writers = new OutputWriters(policy.document.outputs);
    const ran = this.#run(grant, reduction, (packed, share) => writers.addPacked(packed, share));
    return this.#seal(grant, { ...ran, applied: noNarrowing, writers });
  }

  #run(grant: Grant, reduction: Reduction, take: PackedVisitor): Omit<Held, "results"> {
    const { policy, pulse } = this.#member;
    const { realm } = reduction;
    return grant.diagnostics.around(undefined, () => {
      grant.diagnostics.watch(realm);
      realm.finishPacked((packed, share) => {
        take(packed, share);
        pulse();
      });
      return { reduction, counters: expectCounters(policy, realm), narrowed: narrowingOf(policy, realm) };
    });
  }

  /**
   * What the coordinator says of the other partitions is believed here and checked at the release, which gives a key to
   * nothing but what was sealed under the true join; of this partition it is checked here too.
   */
  #sealHeld({ body }: Message): Answer {
    if (this.#grant === undefined || this.#held === undefined) outOfOrder();
    const { results, ...held } = this.#held;
    const { document } = this.#member.policy;
    const told = body.list("narrowings");
    if (told.length !== held.reduction.plan.partitions)
      throw new SealfoldError("NARROWING", undefined, { stage: "reducer" });
    const narrowings = told.map((value) => toldNarrowing(document, value));
    if (canonicalJson(narrowings[this.#member.index] ?? {}) !== canonicalJson(held.narrowed)) {
      throw new SealfoldError("NARROWING", undefined, { stage: "reducer" });
    }
    this.#held = undefined;
    const applied = joinAll(narrowings);
    const writers = new OutputWriters(narrowPolicy(document, applied).outputs);
    for (const [index, packed] of results.entries()) writers.addPacked(packed, (index + 1) / results.length);
    return this.#seal(this.#grant, { ...held, applied, writers });
  }

  #seal(grant: Grant, { reduction, counters, narrowed, applied, writers }: Sealable): Answer {
    const { jobId, certId, random, identity, pulse, index: partition } = this.#member;
    const { commitSet } = reduction;
    const attempt = random(16);
    const outputs = writers.finish().map(({ name, stream, memory }) => {
      pulse();
      const resultKey = grant.resultKeys.get(name) ?? outOfOrder();
      const released = releasedKey(resultKey, name, { jobId, commitSet, narrowing: applied });
      const key = hkdf(released, context("output", jobId, name, partition, attempt));
      const sealed = sealOutput({ key, place: { jobId, output: name, partition, attempt }, memory }, stream);
      released.fill(0);
      key.fill(0);
      return { name, sealed };
    });
    const manifest: ReduceManifest = {
      jobId: toBase64url(jobId),
      partition,
      attempt: toBase64url(attempt),
      certId: toBase64url(certId),
      commitSet: toBase64url(commitSet),
      outputs: outputs.map(({ name, sealed }) => ({ name, digest: toBase64url(sha256(sealed)) })),
      counts: toBase64url(sealCounts(grant.countsKey, { jobId, certId, attempt }, [reduction.pairs, ...counters])),
      narrowed,
      applied,
    };
    return {
      body: { manifest: signManifest("reduce manifest", manifest, identity) },
      parts: outputs.map(({ sealed }) => sealed),
      given: true,
    };
  }

  #working(): readonly [Grant, Reduction] {
    if (this.#grant === undefined || this.#reduction === undefined) outOfOrder();
    return [this.#grant, this.#reduction];
  }
}

function parseSigners(mappers: readonly Body[]): ReadonlyMap<string, VerifyingKey> {
  return new Map(mappers.map((mapper) => [mapper.text("certId"), verifyingKey(mapper.bytes("key", 32))]));
}

function toldNarrowing(document: Policy["document"], value: unknown): Narrowing {
  try {
    return parseNarrowing(document, value);
  } catch {
    throw malformed("narrowings"); // made by nobody who holds a key of this job
  }
}
