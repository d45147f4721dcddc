/**
 * A party that stays connected. When the broker dies it does by itself what its successor needs: it hands over its share
 * of the first one's memory, or its keys once more, and moves its requests, or asks again. It attests the successor before
 * each of these, like any broker.
 */

import { type ErrorCode, SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import { keepsShare } from "../policy/questions.ts";
import type { Request } from "../proof/request.ts";
import { requestHash, type Transfer } from "../proof/transfer.ts";
import type { BrokerLink } from "./broker-link.ts";
import type { Dataset, Party, RecoveryShare } from "./party.ts";
import type { ResultRequest } from "./result-request.ts";

/** What a successor says of a state that somebody has put in another's place. */
const deceits: readonly ErrorCode[] = ["BUDGET_ROLLED_BACK", "BROKER_STATE"];

export class Attendance {
  readonly #party: Party;
  readonly #datasets = new Map<string, Dataset>();
  readonly #keys = new Map<string, Uint8Array>();
  readonly #requests = new Set<ResultRequest>();
  #share: RecoveryShare | undefined;
  #head: Uint8Array | undefined;
  #deceived: SealfoldError | undefined;

  constructor(party: Party) {
    this.#party = party;
  }

  /** The party's name. */
  get party(): string {
    return this.#party.name;
  }

  get policy(): Policy {
    return this.#party.policy;
  }

  /** Its share of the broker's memory, once it has one: to be kept, and given to {@link Attendance.remember} later. */
  get share(): RecoveryShare | undefined {
    return this.#share;
  }

  /** What was done before this began. */
  remember(before: {
    readonly share?: RecoveryShare;
    readonly head?: Uint8Array;
    readonly request?: ResultRequest;
  }): void {
    this.#share = before.share ?? this.#share;
    this.#head = before.head ?? this.#head;
    if (before.request !== undefined) this.#requests.add(before.request);
  }

  /** As {@link Party.keepShare}; nothing where the policy gives this party no share. */
  async keepShare(link: BrokerLink): Promise<void> {
    if (keepsShare(this.policy, this.party)) this.#share = await this.#party.keepShare(link);
  }

  /** As {@link Party.provision}. */
  async provision(dataset: Dataset, link: BrokerLink): Promise<void> {
    this.#datasets.set(JSON.stringify([dataset.input, dataset.epoch]), dataset);
    await this.#party.provision(dataset, link);
  }

  /** As {@link Party.provisionKey}. */
  async provisionKey(name: string, key: Uint8Array, link: BrokerLink): Promise<void> {
    this.#keys.set(name, key);
    await this.#party.provisionKey(name, key, link);
  }

  /** As {@link Party.request}. */
  async request(link: BrokerLink): Promise<ResultRequest> {
    const asked = await this.#party.request(link);
    this.#requests.add(asked);
    return asked;
  }

  /** A request that was answered, or given up: it is not moved any more. */
  done(request: ResultRequest): void {
    this.#requests.delete(request);
  }

  /**
   * Hands this party's share to a successor.
   * @returns whether there is one
   * @throws {SealfoldError} as {@link Party.recover}
   */
  async recover(link: BrokerLink): Promise<boolean> {
    if (this.#share === undefined) return false;
    try {
      await this.#party.recover(this.#share, link, this.#head);
    } catch (error) {
      if (error instanceof SealfoldError && deceits.includes(error.code)) this.#deceived = error;
      throw error;
    }
    return true;
  }

  /** Hands everything to a new broker that remembers nothing. */
  async beginAnew(link: BrokerLink): Promise<void> {
    this.#expectHonest();
    for (const dataset of this.#datasets.values()) await this.#party.provision(dataset, link);
    for (const [name, key] of this.#keys) await this.#party.provisionKey(name, key, link);
    this.#head = undefined; // of a ledger that ended
    await this.keepShare(link);
  }

  /**
   * Tells the successor once more what this party has seen of the ledger, for others may have been enough to recover it.
   * @returns what moves `request` to it; undefined where it is not this party's, or not open
   */
  async move(request: Request, link: BrokerLink): Promise<Transfer | undefined> {
    const open = this.#open(request);
    if (open === undefined) return undefined;
    await this.recover(link);
    this.#expectHonest();
    return this.#party.transfer(open, link);
  }

  /** @returns what is asked in place of `request`; undefined where it is not this party's, or not open */
  async askAgain(request: Request, link: BrokerLink): Promise<Request | undefined> {
    this.#expectHonest();
    const open = this.#open(request);
    return open && this.#party.renew(open, link);
  }

  /** A host that was caught is not given another chance by itself. */
  #expectHonest(): void {
    if (this.#deceived !== undefined) throw this.#deceived;
  }

  #open(request: Request): ResultRequest | undefined {
    const hash = requestHash(request);
    return [...this.#requests].find(({ signed, isAnswered }) => !isAnswered && requestHash(signed) === hash);
  }
}
