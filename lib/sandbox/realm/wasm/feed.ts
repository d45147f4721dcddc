/** How records reach a module: a chunk in batches, each put in the module's memory once. */

import { isUtf8 } from "node:buffer";

import type { RecordFormat } from "../../../data/format.ts";
import { SealfoldError } from "../../../errors.ts";
import type { Engine } from "../../../program/engine.ts";
import type { Failure } from "../../../program/verdict.ts";
import { cutLines, cutRecords, linesOf, recordsOf } from "./batches.ts";
import type { WasmInstance } from "./instance.ts";
import { ended, Refusal, refuse } from "./refusal.ts";

/** The realm of a module, which may come to have another engine, and another instance. */
export interface FedRealm {
  /** Whether the module maps many records in one call. */
  readonly isChunked: boolean;
  engine(): Engine;
  instance(): WasmInstance;
  renewInstance(): void;
  /** @returns what a failure of the engine's stands for */
  failure(failure: Failure): SealfoldError;
}

export class Feed {
  readonly isChunked: boolean;
  readonly #realm: FedRealm;

  constructor(realm: FedRealm) {
    this.isChunked = realm.isChunked;
    this.#realm = realm;
  }

  /**
   * Maps the records of a chunk.
   * @param between - called before each batch
   * @throws {SealfoldError} DATA_ENCODING, DATA_RECORD, or what a failure stands for
   */
  chunk(plain: Uint8Array, { kind }: RecordFormat, between: () => void): void {
    const chunk = Buffer.from(plain.buffer, plain.byteOffset, plain.length);
    const isBytes = kind === "bytes";
    if (!isBytes && !isUtf8(chunk)) throw new SealfoldError("DATA_ENCODING");
    const cut = (from: number, to: number): void => {
      between();
      const batch = chunk.subarray(from, to);
      if (this.isChunked) this.#mapBatch(batch);
      else this.#mapRecords(batch, isBytes ? recordsOf : linesOf);
    };
    if (isBytes) cutRecords(chunk, cut, this.#realm.engine().records);
    else cutLines(chunk, cut);
  }

  /** Runs what maps many records; a failure ends all. @param work - answers how many there were */
  run(work: () => number): void {
    const engine = this.#realm.engine();
    engine.thrown = undefined;
    const failure = engine.mapMany(() => ended(work));
    if (failure !== 0) throw this.#realm.failure(failure);
  }

  /** Many records in one call. */
  #mapBatch(batch: Buffer): void {
    this.run(() => {
      const instance = this.#realm.instance();
      const answer = instance.mapChunk(instance.put(batch), batch.length);
      if (answer < 0 || answer > batch.length) refuse(`map_chunk answers ${answer} for ${batch.length} bytes`);
      return answer;
    });
  }

  /** The records lie in the module's memory one after the other. */
  #mapRecords(batch: Buffer, cut: typeof linesOf): void {
    const realm = this.#realm;
    const engine = realm.engine();
    let start = -1;
    let from = 0;
    let length = 0;
    const work = () => {
      const instance = realm.instance();
      if (start === -1) start = instance.put(batch);
      const answer = instance.map(start + from, length);
      if (answer !== 0) refuse(`map answers ${answer}`);
    };
    cut(batch, (recordAt, recordLength) => {
      from = recordAt;
      length = recordLength;
      const { skipped } = engine;
      engine.thrown = undefined;
      const failure = engine.map(work);
      if (failure !== 0) throw realm.failure(failure);
      if (engine.skipped === skipped) return;
      // On another machine the record might be good.
      if (engine.thrown instanceof Refusal && engine.thrown.isOfTheMachine) throw realm.failure(-1);
      // What the module was doing is lost: it is not asked to go on from there.
      realm.renewInstance();
      start = -1;
    });
  }
}
