/** A module's memory as this side sees it: every place that the module names is checked against its size at that moment. */

import { isUtf8 } from "node:buffer";

import type { WasmMemory } from "../../../data/web-assembly.ts";
import { refuse } from "./refusal.ts";

/** The most bytes that one argument of a capability has. */
const maxRead: number = 4 * 2 ** 20;

export class ModuleMemory {
  readonly #memory: WasmMemory;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  /** All of it. To be asked for anew after each call of the module, for it may have grown. */
  get bytes(): Buffer {
    // The buffer of a memory that has grown is left without bytes.
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  /** {@link bytes}, for numbers. */
  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#view;
  }

  /**
   * @returns where the place begins: a number of 32 bits is signed when it comes from a module
   * @throws {Refusal} when it is not within the memory
   */
  expect(at: number, length: number): number {
    const from = at >>> 0;
    if (from + (length >>> 0) > this.bytes.length) {
      refuse(`${length >>> 0} bytes at ${from} are not within the memory's ${this.bytes.length}`);
    }
    return from;
  }

  /**
   * @param most - more bytes are not copied
   * @returns a copy of what is there
   */
  read(at: number, length: number, most: number = maxRead): Uint8Array {
    const from = this.expect(at, length);
    if (length >>> 0 > most) refuse(`${length >>> 0} bytes are more than ${most}`, "LIMIT_VALUE");
    return Uint8Array.prototype.slice.call(this.bytes, from, from + (length >>> 0));
  }

  /** @returns the text that is there. */
  text(at: number, length: number): string {
    const from = this.expect(at, length);
    if (length >>> 0 > maxRead) refuse(`a text has at most ${maxRead} bytes`, "LIMIT_VALUE");
    const bytes = this.bytes.subarray(from, from + (length >>> 0));
    if (!isUtf8(bytes)) refuse("a text is not UTF-8", "PROGRAM_VALUE");
    return bytes.toString();
  }

  write(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, this.expect(at, bytes.length));
  }

  #renew(): void {
    const { buffer } = this.#memory;
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
  }
}
