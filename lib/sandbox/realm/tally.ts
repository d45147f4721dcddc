/** What every realm keeps account of on its outside, whatever its program was written in. */

import type { Capability } from "../../data/capabilities.ts";
import { SealfoldError } from "../../errors.ts";
import type { RealmOptions } from "./program-realm.ts";

/** A number for each owner. */
export class OwnerSigns {
  readonly #signs = new Map<string, number>();

  of(owner: string): number {
    const sign = this.#signs.get(owner) ?? this.#signs.size;
    this.#signs.set(owner, sign);
    return sign;
  }

  clear(): void {
    this.#signs.clear();
  }
}

/** The bytes that one task, or one partition, may still hand out. */
export class OutputRoom {
  #left: number;

  constructor({ limits }: RealmOptions) {
    this.#left = limits.outputBytes;
  }

  has(bytes: number): boolean {
    return bytes <= this.#left;
  }

  /** @throws {SealfoldError} LIMIT_OUTPUT when there is no room for both, in UTF-8 */
  take(key: string, text: string): void {
    this.takeBytes(Buffer.byteLength(key) + Buffer.byteLength(text));
  }

  /** @throws {SealfoldError} LIMIT_OUTPUT when there is no room for so many */
  takeBytes(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new SealfoldError("LIMIT_OUTPUT");
  }
}

/**
 * @param wants - what the program does with a capability, in words that its name completes
 * @throws {SealfoldError} DENIED_CAPABILITY when there is a need that is not granted
 */
export function expectGranted(needs: readonly Capability[], { tools }: RealmOptions, wants: string): void {
  const denied = needs.find((need) => !tools?.capabilities.includes(need));
  if (denied === undefined) return;
  const text = `${wants} ${denied}, which the policy does not grant`;
  throw new SealfoldError("DENIED_CAPABILITY", text, { stage: "load" });
}
