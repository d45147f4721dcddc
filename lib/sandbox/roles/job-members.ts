/**
 * The sandboxes of one job as its broker knows them: those whose evidence it appraised itself, and those that a
 * predecessor let in, whose manifests count while they themselves get nothing more.
 */

import { type RandomSource, toHex } from "../../crypto/bytes.ts";
import type { Digest } from "../../crypto/hash.ts";
import type { VerifyingKey } from "../../crypto/signature.ts";
import type { Transport } from "../../channel/transport.ts";
import { SealfoldError } from "../../errors.ts";
import type { Attested } from "../../identity/appraise.ts";
import type { Role } from "../../identity/evidence.ts";
import type { Policy } from "../../policy/policy.ts";
import { expectSandboxes } from "../../policy/questions.ts";
import { malformed, type Message } from "../message.ts";

/** Challenges that may be open at once; the oldest gives way. */
const maxChallenges = 1024;
/** Sandboxes that may ever be admitted to one job, those that have ended included. */
const maxMembers = 65_536;

/** Who signs manifests. */
export type Signer = Pick<Attested, "certId" | "role" | "index" | "signingKey">;

/** An admitted sandbox. It keeps its place in the receipt when it has ended; its channel it loses. */
export interface AdmittedMember {
  readonly attested: Attested;
  readonly brokerCertId: Digest;
  transport?: Transport;
  ended: boolean;
}

export class JobMembers {
  readonly #policy: Policy;
  readonly #challenges = new Map<string, Uint8Array>();
  readonly #members = new Map<string, AdmittedMember>();
  /** By certificate, from both kinds of sandboxes. */
  readonly #signers = new Map<string, Signer>();

  /** @param before - who was let in by this broker's predecessors */
  constructor(policy: Policy, before: readonly Signer[]) {
    this.#policy = policy;
    if (before.length > maxMembers) throw tooMany();
    for (const signer of before) this.#signers.set(toHex(signer.certId), signer);
  }

  /** Whether there is one that has not ended. */
  get isAtWork(): boolean {
    return [...this.#members.values()].some(({ ended }) => !ended);
  }

  /** @returns 32 bytes, to be answered once. */
  challenge(random: RandomSource): Uint8Array {
    const nonce = random(32);
    const [oldest] = this.#challenges.keys();
    if (this.#challenges.size >= maxChallenges && oldest !== undefined) this.#challenges.delete(oldest);
    this.#challenges.set(toHex(nonce), nonce);
    return nonce;
  }

  /** @throws {SealfoldError} EVIDENCE_NONCE unless this challenge is open: it is not from here on */
  takeChallenge(asked: Uint8Array): Uint8Array {
    const nonce = this.#challenges.get(toHex(asked));
    if (nonce === undefined) throw new SealfoldError("EVIDENCE_NONCE");
    this.#challenges.delete(toHex(asked)); // a challenge is answered once
    return nonce;
  }

  /** @throws {SealfoldError} DENIED_CAP unless one more of `role` may be there */
  expectRoom(role: "mapper" | "reducer"): void {
    if (this.#signers.size >= maxMembers) throw tooMany();
    const alive = [...this.#members.values()].filter(({ attested, ended }) => attested.role === role && !ended);
    expectSandboxes(this.#policy, role, alive.length + 1);
  }

  admit(attested: Attested, brokerCertId: Digest): void {
    this.#members.set(toHex(attested.certId), { attested, brokerCertId, ended: false });
    this.#signers.set(toHex(attested.certId), attested);
  }

  /** @returns the signing key of an admitted sandbox in `role`, and for `partition` where given, or `undefined`. */
  signerOf(certId: Uint8Array, role: Role, partition?: number): VerifyingKey | undefined {
    const signer = this.#signers.get(toHex(certId));
    if (signer?.role !== role || (partition !== undefined && signer.index !== partition)) return undefined;
    return signer.signingKey;
  }

  /** Everybody whose map manifests count. */
  get mappers(): readonly Signer[] {
    return [...this.#signers.values()].filter(({ role }) => role === "mapper");
  }

  /** @throws {SealfoldError} EVIDENCE_BINDING when this sandbox is not admitted by this broker, or has ended */
  of({ body }: Message): AdmittedMember {
    const member = this.#members.get(toHex(body.bytes("certId", 32)));
    if (member === undefined || member.ended)
      throw new SealfoldError("EVIDENCE_BINDING", "this sandbox is not admitted");
    return member;
  }

  channelOf(message: Message, role: Role): AdmittedMember & { readonly transport: Transport } {
    const member = this.of(message);
    if (member.transport === undefined || member.attested.role !== role) throw malformed("order");
    return member as AdmittedMember & { readonly transport: Transport };
  }

  /** The coordinator says that a sandbox has ended: whatever it says, that one gets no key again. */
  retire(message: Message): void {
    const member = this.of(message);
    member.ended = true;
    member.transport?.close();
    delete member.transport;
  }

  close(): void {
    for (const { transport } of this.#members.values()) transport?.close();
    this.#members.clear();
    this.#signers.clear();
  }
}

function tooMany(): SealfoldError {
  return new SealfoldError("DENIED_CAP", `at most ${maxMembers} sandboxes are admitted to a job`);
}
