/** What the engine says of a call: numbers, because nothing else leaves a realm. */

import { slice, typeError } from "./_intrinsics.ts";

/** Statuses below zero; from zero on a call succeeded. */
export const status = {
  /** `map` or `reduce` threw. */
  threw: -1,
  /** A key, a value, a state or a result is not data. */
  value: -2,
  /** A key is longer than the limit. */
  key: -3,
  /** A value is longer than the limit. */
  valueSize: -4,
  /** More was emitted than the limit. */
  output: -5,
  /** A record is not in its format. */
  record: -6,
  /** A state that came from elsewhere is malformed. */
  state: -7,
  /** There is no program. */
  program: -8,
} as const;

/** One of {@link status}. */
export type Failure = (typeof status)[keyof typeof status];

/** What is said of {@link status}.output. */
export const outputText: string = "more was emitted than limits.outputMiB";

/**
 * The first thing that was refused while a record was mapped. It stands even where the program catches the error that
 * it got.
 */
export class Verdict {
  failure: Failure | 0 = 0;
  text = "";

  /** Forgets what was refused. */
  clear(): void {
    this.failure = 0;
    this.text = "";
  }

  /** Remembers `failure` if it is the first, and throws an error for the program to see. */
  refuse(failure: Failure, text: string): never {
    this.note(failure, text);
    throw typeError(text);
  }

  /** {@link refuse} of more than may be put out. */
  refuseOutput(): never {
    return this.refuse(status.output, outputText);
  }

  note(failure: Failure, text: string): void {
    if (this.failure !== 0) return;
    this.failure = failure;
    this.text = text;
  }
}

const maxText = 4096;

/** @returns what a program threw, in words. It may be anything, and its getters may throw in turn. */
export function describe(thrown: unknown): string {
  try {
    if (typeof thrown !== "object" || thrown === null) return clip(typeof thrown === "string" ? thrown : typeof thrown);
    const { name, message } = thrown as { name?: unknown; message?: unknown };
    return clip(`${typeof name === "string" ? name : "an object"}: ${typeof message === "string" ? message : ""}`);
  } catch {
    return "something that throws when it is looked at";
  }
}

function clip(text: string): string {
  return text.length > maxText ? slice(text, 0, maxText) : text;
}
