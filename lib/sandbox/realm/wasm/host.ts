/** What becomes of what a module says: it goes to its engine. */

import type { Engine, EngineLimits } from "../../../program/engine.ts";
import type { AggregateName } from "../../../program/wasm/abi.ts";
import type { Host } from "./imports.ts";
import type { LastPairs } from "./last-pairs.ts";
import { encode } from "./own-aggregate.ts";
import { refuse } from "./refusal.ts";
import { stateOf } from "./states.ts";
import type { ProgramTools } from "./tool-imports.ts";

/** The realm of a module, which may come to have another engine. */
export interface HostedRealm {
  readonly limits: EngineLimits;
  engine(): Engine;
  /** Whose aggregate it is. */
  aggregate(): AggregateName;
  /** Where pairs go once the task's records are at an end; undefined until then. */
  lastPairs(): LastPairs | undefined;
  log(text: string): void;
}

/** @returns the host of that realm's modules */
export function hostOf(realm: HostedRealm): Host {
  const { keyBytes, valueBytes, outputBytes } = realm.limits;
  const expectNamed = (): void => {
    if (realm.aggregate() === "own") refuse("a module with its own aggregate emits by emit_bytes", "PROGRAM_VALUE");
  };
  return {
    cellOf: (bytes, start, end) => realm.engine().groups.findBytes(bytes, start, end),
    keyBytes,
    // As base64 in JSON.
    valueBytes: Math.floor(((valueBytes - 2) * 3) / 4),
    answerBytes: outputBytes,
    emit: (cell, value) => {
      expectNamed();
      realm.engine().emitTo(cell, value);
    },
    hasBounds: () => realm.aggregate() === "min-max-mean",
    emitPair: (bytes, pair) => {
      expectNamed();
      if (!Number.isFinite(pair.value)) refuse("a packed pair's value is no number", "PROGRAM_VALUE");
      if (!Number.isFinite(pair.least) || !Number.isFinite(pair.greatest)) {
        refuse("a packed pair's least or greatest value is no number", "PROGRAM_VALUE");
      }
      const last = realm.lastPairs();
      const engine = realm.engine();
      if (last?.isFull === false && engine.groups.count === 0) return last.add(bytes, pair);
      const cell = engine.groups.findBytes(bytes, pair.keyStart, pair.keyEnd);
      if (cell === -1) refuse("a key is not UTF-8", "PROGRAM_VALUE");
      engine.emitManyTo(cell, pair.values, stateOf(realm.aggregate() as "sum", pair));
    },
    emitState: (cell, state) => {
      if (realm.aggregate() !== "own") refuse("emit_bytes is for an own aggregate", "PROGRAM_VALUE");
      realm.engine().emitManyTo(cell, 1, encode(state));
    },
    log: (text) => realm.log(text),
    tools: () => realm.engine().tools as ProgramTools,
  };
}
