/**
 * The first thread of a sandbox's own process. It starts the sandbox in a second thread, carries sealed messages between
 * its port and the pipe, and looks after the memory of both. It is the launcher's side of the wall, as the
 * coordinator's process is for a thread: it holds no key, and cannot quote.
 */

import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { MessageChannel, type MessagePort } from "node:worker_threads";

import { fromUtf8 } from "../../crypto/bytes.ts";
import { makePulse, PulseReader } from "../pulse.ts";
import { isReturned, maxParts, owned } from "../message.ts";
import { ThreadPool } from "../thread-pool.ts";
import { growthBytes } from "./allowance.ts";
import { lastWord } from "./cause.ts";
import { encodeBeat, frameKinds, FrameReader, FrameWriter, maxFrameBytes, readFrames } from "./frames.ts";
import { parseOrder, pipeNumber } from "./order.ts";

const lookMs = 25;

/** Serves one sandbox until it ends or the launcher is gone. */
export function runChild(): void {
  const pipe = new Socket({ fd: pipeNumber, readable: true, writable: true });
  pipe.on("error", () => die("SANDBOX_DIED")).on("close", () => die("SANDBOX_DIED"));
  const child = new Child(new FrameWriter(pipe));
  const reader = new FrameReader(maxFrameBytes, (kind, parts) => child.take(kind, parts));
  readFrames(pipe, reader, () => die("MESSAGE_FORMAT"));
}

class Child {
  readonly #writer: FrameWriter;
  readonly #asked = new MessageChannel();
  readonly #quoted = new MessageChannel();
  readonly #port: MessagePort = this.#asked.port1;
  readonly #platform: MessagePort = this.#quoted.port1;
  readonly #shared = makePulse();
  readonly #pulse = new PulseReader(this.#shared);
  readonly #base = process.memoryUsage.rss();
  #count = 0;
  #limit = 0;
  /** Messages that the sandbox has not answered, and their bytes. */
  #open = 0;
  #given = 0;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
    this.#port.on("message", (received: unknown) => this.#answered(received));
    this.#platform.on("message", (received: unknown) => this.#asksForQuote(received));
  }

  take(kind: number, parts: readonly Uint8Array[]): void {
    if (kind === frameKinds.start) this.#start(parts[0] ?? new Uint8Array());
    else if (kind === frameKinds.message) this.#give(parts);
    else if (kind === frameKinds.quote) this.#platform.postMessage(parts[0] === undefined ? null : fromUtf8(parts[0]));
    else die("MESSAGE_FORMAT");
  }

  #start(order: Uint8Array): void {
    const { role, path, memoryMiB } = parseOrder(order);
    this.#limit = growthBytes(memoryMiB);
    const pool = new ThreadPool({ path, memoryMiB, threads: 1 });
    const task = { role, port: this.#asked.port2, platform: this.#quoted.port2, pulse: this.#shared };
    setInterval(() => this.#look(), lookMs);
    pool.run(task, new AbortController().signal).then(
      () => die("SANDBOX_DIED"),
      (error: unknown) => die(isOutOfMemory(error) ? "LIMIT_MEMORY" : "SANDBOX_DIED"),
    );
  }

  #give(parts: readonly Uint8Array[]): void {
    this.#open += 1;
    this.#given += parts.reduce((sum, { length }) => sum + length, 0);
    this.#port.postMessage(parts, owned(parts));
  }

  #answered(received: unknown): void {
    if (isReturned(received)) return; // a pipe has no use for it
    if (!isFrames(received)) return die("MESSAGE_FORMAT");
    this.#open -= 1;
    if (this.#open === 0) this.#given = 0;
    this.#writer.write(frameKinds.message, received);
  }

  #asksForQuote(received: unknown): void {
    if (!(received instanceof Uint8Array && received.length === 32)) return die("MESSAGE_FORMAT");
    this.#writer.write(frameKinds.quote, [received]);
  }

  #look(): void {
    if (process.memoryUsage.rss() - this.#base - this.#given > this.#limit) return die("LIMIT_MEMORY");
    const { count } = this.#pulse;
    if (count === this.#count) return;
    this.#count = count;
    this.#writer.write(frameKinds.beat, [encodeBeat(count)]);
  }
}

/** A program may be at work in the other thread, and native code in it waits for nobody: the process ends as a whole. */
function die(word: Parameters<typeof lastWord>[0]): void {
  try {
    writeSync(process.stderr.fd, lastWord(word));
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}

function isFrames(received: unknown): received is readonly Uint8Array[] {
  if (!Array.isArray(received) || received.length > maxParts + 1) return false;
  return received.every((frame) => frame instanceof Uint8Array && frame.buffer instanceof ArrayBuffer);
}

function isOutOfMemory(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_WORKER_OUT_OF_MEMORY";
}
