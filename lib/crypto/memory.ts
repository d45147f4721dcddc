/**
 * Memory of large buffers. The collector learns of a buffer's end long after it; until then every new one is memory that
 * the system has to find and clear, which costs 0.3 to 3 ns a byte where sealing costs 0.25, and 16 MiB of them make V8
 * look through its whole heap. Whoever works on one buffer after the other uses a few of them again.
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";

/** @returns `length` bytes of a buffer of their own, of whatever content: for who writes all of them */
export function unwrittenBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Gives so many bytes of whatever content: new ones, or some that were used before. */
export type Memory = (length: number) => Uint8Array<ArrayBuffer>;

/** @returns the same bytes: in a buffer of their own, which they fill, unless `memory` gives another */
export function copyOf(bytes: Uint8Array, memory: Memory = unwrittenBytes): Uint8Array<ArrayBuffer> {
  const copy = memory(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A port that nobody listens to any more. */
const nowhere: MessagePort = closedPort();

/**
 * Gives a buffer's memory back at once: it is sent to nobody, and so it is nobody's. Whoever makes one after the other
 * gets the same memory again, which is in the processor's cache still.
 * @param buffer - the caller's alone; it has no bytes afterwards
 */
export function letGo(buffer: ArrayBuffer): void {
  nowhere.postMessage(undefined, [buffer]);
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

/** Buffers that were used, and wait to be used again. */
export class Buffers {
  readonly #most: number;
  readonly #idle: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBuffer>();

  /** @param most - how many may wait */
  constructor(most: number) {
    this.#most = most;
  }

  /** @returns `length` bytes of whatever content, at the beginning of a buffer that may be larger */
  take(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#idle.findIndex(({ byteLength }) => byteLength >= length);
    const [buffer] = at === -1 ? [] : this.#idle.splice(at, 1);
    const bytes = buffer === undefined ? unwrittenBytes(length) : new Uint8Array(buffer, 0, length);
    this.#lent.add(bytes.buffer);
    return bytes;
  }

  /** Whether `bytes` lie in a buffer that was taken here, so that nobody has other uses for it. */
  lent({ buffer }: Uint8Array): boolean {
    return buffer instanceof ArrayBuffer && this.#lent.has(buffer);
  }

  /** @param bytes - whose whole buffer is the caller's, who lets it go */
  give({ buffer }: Uint8Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return;
    this.#idle.push(buffer);
    if (this.#idle.length > this.#most) this.#idle.splice(smallest(this.#idle), 1);
  }
}

function smallest(buffers: readonly ArrayBuffer[]): number {
  return buffers.reduce(
    (least, { byteLength }, at) => (byteLength < (buffers[least]?.byteLength ?? 0) ? at : least),
    0,
  );
}
