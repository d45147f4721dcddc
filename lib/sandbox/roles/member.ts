/**
 * What mappers and reducers share: their keys, mutual attestation with the broker, and the channel that comes of it.
 *
 * 1. `attest`: the broker's nonce in, own evidence and own nonce out;
 * 2. `trust`: the broker's evidence for that nonce in, message 1 of Noise KK out;
 * 3. `join`: message 2 and the broker's first sealed grant in.
 */

import { fromBase64url, type RandomSource } from "../../crypto/bytes.ts";
import { ExchangeKey } from "../../crypto/exchange.ts";
import { type Digest, digest } from "../../crypto/hash.ts";
import { systemRandom } from "../../crypto/random.ts";
import { SigningKey } from "../../crypto/signature.ts";
import type { RecordFormat } from "../../data/format.ts";
import { type Handshake, initiate } from "../../channel/handshake.ts";
import type { Transport } from "../../channel/transport.ts";
import { appraise } from "../../identity/appraise.ts";
import { memberPrologue } from "../../identity/channel-binding.ts";
import { certificateId, makeEvidence, type Role } from "../../identity/evidence.ts";
import type { Attester } from "../../identity/platform.ts";
import { type Policy, parsePolicy } from "../../policy/policy.ts";
import { programLimits, programMeasurement } from "../../policy/questions.ts";
import { type Body, encodeBytes, malformed, type Message, parseBody, partAt } from "../message.ts";
import type { RealmOptions, ToolsGrant } from "../realm/program-realm.ts";
import type { Answer } from "../serve.ts";
import { systemSeconds } from "../clock.ts";

/** What a role is given by its thread, and a seam of time and chance for tests. */
export interface Surroundings {
  /** Called between batches of records. */
  readonly pulse?: () => void;
  readonly random?: RandomSource;
  /** @returns seconds since 1970 */
  readonly clock?: () => number;
}

export class Member {
  readonly policy: Policy;
  readonly role: Role;
  readonly index: number;
  readonly random: RandomSource;
  readonly pulse: () => void;
  readonly #clock: () => number;
  readonly #attester: Attester;
  readonly #identity: SigningKey;
  readonly #channelKey: ExchangeKey;
  #jobId: Digest | undefined;
  #certId: Digest | undefined;
  #nonce: Uint8Array | undefined;
  #handshake: Handshake | undefined;
  #transport: Transport | undefined;

  constructor(message: Message, role: Role, attester: Attester, { random, clock, pulse }: Surroundings = {}) {
    this.role = role;
    this.index = message.body.integer("index", 65535);
    this.policy = parsePolicy(partAt(message, 0));
    this.random = random ?? systemRandom;
    this.pulse = pulse ?? (() => undefined);
    this.#clock = clock ?? systemSeconds;
    this.#attester = attester;
    this.#identity = SigningKey.generate(this.random);
    this.#channelKey = ExchangeKey.generate(this.random);
  }

  /** Set once the evidence is made. */
  get certId(): Digest {
    if (this.#certId === undefined) outOfOrder();
    return this.#certId;
  }

  get jobId(): Digest {
    if (this.#jobId === undefined) outOfOrder();
    return this.#jobId;
  }

  get identity(): SigningKey {
    return this.#identity;
  }

  async attest({ body }: Message): Promise<Answer> {
    if (this.#certId !== undefined) outOfOrder();
    const jobId = digest(body.bytes("jobId", 32));
    const own = this.random(32);
    const evidence = await makeEvidence(
      {
        role: this.role,
        index: this.index,
        nonce: body.bytes("nonce", 32),
        policyHash: this.policy.hash,
        programHash: digest(
          fromBase64url(programMeasurement(this.policy, this.role === "mapper" ? "map" : "reduce"), 32),
        ),
        jobId,
        signingKey: this.#identity.publicKey,
        channelKey: this.#channelKey.publicKey,
        issuedAt: this.#clock(),
        lifetime: this.policy.document.runtime.evidenceSeconds,
      },
      this.#identity,
      this.#attester,
    );
    this.#jobId = jobId;
    this.#nonce = own;
    this.#certId = certificateId(evidence);
    return { body: { evidence, nonce: encodeBytes(own) } };
  }

  /** The broker's evidence must answer this member's nonce: only then does a handshake begin. */
  trust({ body }: Message): Answer {
    if (this.#nonce === undefined || this.#handshake !== undefined) outOfOrder();
    const broker = appraise(body.document("evidence"), {
      policy: this.policy,
      role: "broker",
      nonce: this.#nonce,
      now: this.#clock(),
    });
    this.#handshake = initiate({
      pattern: "KK",
      prologue: memberPrologue(this.policy.hash, this.jobId, broker.certId, this.certId),
      staticKey: this.#channelKey,
      remoteStatic: broker.channelKey,
      random: this.random,
    });
    return { body: {}, parts: [this.#handshake.writeMessage()] };
  }

  /** @returns the broker's first grant. */
  join(message: Message): Body {
    if (this.#handshake === undefined || this.#transport !== undefined) outOfOrder();
    this.#handshake.readMessage(partAt(message, 0));
    this.#transport = this.#handshake.finish();
    return this.open(partAt(message, 1));
  }

  /** Opens what the broker sealed to this sandbox. */
  open(sealed: Uint8Array): Body {
    if (this.#transport === undefined) outOfOrder();
    return parseBody(this.#transport.receiveLong(sealed));
  }
}

/** @returns what a realm is opened with for this member's policy. */
export function realmOptions(
  { policy, pulse }: Member,
  format: RecordFormat,
  granted: { readonly tools?: ToolsGrant },
): RealmOptions {
  const { memoryMiB } = policy.document.limits;
  return { format, limits: programLimits(policy), memoryMiB, pulse, ...granted };
}

/** The coordinator said something before its time, or twice. */
export function outOfOrder(): never {
  throw malformed("order");
}
