/**
 * The broker's seat as one job sees it: whoever sits there has been told of the job. A successor that has its predecessor's
 * memory is told who was let in before, so that what those signed stays good.
 */

import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import type { Commitment } from "../proof/commitment.ts";
import type { PlanDocument } from "../proof/plan.ts";
import type { Message } from "../sandbox/message.ts";
import type { Asked } from "./asked.ts";
import { BrokerReplaced, type BrokerSeat, withWhoeverSits } from "./broker-seat.ts";
import type { Addressed, Succession } from "./succession.ts";

/** What a job is about, whoever is its broker. */
export interface JobTerms {
  readonly commitments: readonly Commitment[];
  /** Each commitment's leaves, 32 bytes each. */
  readonly leaves: readonly Uint8Array[];
  readonly plan: PlanDocument;
  /** What brokers signed of the sandboxes whose work is kept already. */
  readonly admissions: readonly Json[];
}

/** The successor remembers nothing: what was asked is asked again, and is another query. */
export class JobAnew extends Error {
  override readonly name = "JobAnew";
  readonly asked: Asked;

  constructor(asked: Asked) {
    super("the broker's successor begins anew");
    this.asked = asked;
  }
}

export class JobSeat implements BrokerSeat {
  readonly #succession: Succession;
  readonly #terms: JobTerms;
  readonly #admissions: Json[];
  #asked: Asked;
  #opened: { readonly generation: number; readonly answer: Message } | undefined;
  #opening: Promise<void> | undefined;
  #over: JobAnew | undefined;

  constructor(succession: Succession, asked: Asked, terms: JobTerms) {
    this.#succession = succession;
    this.#asked = asked;
    this.#terms = terms;
    this.#admissions = [...terms.admissions];
  }

  get generation(): number {
    return this.#succession.generation;
  }

  /** What was asked, as it stands with the broker that has the job. */
  get asked(): Asked {
    return this.#asked;
  }

  /** @returns the broker's answer to the job's opening: what it calls the job */
  async open(): Promise<Message> {
    for (;;) {
      const { generation } = this;
      if (this.#over !== undefined) throw this.#over;
      if (this.#opened?.generation === generation) return this.#opened.answer;
      this.#opening ??= this.#openOnce().finally(() => (this.#opening = undefined));
      await this.#opening;
    }
  }

  /** @throws {JobAnew} when whoever sits here now remembers nothing of the job */
  ask: BrokerSeat["ask"] = async (kind, body, parts, generation) => {
    if (generation !== undefined && generation !== this.generation) throw new BrokerReplaced();
    await this.open();
    const answer = await this.#succession.ask(kind, body, parts, generation ?? this.#opened?.generation);
    if (kind === "admit") this.#admissions.push(answer.body.document("admission") as Json);
    if (kind === "task" || kind === "members") this.#succession.progress();
    return answer;
  };

  /** Has the job released by whoever sits here: a broker that dies of it has released nothing that anybody got. */
  release(body: { readonly [field: string]: Json }): Promise<Message> {
    return withWhoeverSits(() => this.ask("release", body));
  }

  async #openOnce(): Promise<void> {
    try {
      const addressed = await this.#succession.address(this.#asked, this.#owners);
      if (addressed.anew) throw (this.#over = new JobAnew(addressed));
      this.#asked = addressed;
      this.#opened = { generation: addressed.generation, answer: await this.#tell(addressed) };
    } catch (error) {
      if (!(error instanceof BrokerReplaced)) throw error; // the next round asks its successor
    }
  }

  async #tell({ generation, requests, transfers }: Addressed): Promise<Message> {
    const { commitments, plan, leaves } = this.#terms;
    const body = { requests, transfers, admissions: this.#admissions, commitments, plan };
    try {
      return await this.#succession.ask("job", body, leaves, generation);
    } catch (error) {
      const lacks = error instanceof SealfoldError && error.code === "NOT_READY" && this.#succession.forgetful;
      if (lacks && error.place.party !== undefined) {
        throw this.#succession.lost({ kind: "key", party: error.place.party });
      }
      throw error;
    }
  }

  get #owners(): readonly string[] {
    return this.#terms.commitments.map(({ document }) => document.owner);
  }
}
