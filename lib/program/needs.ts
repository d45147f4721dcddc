/** What a program says that it needs. */

import { capabilities, type Capability } from "../data/capabilities.ts";
import { isArray, list } from "./_intrinsics.ts";

/** Among a realm's bits for needs, the one after them: the program reads its records as text. */
export const textBit: number = 1 << capabilities.length;

/**
 * @param value - a definition's `needs`; undefined stands for nothing
 * @returns each need once; undefined where `value` is no list of capabilities
 */
export function readNeeds(value: unknown): readonly Capability[] | undefined {
  const needs = list<Capability>();
  if (value === undefined) return needs;
  if (!isArray(value) || value.length > capabilities.length) return undefined;
  for (let index = 0; index < value.length; index++) {
    const need = capabilityNamed(value[index]);
    if (need === undefined) return undefined;
    if (!hasNeed(needs, need)) needs[needs.length] = need;
  }
  return needs;
}

export function hasNeed(needs: readonly Capability[], wanted: Capability): boolean {
  for (let index = 0; index < needs.length; index++) if (needs[index] === wanted) return true;
  return false;
}

function capabilityNamed(name: unknown): Capability | undefined {
  for (let index = 0; index < capabilities.length; index++) {
    if (capabilities[index] === name) return capabilities[index];
  }
  return undefined;
}
