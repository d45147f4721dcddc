/**
 * The hands of a hostile host: a fleet and a store that pass on what they are told to change, keep or swap. All that a
 * coordinator touches goes through one of the two.
 */

import { MemoryStore, type Store } from "../coordinator/store.ts";
import type { Fleet } from "../sandbox/fleet.ts";
import { Body, type Message } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";

/** One message on its way to a sandbox. */
export interface Asked {
  readonly link: SandboxLink;
  /** Aborted as soon as the sandbox is ended: whoever keeps its answer back need not do so any longer. */
  readonly over: AbortSignal;
  readonly kind: string;
  readonly body: Record<string, unknown>;
  readonly parts: readonly Uint8Array[];
  /** Passes it on, changed or not. */
  forward(body?: Record<string, unknown>, parts?: readonly Uint8Array[]): Promise<Message>;
}

/** What a hostile host does to messages and to what lies in its store. */
export interface Cheat {
  ask?(asked: Asked): Promise<Message>;
  get?(name: string, store: Pick<Store, "get">): Promise<Uint8Array>;
}

/** @returns `message` with other fields in its body, or other parts. */
export function changed(message: Message, fields: Record<string, unknown>, parts?: readonly Uint8Array[]): Message {
  return { ...message, body: new Body(fields), parts: parts ?? message.parts };
}

/** A fleet whose every message passes through `ask`. */
export class CheatingFleet implements Fleet {
  readonly platform: string;
  readonly measurement: Fleet["measurement"];
  readonly #inner: Fleet;
  readonly #ask: NonNullable<Cheat["ask"]>;

  constructor(inner: Fleet, ask: Cheat["ask"]) {
    this.#inner = inner;
    this.#ask = ask ?? ((asked) => asked.forward());
    this.platform = inner.platform;
    this.measurement = inner.measurement;
  }

  get workers(): number {
    return this.#inner.workers ?? Infinity;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    const inner = this.#inner.start(role, index);
    const over = new AbortController();
    void inner.ended.then(() => over.abort());
    const link: SandboxLink = {
      role,
      index,
      ended: inner.ended,
      ask: (kind, body, parts, options) => inner.ask(kind, body, parts, options),
      end: (reason) => {
        inner.end(reason);
        over.abort();
      },
    };
    return {
      ...link,
      ask: (kind, body, parts = [], options = {}) => {
        // Whoever cheats may send the same again, so it gives nothing away for good.
        const forward: Asked["forward"] = (otherBody = body, otherParts = parts) =>
          link.ask(kind, otherBody as typeof body, otherParts, { ...options, given: false });
        return this.#ask({ link, over: over.signal, kind, body, parts, forward });
      },
    };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** A store whose every answer passes through `get`. */
export class CheatingStore extends MemoryStore {
  readonly #get: Cheat["get"];

  constructor(get: Cheat["get"]) {
    super();
    this.#get = get;
  }

  override get(name: string): Promise<Uint8Array> {
    const honest = { get: (other: string) => super.get(other) };
    return this.#get === undefined ? super.get(name) : this.#get(name, honest);
  }
}
