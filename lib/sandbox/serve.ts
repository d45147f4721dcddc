/**
 * The inside of the wall: one long task that answers one message after the other on its own port. Errors leave as a
 * code and a place; text and stack stay inside, or go sealed to the policy's diagnostics readers.
 */

import type { MessagePort } from "node:worker_threads";

import type { Json } from "../data/canonical.ts";
import { type ErrorPlace, SealfoldError } from "../errors.ts";
import { buffersOf, encodeMessage, type Message, owned, parseMessage, type Returned } from "./message.ts";

/** What a role answers to one message. Parts are given away: they must not share their memory with anything kept. */
export interface Answer {
  readonly body: { readonly [field: string]: Json };
  readonly parts?: readonly Uint8Array[];
  /** Whether whole buffers move: each part is the only one in its buffer, and nothing else is there. */
  readonly given?: boolean;
  /**
   * Parts of the message that go back, for who gave them to fill them again: each as it came, or wiped. What was opened
   * from them was written elsewhere.
   */
  readonly memory?: readonly Uint8Array[];
}

/** One role's handler. It is never called before its last answer is out. */
export type Handler = (message: Message) => Answer | Promise<Answer>;

/** Serves until the other side closes the port. */
export function serve(port: MessagePort, handle: Handler): Promise<void> {
  return new Promise((resolve) => {
    let turn = Promise.resolve();
    port.on("message", (received: unknown) => {
      turn = turn.then(() => answer(port, handle, received));
    });
    port.on("close", resolve);
  });
}

async function answer(port: MessagePort, handle: Handler, received: unknown): Promise<void> {
  let id = 0;
  try {
    const message = parseMessage(received);
    id = message.id;
    const { body, parts = [], given = false, memory = [] } = await handle(message);
    const frames = encodeMessage(id, "ok", body, parts);
    if (memory.length > 0) port.postMessage({ id, memory } satisfies Returned, buffersOf(memory)); // before the answer
    port.postMessage(frames, given ? buffersOf(parts) : owned(frames));
  } catch (error) {
    port.postMessage(encodeMessage(id, "error", describe(error)));
  }
}

/** A code, a place, and what was sealed for the diagnostics readers: nothing else leaves. */
function describe(error: unknown): { readonly [field: string]: Json } {
  if (!(error instanceof SealfoldError)) return { code: "BUG", place: {}, sealed: [] };
  return {
    code: error.code,
    place: publicPlace(error.place),
    sealed: error instanceof SealedFailure ? error.sealed : [],
  };
}

/** A program's failure with its text sealed to the policy's diagnostics readers. */
export class SealedFailure extends SealfoldError {
  /** `{ reader, text }` with the text sealed one-way to the reader's key. */
  readonly sealed: readonly { readonly reader: string; readonly text: string }[];

  constructor(error: SealfoldError, sealed: SealedFailure["sealed"]) {
    super(error.code, undefined, error.place);
    this.sealed = sealed;
  }
}

function publicPlace(place: ErrorPlace): { readonly [field: string]: Json } {
  const { stage, task, record, field, party } = place;
  return Object.fromEntries(
    Object.entries({ stage, task, record, field, party }).filter((entry) => entry[1] !== undefined),
  ) as { readonly [field: string]: Json };
}
