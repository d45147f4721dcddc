/**
 * What crosses the wall of a sandbox: bytes only. A message is an array of byte arrays; the first is a small JSON
 * header `{ id, kind, body }`, the others are its parts. Both sides parse what comes from `unknown`.
 */

import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../crypto/bytes.ts";
import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";

/** The header's bound: a commit set of ten thousand tasks fits. */
export const maxHeaderBytes: number = 64 * 1024 * 1024;
/** A message's bound on parts: the chunks of a task, or two for each of the 4096 partitions that a policy may have. */
export const maxParts = 8192;

export interface Message {
  /** Answers carry the id of what they answer. */
  readonly id: number;
  readonly kind: string;
  readonly body: Body;
  readonly parts: readonly Uint8Array[];
}

/**
 * @returns byte arrays to be posted, all of them
 * @throws {SealfoldError} MESSAGE_FORMAT when the other side would refuse it for its size: whoever sends should know
 */
export function encodeMessage(
  id: number,
  kind: string,
  body: { readonly [field: string]: Json },
  parts: readonly Uint8Array[] = [],
): readonly Uint8Array[] {
  const header = utf8(JSON.stringify({ id, kind, body }));
  if (header.length > maxHeaderBytes) throw malformed("header: it is too long");
  if (parts.length > maxParts) throw malformed("number of parts");
  return [header, ...parts];
}

/**
 * Memory that the sender shares is refused: it could change after it was checked.
 * @throws {SealfoldError} MESSAGE_FORMAT unless `received` is a message within its bounds
 */
export function parseMessage(received: unknown): Message {
  if (!Array.isArray(received) || received.length === 0 || received.length > maxParts + 1)
    throw malformed("number of frames");
  const frames: readonly unknown[] = received;
  for (const frame of frames) bufferOf(frame);
  const [header, ...parts] = frames as readonly Uint8Array[];
  if (header === undefined || header.length > maxHeaderBytes) throw malformed("header");
  const { id, kind, body } = parseHeader(header);
  if (!Number.isSafeInteger(id) || typeof kind !== "string" || !isRecord(body)) throw malformed("header");
  return { id: id as number, kind, body: new Body(body), parts };
}

/** Memory that a sandbox was given with a question and does not need any more. */
export interface Returned {
  /** The question's. */
  readonly id: number;
  /** Bytes of whatever content, which whoever gets them does not read. */
  readonly memory: readonly Uint8Array[];
}

/** Whether `received` is what {@link parseReturned} reads, or a message. */
export function isReturned(received: unknown): boolean {
  return !Array.isArray(received);
}

/**
 * Memory is used again, so that each buffer comes once, and none is shared.
 * @throws {SealfoldError} MESSAGE_FORMAT unless `received` is that
 */
export function parseReturned(received: unknown): Returned {
  if (!isRecord(received)) throw malformed("frame");
  const { id, memory } = received;
  if (!Number.isSafeInteger(id) || !Array.isArray(memory) || memory.length > maxParts) throw malformed("return");
  const frames: readonly unknown[] = memory;
  const buffers = new Set(frames.map(bufferOf));
  if (buffers.size !== frames.length) throw malformed("return: memory comes twice");
  return { id: id as number, memory: frames as readonly Uint8Array[] };
}

/** The buffers that may be moved instead of copied: those that a frame fills whole, each once. */
export function owned(frames: readonly Uint8Array[]): ArrayBuffer[] {
  return buffersOf(frames.filter(({ buffer, byteLength }) => buffer.byteLength === byteLength));
}

/** All buffers of `frames`, whose whole memory is the sender's own, each once. */
export function buffersOf(frames: readonly Uint8Array[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer } of frames) if (buffer instanceof ArrayBuffer) buffers.add(buffer);
  return [...buffers];
}

/** @throws {SealfoldError} MESSAGE_FORMAT unless `frame` is bytes of a buffer that nobody shares */
function bufferOf(frame: unknown): ArrayBuffer {
  if (!(frame instanceof Uint8Array && frame.buffer instanceof ArrayBuffer)) throw malformed("frame");
  return frame.buffer;
}

/** The fields of a message, each taken with the kind it must have. */
export class Body {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** @throws {SealfoldError} MESSAGE_FORMAT unless `value` is an object, called `what` */
  static of(value: unknown, what: string): Body {
    if (!isRecord(value)) throw malformed(what);
    return new Body(value);
  }

  /** A field that is a document of its own, for that document's parser. */
  document(name: string): unknown {
    if (!Object.hasOwn(this.#fields, name)) throw malformed(name);
    return this.#fields[name];
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string") throw malformed(name);
    return value;
  }

  /** Text of the field, or `undefined` where there is no such field. */
  optionalText(name: string): string | undefined {
    return this.#fields[name] === undefined ? undefined : this.text(name);
  }

  optionalInteger(name: string): number | undefined {
    return this.#fields[name] === undefined ? undefined : this.integer(name);
  }

  integer(name: string, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#fields[name];
    if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > most) throw malformed(name);
    return value as number;
  }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw malformed(name);
    return value;
  }

  /** A list of objects, each read by its fields. */
  records(name: string): readonly Body[] {
    return this.list(name).map((entry) => Body.of(entry, name));
  }

  /** Bytes spelt in base64url, `length` long where given. */
  bytes(name: string, length?: number): Uint8Array {
    return parseBytes(this.#fields[name], name, length);
  }

  /** A list of such bytes, each `length` long. */
  bytesList(name: string, length: number): readonly Uint8Array[] {
    return this.list(name).map((entry) => parseBytes(entry, name, length));
  }

  record(name: string): Body {
    return Body.of(this.#fields[name], name);
  }
}

/** JSON from inside a channel: authenticated, and still parsed. */
export function parseBody(bytes: Uint8Array): Body {
  return Body.of(parseJson(bytes), "body");
}

export function encodeBody(body: { readonly [field: string]: Json }): Uint8Array {
  return utf8(JSON.stringify(body));
}

/** @returns base64url, the spelling that {@link Body.bytes} reads. */
export const encodeBytes: (bytes: Uint8Array) => string = toBase64url;

/** @throws {SealfoldError} MESSAGE_FORMAT when there is no such part. */
export function partAt(message: Message, index: number): Uint8Array {
  const part = message.parts[index];
  if (part === undefined) throw malformed(`part ${index}`);
  return part;
}

function parseBytes(value: unknown, name: string, length?: number): Uint8Array {
  if (typeof value !== "string") throw malformed(name);
  try {
    return fromBase64url(value, length);
  } catch {
    throw malformed(name); // which spelling it had does not matter to the sender
  }
}

function parseHeader(bytes: Uint8Array): { id?: unknown; kind?: unknown; body?: unknown } {
  const value = parseJson(bytes);
  if (!isRecord(value)) throw malformed("header");
  return value;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    throw malformed("JSON"); // the cause would quote the text
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function malformed(what: string): SealfoldError {
  return new SealfoldError("MESSAGE_FORMAT", `a message across a sandbox's wall has a malformed ${what}`);
}
