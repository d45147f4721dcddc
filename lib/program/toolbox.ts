/**
 * Makes the tools that a program gets, inside its realm: functions that work only while the program is asked for
 * something, take what the program gives them apart by functions of their own, and answer with copies.
 */

import type { Capability } from "../data/capabilities.ts";
import { bare, freeze, keys, parse, typeError } from "./_intrinsics.ts";
import { Counters } from "./counters.ts";
import { CryptoUser } from "./crypto-tools.ts";
import { Narrowings } from "./narrowings.ts";
import { hasNeed } from "./needs.ts";
import type { Tools } from "./tools.ts";
import type { VaultCall } from "./vault-operations.ts";
import type { Verdict } from "./verdict.ts";

/** What of a grant is no secret. */
export interface ToolsData {
  /** JSON of the policy in force. */
  readonly policy: string;
  /** Unix seconds. */
  readonly clock: number;
  /** Names, in the policy's order; undefined where any name will do, which no policy says. */
  readonly counters: readonly string[] | undefined;
}

/** What an engine has beyond records: the needs of its program, which were granted, and what they stand for. */
export interface EngineTools {
  readonly needs: readonly Capability[];
  readonly data: ToolsData;
  /** Where cryptography and randomness are, if they are needed. */
  readonly vault?: VaultCall | undefined;
}

/** Where the engine is: tools work while it maps or finishes. */
export type Phase = "idle" | "mapping" | "emitting" | "finishing";

/** What the tools see of the engine. */
export interface ToolUser {
  readonly verdict: Verdict;
  phase(): Phase;
}

export class Toolbox {
  /** What the program gets; nothing of it can be changed. */
  readonly tools: Tools;
  readonly #counters: Counters;
  readonly #narrowings: Narrowings;
  readonly #user: ToolUser;
  readonly #crypto: CryptoUser | undefined;

  constructor(tools: EngineTools, user: ToolUser) {
    this.#user = user;
    this.#counters = new Counters(tools.data.counters);
    this.#narrowings = new Narrowings(user.verdict);
    const { vault } = tools;
    this.#crypto = vault && new CryptoUser(vault, user.verdict, () => this.#expectWorking());
    this.tools = this.#make(tools);
  }

  get counters(): Counters {
    return this.#counters;
  }

  /** JSON text: an array of what narrow was called with. */
  get narrowings(): string {
    return this.#narrowings.text;
  }

  /** A record, or a key's reduce, is over. */
  settle(isGood: boolean): void {
    this.#counters.settle(isGood);
    this.#crypto?.forget();
  }

  #make({ needs, data }: EngineTools): Tools {
    const tools = bare<Record<string, unknown>>({});
    const has = (need: Capability): boolean => hasNeed(needs, need);
    if (has("crypto") && this.#crypto) tools["crypto"] = sealed(this.#crypto.functions());
    if (has("random") && this.#crypto) tools["random"] = freeze(this.#crypto.random);
    if (has("clock")) tools["clock"] = freeze(() => (this.#expectWorking(), data.clock));
    if (has("counters")) tools["counters"] = sealed({ add: this.#add });
    const query = has("policy.query") ? { query: this.#query(data.policy) } : undefined;
    const narrow = has("policy.narrow") ? { narrow: this.#narrow } : undefined;
    if (query ?? narrow) tools["policy"] = sealed({ ...query, ...narrow });
    return freeze(tools) as unknown as Tools;
  }

  readonly #add = (name: unknown, by?: unknown): void => {
    this.#expectWorking();
    this.#counters.add(name, by);
  };

  #query(policy: string): () => unknown {
    return () => (this.#expectWorking(), parse(policy));
  }

  readonly #narrow = (narrowing: unknown): void => {
    if (this.#user.phase() !== "finishing") throw typeError("policy.narrow works only in a reduce or finish");
    this.#narrowings.add(narrowing);
  };

  #expectWorking(): void {
    const phase = this.#user.phase();
    if (phase !== "mapping" && phase !== "finishing") {
      throw typeError("tools work only while a record is mapped or a key is reduced");
    }
  }
}

/** @returns an object of functions that nobody can change. */
function sealed(functions: object): object {
  const made = bare<Record<string, unknown>>({ ...functions });
  const names = keys(made);
  for (let index = 0; index < names.length; index++) freeze(made[names[index] as string]);
  return freeze(made);
}
