/**
 * What a job's programs are given beyond their records, as the broker makes it: the minute of the job's opening, the
 * policy's keys, and seeds. A seed belongs to the work, not to who does it: the same records give the same randomness.
 */

import { context } from "../../crypto/context.ts";
import { digest, type Digest, hkdf } from "../../crypto/hash.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import type { PolicyKey } from "../../policy/policy.ts";
import { grants, isSeeded } from "../../policy/questions.ts";
import type { PlanTask } from "../../proof/plan.ts";
import { minuteOf } from "../clock.ts";
import { encodeBytes } from "../message.ts";
import type { BrokerState } from "./broker-state.ts";

type Fields = { readonly [field: string]: Json };

export class JobTools {
  readonly #state: BrokerState;
  readonly #queryId: Digest;
  readonly #clock: number;
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  /**
   * @param minute - the one that the job was opened in, where a predecessor opened it
   * @throws {SealfoldError} NOT_READY naming the party that has not handed over a key of the policy
   */
  constructor(state: BrokerState, queryId: Digest, minute: number = minuteOf(state.clock())) {
    const { document } = state.policy;
    this.#state = state;
    this.#queryId = queryId;
    this.#clock = grants(state.policy, "clock") ? minute : 0;
    this.#keys = new Map(document.keys.flatMap((key) => this.#secretOf(key)));
  }

  /** What every member of the job is granted; nothing where the policy grants nothing. */
  grant(): Fields {
    const { policy } = this.#state;
    if (policy.document.capabilities.length === 0) return {};
    const keys = [...this.#keys].map(([name, key]) => [name, encodeBytes(key)]);
    return { tools: { clock: this.#clock, keys: Object.fromEntries(keys) as Fields } };
  }

  /** The minute that programs are told, in seconds since 1970; 0 where the policy tells none. */
  get minute(): number {
    return this.#clock;
  }

  /** Names the keys that programs may use, to this broker and its successors alone. */
  get keysDigest(): Digest {
    return digest(hkdf(this.#state.memory.secret, context("given keys", ...[...this.#keys].flat())));
  }

  /** For the chunks of one task, whatever the rest of the plan is. */
  taskSeed({ owner, input, first, count }: PlanTask): Fields {
    return this.#seed("map", owner, input, first, count);
  }

  /** For one of `partitions`. */
  partitionSeed(partition: number, partitions: number): Fields {
    return this.#seed("reduce", partition, partitions);
  }

  /** Overwrites the keys. */
  close(): void {
    for (const key of this.#keys.values()) key.fill(0);
  }

  #seed(...work: readonly (string | number)[]): Fields {
    const { policy, memory } = this.#state;
    if (!isSeeded(policy)) return {};
    return { seed: encodeBytes(hkdf(memory.secret, context("program seed", this.#queryId, ...work))) };
  }

  #secretOf({ name, type, source }: PolicyKey): readonly (readonly [string, Uint8Array])[] {
    switch (source.kind) {
      case "public":
        return []; // it stands in the policy
      case "job":
        return [[name, hkdf(this.#state.memory.secret, context("program key", this.#queryId, name, type))]];
      case "party": {
        const key = this.#state.memory.programKey(name);
        if (key === undefined) {
          const detail = `${source.party} has not handed the key "${name}" to this broker`;
          throw new SealfoldError("NOT_READY", detail, { party: source.party });
        }
        return [[name, key.slice()]]; // what the party hands over later is for later jobs
      }
    }
  }
}
