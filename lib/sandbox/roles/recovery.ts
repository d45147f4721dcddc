/**
 * How a broker's memory outlives it, where the policy says so. The memory is sealed after everything that changes it; the
 * key to it is in shares that parties keep. A successor gets the sealed memory from the coordinator, and from each party,
 * once that has attested it, a share and the newest head of the ledger of releases that the party has seen.
 *
 * A line of brokers has one shared secret, dealt by its first; each seals under a key of its own, so that no two of them,
 * whatever is done with copies of one memory, ever use a key twice with the same nonce.
 */

import { aesGcm, nonceLength } from "../../crypto/aead.ts";
import { concat, toBase64url } from "../../crypto/bytes.ts";
import { context } from "../../crypto/context.ts";
import { hkdf, sha256 } from "../../crypto/hash.ts";
import { combineShares, type DealtSecret, dealShares, isShare, type Sharing } from "../../crypto/shares.ts";
import type { VerifyingKey } from "../../crypto/signature.ts";
import { SealfoldError } from "../../errors.ts";
import type { Policy } from "../../policy/policy.ts";
import { shareHolder } from "../../policy/questions.ts";
import { commitmentsNonce, parseState, signStateHeader, type StateBehind } from "../../proof/state-header.ts";
import { malformed } from "../message.ts";
import { BrokerMemory, maxMemoryBytes } from "./broker-memory.ts";
import type { BrokerState } from "./broker-state.ts";

/** A predecessor's state, and the shares that have come in for it. */
interface Restoring {
  readonly state: StateBehind;
  readonly shares: Map<number, Uint8Array>;
  readonly heads: Uint8Array[];
}

/** What a party brings to a successor. */
export interface Contribution {
  readonly party: string;
  readonly share: Uint8Array;
  /** The newest head of the ledger that the party has seen, where it has seen one. */
  readonly head?: Uint8Array | undefined;
}

export class Recovery {
  readonly #broker: BrokerState;
  /** Undefined where the policy has no recovery. */
  readonly #sharing: Sharing | undefined;
  #restoring: Restoring | undefined;
  #evidence: string | undefined;
  #version = 0;

  constructor(broker: BrokerState) {
    const { recovery } = broker.policy.document;
    this.#broker = broker;
    if (recovery.kind === "shares") {
      this.#sharing = { threshold: recovery.threshold, holders: recovery.parties.length };
    }
  }

  /** Parties whose shares of a predecessor's memory are in, while there are not enough; undefined when none is awaited. */
  get given(): readonly string[] | undefined {
    const { recovery } = this.#broker.policy.document;
    if (this.#restoring === undefined || recovery.kind === "none") return undefined;
    return [...this.#restoring.shares.keys()].map((holder) => recovery.parties[holder] ?? "");
  }

  /** @throws {SealfoldError} DENIED_PARTY; NOT_READY while this broker waits to be given a predecessor's memory */
  async shareOf(party: string): Promise<{ readonly share: Uint8Array; readonly commitments: readonly Uint8Array[] }> {
    const holder = expectHolder(this.#broker.policy, party);
    if (this.#restoring !== undefined) throw new SealfoldError("NOT_READY", "this broker is being recovered");
    const { shares, commitments } = await this.#dealt(this.#expectSharing());
    return { share: shares[holder] ?? new Uint8Array(), commitments };
  }

  /** What {@link Recovery.seal} needs and has to wait for. */
  async prepare(): Promise<void> {
    if (this.#sharing === undefined || this.#restoring !== undefined) return;
    const { commitments } = await this.#dealt(this.#sharing);
    this.#evidence ??= await this.#broker.attest(commitmentsNonce(commitments));
  }

  /** @returns the memory as it is now, sealed; nothing where the policy has no recovery, or there is no memory yet. */
  seal(): Uint8Array | undefined {
    const { policy, identity, memory } = this.#broker;
    if (this.#evidence === undefined || memory.dealt === undefined) return undefined;
    const { secret, commitments } = memory.dealt;
    const version = ++this.#version;
    const plain = memory.encode();
    const header = signStateHeader(
      {
        sealfold: "broker-state/1",
        policyHash: toBase64url(policy.hash),
        evidence: this.#evidence,
        version,
        commitments: commitments.map(toBase64url),
        memory: toBase64url(sha256(plain)),
      },
      identity,
    );
    const key = stateKey(secret, policy, identity.publicKey);
    const sealed = aesGcm.seal(key, versionNonce(version), header, plain);
    key.fill(0);
    plain.fill(0);
    return concat(header, sealed);
  }

  /**
   * Takes a predecessor's sealed memory, which is of no use before enough parties have brought their shares.
   * @throws {SealfoldError} BROKER_STATE when it was not sealed by an attested broker under this policy
   */
  restore(state: Uint8Array): void {
    const { policy, memory } = this.#broker;
    if (!memory.untouched || memory.lineage.length > 0) throw malformed("order");
    if (this.#sharing === undefined || state.length > maxMemoryBytes) throw new SealfoldError("BROKER_STATE");
    this.#restoring = { state: parseState(policy, state.slice()), shares: new Map(), heads: [] };
  }

  /** A party begins anew with this broker: nothing is recovered any more. */
  giveUp(): void {
    this.#restoring = undefined;
  }

  /**
   * @throws {SealfoldError} DENIED_PARTY; NOT_READY when there is nothing to recover; RECOVERY_SHARE when this is not the
   *   party's share; BROKER_STATE when the state does not open; BUDGET_ROLLED_BACK when somebody knows of a later one
   */
  async contribute({ party, share, head }: Contribution): Promise<void> {
    const holder = expectHolder(this.#broker.policy, party);
    const { memory } = this.#broker;
    const restoring = this.#restoring;
    if (restoring === undefined) {
      if (memory.lineage.length === 0) throw new SealfoldError("NOT_READY", "there is nothing to recover here");
      if (head !== undefined) memory.ledger.expectExtends(head);
      return; // others were enough
    }
    if (!(await isShare(share, holder, restoring.state.commitments))) {
      throw new SealfoldError("RECOVERY_SHARE", undefined, { party });
    }
    restoring.shares.set(holder, share);
    if (head !== undefined) restoring.heads.push(head);
    const sharing = this.#expectSharing();
    if (restoring.shares.size < sharing.threshold) return;
    this.#restoring = undefined; // it opens now, or never
    this.#broker.memory = await this.#open(restoring, sharing);
    this.#evidence = undefined; // what there was named other shares
  }

  async #open({ state, shares, heads }: Restoring, sharing: Sharing): Promise<BrokerMemory> {
    const { policy } = this.#broker;
    const { broker, document, header, sealed } = state;
    const secret = await combineShares(shares, sharing);
    const key = stateKey(secret, policy, broker.signingKey);
    const plain = aesGcm.open(key, versionNonce(document.version), header, sealed);
    key.fill(0);
    secret.fill(0);
    if (plain === undefined) throw new SealfoldError("BROKER_STATE", "a broker's state does not open under its shares");
    if (toBase64url(sha256(plain)) !== document.memory) {
      throw new SealfoldError("BROKER_STATE", "what is sealed in a broker's state is not what it signed");
    }
    const memory = BrokerMemory.decode(plain, broker.signingKey, policy.document.limits.releases);
    plain.fill(0);
    for (const head of heads) memory.ledger.expectExtends(head);
    return memory;
  }

  /** Dealt once in a line of brokers: the shares that parties keep stay good for every successor. */
  async #dealt(sharing: Sharing): Promise<DealtSecret> {
    const { memory, random } = this.#broker;
    return (memory.dealt ??= await dealShares(sharing, random));
  }

  #expectSharing(): Sharing {
    if (this.#sharing === undefined) throw new SealfoldError("DENIED_PARTY", "the policy has no recovery");
    return this.#sharing;
  }
}

function stateKey(secret: Uint8Array, policy: Policy, broker: VerifyingKey): Uint8Array {
  return hkdf(secret, context("broker state", policy.hash, broker));
}

function versionNonce(version: number): Uint8Array {
  const nonce = new Uint8Array(nonceLength);
  new DataView(nonce.buffer).setBigUint64(nonceLength - 8, BigInt(version));
  return nonce;
}

function expectHolder(policy: Policy, party: string): number {
  const holder = shareHolder(policy, party);
  if (holder !== undefined) return holder;
  throw new SealfoldError("DENIED_PARTY", "the policy gives this party no share of the broker's memory", { party });
}
