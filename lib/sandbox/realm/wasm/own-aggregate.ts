/**
 * An aggregate of a module's own: states are bytes that only the module understands, in base64. What is to be combined is
 * gathered while the module maps, for it cannot be called in the middle of its work, and combined afterwards.
 */

import { isUtf8 } from "node:buffer";

import type { Aggregate } from "../../../program/program.ts";
import { readJson } from "../../../program/read-json.ts";
import type { WasmInstance } from "./instance.ts";
import { ended, refuse } from "./refusal.ts";

/** A state, or states that are to be combined. */
type Gathered = string | string[];

/** What is gathered before it is combined, in units of base64. */
const roomBeforeCombining = 2 ** 20;

/** What a state that is gathered takes besides its text. */
const overhead = 32;

export interface OwnFunctions {
  combine(a: Uint8Array, b: Uint8Array): Uint8Array;
  /** @returns data */
  finish(state: Uint8Array): unknown;
}

export class OwnAggregate {
  /** For the engine. */
  readonly aggregate: Aggregate<unknown, unknown, unknown>;
  readonly #functions: OwnFunctions;
  readonly #most: number;
  #waiting: string[][] = [];
  #units = 0;

  /** @param most - the most that may be gathered, in units of base64 */
  constructor(functions: OwnFunctions, most: number) {
    this.#functions = functions;
    this.#most = most;
    this.aggregate = {
      zero: () => "",
      add: () => refuse("a module with its own aggregate emits by emit_bytes", "PROGRAM_VALUE"),
      merge: (a, b) => this.#gather(a as Gathered, b as string),
      finish: (state) => functions.finish(decode(this.#combined(state as Gathered))),
    };
  }

  /** Whether enough is gathered to be combined. */
  get isFull(): boolean {
    return this.#units > roomBeforeCombining;
  }

  /** Combines all that is gathered. Never while the module is at work. */
  settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#units = 0;
    for (const states of waiting) this.#combined(states);
  }

  /** @returns the one state of a key, in base64 */
  stateOf(state: unknown): string {
    return this.#combined(state as Gathered);
  }

  #gather(a: Gathered, b: string): Gathered {
    const states = typeof a === "string" ? [a] : a;
    if (states.length === 1) this.#waiting.push(states);
    states.push(b);
    this.#units += b.length + overhead;
    if (this.#units > this.#most) refuse("more was emitted than limits.outputMiB", "LIMIT_OUTPUT");
    return states;
  }

  #combined(states: Gathered): string {
    if (typeof states === "string") return states;
    if (states.length > 1) {
      let combined = decode(states[0] as string);
      for (let at = 1; at < states.length; at++) {
        combined = this.#functions.combine(combined, decode(states[at] as string));
      }
      states.length = 0;
      states.push(encode(combined));
    }
    return states[0] as string;
  }
}

/**
 * @param instance - the module's, which may come to be another
 * @param key - the one that is finished
 */
export function ownFunctions(instance: () => WasmInstance, key: () => string): OwnFunctions {
  return {
    combine: (a, b) => instance().combine(a, b),
    finish: (state) => parse(ended(() => instance().finish(Buffer.from(key()), state))),
  };
}

function parse(answer: Uint8Array): unknown {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  const data = isUtf8(bytes) ? readJson(bytes.toString()) : undefined;
  return data === undefined ? refuse("finish gives no JSON", "PROGRAM_VALUE") : data;
}

/** @returns a state as the engine carries it */
export function encode(state: Uint8Array): string {
  return Buffer.from(state.buffer, state.byteOffset, state.length).toString("base64");
}

function decode(state: string): Uint8Array {
  return Buffer.from(state, "base64");
}
