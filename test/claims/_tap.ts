/** Keeps whatever passes between this thread and others, and whatever is stored: the coordinator's hands. */

import { MessagePort } from "node:worker_threads";

import { MemoryStore } from "../../lib/coordinator/store.ts";

type Listener = (value: unknown) => void;

/** Everything is kept from the moment this is made until it is closed, by whichever port of this thread it passes. */
export class Tap implements Disposable {
  /** How often something was seen on each way. */
  readonly counts: Record<"sent" | "received" | "stored", number> = { sent: 0, received: 0, stored: 0 };
  /** Parts of questions whose memory came back. */
  returned = 0;
  readonly #seen: Buffer[] = [];
  readonly #undo: (() => void)[];

  constructor() {
    const keep = (way: keyof Tap["counts"], ...values: readonly unknown[]): void => {
      this.counts[way]++;
      this.keep(values);
    };
    const takeBack = (value: unknown): void => void (this.returned += returnedIn(value));
    this.#undo = [
      replace(MessagePort.prototype, "postMessage", (post) => {
        return function (this: MessagePort, ...args: Parameters<MessagePort["postMessage"]>): void {
          keep("sent", args[0]);
          post.apply(this, args);
        };
      }),
      replace(MessagePort.prototype, "on", (on) => {
        return function (this: MessagePort, name: string, listen: Listener): MessagePort {
          const heard: Listener = (value) => {
            keep("received", value);
            takeBack(value);
            listen(value);
          };
          return (on as (name: string, listen: Listener) => MessagePort).call(this, name, heard);
        } as typeof on;
      }),
      replace(MemoryStore.prototype, "put", (put) => {
        return function (this: MemoryStore, name: string, bytes: Uint8Array): Promise<void> {
          keep("stored", name, bytes);
          return put.call(this, name, bytes);
        };
      }),
    ];
  }

  /** Keeps what comes by another way: a receipt, an error. */
  keep(value: unknown): void {
    this.#keep(value, new Set());
  }

  /** Whether `marker` was seen in any spelling in which it could stand: bytes, text, UTF-16, hex, base64. */
  holds(marker: string | Uint8Array): boolean {
    const raw = Buffer.from(marker as string);
    const texts = typeof marker === "string" ? [marker.toUpperCase()] : [];
    const utf8 = [raw, ...[...texts, raw.toString("hex")].map((text) => Buffer.from(text))];
    const base64 = (["base64", "base64url"] as const).flatMap((spelling) =>
      [0, 1, 2].map((shift) => {
        const text = Buffer.concat([Buffer.alloc(shift), raw]).toString(spelling);
        return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -4)); // the ends depend on the neighbours
      }),
    );
    const wide = typeof marker === "string" ? [Buffer.from(marker, "utf16le")] : [];
    const spellings = [...utf8, ...base64, ...wide];
    return this.#seen.some((bytes) => spellings.some((spelling) => bytes.includes(spelling)));
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo) undo();
  }

  #keep(value: unknown, above: Set<object>): void {
    if (typeof value === "string") this.#seen.push(Buffer.from(value));
    if (typeof value !== "object" || value === null || above.has(value)) return;
    if (ArrayBuffer.isView(value)) {
      this.#seen.push(Buffer.from(Uint8Array.from(Buffer.from(value.buffer, value.byteOffset, value.byteLength))));
      return;
    }
    above.add(value);
    const fields = value instanceof Map ? [...value].flat() : Object.entries(value).flat();
    for (const field of fields) this.#keep(field, above);
    if (value instanceof Error) for (const text of [value.message, value.stack]) this.#keep(text, above);
  }
}

/** @returns how many parts' memory `value` gives back */
function returnedIn(value: unknown): number {
  const { memory } = (value ?? {}) as { readonly memory?: unknown };
  return Array.isArray(memory) ? memory.length : 0;
}

/** Puts another method in place of one of a prototype; gives back what undoes it. */
function replace<T extends object, Name extends keyof T>(
  prototype: T,
  name: Name,
  make: (original: T[Name]) => T[Name],
): () => void {
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  Object.defineProperty(prototype, name, { configurable: true, writable: true, value: make(prototype[name]) });
  return () => {
    if (own === undefined) delete prototype[name];
    else Object.defineProperty(prototype, name, own);
  };
}
