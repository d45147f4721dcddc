/**
 * Sandboxes without threads: the same roles, messages and realms, and no wall around them. For tests that run many jobs;
 * what the walls hold is tested with threads.
 */

import { untilAborted } from "../../lib/coordinator/until-aborted.ts";
import { type Digest, sha256 } from "../../lib/crypto/hash.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import type { Fleet } from "../../lib/sandbox/fleet.ts";
import { encodeMessage, type Message, parseMessage } from "../../lib/sandbox/message.ts";
import { Broker } from "../../lib/sandbox/roles/broker.ts";
import { Mapper } from "../../lib/sandbox/roles/mapper.ts";
import { Reducer } from "../../lib/sandbox/roles/reducer.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import type { Handler } from "../../lib/sandbox/serve.ts";

const roles = { broker: Broker, mapper: Mapper, reducer: Reducer };

export class InProcessFleet implements Fleet {
  readonly platform = "software";
  readonly measurement: Digest = sha256(Uint8Array.of(1));
  readonly #key: SigningKey;
  readonly #clock: () => number;
  /** What ends each sandbox that has not ended. */
  readonly #running = new Set<(reason: SealfoldError) => void>();
  #closed = false;

  constructor(platformKey: SigningKey, clock: () => number = systemSeconds) {
    this.#key = platformKey;
    this.#clock = clock;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    if (this.#closed) throw new SealfoldError("CANCELLED", "the fleet was closed");
    const attester = {
      platform: this.platform,
      quote: (reportData: Digest) => {
        const { measurement } = this;
        return Promise.resolve(softwareQuote({ key: this.#key, measurement, reportData, now: this.#clock() }));
      },
    };
    const over = new AbortController();
    const ended = new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve()));
    const end = (reason?: SealfoldError): void => over.abort(reason ?? new SealfoldError("CANCELLED"));
    this.#running.add(end);
    let handler: Handler | undefined;
    let turn: Promise<unknown> = Promise.resolve();
    const answer = async (message: Message): Promise<Message> => {
      over.signal.throwIfAborted();
      if (handler === undefined) {
        handler = roles[role].open(message, attester, { clock: this.#clock }).handle;
        return across("ok", {}, []);
      }
      const { body, parts = [] } = await handler(message);
      return across("ok", body, parts);
    };
    return {
      role,
      index,
      ended,
      end: (reason) => {
        this.#running.delete(end);
        end(reason);
      },
      ask: (kind, body, parts = []) => {
        const message = across(kind, body, parts);
        const answered = turn.then(() => answer(message));
        turn = answered.catch(() => undefined);
        return untilAborted(answered, over.signal);
      },
    };
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#running) end(new SealfoldError("CANCELLED", "the fleet was closed"));
    this.#running.clear();
    return Promise.resolve();
  }
}

/** What comes of a message when it crosses a port. */
function across(...[kind, body, parts]: Parameters<SandboxLink["ask"]>): Message {
  return parseMessage(structuredClone(encodeMessage(1, kind, body, parts)));
}
