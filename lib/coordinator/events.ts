/**
 * What a coordinator tells while it works: public metadata only. Each event is told at the point that it names, in
 * order, and whoever listens is done with it before the coordinator goes on.
 */

import type { ErrorCode } from "../errors.ts";
import type { Role } from "../identity/evidence.ts";

/** Who does the items of a stage: tasks (map) or partitions (reduce). */
export type StageRole = "mapper" | "reducer";

interface OfSandbox {
  readonly role: Role;
  /** The sandbox's own: of a mapper its slot, of a reducer its partition. */
  readonly index: number;
}

interface OfItem {
  readonly role: StageRole;
  /** A task, or a partition. */
  readonly item: number;
}

/** A step of a job. Bytes are of sealed input. */
export type JobEvent =
  /** A sandbox was started. */
  | ({ readonly kind: "start" } & OfSandbox)
  /** It was appraised, and joined. */
  | ({ readonly kind: "attest"; readonly certId?: string; readonly evidence: string } & OfSandbox)
  | {
      readonly kind: "plan";
      readonly jobId: string;
      readonly tasks: number;
      readonly partitions: number;
      readonly bytes: number;
    }
  /** An item is about to be attempted in a slot; `attempt` counts from 0. */
  | ({
      readonly kind: "assign";
      readonly index: number;
      readonly attempt: number;
      readonly speculative: boolean;
    } & OfItem)
  /** The broker gave the keys of an item to a sandbox. */
  | ({ readonly kind: "grant"; readonly index: number } & OfItem)
  /** An item is done, for good; `reused` where it was done before this run. */
  | ({
      readonly kind: "commit";
      readonly done: number;
      readonly total: number;
      readonly bytes: number;
      readonly reused: boolean;
    } & OfItem)
  /** An attempt failed for `code`; the next one comes after `delayMs`. `failures` are the item's so far. */
  | ({
      readonly kind: "retry";
      readonly code: ErrorCode;
      readonly failures: number;
      readonly delayMs: number;
    } & OfItem)
  /** An attempt is slow, and gets a rival in the slot `index`. */
  | ({ readonly kind: "speculate"; readonly index: number } & OfItem)
  /** A sandbox ended before its work. */
  | ({ readonly kind: "die"; readonly code: ErrorCode } & OfSandbox)
  /** Another is about to be started in the place of one that ended for `code`. */
  | ({ readonly kind: "replace"; readonly code: ErrorCode } & OfSandbox)
  /** A broker's successor took over: with the shares of its state, or provisioned anew. */
  | { readonly kind: "recover"; readonly how: "shares" | "anew" }
  /** A job goes on from what was kept of it. */
  | {
      readonly kind: "resume";
      readonly reused: Readonly<Record<string, number>>;
      readonly redone: readonly { readonly what: string; readonly why: string }[];
    }
  | { readonly kind: "release"; readonly jobId: string };

export type JobListener = (event: JobEvent) => void;
