/**
 * Sandboxes without threads: the same roles, messages and realms, and no wall around them. For tests that run many jobs;
 * what the walls hold is tested with threads.
 */

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

  constructor(platformKey: SigningKey, clock: () => number = systemSeconds) {
    this.#key = platformKey;
    this.#clock = clock;
  }

  start(role: SandboxLink["role"], index: number): SandboxLink {
    const attester = {
      platform: this.platform,
      quote: (reportData: Digest) => {
        const { measurement } = this;
        return Promise.resolve(softwareQuote({ key: this.#key, measurement, reportData, now: this.#clock() }));
      },
    };
    let handler: Handler | undefined;
    let failure: SealfoldError | undefined;
    let turn: Promise<unknown> = Promise.resolve();
    const answer = async (message: Message): Promise<Message> => {
      if (failure !== undefined) throw failure;
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
      ended: new Promise(() => undefined),
      end: (reason) => (failure ??= reason ?? new SealfoldError("CANCELLED")),
      ask: (kind, body, parts = []) => {
        const message = across(kind, body, parts);
        const answered = turn.then(() => answer(message));
        turn = answered.catch(() => undefined);
        return answered;
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** What comes of a message when it crosses a port. */
function across(...[kind, body, parts]: Parameters<SandboxLink["ask"]>): Message {
  return parseMessage(structuredClone(encodeMessage(1, kind, body, parts)));
}
