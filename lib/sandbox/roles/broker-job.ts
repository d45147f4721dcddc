/**
 * One job as the broker sees it: who was admitted to it, which keys each may have, and its release. Keys belong to
 * chunks and partitions, not to sandboxes, so a successor with new evidence gets the same ones.
 */

import { fromBase64url, toBase64url } from "../../crypto/bytes.ts";
import { context } from "../../crypto/context.ts";
import { ExchangeKey } from "../../crypto/exchange.ts";
import { digest, type Digest, hkdf } from "../../crypto/hash.ts";
import type { VerifyingKey } from "../../crypto/signature.ts";
import { respond } from "../../channel/handshake.ts";
import { chunkKey } from "../../data/chunk.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import { appraise } from "../../identity/appraise.ts";
import { memberPrologue } from "../../identity/channel-binding.ts";
import { certificateId, type Role } from "../../identity/evidence.ts";
import { type Admission, parseAdmission, signAdmission, verifyAdmission } from "../../proof/admission.ts";
import { encodeBody, encodeBytes, malformed, type Message, partAt } from "../message.ts";
import type { Answer } from "../serve.ts";
import type { BrokerState } from "./broker-state.ts";
import { countsKey } from "./counts.ts";
import { type AdmittedMember, JobMembers, type Signer } from "./job-members.ts";
import { type JobTerms, openTerms } from "./job-terms.ts";
import { JobTools } from "./job-tools.ts";
import { release } from "./release.ts";

export class BrokerJob {
  readonly terms: JobTerms;
  readonly #state: BrokerState;
  readonly #secret: Uint8Array;
  readonly #tools: JobTools;
  readonly #members: JobMembers;

  /** @throws {SealfoldError} REQUEST, COMMITMENT, PLAN, NOT_READY, DENIED_CAP */
  static open(message: Message, state: BrokerState): BrokerJob {
    const terms = openTerms(message, state);
    state.memory.ledger.expectReleasable(terms.queryId, terms.requests);
    return new BrokerJob(terms, state, message.body.list("admissions").map(parseAdmission));
  }

  private constructor(terms: JobTerms, state: BrokerState, admissions: readonly Admission[]) {
    this.terms = terms;
    this.#state = state;
    this.#secret = hkdf(state.memory.secret, context("job", terms.jobId));
    this.#tools = new JobTools(state, terms.queryId, admissions[0]?.document.minute);
    this.#members = new JobMembers(state.policy, this.#admittedBefore(admissions));
  }

  get id(): Digest {
    return this.terms.jobId;
  }

  /** Whether a sandbox was admitted that has not ended. */
  get isAtWork(): boolean {
    return this.#members.isAtWork;
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
        this.#members.retire(message);
        return { body: {} };
      default:
        throw malformed("kind");
    }
  }

  /** @returns the signing key of an admitted sandbox in `role`, and for `partition` where given, or `undefined`. */
  signerOf(certId: Uint8Array, role: Role, partition?: number): VerifyingKey | undefined {
    return this.#members.signerOf(certId, role, partition);
  }

  countsKeyOf(certId: Digest): Uint8Array {
    return countsKey(this.#secret, certId);
  }

  resultKey(output: string): Uint8Array {
    return hkdf(this.#secret, context("result key", output));
  }

  /** All under one clock and with the same keys: what programs made of others cannot be put together. */
  #admittedBefore(admissions: readonly Admission[]): readonly Signer[] {
    const { policy, memory } = this.#state;
    const given = { minute: this.#tools.minute, keys: encodeBytes(this.#tools.keysDigest) };
    return admissions.map((admission) => {
      const { certId, role, index, minute, keys } = admission.document;
      const signingKey = verifyAdmission(admission, { policyHash: policy.hash, jobId: this.id }, memory.lineage);
      if (minute === given.minute && keys === given.keys) {
        return { certId: digest(fromBase64url(certId, 32)), role, index, signingKey };
      }
      throw new SealfoldError("BROKER_STATE", "a sandbox was admitted with another clock or other keys");
    });
  }

  async release(message: Message): Promise<Answer> {
    const { final, evidence } = await release(message, this, this.#state);
    return { body: { final, evidence } };
  }

  /** Overwrites the job's secrets: no sandbox gets a key of it any more. */
  close(): void {
    this.#secret.fill(0);
    this.#tools.close();
    this.#members.close();
  }

  #challenge(): Answer {
    return { body: { nonce: encodeBytes(this.#members.challenge(this.#state.random)) } };
  }

  async #admit({ body }: Message): Promise<Answer> {
    const { policy, clock, attest, identity } = this.#state;
    const nonce = this.#members.takeChallenge(body.bytes("challenge", 32));
    const role = memberRole(body.text("role"));
    this.#members.expectRoom(role);
    const attested = appraise(body.text("evidence"), { policy, role, nonce, jobId: this.id, now: clock() });
    const own = await attest(body.bytes("nonce", 32));
    this.#members.admit(attested, certificateId(own));
    const certId = encodeBytes(attested.certId);
    const admission = signAdmission(
      {
        policyHash: encodeBytes(policy.hash),
        jobId: encodeBytes(this.id),
        certId,
        role,
        index: attested.index,
        key: encodeBytes(attested.signingKey),
        minute: this.#tools.minute,
        keys: encodeBytes(this.#tools.keysDigest),
      },
      identity,
    );
    return { body: { evidence: own, certId, admission } };
  }

  #handshake(message: Message): Answer {
    const member = this.#members.of(message);
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
      seed: encodeBytes(hkdf(this.#state.memory.secret, context("partition", this.queryId), 16)),
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
    const { attested, transport } = this.#members.channelOf(message, "mapper");
    const index = message.body.integer("task");
    const task = this.terms.plan.tasks[index];
    if (attested.role !== "mapper" || task === undefined) throw malformed("task");
    const epoch = this.terms.epochOf(task.input);
    const dataKey = this.#state.memory.dataKey(task.owner, task.input, epoch);
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
    const { transport } = this.#members.channelOf(message, "reducer");
    const mappers = this.#members.mappers.map(({ certId, signingKey }) => ({
      certId: toBase64url(certId),
      key: toBase64url(signingKey),
    }));
    return { body: {}, parts: [transport.sendLong(encodeBody({ mappers }))] };
  }
}

function memberRole(role: string): "mapper" | "reducer" {
  if (role !== "mapper" && role !== "reducer") throw malformed("role");
  return role;
}
