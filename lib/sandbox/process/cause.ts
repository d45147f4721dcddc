/** Why a sandbox's process ended: in a code, whatever it said. */

import type { Readable } from "node:stream";

import { type ErrorCode, SealfoldError } from "../../errors.ts";
import type { Role } from "../../identity/evidence.ts";

/** How a process says why it ends itself. What else it says on its way may quote records: it is read for this alone. */
const ownWord = /^sealfold:(LIMIT_MEMORY|SANDBOX_DIED|MESSAGE_FORMAT)$/m;

/** What V8, Node and the C++ library say when there is no memory, or when something is too large to be made. */
const noMemory = /out of memory|Allocation failed|invalid (?:array length|size|table size)|bad_alloc|Cannot allocate/i;

const tailCharacters = 64 * 1024;

/** @returns the line for which the launcher looks */
export function lastWord(code: "LIMIT_MEMORY" | "SANDBOX_DIED" | "MESSAGE_FORMAT"): string {
  return `\nsealfold:${code}\n`;
}

/** Keeps the end of what a process says. It is never shown or sent on. */
export class Tail {
  #text = "";

  constructor(said: Readable) {
    said.setEncoding("latin1").on("data", (text: string) => (this.#text = (this.#text + text).slice(-tailCharacters)));
  }

  /** @returns why the process with this tail ended */
  cause(role: Role, index: number): SealfoldError {
    const code = this.#code();
    const message = code === "SANDBOX_DIED" ? `${role} ${index} died` : undefined;
    return new SealfoldError(code, message, { stage: role });
  }

  #code(): ErrorCode {
    const [, said] = ownWord.exec(this.#text) ?? [];
    if (said !== undefined) return said as ErrorCode;
    return noMemory.test(this.#text) ? "LIMIT_MEMORY" : "SANDBOX_DIED";
  }
}
