/** Streams of pairs on their way into a realm, in windows; and results on their way out, one by one. */

import { eachPacked } from "../../data/output.ts";
import { PairReader } from "../../data/pair-reader.ts";
import { pairCount, pairsStart } from "../../data/pairs.ts";
import { SealfoldError } from "../../errors.ts";
import type { FinishVisitor } from "./program-realm.ts";

/** Bytes that go in at a time, if no pair is longer. */
const windowBytes = 131_072;

/** Where windows go. */
export interface Merger {
  /** Merges the whole pairs that a window begins with. @returns how many bytes they take */
  merge(window: Buffer): number;
  /** How many pairs were merged. */
  merged(): number;
}

/**
 * Merges the pairs of a stream. Its pairs are read inside alone; here it is seen that all of them are.
 * @returns how many there are
 * @throws {SealfoldError} BATCH_ALTERED
 */
export function mergeWindows(stream: Uint8Array, merger: Merger): number {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const count = pairCount(stream);
  let size = windowBytes;
  for (let at = pairsStart; at < bytes.length;) {
    const end = Math.min(at + size, bytes.length);
    const taken = merger.merge(bytes.subarray(at, end));
    if (taken > end - at) throw new SealfoldError("BUG");
    if (taken === 0 && end === bytes.length) throw malformed();
    size = taken === 0 ? size * 2 : windowBytes;
    at += taken;
  }
  if (merger.merged() !== count) throw malformed();
  return count;
}

/** Takes packed results apart, as texts. */
export function eachResult(packed: Uint8Array, visit: FinishVisitor): void {
  eachPacked(packed, ({ bytes, start, keyEnd, resultStart, end, values, owners }) => {
    const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString();
    const reader = new PairReader(bytes);
    reader.begin(bytes, start + 1, keyEnd);
    const keyLength = reader.varint();
    visit(bytes[start] === 0 ? 0 : 1, text(keyEnd - keyLength, keyEnd), values, owners, text(resultStart, end));
  });
}

function malformed(): SealfoldError {
  return new SealfoldError("BATCH_ALTERED", "a sealed stream is malformed", { stage: "reduce" });
}
