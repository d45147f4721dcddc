/** A partition's results, spread over the outputs whose thresholds they meet: what is under them never leaves. */

import type { KeyKind } from "../../data/keys.ts";
import { ResultWriter } from "../../data/output.ts";
import type { PolicyOutput } from "../../policy/policy.ts";
import { meetsThreshold } from "../../policy/questions.ts";

/** One result, as `ProgramRealm.finish` hands it out. */
export type FinishedResult = readonly [kind: KeyKind, key: string, values: number, owners: number, result: string];

export class OutputWriters {
  readonly #writers: readonly { readonly output: PolicyOutput; readonly writer: ResultWriter }[];

  constructor(outputs: readonly PolicyOutput[]) {
    this.#writers = outputs.map((output) => ({ output, writer: new ResultWriter() }));
  }

  add(...[kind, key, values, owners, result]: FinishedResult): void {
    for (const { output, writer } of this.#writers) {
      if (meetsThreshold(output, values, owners)) writer.add(kind, key, result);
    }
  }

  finish(): readonly { readonly name: string; readonly stream: Uint8Array }[] {
    return this.#writers.map(({ output: { name }, writer }) => ({ name, stream: writer.finish() }));
  }
}
