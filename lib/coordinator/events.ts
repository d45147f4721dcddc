/** What a coordinator tells while it works: public metadata only. */

import type { Role } from "../identity/evidence.ts";

/** A step of a job. Counts are of tasks (map) or partitions (reduce); bytes are of sealed input. */
export type JobEvent =
  | { readonly kind: "started"; readonly role: Role; readonly index: number }
  | { readonly kind: "attested"; readonly role: Role; readonly index: number; readonly evidence: string }
  | {
      readonly kind: "planned";
      readonly jobId: string;
      readonly tasks: number;
      readonly partitions: number;
      readonly bytes: number;
    }
  | {
      readonly kind: "mapped";
      readonly task: number;
      readonly done: number;
      readonly tasks: number;
      readonly bytes: number;
    }
  | { readonly kind: "reduced"; readonly partition: number; readonly done: number; readonly partitions: number }
  | { readonly kind: "replaced"; readonly role: Role; readonly index: number; readonly code: string }
  | { readonly kind: "released"; readonly jobId: string };

export type JobListener = (event: JobEvent) => void;
