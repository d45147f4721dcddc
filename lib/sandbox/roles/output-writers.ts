/** A partition's results, spread over the outputs whose thresholds they meet: what is under them never leaves. */

import { eachPacked, ResultWriter } from "../../data/output.ts";
import type { PolicyOutput } from "../../policy/policy.ts";
import { meetsThreshold } from "../../policy/questions.ts";

export class OutputWriters {
  readonly #writers: readonly { readonly output: PolicyOutput; readonly writer: ResultWriter }[];

  constructor(outputs: readonly PolicyOutput[]) {
    this.#writers = outputs.map((output) => ({ output, writer: new ResultWriter() }));
  }

  /**
   * Adds results as `ProgramRealm.finishPacked` hands them out.
   * @throws {SealfoldError} BUG unless they are whole, and UTF-8
   */
  addPacked(portion: Uint8Array): void {
    eachPacked(portion, (result) => {
      for (const { output, writer } of this.#writers) {
        if (meetsThreshold(output, result.values, result.owners)) writer.copy(result);
      }
    });
  }

  finish(): readonly { readonly name: string; readonly stream: Uint8Array }[] {
    return this.#writers.map(({ output: { name }, writer }) => ({ name, stream: writer.finish() }));
  }
}
