/** The launcher's end of the pipe to a sandbox in a process of its own. */

import { utf8 } from "../../crypto/bytes.ts";
import type { SealfoldError } from "../../errors.ts";
import type { Launch } from "../sandbox.ts";
import { malformed, owned } from "../message.ts";
import { growthBytes } from "./allowance.ts";
import { Tail } from "./cause.ts";
import { frameKinds, FrameReader, FrameWriter, parseBeat, readFrames } from "./frames.ts";
import { encodeOrder } from "./order.ts";
import { type Spawned, spawnSandbox } from "./spawn.ts";

export interface ProcessLaunchOptions {
  /** The script of the process. */
  readonly entry: string;
  /** The bundle that its sandbox's thread loads. */
  readonly path: string;
  readonly memoryMiB: number;
  /** The sandbox's number. */
  readonly index: number;
}

/**
 * Runs one sandbox in a process of its own; settles when the process is gone.
 * @throws {SealfoldError} LIMIT_MEMORY, MESSAGE_FORMAT or SANDBOX_DIED: no process ends without a reason
 */
export async function launchProcess(
  { entry, path, memoryMiB, index }: ProcessLaunchOptions,
  task: Parameters<Launch>[0],
  end: AbortSignal,
): Promise<never> {
  const { role, port, platform } = task;
  const child = spawnSandbox(entry, memoryMiB);
  const tail = new Tail(child.said);
  let broken: SealfoldError | undefined;
  const refuse = (error: SealfoldError): void => {
    broken ??= error;
    child.kill();
  };
  end.addEventListener("abort", () => child.kill());
  child.pipe.on("error", () => child.kill()); // it closed while it was written to
  try {
    connect(child, { ...task, memoryMiB, refuse }).write(frameKinds.start, [encodeOrder({ role, path, memoryMiB })]);
    await child.gone;
  } finally {
    port.close();
    platform.close();
  }
  throw broken ?? tail.cause(role, index);
}

interface Connection extends Pick<Parameters<Launch>[0], "port" | "platform" | "pulse"> {
  readonly memoryMiB: number;
  readonly refuse: (error: SealfoldError) => void;
}

/** What the process says goes to the ports and the pulse of its sandbox, and what they say goes to the process. */
function connect({ pipe }: Spawned, { port, platform, pulse, memoryMiB, refuse }: Connection): FrameWriter {
  const writer = new FrameWriter(pipe);
  const count = new Int32Array(pulse);
  const reader = new FrameReader(growthBytes(memoryMiB), (kind, parts) => {
    const [first] = parts;
    if (kind === frameKinds.message) port.postMessage(parts, owned(parts));
    else if (kind === frameKinds.quote) platform.postMessage(first ?? null);
    else if (kind === frameKinds.beat) Atomics.store(count, 0, parseBeat(first));
    else throw malformed("frame");
  });
  readFrames(pipe, reader, refuse);
  port.on("message", (frames: readonly Uint8Array[]) => writer.write(frameKinds.message, frames));
  platform.on("message", (quote: string | null) => writer.write(frameKinds.quote, quote === null ? [] : [utf8(quote)]));
  return writer;
}
