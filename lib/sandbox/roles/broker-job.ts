/**
 * One job as the broker sees it: who was admitted to it, which keys each may have, and its release. Keys belong to
 * chunks and partitions, not to sandboxes, so a successor with new evidence gets the same ones.
 */

import { toBase64url, toHex } from "../../crypto/bytes.ts";
import { context } from "../../crypto/context.ts";
import { ExchangeKey } from "../../crypto/exchange.ts";
import { type Digest, hkdf } from "../../crypto/hash.ts";
import type { VerifyingKey } from "../../crypto/signature.ts";
import { respond } from "../../channel/handshake.ts";
import type { Transport } from "../../channel/transport.ts";
import { chunkKey } from "../../data/chunk.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import { appraise, type Attested } from "../../identity/appraise.ts";
import { memberPrologue } from "../../identity/channel-binding.ts";
import { certificateId, type Role } from "../../identity/evidence.ts";
import { expectSandboxes } from "../../policy/questions.ts";
import { encodeBody, encodeBytes, malformed, type Message, partAt } from "../message.ts";
import type { Answer } from "../serve.ts";
import type { BrokerState } from "./broker-state.ts";
import { countsKey } from "./counts.ts";
import { type JobTerms, openTerms } from "./job-terms.ts";
import { JobTools } from "./job-tools.ts";
import { release } from "./release.ts";

/** Challenges that may be open at once; the oldest gives way. */
const maxChallenges = 1024;
/** Sandboxes that may ever be admitted to one job, those that have ended included. */
const maxMembers = 65_536;

/** An admitted sandbox. It keeps its place in the receipt when it has ended; its channel it loses. */
export interface AdmittedMember {
  readonly attested: Attested;
  readonly brokerCertId: Digest;
  transport?: Transport;
  ended: boolean;
}

export class BrokerJob {
  readonly terms: JobTerms;
  readonly #state: BrokerState;
  readonly #secret: Uint8Array;
  readonly #tools: JobTools;
  readonly #challenges = new Map<string, Uint8Array>();
  readonly #members = new Map<string, AdmittedMember>();

  /** @throws {SealfoldError} REQUEST, COMMITMENT, PLAN, NOT_READY, DENIED_CAP */
  static open(message: Message, state: BrokerState): BrokerJob {
    const terms = openTerms(message, state);
    state.ledger.expectReleasable(terms.queryId);
    return new BrokerJob(terms, state);
  }

  private constructor(terms: JobTerms, state: BrokerState) {
    this.terms = terms;
    this.#state = state;
    this.#secret = hkdf(state.secret, context("job", terms.jobId));
    this.#tools = new JobTools(state, terms.queryId);
  }

  get id(): Digest {
    return this.terms.jobId;
  }

  /** Records of the job that the program may fail on. */
  get badRecords(): number {
    return this.#state.policy.document.limits.badRecords;
  }

  /** How many counters the policy names. */
  get counters(): number {
    return this.#state.policy.document.counters.length;
  }

  get queryId(): Digest {
    return this.terms.queryId;
  }

  handle(message: Message): Answer | Promise<Answer> {
    switch (message.kind) {
      case "challenge":
        return this.#challenge();
      case "admit":
        return this.#admit(message);
      case "handshake":
        return this.#handshake(message);
      case "task":
        return this.#grantTask(message);
      case "members":
        return this.#grantMembers(message);
      case "retire":
        return this.#retire(message);
      default:
        throw malformed("kind");
    }
  }

  /** @returns the signing key of an admitted sandbox in `role`, and for `partition` where given, or `undefined`. */
  signerOf(certId: Uint8Array, role: Role, partition?: number): VerifyingKey | undefined {
    const attested = this.#members.get(toHex(certId))?.attested;
    if (attested?.role !== role || (partition !== undefined && attested.index !== partition)) return undefined;
    return attested.signingKey;
  }

  countsKeyOf(certId: Digest): Uint8Array {
    return countsKey(this.#secret, certId);
  }

  resultKey(output: string): Uint8Array {
    return hkdf(this.#secret, context("result key", output));
  }

  async release(message: Message): Promise<Answer> {
    const { final, evidence } = await release(message, this, this.#state);
    return { body: { final, evidence } };
  }

  /** Overwrites the job's secrets: no sandbox gets a key of it any more. */
  close(): void {
    this.#secret.fill(0);
    this.#tools.close();
    for (const { transport } of this.#members.values()) transport?.close();
    this.#members.clear();
  }

  #challenge(): Answer {
    const nonce = this.#state.random(32);
    const [oldest] = this.#challenges.keys();
    if (this.#challenges.size >= maxChallenges && oldest !== undefined) this.#challenges.delete(oldest);
    this.#challenges.set(toHex(nonce), nonce);
    return { body: { nonce: encodeBytes(nonce) } };
  }

  async #admit({ body }: Message): Promise<Answer> {
    const asked = body.bytes("challenge", 32);
    const nonce = this.#challenges.get(toHex(asked));
    if (nonce === undefined) throw new SealfoldError("EVIDENCE_NONCE");
    this.#challenges.delete(toHex(asked)); // a challenge is answered once
    const role = memberRole(body.text("role"));
    this.#expectRoom(role);
    const evidence = body.text("evidence");
    const attested = appraise(evidence, {
      policy: this.#state.policy,
      role,
      nonce,
      jobId: this.id,
      now: this.#state.clock(),
    });
    const own = await this.#state.attest(body.bytes("nonce", 32));
    this.#members.set(toHex(attested.certId), { attested, brokerCertId: certificateId(own), ended: false });
    return { body: { evidence: own, certId: encodeBytes(attested.certId) } };
  }

  #handshake(message: Message): Answer {
    const member = this.#memberOf(message);
    if (member.transport !== undefined) throw malformed("order");
    const { policy, channelKey, random } = this.#state;
    const { attested } = member;
    const handshake = respond({
      pattern: "KK",
      prologue: memberPrologue(policy.hash, this.id, member.brokerCertId, attested.certId),
      staticKey: channelKey,
      remoteStatic: attested.channelKey,
      random,
    });
    handshake.readMessage(partAt(message, 0));
    const answer = handshake.writeMessage();
    member.transport = handshake.finish();
    const grant = attested.role === "mapper" ? this.#mapperGrant(member) : this.#reducerGrant(member);
    return { body: {}, parts: [answer, member.transport.sendLong(encodeBody(grant))] };
  }

  #mapperGrant({ attested }: AdmittedMember): { readonly [field: string]: Json } {
    const partitions = Array.from({ length: this.terms.plan.partitions }, (_, r) => this.#partitionKey(r));
    return {
      ...this.#memberGrant(attested.certId),
      seed: encodeBytes(hkdf(this.#state.secret, context("partition", this.queryId), 16)),
      partitionKeys: partitions.map((key) => encodeBytes(key.publicKey)),
    };
  }

  #reducerGrant({ attested }: AdmittedMember): { readonly [field: string]: Json } {
    if (attested.index >= this.terms.plan.partitions) throw new SealfoldError("DENIED_CAP", "no such partition");
    const outputs = this.#state.policy.document.outputs.map(({ name }) => [name, encodeBytes(this.resultKey(name))]);
    return {
      ...this.#memberGrant(attested.certId),
      ...this.#tools.partitionSeed(attested.index, this.terms.plan.partitions),
      queryId: encodeBytes(this.queryId),
      partitionKey: encodeBytes(this.#partitionKey(attested.index).exportSecret()),
      resultKeys: Object.fromEntries(outputs) as { readonly [output: string]: string },
    };
  }

  #memberGrant(certId: Digest): { readonly [field: string]: Json } {
    return { countsKey: encodeBytes(this.countsKeyOf(certId)), readers: this.terms.readers, ...this.#tools.grant() };
  }

  #partitionKey(partition: number): ExchangeKey {
    return ExchangeKey.fromSecret(hkdf(this.#secret, context("partition key", partition)));
  }

  /** The chunk keys of one task, and the leaves that its owner committed to. */
  #grantTask(message: Message): Answer {
    const { attested, transport } = this.#channelOf(message, "mapper");
    const index = message.body.integer("task");
    const task = this.terms.plan.tasks[index];
    if (attested.role !== "mapper" || task === undefined) throw malformed("task");
    const epoch = this.terms.epochOf(task.input);
    const dataKey = this.#state.dataKey(task.owner, task.input, epoch);
    if (dataKey === undefined) throw new SealfoldError("NOT_READY", undefined, { party: task.owner });
    const chunks = Array.from({ length: task.count }, (_, i) => {
      const name = { owner: task.owner, input: task.input, epoch, index: task.first + i };
      return {
        index: name.index,
        key: toBase64url(chunkKey(dataKey, name)),
        leaf: toBase64url(this.terms.leaf(task.input, name.index)),
      };
    });
    const grant = { task: index, owner: task.owner, input: task.input, epoch, chunks, ...this.#tools.taskSeed(task) };
    return { body: {}, parts: [transport.sendLong(encodeBody(grant))] };
  }

  /** Which mappers a reducer may believe. */
  #grantMembers(message: Message): Answer {
    const { transport } = this.#channelOf(message, "reducer");
    const mappers = [...this.#members.values()]
      .filter(({ attested }) => attested.role === "mapper")
      .map(({ attested }) => ({ certId: toBase64url(attested.certId), key: toBase64url(attested.signingKey) }));
    return { body: {}, parts: [transport.sendLong(encodeBody({ mappers }))] };
  }

  /** The coordinator says that a sandbox has ended: whatever it says, that one gets no key again. */
  #retire(message: Message): Answer {
    const member = this.#memberOf(message);
    member.ended = true;
    member.transport?.close();
    delete member.transport;
    return { body: {} };
  }

  #memberOf({ body }: Message): AdmittedMember {
    const member = this.#members.get(toHex(body.bytes("certId", 32)));
    if (member === undefined || member.ended)
      throw new SealfoldError("EVIDENCE_BINDING", "this sandbox is not admitted");
    return member;
  }

  #channelOf(message: Message, role: Role): AdmittedMember & { readonly transport: Transport } {
    const member = this.#memberOf(message);
    if (member.transport === undefined || member.attested.role !== role) throw malformed("order");
    return member as AdmittedMember & { readonly transport: Transport };
  }

  #expectRoom(role: "mapper" | "reducer"): void {
    if (this.#members.size >= maxMembers) {
      throw new SealfoldError("DENIED_CAP", `at most ${maxMembers} sandboxes are admitted to a job`);
    }
    const alive = [...this.#members.values()].filter(({ attested, ended }) => attested.role === role && !ended);
    expectSandboxes(this.#state.policy, role, alive.length + 1);
  }
}

function memberRole(role: string): "mapper" | "reducer" {
  if (role !== "mapper" && role !== "reducer") throw malformed("role");
  return role;
}
