/**
 * The broker: itself an attested sandbox. It holds the owners' data keys, says who may join a job, and releases a
 * query's result once. It believes nobody's word: parties are known by the policy's keys, sandboxes by their evidence.
 */

import { ExchangeKey } from "../../crypto/exchange.ts";
import { digest } from "../../crypto/hash.ts";
import { systemRandom } from "../../crypto/random.ts";
import { SigningKey } from "../../crypto/signature.ts";
import { fromBase64url, type RandomSource, toBase64url, toHex } from "../../crypto/bytes.ts";
import { makeEvidence } from "../../identity/evidence.ts";
import type { Attester } from "../../identity/platform.ts";
import { SealfoldError } from "../../errors.ts";
import { type Policy, parsePolicy } from "../../policy/policy.ts";
import { expectInForce, programMeasurement } from "../../policy/questions.ts";
import { verifyPolicySignatures } from "../../policy/sign.ts";
import { systemSeconds } from "../clock.ts";
import { type Body, malformed, type Message, partAt } from "../message.ts";
import type { Answer } from "../serve.ts";
import { BrokerJob } from "./broker-job.ts";
import { BrokerMemory } from "./broker-memory.ts";
import type { BrokerState } from "./broker-state.ts";
import type { Surroundings } from "./member.ts";
import { PartyChannels } from "./party-channels.ts";
import { PartyRequests } from "./party-requests.ts";
import { Recovery } from "./recovery.ts";

/** Jobs that one broker keeps open: a released one is forgotten, and the oldest that has no sandbox gives way. */
const maxJobs = 64;

export class Broker {
  readonly #state: BrokerState;
  readonly #recovery: Recovery;
  readonly #parties: PartyChannels;
  readonly #jobs = new Map<string, BrokerJob>();
  /** Jobs that were forgotten because they were released; the policy says how many there can be. */
  readonly #released = new Set<string>();

  /** @throws {SealfoldError} POLICY_*: a broker serves only a policy in force that all its parties have signed. */
  static open(message: Message, attester: Attester, surroundings: Surroundings = {}): Broker {
    const policy = parsePolicy(partAt(message, 0));
    verifyPolicySignatures(policy, message.body.document("signatures"));
    const clock = surroundings.clock ?? systemSeconds;
    expectInForce(policy, clock());
    return new Broker(policy, attester, surroundings.random ?? systemRandom, clock);
  }

  private constructor(policy: Policy, attester: Attester, random: RandomSource, clock: () => number) {
    const identity = SigningKey.generate(random);
    const channelKey = ExchangeKey.generate(random);
    this.#state = {
      policy,
      random,
      clock,
      identity,
      channelKey,
      memory: BrokerMemory.begin(policy.document.limits.releases, random),
      attest: (nonce) =>
        makeEvidence(
          {
            role: "broker",
            index: 0,
            nonce,
            policyHash: policy.hash,
            programHash: digest(fromBase64url(programMeasurement(policy, "map"), 32)),
            jobId: undefined,
            signingKey: identity.publicKey,
            channelKey: channelKey.publicKey,
            issuedAt: clock(),
            lifetime: policy.document.runtime.evidenceSeconds,
          },
          identity,
          attester,
        ),
    };
    this.#recovery = new Recovery(this.#state);
    this.#parties = new PartyChannels(this.#state, new PartyRequests(this.#state, this.#recovery).obey);
  }

  handle = async (message: Message): Promise<Answer> => {
    const { kind, body } = message;
    switch (kind) {
      case "attest":
        return { body: { evidence: await this.#state.attest(body.bytes("nonce", 32)) } };
      case "open":
        return this.#parties.open(message);
      case "say":
        return this.#parties.say(message);
      case "state":
        return this.#sealState();
      case "restore":
        return this.#restore(message);
      case "standing":
        return { body: this.#standing() };
      case "job":
        return this.#openJob(message);
      case "release":
        return this.#release(message);
      default:
        return this.#jobOf(body).handle(message);
    }
  };

  async #sealState(): Promise<Answer> {
    await this.#recovery.prepare();
    return { body: {}, ...this.#sealedParts() };
  }

  /** The memory as it is now, sealed for a successor; no part where the policy has no recovery. */
  #sealedParts(): { readonly parts: readonly Uint8Array[] } {
    const sealed = this.#recovery.seal();
    return { parts: sealed === undefined ? [] : [sealed] };
  }

  #restore(message: Message): Answer {
    if (this.#jobs.size > 0 || this.#released.size > 0) throw malformed("order");
    this.#recovery.restore(partAt(message, 0));
    return { body: {} };
  }

  /** Who this broker is, whose memory it has, and whose shares it waits for: nothing that is not public. */
  #standing(): Answer["body"] {
    const { identity, memory } = this.#state;
    const { given } = this.#recovery;
    return {
      key: toBase64url(identity.publicKey),
      lineage: memory.lineage.map(toBase64url),
      ...(given && { given }),
    };
  }

  #openJob(message: Message): Answer {
    expectInForce(this.#state.policy, this.#state.clock());
    const job = BrokerJob.open(message, this.#state);
    const id = toHex(job.id);
    if (!this.#jobs.has(id)) {
      if (this.#jobs.size >= maxJobs) this.#forget(this.#oldestIdle());
      this.#jobs.set(id, job);
      this.#recovery.giveUp(); // another memory than the one that this job is of would not know what it releases
    }
    return { body: { jobId: toBase64url(job.id), queryId: toBase64url(job.queryId) } };
  }

  /** @throws {SealfoldError} DENIED_CAP when sandboxes work on every job */
  #oldestIdle(): string {
    for (const [id, job] of this.#jobs) if (!job.isAtWork) return id;
    throw new SealfoldError("DENIED_CAP", `a broker keeps at most ${maxJobs} jobs open`);
  }

  async #release(message: Message): Promise<Answer> {
    const job = this.#jobOf(message.body);
    await this.#recovery.prepare(); // afterwards nothing comes between the release and the state that has it
    const released = await job.release(message);
    const id = toHex(job.id);
    this.#forget(id);
    this.#released.add(id);
    return { ...released, ...this.#sealedParts() };
  }

  /** @throws {SealfoldError} DENIED_RELEASE; POLICY_TIME, for a policy may end while a job runs */
  #jobOf(body: Body): BrokerJob {
    const id = toHex(body.bytes("jobId", 32));
    if (this.#released.has(id)) throw new SealfoldError("DENIED_RELEASE", "this job was released already");
    const job = this.#jobs.get(id);
    if (job === undefined) throw new SealfoldError("NOT_READY", "this job was never opened, or gave way to newer ones");
    expectInForce(this.#state.policy, this.#state.clock());
    return job;
  }

  #forget(id: string): void {
    this.#jobs.get(id)?.close();
    this.#jobs.delete(id);
  }
}
