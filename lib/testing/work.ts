/** What a sandbox does for a job, here in this process: it maps, combines and finishes with a program just loaded. */

import type { KeyKind } from "../data/keys.ts";
import type { ErrorCode } from "../errors.ts";
import type { LawName } from "./law-name.ts";

/** One key with its result, both as JSON text. */
export interface Result {
  readonly key: string;
  readonly value: string;
}

/** What is gathered under one key. */
export interface Gathered {
  readonly kind: KeyKind;
  readonly key: string;
  readonly values: number;
  readonly state: string;
}

/** A job that failed. */
export interface Failed {
  readonly code: ErrorCode;
  /** The program's words. */
  readonly text: string;
  /** The place of the record that was mapped last. */
  readonly record: number | undefined;
}

/** Ends what is evaluated. */
export class Ended extends Error {
  readonly failed: Failed;

  constructor(failed: Failed) {
    super(failed.text);
    this.failed = failed;
  }
}

/** One program at work. Whatever fails throws {@link Ended}. */
export interface Work {
  /** Maps records, called by their place, as one task. */
  map(records: readonly unknown[], places: Iterable<number>): void;
  /** Adds what another gathered. */
  merge(part: readonly Gathered[]): void;
  drain(): readonly Gathered[];
  /** @returns the results in the order of an output. */
  finish(): readonly Result[];
}

/** A program as new as often as it is asked for: a fresh realm in a sandbox, fresh variables here. */
export interface Instances {
  begin(): Work;
  /** The same program, whose results show what map emits as far as they can. */
  readonly emitting: Instances;
  /** The laws that cannot be tried on such a program, with the reason. */
  readonly without: ReadonlyMap<LawName, string>;
}
