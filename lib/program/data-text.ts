/**
 * The JSON text of keys, values, states and results: canonical (members in code-unit order, no spaces), so that equal
 * data has equal text. What is no data is refused. Built by hand: `JSON.stringify` would call `toJSON` and write null
 * for what it does not know.
 */

import {
  charCodeAt,
  getPrototypeOf,
  isArray,
  isWellFormed,
  keys,
  objectPrototype,
  sort,
  stringify,
} from "./_intrinsics.ts";
import { stringIn } from "./text.ts";
import { status, type Verdict } from "./verdict.ts";

/** Levels of arrays and objects that a value may have; a cycle has more. */
const maxDepth = 64;

/**
 * @returns the canonical JSON text of `value`, in which a text is its string
 * @throws {TypeError} through `verdict` when it is not JSON data
 */
export function dataText(value: unknown, verdict: Verdict, depth = 0): string {
  switch (typeof value) {
    case "number":
      return numberText(value, verdict);
    case "string":
      return stringText(value, verdict);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (depth === maxDepth) return verdict.refuse(status.value, `data is cyclic, or deeper than ${maxDepth} levels`);
      return isArray(value) ? arrayText(value, verdict, depth) : objectText(value, verdict, depth);
    default:
      return verdict.refuse(status.value, `${typeof value} is not data`);
  }
}

/** -0 becomes 0, as in JSON.stringify. */
export function numberText(value: number, verdict: Verdict): string {
  if (value - value !== 0) verdict.refuse(status.value, `${value} is not data`);
  return `${value}`;
}

export function stringText(value: string, verdict: Verdict): string {
  if (!isWellFormed(value)) verdict.refuse(status.value, "a string has half of a surrogate pair");
  return stringify(value);
}

function arrayText(value: readonly unknown[], verdict: Verdict, depth: number): string {
  let text = "[";
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ",";
    text += dataText(value[index], verdict, depth + 1);
  }
  return `${text}]`;
}

function objectText(value: object, verdict: Verdict, depth: number): string {
  const prototype = getPrototypeOf(value);
  if (prototype !== objectPrototype && prototype !== null) {
    const text = stringIn(value);
    if (text === undefined) return verdict.refuse(status.value, "an object is not a plain one");
    return stringText(text, verdict);
  }
  const names = sort(keys(value));
  let text = "{";
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    if (index > 0) text += ",";
    text += `${stringText(name, verdict)}:${dataText((value as Record<string, unknown>)[name], verdict, depth + 1)}`;
  }
  return `${text}}`;
}

/** @returns whether well-formed `text` is longer than `limit` bytes in UTF-8. */
export function isLonger(text: string, limit: number): boolean {
  if (text.length * 3 <= limit) return false;
  if (text.length > limit) return true;
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = charCodeAt(text, index);
    // Three bytes, or four for the two units of a pair.
    if (unit > 0x7ff) bytes += unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
    else if (unit > 0x7f) bytes++;
  }
  return bytes > limit;
}
