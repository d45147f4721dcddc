/** A bare thread for a program over strings: the same map and aggregate, and nothing else. Bundled with its program. */

import program from "bench:program";

import { textPieces } from "../../lib/sandbox/realm/text-pieces.ts";
import type { BareAggregate } from "../contenders/bare.ts";

const { map, reduce } = (program as { definition: unknown }).definition as {
  map(record: string, emit: (key: string, value: unknown) => void): void;
  reduce: BareAggregate;
};

/** Merges what the threads answer. */
export const aggregate: BareAggregate = reduce;

/** @returns the states of a block of lines, by key */
export default function mapBlock(block: Uint8Array): Map<string, unknown> {
  return mapTexts([Buffer.from(block.buffer, block.byteOffset, block.length).toString("utf8")]);
}

/** As {@link mapBlock}, of one small text after the other. */
export function mapPieces(block: Uint8Array): Map<string, unknown> {
  return mapTexts(textPieces(block));
}

function mapTexts(texts: Iterable<string>): Map<string, unknown> {
  const groups = new Map<string, { state: unknown }>();
  const emit = (key: string, value: unknown): void => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { state: reduce.add(reduce.zero(), value) });
    else group.state = reduce.add(group.state, value);
  };
  for (const text of texts) {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) map(line, emit);
  }
  return new Map([...groups].map(([key, { state }]) => [key, state]));
}
