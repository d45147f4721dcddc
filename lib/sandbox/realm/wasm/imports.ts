/**
 * The functions of `sealfold/1` that a module calls while it works: numbers in, numbers out. Each looks whether it is the
 * right moment, and takes nothing from outside the module's memory.
 */

import { abiImports, abiModule, boundedPairHead, type Moment, pairHead } from "../../../program/wasm/abi.ts";
import type { Imports, WasmInstance } from "./instance.ts";
import { refuse } from "./refusal.ts";
import type { PackedPair } from "./states.ts";
import { type ProgramTools, toolImports } from "./tool-imports.ts";

/** What becomes of what a module says. Each may refuse. */
export interface Host {
  /** The engine's cell of the key at `bytes[start..end)`; -1 where that is not UTF-8. */
  cellOf(bytes: Uint8Array, start: number, end: number): number;
  /** The most bytes that a key may have. */
  readonly keyBytes: number;
  /** The most bytes that a state may have. */
  readonly valueBytes: number;
  emit(cell: number, value: number): void;
  /** Whether packed pairs have the least and the greatest value too. */
  hasBounds(): boolean;
  /** @param bytes - where its key lies. The pair is used again */
  emitPair(bytes: Uint8Array, pair: Readonly<PackedPair>): void;
  emitState(cell: number, state: Uint8Array): void;
  /** The most bytes of a result's JSON text. */
  readonly answerBytes: number;
  log(text: string): void;
  /** What the policy grants, while a record is mapped or a key is finished. */
  tools(): ProgramTools;
}

/** The most of one message that is kept. */
const maxLog = 1024;

type Work = (a: number, b: number, c: number, d: number, e: number, f: number) => number | void;

/** @returns what `instance` imports, each function refusing at the wrong moment */
export function importsFor(instance: WasmInstance, host: Host): Readonly<Record<string, Imports>> {
  const work: Readonly<Record<string, Work>> = {
    ...emits(instance, host),
    ...toolImports(instance, () => host.tools()),
  };
  const guarded = Object.entries(work).map(([name, call]) => {
    const moments = abiImports.get(name)?.when ?? [];
    return [name, guard(name, call, { instance, moments })] as const;
  });
  return { [abiModule]: Object.fromEntries(guarded) };
}

/** A list of so few is searched faster than anything. */
function guard(name: string, call: Work, at: { instance: WasmInstance; moments: readonly Moment[] }): Work {
  const { instance } = at;
  const [first, second = first, third = first, fourth = first] = at.moments;
  return (a, b, c, d, e, f) => {
    const { moment } = instance;
    if (moment === undefined || (moment !== first && moment !== second && moment !== third && moment !== fourth)) {
      refuse(`${name} is called at the wrong time (${moment ?? "none"})`);
    }
    return call(a, b, c, d, e, f);
  };
}

function emits(instance: WasmInstance, host: Host): Readonly<Record<string, Work>> {
  const cell = (at: number, length: number): number =>
    cellAt(instance, host, instance.memory.expect(at, length), length >>> 0);
  return {
    emit: (at, length, value) => host.emit(cell(at, length), value),
    emit_bytes: (at, length, stateAt, stateLength) =>
      host.emitState(cell(at, length), instance.memory.read(stateAt, stateLength, host.valueBytes)),
    emit_pairs: (at, length) => emitPairs(instance, host, instance.memory.expect(at, length), length >>> 0),
    result: (at, length) => {
      const isResult = instance.moment === "finish";
      if (isResult && length >>> 0 > host.answerBytes)
        refuse("a result is longer than limits.outputMiB", "LIMIT_OUTPUT");
      instance.answer(instance.memory.read(at, length, isResult ? host.answerBytes : host.valueBytes));
    },
    log: (at, length) => {
      const from = instance.memory.expect(at, length);
      host.log(instance.memory.bytes.subarray(from, from + Math.min(length >>> 0, maxLog)).toString());
    },
  };
}

/** Reads pairs one after the other: key length u32, values u32, value f64, perhaps least and greatest f64, key. */
function emitPairs(instance: WasmInstance, host: Host, from: number, length: number): void {
  const { bytes, view } = instance.memory;
  const end = from + length;
  const hasBounds = host.hasBounds();
  const head = hasBounds ? boundedPairHead : pairHead;
  const pair: PackedPair = { keyStart: 0, keyEnd: 0, values: 0, value: 0.5, least: 0.5, greatest: 0.5 };
  for (let at = from; at < end;) {
    if (at + head > end) refuse("the last packed pair is cut");
    const keyLength = view.getUint32(at, true);
    pair.values = view.getUint32(at + 4, true);
    pair.value = view.getFloat64(at + 8, true);
    pair.least = hasBounds ? view.getFloat64(at + pairHead, true) : 0;
    pair.greatest = hasBounds ? view.getFloat64(at + pairHead + 8, true) : 0;
    at += head;
    if (keyLength > end - at) refuse("the key of a packed pair goes on behind the end");
    if (keyLength > host.keyBytes) refuseKey();
    pair.keyStart = at;
    at += keyLength;
    pair.keyEnd = at;
    host.emitPair(bytes, pair);
  }
}

/** @returns the cell of the key at a place that is within the memory */
function cellAt(instance: WasmInstance, host: Host, at: number, length: number): number {
  if (length > host.keyBytes) refuseKey();
  const cell = host.cellOf(instance.memory.bytes, at, at + length);
  return cell === -1 ? refuse("a key is not UTF-8", "PROGRAM_VALUE") : cell;
}

function refuseKey(): never {
  return refuse("a key is longer than limits.keyBytes", "LIMIT_KEY");
}
