/** A partition's results, spread over the outputs whose thresholds they meet: what is under them never leaves. */

import type { Memory } from "../../crypto/memory.ts";
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
   * @param share - how much of all results that is, with those before it: from 0 to 1, or 0 where nobody knows
   * @throws {SealfoldError} BUG unless they are whole, and UTF-8
   */
  addPacked(portion: Uint8Array, share = 0): void {
    eachPacked(portion, (result) => {
      for (const { output, writer } of this.#writers) {
        if (meetsThreshold(output, result.values, result.owners)) writer.copy(result);
      }
    });
    for (const { writer } of this.#writers) writer.expect(share);
  }

  /** @returns the stream of each output, and the memory in which it is sealed */
  finish(): readonly { readonly name: string; readonly stream: Uint8Array; readonly memory: Memory }[] {
    return this.#writers.map(({ output: { name }, writer: { memory }, writer }) => ({
      name,
      stream: writer.finish(),
      memory,
    }));
  }
}
