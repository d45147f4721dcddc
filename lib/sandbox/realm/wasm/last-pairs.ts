/**
 * The pairs that a module hands over when its task is over, packed as they come. Where nothing was emitted before, there is
 * nothing to add them to: a key that came twice is added up where the task's pairs are merged, as if two tasks had it.
 */

import { isText } from "../../../data/pairs.ts";
import { portionBytes } from "../../../program/hand-over.ts";
import { Packer } from "../../../program/packer.ts";
import { outputText } from "../../../program/verdict.ts";
import type { AggregateName } from "../../../program/wasm/abi.ts";
import type { Outside } from "./hand-out.ts";
import { refuse } from "./refusal.ts";
import type { PackedPair } from "./states.ts";

/** Bytes of pairs at most, for keys may come again and again: pairs that come then are gathered by key. */
const mostBytes = 2 ** 24;
const stringKind = 0;

export class LastPairs {
  /** A state is the value, and for `count` nothing. */
  readonly #hasValue: boolean;
  readonly #outside: Outside;
  readonly #packed = new Packer(2 * portionBytes);
  #handedOut = 0;
  /** Bytes of the keys, and of their states, that are packed. */
  #payload = 0;

  /** @returns whether what becomes of one pair's values is a number, or nothing */
  static canTake(aggregate: AggregateName): boolean {
    return aggregate !== "own" && aggregate !== "min-max-mean";
  }

  constructor(aggregate: AggregateName, outside: Outside) {
    this.#hasValue = aggregate !== "count";
    this.#outside = outside;
  }

  get isFull(): boolean {
    return this.#handedOut > mostBytes;
  }

  /**
   * @param bytes - where the pair's key lies
   * @throws {Refusal} when the key is no text, or there are no values; LIMIT_OUTPUT
   */
  add(bytes: Uint8Array, { keyStart, keyEnd, values, value }: PackedPair): void {
    const packed = this.#packed;
    if (!isText(bytes, keyStart, keyEnd)) refuse("a key is not UTF-8", "PROGRAM_VALUE");
    if (values < 1) refuse("the number of values is no whole number from 1 on", "PROGRAM_VALUE");
    packed.byte(stringKind);
    packed.varint(keyEnd - keyStart);
    packed.copy(bytes, keyStart, keyEnd);
    packed.varint(values);
    const state = packed.open();
    if (this.#hasValue) packed.number(value + 0);
    this.#payload += keyEnd - keyStart + packed.length - state;
    packed.close(state);
    if (packed.length >= portionBytes) this.handOut();
  }

  /** Hands out what is packed. @throws {Refusal} LIMIT_OUTPUT */
  handOut(): void {
    const { room, take } = this.#outside;
    const { bytes, length } = this.#packed;
    if (!room.has(this.#payload)) refuse(outputText, "LIMIT_OUTPUT");
    room.takeBytes(this.#payload);
    if (length > 0) take(bytes.subarray(0, length));
    this.#handedOut += length;
    this.#payload = 0;
    this.#packed.length = 0;
  }
}
