/**
 * The outside of the wall: one running sandbox as the coordinator sees it. It can be asked, and it can be ended; what
 * it answers are sealed bytes and public metadata.
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";

import type { Json } from "../data/canonical.ts";
import { type ErrorPlace, isErrorCode, SealfoldError } from "../errors.ts";
import type { Role } from "../identity/evidence.ts";
import {
  type Body,
  buffersOf,
  encodeMessage,
  isReturned,
  malformed,
  type Message,
  owned,
  parseMessage,
  parseReturned,
} from "./message.ts";
import { makePulse, PulseReader } from "./pulse.ts";

/** Starts the thread that serves the other ends of the two ports; settles when it has ended. */
export type Launch = (
  task: { role: Role; port: MessagePort; platform: MessagePort; pulse: SharedArrayBuffer },
  end: AbortSignal,
  /** Called when there is a place for it. */
  begun?: () => void,
) => Promise<void>;

/** Answers a request for a platform quote: the launcher's half of attestation. */
export type Quoter = (reportData: Uint8Array) => string;

/** A failure inside a sandbox as it is seen outside: a code, a place, and texts that only their readers can open. */
export class SandboxFailure extends SealfoldError {
  readonly sealed: readonly { readonly reader: string; readonly text: string }[];

  constructor(code: SealfoldError["code"], place: ErrorPlace, sealed: SandboxFailure["sealed"]) {
    super(code, undefined, place);
    this.sealed = sealed;
  }
}

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
  /** Bytes of the question's parts. */
  readonly bytes: number;
  /** Of the buffer of each part, where they may come back. */
  readonly sizes: readonly number[];
  readonly back: AskOptions["back"];
}

/** Milliseconds until a question has failed. */
export interface AskOptions {
  readonly timeout?: number | undefined;
  /** For each batch of records that the sandbox works on meanwhile. */
  readonly batchTimeout?: number | undefined;
  /** Whether the parts are the sandbox's own from then on: nobody else has their buffers, which are moved there. */
  readonly given?: boolean | undefined;
  /**
   * Gets the memory of parts that were given and that the sandbox does not need any more: some of them, before the
   * answer, of whatever content. Whole buffers move then: each part is the only one in its buffer.
   */
  readonly back?: ((memory: readonly Uint8Array[]) => void) | undefined;
}

/** What the coordinator needs of a sandbox; a test may stand between. */
export interface SandboxLink {
  readonly role: Role;
  readonly index: number;
  /**
   * @param parts - copied, so that they can be sent again to a successor, unless they are given
   * @throws {SealfoldError} the sandbox's own code, or SANDBOX_DIED, LIMIT_MEMORY, LIMIT_TIME when it ended
   */
  ask(
    kind: string,
    body: { readonly [field: string]: Json },
    parts?: readonly Uint8Array[],
    options?: AskOptions,
  ): Promise<Message>;
  /** Ends the thread. What was asked and not answered fails with `reason`. */
  end(reason?: SealfoldError): void;
  /** Settles when there is a place to run in: before that nothing can be answered. At once where there is always one. */
  readonly begun?: Promise<void>;
  /** Settles when the thread has ended. */
  readonly ended: Promise<void>;
}

export class Sandbox implements SandboxLink {
  readonly role: Role;
  readonly index: number;
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
  readonly pulse: PulseReader;
  readonly #port: MessagePort;
  readonly #platform: MessagePort;
  readonly #stop = new AbortController();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: SealfoldError | undefined;

  constructor(role: Role, index: number, launch: Launch, quoter: Quoter) {
    this.role = role;
    this.index = index;
    const asked = new MessageChannel();
    const quoted = new MessageChannel();
    this.#port = asked.port1;
    this.#platform = quoted.port1;
    this.#port.on("message", (received: unknown) => this.#answered(received));
    this.#platform.on("message", (received: unknown) => answerQuote(this.#platform, received, quoter));
    const pulse = makePulse();
    this.pulse = new PulseReader(pulse);
    let begin = (): void => undefined;
    this.begun = new Promise((resolve) => (begin = resolve));
    this.ended = launch({ role, port: asked.port2, platform: quoted.port2, pulse }, this.#stop.signal, begin).then(
      () => this.#over(new SealfoldError("SANDBOX_DIED", `${role} ${index} ended by itself`, { stage: role })),
      (error: unknown) => this.#over(describeEnd(error, role, index)),
    );
  }

  /** Bytes of parts that it was sent and has not answered. */
  get given(): number {
    return [...this.#waiting.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  ask: SandboxLink["ask"] = (kind, body, parts = [], { timeout, batchTimeout, given = false, back } = {}) => {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = () => this.end(new SealfoldError("LIMIT_TIME", undefined, { stage: this.role }));
      const bytes = parts.reduce((sum, { length }) => sum + length, 0);
      const sizes = parts.map(({ buffer }) => buffer.byteLength);
      const moved = given ? (back ? buffersOf(parts) : owned(parts)) : [];
      this.#port.postMessage(encodeMessage(id, kind, body, parts), moved);
      const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
      const batch = batchTimeout === undefined ? undefined : watchBatches(this.pulse, batchTimeout, late);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          clearInterval(batch);
          then(value);
        };
      this.#waiting.set(id, {
        resolve: settle(resolve),
        reject: settle(reject),
        bytes,
        sizes,
        back: given ? back : undefined,
      });
    });
  };

  end(reason?: SealfoldError): void {
    this.#fail(reason ?? new SealfoldError("CANCELLED", `${this.role} ${this.index} was ended`));
    this.#stop.abort();
  }

  /** The first reason counts; what is answered after it is not taken any more. */
  #fail(reason: SealfoldError): void {
    this.#failure ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  /** What a sandbox says is parsed like anybody's word; one that does not speak the protocol is ended. */
  #answered(received: unknown): void {
    try {
      if (isReturned(received)) return this.#takeBack(received);
      const message = parseMessage(received);
      const failure = message.kind === "ok" ? undefined : parseFailure(message.body);
      const waiting = this.#waiting.get(message.id);
      if (waiting === undefined) return; // an answer to nothing: a sandbox cannot make the coordinator act by it
      this.#waiting.delete(message.id);
      if (failure === undefined) waiting.resolve(message);
      else waiting.reject(failure);
    } catch (error) {
      this.end(error as SealfoldError);
    }
  }

  /** @throws {SealfoldError} MESSAGE_FORMAT when it is more than what was given */
  #takeBack(received: unknown): void {
    const { id, memory } = parseReturned(received);
    const { sizes = [], back } = this.#waiting.get(id) ?? {};
    if (back === undefined) return; // nobody has a use for it
    const most = Math.max(0, ...sizes);
    const isMore = memory.length > sizes.length || memory.some(({ buffer }) => buffer.byteLength > most);
    if (isMore) throw malformed("return: it is more than what was given");
    back(memory);
  }

  #over(reason: SealfoldError): void {
    this.#fail(reason);
    this.#port.close();
    this.#platform.close();
  }
}

/** Calls `late` when one batch has taken longer than `timeout`; found out within an eighth of that. */
function watchBatches(pulse: PulseReader, timeout: number, late: () => void): NodeJS.Timeout {
  let last = pulse.count;
  let since = performance.now();
  return setInterval(() => {
    const { count } = pulse;
    if (count !== last || !PulseReader.isBusy(count)) {
      last = count;
      since = performance.now();
    } else if (performance.now() - since >= timeout) late();
  }, timeout / 8);
}

/** No quote is an answer too: the sandbox says what it lacks. */
function answerQuote(port: MessagePort, received: unknown, quoter: Quoter): void {
  try {
    const asked = received instanceof Uint8Array && received.length === 32;
    port.postMessage(asked ? quoter(received) : null);
  } catch {
    port.postMessage(null); // a platform that cannot quote; the sandbox's own code says so
  }
}

/** @throws {SealfoldError} MESSAGE_FORMAT when `body` is not what a sandbox answers when it fails */
function parseFailure(body: Body): SandboxFailure {
  const code = body.text("code");
  if (!isErrorCode(code)) throw malformed("code");
  const sealed = body.records("sealed").map((entry) => ({ reader: entry.text("reader"), text: entry.text("text") }));
  return new SandboxFailure(code, parsePlace(body.record("place")), sealed);
}

function parsePlace(place: Body): ErrorPlace {
  const texts = (["stage", "field", "party"] as const).map((name) => [name, place.optionalText(name)] as const);
  const numbers = (["task", "record"] as const).map((name) => [name, place.optionalInteger(name)] as const);
  return Object.fromEntries([...texts, ...numbers].filter(([, value]) => value !== undefined));
}

function describeEnd(error: unknown, role: Role, index: number): SealfoldError {
  if (error instanceof SealfoldError) return error; // from a launcher that knows
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ERR_WORKER_OUT_OF_MEMORY") return new SealfoldError("LIMIT_MEMORY", undefined, { stage: role });
  const cause = error instanceof Error ? error : undefined;
  return new SealfoldError("SANDBOX_DIED", `${role} ${index} died`, { stage: role }, cause && { cause });
}
