/**
 * The brokers of one coordinator, one after the other. When one dies or hangs, the next is started at once; the parties that
 * are connected let it go on with the first one's memory, or begin anew with it. Nobody here knows a key: parties attest
 * each broker themselves.
 */

import type { Json } from "../data/canonical.ts";
import { type ErrorCode, SealfoldError } from "../errors.ts";
import type { Policy } from "../policy/policy.ts";
import type { Request } from "../proof/request.ts";
import { requestHash, type Transfer } from "../proof/transfer.ts";
import type { Fleet } from "../sandbox/fleet.ts";
import type { Asked } from "./asked.ts";
import type { Attendant, PartyLink } from "./attendant.ts";
import { BrokerPost, type Standing } from "./broker-post.ts";
import { BrokerReplaced, type BrokerSeat, withWhoeverSits } from "./broker-seat.ts";
import type { JobListener } from "./events.ts";
import { brokerLost, type Loss } from "./broker-lost.ts";
import { backOff, deathOf } from "./retry.ts";
import { brokerStateName, getIfThere, type Store } from "./store.ts";
import type { Timing } from "./timing.ts";
import { expectRunning } from "./until-aborted.ts";

/** Successors in a row of which nothing came. */
const maxFruitless = 3;
/** Milliseconds that a connected party may take for one thing. */
const patience = 60_000;

export interface SuccessionParts {
  readonly fleet: Fleet;
  readonly policy: Policy;
  readonly signatures: Json;
  readonly store: Store;
  /** Whether the memory of a release is kept here; else by who keeps the result with it. */
  readonly keepsReleases: boolean;
  readonly listener: JobListener;
  readonly timing: Timing;
  /** Aborted when the coordinator is closed. */
  readonly closing: AbortSignal;
}

/** A job's requests with the broker of the moment. */
export interface Addressed extends Asked {
  readonly generation: number;
  /** Whether any request is another than before: then it is another query. */
  readonly anew: boolean;
}

export class Succession implements BrokerSeat {
  readonly #parts: SuccessionParts;
  readonly #attendants = new Map<string, Attendant>();
  #generation = 0;
  #post: BrokerPost;
  #standing: Standing = { key: "", lineage: [], given: undefined };
  /** Settles when the broker of the moment can be asked; rejects when there will be none. */
  #ready: Promise<void>;
  #beginning = true;
  #fruitless = 0;
  #keeping: Promise<void> = Promise.resolve();
  /** Why the memory of the broker before this one could not be had. */
  #fault: unknown;
  /** The broker of this generation has been handed keys once more. */
  #begunAnew: number | undefined;

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
    this.#post = this.#start();
    this.#ready = this.#begin(this.#post).catch((error: unknown) => {
      const code = deathOf(error);
      if (code === undefined || parts.closing.aborted) throw error;
      return this.#succeed(code);
    });
    this.#ready.catch(() => undefined); // met again by whoever waits for it
  }

  get generation(): number {
    return this.#generation;
  }

  /** Settles when there is a broker. @throws {SealfoldError} POLICY_* when the policy is not in force, or not signed */
  get ready(): Promise<void> {
    return this.#ready;
  }

  ask: BrokerSeat["ask"] = (kind, body, parts, generation) =>
    this.#with(generation, async (post) => {
      const answer = await post.ask(kind, body, parts);
      const [sealed] = answer.parts;
      const keeps = kind === "release" && this.#parts.keepsReleases; // before anybody has the result
      if (keeps && sealed !== undefined) await this.#keep(post, sealed);
      return answer;
    });

  /** Evidence of whoever is the broker now. */
  attest(nonce: Uint8Array): Promise<string> {
    return withWhoeverSits(() => this.#with(undefined, (post) => post.attest(nonce)));
  }

  /** @throws {SealfoldError} CHANNEL_CLOSED when the broker died meanwhile: the party attests its successor then */
  openChannel: PartyLink["openChannel"] = (message) => this.#onChannel((post) => post.openChannel(message));

  /** What a broker has been told is kept, sealed, before the party hears that it was. @throws as `openChannel` */
  say: PartyLink["say"] = (channel, message) =>
    this.#onChannel(async (post) => {
      const answer = await post.say(channel, message);
      if (answer !== undefined) await this.#keepState(post);
      return answer;
    });

  /** A party is connected from here on. Where its share of a dead broker's memory is awaited, it is asked for it. */
  async attend(attendant: Attendant): Promise<void> {
    this.#attendants.set(attendant.party, attendant);
    await this.#ready;
    if (this.#standing.given === undefined) return;
    try {
      await this.#with(undefined, (post) => this.#gatherShares(post, [attendant]));
    } catch (error) {
      if (!(error instanceof BrokerReplaced)) throw error; // whose successor has asked it too
    }
  }

  /** Something came of the broker of the moment. */
  progress(): void {
    this.#fruitless = 0;
  }

  /**
   * Puts what was asked to the broker of the moment: requests to its predecessors are moved by their receivers, those that
   * it cannot know of are asked again.
   * @param owners - whose keys the job needs
   * @throws {SealfoldError} BROKER_LOST when a receiver is not there; BUDGET_ROLLED_BACK, BROKER_STATE, … from a party
   * @throws {BrokerReplaced}
   */
  address(asked: Asked, owners: readonly string[]): Promise<Addressed> {
    return this.#with(undefined, async (post) => {
      const generation = this.#generation;
      const receivers = asked.requests.map(({ document }) => document.receiver);
      await this.#beginAnew(post, [...owners, ...receivers]);
      const requests: Request[] = [];
      const transfers: Transfer[] = [];
      for (const request of asked.requests) {
        const { broker } = request.document;
        if (this.#standing.lineage.includes(broker)) transfers.push(await this.#moved(request, asked, post));
        requests.push(this.#knows(broker) ? request : await this.#askedAgain(request, post));
      }
      return { generation, requests, transfers, anew: requests.some((request, i) => request !== asked.requests[i]) };
    });
  }

  /** @returns why the job cannot go on, saying who has to do what */
  lost(loss: Loss): SealfoldError {
    return brokerLost(this.#parts.policy, loss, this.#standing.given, this.#fault);
  }

  /** Whether the broker of the moment has no memory of one that was there before it. */
  get forgetful(): boolean {
    const { lineage, given } = this.#standing;
    return lineage.length === 0 && (this.#generation > 0 || given !== undefined);
  }

  end(reason: SealfoldError): void {
    this.#post.link.end(reason);
  }

  /** Does `work` with the broker of the moment, and has that replaced when it dies of it. */
  async #with<T>(generation: number | undefined, work: (post: BrokerPost) => Promise<T>): Promise<T> {
    await this.#ready;
    const current = this.#generation;
    const post = this.#post;
    if (generation !== undefined && generation !== current) throw new BrokerReplaced();
    try {
      return await work(post);
    } catch (error) {
      const code = deathOf(error);
      if (code === undefined && current === this.#generation) throw error;
      if (code !== undefined) this.#replace(current, code);
      await this.#ready;
      throw new BrokerReplaced();
    }
  }

  async #onChannel<T>(work: (post: BrokerPost) => Promise<T>): Promise<T> {
    try {
      return await this.#with(undefined, work);
    } catch (error) {
      if (!(error instanceof BrokerReplaced)) throw error;
      throw new SealfoldError("CHANNEL_CLOSED", "the broker died, and has a successor");
    }
  }

  #start(): BrokerPost {
    const { fleet, listener } = this.#parts;
    const link = fleet.start("broker", 0);
    try {
      listener({ kind: "start", role: "broker", index: 0 });
    } catch (error) {
      link.end();
      throw error;
    }
    void link.ended.then(() => this.#ended(link));
    return new BrokerPost(link);
  }

  /**
   * A broker that nobody is asking is missed all the same, unless somebody ended it: whoever asks is told of what. One that
   * is being brought in is missed by who does that.
   */
  async #ended(link: BrokerPost["link"]): Promise<void> {
    if (link !== this.#post.link || this.#beginning || this.#parts.closing.aborted) return;
    const generation = this.#generation;
    const code = deathOf(await link.ask("standing", {}).catch((error: unknown) => error));
    if (code !== undefined) this.#replace(generation, code);
  }

  #replace(generation: number, code: ErrorCode): void {
    if (generation !== this.#generation || this.#parts.closing.aborted) return;
    this.#generation++;
    this.#beginning = true;
    this.#ready = this.#succeed(code);
    this.#ready.catch(() => undefined); // met again by whoever waits for it
  }

  async #succeed(died: ErrorCode): Promise<void> {
    const { listener, timing, closing } = this.#parts;
    for (let code = died; ;) {
      this.#post.link.end();
      listener({ kind: "die", role: "broker", index: 0, code });
      if (++this.#fruitless > maxFruitless) {
        throw new SealfoldError("SANDBOX_DIED", "the broker died again and again", { stage: "broker" });
      }
      await timing.wait(backOff(this.#fruitless), closing);
      expectRunning(closing);
      listener({ kind: "replace", role: "broker", index: 0, code });
      this.#post = this.#start();
      try {
        return await this.#begin(this.#post);
      } catch (error) {
        const next = deathOf(error);
        if (next === undefined) throw error;
        code = next;
      }
    }
  }

  /** Brings a broker in: with the memory of the one before it, where there is one and enough parties let it. */
  async #begin(post: BrokerPost): Promise<void> {
    const { fleet, policy, signatures } = this.#parts;
    await post.ask("init", { platform: fleet.platform, signatures }, [policy.bytes]);
    this.#standing = await post.standing();
    const state = await this.#keptState();
    if (state !== undefined) await this.#restore(post, state);
    this.#beginning = false;
  }

  async #restore(post: BrokerPost, state: Uint8Array): Promise<void> {
    try {
      await post.ask("restore", {}, [state]);
    } catch (error) {
      if (deathOf(error) !== undefined) throw error;
      this.#fault = error; // what was kept is not a broker's state: said to whoever needs it
      return;
    }
    this.#standing = await post.standing();
    await this.#gatherShares(post, [...this.#attendants.values()]);
  }

  /** Asks parties for their shares, all at once, until there are enough. */
  async #gatherShares(post: BrokerPost, attendants: readonly Attendant[]): Promise<void> {
    const asked = new Set<Promise<void>>();
    for (const attendant of attendants) {
      const answer = this.#patiently(attendant, attendant.recover(post))
        .catch((error: unknown) => (this.#fault = error))
        .then(() => void asked.delete(answer));
      asked.add(answer);
    }
    while (asked.size > 0 && this.#standing.lineage.length === 0) {
      await Promise.race(asked);
      this.#standing = await post.standing();
    }
    if (this.#standing.lineage.length === 0) return;
    await this.#keepState(post); // its own line is in it from here on
    this.#parts.listener({ kind: "recover", how: "shares" });
  }

  /** Parties hand their keys over once more, if all are there that `needed` names: a few alone would be of no use. */
  async #beginAnew(post: BrokerPost, needed: readonly string[]): Promise<void> {
    const { policy, listener } = this.#parts;
    if (!this.forgetful || this.#begunAnew === this.#generation) return;
    const sources = policy.document.keys.flatMap(({ source }) => (source.kind === "party" ? [source.party] : []));
    if ([...needed, ...sources].some((party) => !this.#attendants.has(party))) return;
    for (const attendant of this.#attendants.values()) await this.#patiently(attendant, attendant.beginAnew(post));
    this.#begunAnew = this.#generation;
    this.#standing = await post.standing();
    await this.#keepState(post);
    listener({ kind: "recover", how: "anew" });
  }

  #knows(broker: string): boolean {
    return broker === this.#standing.key || this.#standing.lineage.includes(broker);
  }

  async #moved(request: Request, { transfers }: Asked, post: BrokerPost): Promise<Transfer> {
    const hash = requestHash(request);
    const before = transfers.find(({ document }) => document.request === hash);
    if (before?.document.broker === this.#standing.key) return before;
    const { receiver } = request.document;
    const attendant = this.#attendants.get(receiver);
    const moved = attendant && (await this.#patiently(attendant, attendant.move(request, post)));
    if (moved === undefined) throw this.lost({ kind: "request", party: receiver, recovered: true });
    return moved;
  }

  async #askedAgain(request: Request, post: BrokerPost): Promise<Request> {
    const { receiver } = request.document;
    const attendant = this.#begunAnew === this.#generation ? this.#attendants.get(receiver) : undefined;
    const again = attendant && (await this.#patiently(attendant, attendant.askAgain(request, post)));
    if (again !== undefined) return again;
    // a request to a broker that was never here is the broker's to refuse
    if (!this.forgetful) return request;
    throw this.lost({ kind: "request", party: receiver, recovered: false });
  }

  /** Nobody waits for a party for ever. */
  async #patiently<T>({ party }: Attendant, work: Promise<T>): Promise<T> {
    const { timing, closing } = this.#parts;
    const over = new AbortController();
    const late = timing.wait(patience, AbortSignal.any([over.signal, closing])).then(() => {
      throw this.lost({ kind: "silent", party });
    });
    late.catch(() => undefined); // of no interest once the party has answered
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }

  async #keepState(post: BrokerPost): Promise<void> {
    if (this.#parts.policy.document.recovery.kind === "none") return;
    const sealed = await post.state();
    if (sealed !== undefined) await this.#keep(post, sealed);
  }

  /** One after the other, and nothing of a broker that is no more: its successor's state is not to be overwritten. */
  async #keep(post: BrokerPost, sealed: Uint8Array): Promise<void> {
    const { store } = this.#parts;
    const before = this.#keeping;
    const kept = (async () => {
      await before;
      if (post !== this.#post) throw new BrokerReplaced();
      await store.put(brokerStateName, sealed, { commit: true });
    })();
    this.#keeping = kept.catch(() => undefined); // met by whoever had it kept
    await kept;
  }

  async #keptState(): Promise<Uint8Array | undefined> {
    const { policy, store } = this.#parts;
    if (policy.document.recovery.kind === "none") return undefined;
    await this.#keeping;
    return getIfThere(store, brokerStateName);
  }
}
