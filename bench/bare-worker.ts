/** The unprotected contender's thread: the same map and aggregate, nothing else. Bundled with its program. */

import program from "bench:program";

interface Aggregate {
  zero(): unknown;
  add(state: unknown, value: unknown): unknown;
}

const { map, reduce } = (program as { definition: unknown }).definition as {
  map(record: string, emit: (key: string, value: unknown) => void): void;
  reduce: Aggregate;
};

/** @returns the chunk's states by key. */
export default function mapChunk(chunk: Uint8Array): Map<string, unknown> {
  const groups = new Map<string, { state: unknown }>();
  const emit = (key: string, value: unknown): void => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { state: reduce.add(reduce.zero(), value) });
    else group.state = reduce.add(group.state, value);
  };
  const lines = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) map(line, emit);
  return new Map([...groups].map(([key, { state }]) => [key, state]));
}
