/** Counts line feeds: one by one where there are few bytes, and sixteen at a time, in WebAssembly, where there are many. */

import { lineFeedBytes } from "./line-feed-bytes.ts";
import { webAssembly, type WasmMemory } from "./web-assembly.ts";

const lineFeed = 0x0a;
/** For fewer bytes no module is loaded. */
const few = 65_536;
/** Bytes that are counted at once: they are copied to where the module sees them, and stay in the processor's first cache. */
const stretch = 16_384;
/** The module counts so many at a time. */
const step = 16;

interface Counter {
  readonly memory: WasmMemory;
  /** As `assembly/line-feeds.ts` says. */
  readonly count: (stop: number) => number;
}

let counter: Counter | undefined;

/** @returns how many bytes of `block[from..to)` are line feeds */
export function countLineFeeds(block: Buffer, from: number, to: number): number {
  return to - from < few ? countOneByOne(block, from, to) : countMany(block, from, to);
}

function countOneByOne(block: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; count++) {
    const found = block.indexOf(lineFeed, at);
    if (found === -1 || found >= to) break;
    at = found + 1;
  }
  return count;
}

function countMany(block: Buffer, from: number, to: number): number {
  counter ??= openCounter();
  const memory = new Uint8Array(counter.memory.buffer, 0, stretch);
  let total = 0;
  for (let at = from; at < to; at += stretch) {
    const part = block.subarray(at, Math.min(at + stretch, to));
    memory.set(part);
    const stop = Math.ceil(part.length / step) * step;
    memory.fill(0, part.length, stop);
    total += counter.count(stop);
  }
  return total;
}

function openCounter(): Counter {
  const module = new webAssembly.Module(lineFeedBytes());
  return new webAssembly.Instance(module, {}).exports as unknown as Counter;
}
