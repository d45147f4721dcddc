/** A file in blocks that end with lines. */

import { open } from "node:fs/promises";

/** @returns views of the beginnings of buffers that are theirs alone */
export async function* blocksOf(path: string, blockBytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  await using file = await open(path);
  const { size } = await file.stat();
  let rest = new Uint8Array(0);
  for (let at = 0; at < size;) {
    const block = new Uint8Array(rest.length + Math.min(blockBytes, size - at));
    block.set(rest);
    const { bytesRead } = await file.read(block, rest.length, block.length - rest.length, at);
    if (bytesRead === 0) throw new Error(`${path} became shorter`);
    at += bytesRead;
    const filled = block.subarray(0, rest.length + bytesRead);
    const end = at < size ? filled.lastIndexOf(10) + 1 : filled.length;
    rest = filled.slice(end);
    yield filled.subarray(0, end);
  }
}
