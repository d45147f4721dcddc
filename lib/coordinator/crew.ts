/**
 * The sandboxes of one stage, one in each slot. One that has died gives way to a successor with a new identity; so does
 * one that was admitted by a broker who is no more.
 */

import { type ErrorCode, SealfoldError } from "../errors.ts";
import type { StageRole } from "./events.ts";
import { type Candidate, type Joinable, type Recruit, recruit, retire } from "./recruit.ts";
import { verdictOf } from "./retry.ts";
import { expectRunning } from "./until-aborted.ts";

export interface CrewParts extends Joinable {
  readonly role: StageRole;
  /** @returns a warm sandbox, or a new one. */
  candidate(role: StageRole, index: number): Candidate;
}

/** What a slot holds: a sandbox on its way in, or a member of the job. */
interface Place {
  readonly candidate: Candidate;
  member?: Recruit;
  gone: boolean;
}

export class Crew {
  readonly #parts: CrewParts;
  readonly #places = new Map<number, Place>();
  /** What the last sandbox of a slot died of, until it has a successor. */
  readonly #vacant = new Map<number, ErrorCode>();

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /**
   * A mapper takes one task after the other; a reducer is made for its partition.
   * @param item - what it is for
   * @returns the sandbox in `slot`
   * @throws {SealfoldError} what it ended of while it was brought in
   */
  async member(slot: number, item: number, signal: AbortSignal): Promise<Recruit> {
    const { role, seat } = this.#parts;
    const place = this.#places.get(slot);
    if (place?.gone === true) await this.lose(slot, new SealfoldError("SANDBOX_DIED"));
    const known = this.#places.get(slot)?.member;
    if (known !== undefined && role === "mapper" && known.generation === seat.generation) return known;
    await this.dismiss(slot);
    expectRunning(signal);
    return this.#recruit(slot, role === "mapper" ? slot : item);
  }

  /** The sandbox in `slot` is ended as whatever `error` says; one that died of it is told of. */
  async lose(slot: number, error: unknown): Promise<void> {
    const place = this.#places.get(slot);
    const verdict = verdictOf(error);
    if (place !== undefined && verdict.kind === "counted") {
      const { role, index } = place.candidate.link;
      this.#vacant.set(slot, verdict.code);
      this.#parts.listener({ kind: "die", role, index, code: verdict.code });
    }
    await this.dismiss(slot);
  }

  /** Whatever the sandbox in `slot` is doing, it does it no longer. */
  end(slot: number): void {
    this.#places.get(slot)?.candidate.link.end(new SealfoldError("CANCELLED", "what it did is not needed any more"));
  }

  async dismiss(slot: number): Promise<void> {
    const place = this.#places.get(slot);
    if (place === undefined) return;
    this.#places.delete(slot);
    place.candidate.link.end();
    if (place.member !== undefined) await retire(place.member, this.#parts);
  }

  /** A broker that cannot be told is told no more; the stage has its results, or its error. */
  async dismissAll(): Promise<void> {
    await Promise.allSettled([...this.#places.keys()].map((slot) => this.dismiss(slot)));
  }

  async #recruit(slot: number, index: number): Promise<Recruit> {
    const { role, listener } = this.#parts;
    const code = this.#vacant.get(slot);
    if (code !== undefined) listener({ kind: "replace", role, index, code });
    this.#vacant.delete(slot);
    const place: Place = { candidate: this.#parts.candidate(role, index), gone: false };
    this.#places.set(slot, place);
    void place.candidate.link.ended.then(() => (place.gone = true));
    place.member = await recruit(place.candidate, this.#parts);
    return place.member;
  }
}
