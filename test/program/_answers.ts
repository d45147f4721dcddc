/** What a program that reads text came to: by an engine that does all by itself, or has a scanner. */

import { utf8 } from "../../lib/crypto/bytes.ts";
import { Engine, type EngineLimits } from "../../lib/program/engine.ts";
import type { AnyDefinition, Text } from "../../lib/program/index.ts";
import { Scanner } from "../../lib/program/scanner.ts";
import { TextRecords } from "../../lib/program/text-records.ts";
import { scannerModule } from "../../lib/sandbox/realm/scanner-module.ts";

export type AnyMap = (record: Text, emit: AnyEmit) => void;

export interface AnyEmit {
  (key: unknown, value: unknown): void;
  each(keys: unknown, value: unknown): void;
}

/** A program, and its chunks. */
export interface Run {
  readonly map: AnyMap;
  readonly reduce: unknown;
  readonly chunks: readonly string[];
  readonly limits?: Partial<EngineLimits>;
}

const limits: EngineLimits = { keyBytes: 100, valueBytes: 100, outputBytes: 2 ** 20, badRecords: 0 };

/** @returns the failure or 0, records, bad ones, words of the failure, and each key with what is under it */
export function answerOf({ map, reduce, chunks, limits: lower }: Run, scanner?: Scanner): readonly unknown[] {
  const engine = new Engine({ map, reduce, records: "text" } as AnyDefinition, { ...limits, seed: 77, ...lower });
  const records = new TextRecords(engine, scanner);
  let failure = 0;
  for (const chunk of chunks) if (failure === 0) failure = mapChunk(records, utf8(chunk));
  if (failure === 0) records.settle();
  const cells = Array.from(engine.cells, ({ index, kind, key, values }) => {
    return [kind, key, values, engine.stateText(index), engine.resultText(index)];
  });
  return [failure, engine.records, engine.skipped, engine.failureText, failure < 0 ? [] : cells];
}

/** @returns a scanner of its own for who asks */
export function newScanner(): Scanner {
  return new Scanner(scannerModule());
}

function mapChunk(records: TextRecords, bytes: Uint8Array): number {
  const { length } = bytes;
  const buffer = records.place(length) ?? new ArrayBuffer(length);
  new Uint8Array(buffer).set(bytes, records.offset);
  let from = 0;
  while (from >= 0 && from < length) from = records.mapLines({ buffer, length, from });
  return Math.min(from, 0);
}
