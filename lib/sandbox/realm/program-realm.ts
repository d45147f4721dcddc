/**
 * What a role sees of a confined program, whatever it was written in: records in, keys with the JSON text of what was
 * gathered under them out.
 */

import type { Capability, KeyType } from "../../data/capabilities.ts";
import type { RecordFormat } from "../../data/format.ts";
import type { KeyKind } from "../../data/keys.ts";
import type { PairsSize } from "../../data/pairs.ts";
import type { EngineLimits } from "../../program/engine.ts";

/** A key that the policy gives a program: usable by its name, never readable. */
export interface GrantedKey {
  readonly name: string;
  readonly type: KeyType;
  /** 32 bytes; the public half where {@link isPublic}. */
  readonly bytes: Uint8Array;
  readonly isPublic: boolean;
}

/** What the policy grants a program beyond its records, for one task or one partition. */
export interface ToolsGrant {
  readonly capabilities: readonly Capability[];
  /** Canonical JSON of the policy in force. */
  readonly policy: string;
  /** Unix seconds, coarse, the same in all sandboxes of a job. */
  readonly clock: number;
  /** 32 bytes from which all that is random for the program is drawn: the same whenever this work is done again. */
  readonly seed: Uint8Array;
  readonly keys: readonly GrantedKey[];
  /** Names of the counters, in the policy's order. */
  readonly counters: readonly string[];
}

/** What a realm is opened for. */
export interface RealmOptions {
  readonly format: RecordFormat;
  readonly limits: EngineLimits;
  /** Bound of a program's own memory, where the realm can bound it by itself. */
  readonly memoryMiB?: number;
  /** Nothing is granted without it. */
  readonly tools?: ToolsGrant;
  /** Called between batches of records: a sign of life. */
  readonly pulse?: () => void;
  /** Gets what a module logs as it comes: for who runs it in a process of their own, and never in a sandbox. */
  readonly log?: (text: string) => void;
}

/** Gets one key with the JSON text of what was gathered under it. */
export type DrainVisitor = (kind: KeyKind, key: string, values: number, state: string) => void;

/**
 * Gets packed pairs, or packed results; the bytes are its own until it returns.
 * @param share - how much of all that is, with what came before it: from 0 to 1, where that is known
 */
export type PackedVisitor = (portion: Uint8Array, share?: number) => void;

/** Gets one key with the JSON text of its result; `owners` are how many owners' values are in it. */
export type FinishVisitor = (kind: KeyKind, key: string, values: number, owners: number, result: string) => void;

/** One program behind its wall. */
export interface ProgramRealm {
  /** Records mapped so far, skipped ones included. */
  readonly records: number;
  /** Records on which the program failed and that were skipped. */
  readonly skipped: number;
  /** What the program threw, or what was refused, in words that may quote a record: for sealed diagnostics only. */
  failureText(): string;
  /**
   * Where the plaintext of the next chunk may be put so that {@link mapChunk} copies it nowhere: memory that the program
   * does not see before. Realms that have no such memory have no such function.
   * @returns `length` bytes of whatever content
   */
  place?(length: number): Uint8Array | undefined;
  /** Says how much will be gathered about, so that room is made at once. Realms that have no use for it have no such function. */
  expect?(size: PairsSize): void;
  /**
   * @param plain - whole records, as `data/format.ts` lays them out
   * @returns how many records were mapped, skipped ones included
   * @throws {SealfoldError} DATA_*, PROGRAM_*, LIMIT_* with the record's number within this realm, from 1
   */
  mapChunk(plain: Uint8Array): number;
  /** Hands out what was gathered under each key, in the order in which keys first came. */
  drain(visit: DrainVisitor): void;
  /** Adds what another realm's {@link drain} handed out; `owner` is whose records it came from. */
  merge(kind: KeyKind, key: string, values: number, state: string, owner?: string): void;
  /** Hands out the result of each key, in the order of `compareKeys`. */
  finish(visit: FinishVisitor): void;
  /** As {@link drain}, many pairs at a time, for `PairWriter.addPacked`. */
  drainPacked(take: PackedVisitor): void;
  /**
   * As {@link merge}, of all pairs of a `PairWriter`'s stream.
   * @returns how many there were
   * @throws {SealfoldError} BATCH_ALTERED when the stream is malformed
   */
  mergePacked(stream: Uint8Array, owner: string): number;
  /** As {@link finish}, many results at a time, for `eachResult`. */
  finishPacked(take: PackedVisitor): void;
  /** What the program counted so far, in the order of the grant's counters; bad records apart. */
  counts(): readonly number[];
  /** What the program narrowed the policy by so far: parsed JSON, which was not yet held against the policy. */
  narrowings(): readonly unknown[];
  /**
   * Begins another task of the same program in the same realm: what was gathered is forgotten, and what the program
   * itself keeps, and did to its realm, stays.
   * @throws {SealfoldError} DENIED_CAPABILITY
   */
  renew(options: RealmOptions): void;
}

/** A program that was checked, for any number of realms. */
export interface OpenableProgram {
  /** @throws {SealfoldError} PROGRAM_*; DENIED_CAPABILITY when the program needs what is not granted */
  open(options: RealmOptions): ProgramRealm;
}
