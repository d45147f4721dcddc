/**
 * The outside of a realm's wall. A program runs in a fresh V8 realm of its own, in the same thread; this side calls the
 * functions that `boot.ts` made in there, and passes numbers and strings both ways. No object or function of this side
 * ever enters, and nothing that the program made is looked at here.
 */

import { isUtf8 } from "node:buffer";
import vm from "node:vm";

import { capabilities, type Capability } from "../../data/capabilities.ts";
import { systemRandom } from "../../crypto/random.ts";
import type { RecordFormat } from "../../data/format.ts";
import type { KeyKind } from "../../data/keys.ts";
import { type PairsSize, sizeOfPairs } from "../../data/pairs.ts";
import { type ErrorCode, SealfoldError } from "../../errors.ts";
import { canonicalProgram } from "../../program/canonical-program.ts";
import { failureCodes } from "../../program/failure-codes.ts";
import { orderOfKeys } from "../../program/key-order.ts";
import { textBit } from "../../program/needs.ts";
import { readJson } from "../../program/read-json.ts";
import { expectTextFormat } from "../../program/text-format.ts";
import { type Failure, status } from "../../program/verdict.ts";
import type { BootOptions, Inside } from "./boot.ts";
import { bootText } from "./boot-text.ts";
import { expectBytes, expectCount, expectDoubles, expectIntegers, expectNumber, expectText } from "./outcome.ts";
import { eachResult, mergeWindows } from "./packed-streams.ts";
import type { DrainVisitor, FinishVisitor, PackedVisitor, ProgramRealm, RealmOptions } from "./program-realm.ts";
import { expectGranted, OutputRoom, OwnerSigns } from "./tally.ts";
import { scannerModule } from "./scanner-module.ts";
import { textPieces } from "./text-pieces.ts";
import { openVault, type Vault } from "./vault.ts";

/** A program that was checked and compiled, for any number of realms. */
export interface RealmProgram {
  readonly boot: vm.Script;
  readonly script: vm.Script;
}

/**
 * Checks that `text` is its own canonical form, so that V8 compiles exactly what was checked.
 * @throws {SealfoldError} PROGRAM_REFUSED when it is not
 */
export function checkProgram(text: string): RealmProgram {
  if (canonicalProgram(text) !== text) {
    throw new SealfoldError("PROGRAM_REFUSED", "the program's bytes are not canonical; build them with buildProgram()");
  }
  return { boot: compile(bootText("boot"), "boot.js"), script: compile(text, "program.js") };
}

function compile(text: string, filename: string): vm.Script {
  try {
    return new vm.Script(text, { filename });
  } catch {
    // What V8 says quotes the program; the code is enough here.
    throw new SealfoldError("PROGRAM_REFUSED", "V8 does not compile the program");
  }
}

/** One program in a realm of its own: for one task, unless {@link Realm.renew} begins another in it. */
export class Realm implements ProgramRealm {
  readonly #inside: Inside;
  readonly #needs: readonly Capability[];
  readonly #readsText: boolean;
  readonly #owners = new OwnerSigns();
  #options: RealmOptions;
  #failureText = "";
  #vault: Vault | undefined;

  private constructor(inside: Inside, { needs, readsText }: Loaded, options: RealmOptions) {
    this.#inside = inside;
    this.#needs = needs;
    this.#readsText = readsText;
    this.#options = options;
    this.renew(options);
  }

  /**
   * @param program - canonical text, or what {@link checkProgram} made of it: cheaper for many realms
   * @throws {SealfoldError} PROGRAM_REFUSED when the text is not canonical; PROGRAM_EXPORT when its script gives no
   * program; PROGRAM_THREW when the script throws, with what it threw in words as `cause`; DENIED_CAPABILITY when the
   * program needs what `options.tools` do not grant
   */
  static open(program: string | RealmProgram, options: RealmOptions): Realm {
    const { boot, script } = typeof program === "string" ? checkProgram(program) : program;
    const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
      codeGeneration: { strings: false, wasm: false },
      microtaskMode: "afterEvaluate",
    });
    const bootInside = boot.runInContext(context, { displayErrors: false }) as () => Inside;
    const inside = bootInside();
    return new Realm(inside, load(inside, script, context), options);
  }

  /**
   * Begins another task in this realm: what was gathered is forgotten, what the program itself keeps stays.
   * @throws {SealfoldError} DENIED_CAPABILITY
   */
  renew(options: RealmOptions): void {
    expectGranted(this.#needs, options, "the program needs");
    this.#options = options;
    this.#owners.clear();
    this.#failureText = "";
    this.#vault?.close();
    this.#vault = vaultFor(this.#needs, options);
    const scanner = this.#readsText ? scannerModule() : undefined;
    this.#inside.begin(bootOptions(this.#needs, options), this.#vault?.call, scanner);
  }

  /** Records mapped so far, skipped ones included. */
  get records(): number {
    return expectNumber(this.#inside.records());
  }

  /** Records on which the program failed and that were skipped. */
  get skipped(): number {
    return expectNumber(this.#inside.skipped());
  }

  /** What the program threw, or what was refused, in words that may quote a record: for sealed diagnostics only. */
  failureText(): string {
    return this.#failureText;
  }

  /** @returns the realm's own buffer, for records that are bytes in there; `undefined` for those that are strings */
  place(length: number): Uint8Array | undefined {
    if (!this.#readsText && this.#options.format.kind !== "bytes") return undefined;
    const buffer = this.#inside.place(length);
    const offset = expectCount(this.#inside.offset());
    return expectBytes(buffer, offset + length).subarray(offset, offset + length);
  }

  /** Makes room for keys at once. Where memory is not enough for so many, it may yet be for those that come. */
  expect({ pairs, bytes }: PairsSize): void {
    this.#inside.expect(pairs, bytes);
  }

  /**
   * @param plain - whole records, as `data/format.ts` lays them out
   * @returns how many records were mapped, skipped ones included
   * @throws {SealfoldError} DATA_FORMAT, DATA_ENCODING, DATA_RECORD, PROGRAM_THREW, PROGRAM_VALUE, LIMIT_KEY, LIMIT_VALUE or
   * LIMIT_OUTPUT, with the record's number within this realm, from 1
   */
  mapChunk(plain: Uint8Array): number {
    const before = this.records;
    const { format } = this.#options;
    if (this.#readsText) this.#mapBytes(checkedText(plain, format.kind));
    else if (format.kind === "bytes") this.#mapBytes(plain);
    else for (const text of textPieces(plain)) this.#mapText(text);
    return this.records - before;
  }

  /**
   * Hands out what was gathered under each key, in the order in which keys first came.
   * @throws {SealfoldError} PROGRAM_VALUE when an aggregate's state is not data; LIMIT_OUTPUT
   */
  drain(visit: DrainVisitor): void {
    const count = expectCount(this.#inside.cells());
    const values = expectDoubles(this.#inside.values(), count);
    const room = new OutputRoom(this.#options);
    for (let cell = 0; cell < count; cell++) {
      // Made by a record that was skipped.
      if (values[cell] === 0) continue;
      const kind = this.#inside.kind(cell) === 0 ? 0 : 1;
      const key = expectText(this.#inside.key(cell));
      const state = this.#expectText(this.#inside.state(cell), "map");
      room.take(key, state);
      visit(kind, key, values[cell] as number, state);
    }
  }

  /**
   * As {@link drain}, many pairs at a time, packed.
   * @throws {SealfoldError} PROGRAM_VALUE, LIMIT_OUTPUT
   */
  drainPacked(take: PackedVisitor): void {
    const count = expectCount(this.#inside.cells());
    const room = new OutputRoom(this.#options);
    for (let cell = 0; cell < count;) {
      cell = this.#expectProgress(this.#inside.packPairs(cell), cell, "map");
      this.#takePacked(room, (packed) => take(packed, cell / count));
    }
  }

  /**
   * Adds what another realm's {@link drain} handed out.
   * @param owner - whose records it came from
   * @throws {SealfoldError} PROGRAM_THREW when the program's merge throws; BATCH_ALTERED when the state is malformed
   */
  merge(kind: KeyKind, key: string, values: number, state: string, owner = ""): void {
    this.#expectSuccess(this.#inside.merge(kind, key, values, state, this.#owners.of(owner)), "reduce");
  }

  /**
   * Adds all pairs of a stream.
   * @returns how many there were
   * @throws {SealfoldError} PROGRAM_THREW; BATCH_ALTERED
   */
  mergePacked(stream: Uint8Array, owner: string): number {
    const sign = this.#owners.of(owner);
    const before = expectNumber(this.#inside.merged());
    if (expectCount(this.#inside.cells()) === 0) this.expect(sizeOfPairs([stream])); // no key comes twice in a stream
    return mergeWindows(stream, {
      merge: (window) => {
        this.#options.pulse?.();
        expectBytes(this.#inside.buffer(window.length), window.length).set(window);
        const text = expectNumber(this.#inside.texts()) > 0 ? window.toString("latin1") : "";
        const answer: unknown = this.#inside.mergePairs(window.length, text, sign);
        if (!Number.isSafeInteger(answer) || (answer as number) < 0) throw this.#failure(answer, "reduce");
        return answer as number;
      },
      merged: () => expectNumber(this.#inside.merged()) - before,
    });
  }

  /**
   * Hands out the result of each key, in the order of `compareKeys`.
   * @throws {SealfoldError} PROGRAM_THREW, PROGRAM_VALUE or LIMIT_OUTPUT
   */
  finish(visit: FinishVisitor): void {
    this.finishPacked((results) => eachResult(results, visit));
  }

  /** As {@link finish}, many results at a time, packed. */
  finishPacked(take: PackedVisitor): void {
    const order = this.#order();
    const room = new OutputRoom(this.#options);
    expectIntegers(this.#inside.buffer(order.byteLength), order.length).set(order);
    for (let at = 0; at < order.length;) {
      at = this.#expectProgress(this.#inside.packResults(at, order.length), at, "reduce");
      this.#takePacked(room, (packed) => take(packed, at / order.length));
    }
  }

  /** What the program counted so far, in the order of the grant's counters; bad records apart. */
  counts(): readonly number[] {
    const names = this.#options.tools?.counters ?? [];
    if (!this.#needs.includes("counters")) return names.map(() => 0);
    return names.map((_, counter) => expectCount(this.#inside.counted(counter)));
  }

  /** What the program narrowed the policy by so far: data that was not yet held against the policy. */
  narrowings(): readonly unknown[] {
    const narrowings = readJson(expectText(this.#inside.narrowings()));
    if (!Array.isArray(narrowings)) throw new SealfoldError("BUG");
    return narrowings;
  }

  #mapText(text: string): void {
    for (let at = 0; at < text.length;) {
      this.#options.pulse?.();
      at = this.#expectProgress(this.#inside.mapText(text, at), at, "map");
    }
  }

  #mapBytes(plain: Uint8Array): void {
    const place = this.place(plain.length) as Uint8Array;
    if (place.buffer !== plain.buffer || place.byteOffset !== plain.byteOffset) place.set(plain); // unless it was placed
    for (let at = 0; at < plain.length;) {
      this.#options.pulse?.();
      at = this.#expectProgress(this.#inside.mapBytes(plain.length, at), at, "map");
    }
  }

  /** The cells that have values, in the order of their keys. */
  #order(): Int32Array {
    const inside = this.#inside;
    const count = expectCount(inside.cells());
    const keys = { bytes: expectBytes(inside.keyBytes()), starts: expectIntegers(inside.keyStarts(), count + 1) };
    const values = expectDoubles(inside.values(), count);
    return orderOfKeys(keys, count, (cell) => values[cell] !== 0);
  }

  #takePacked(room: OutputRoom, take: PackedVisitor): void {
    const length = expectCount(this.#inside.packedLength());
    if (length === 0) return;
    room.takeBytes(expectCount(this.#inside.payload()));
    take(expectBytes(this.#inside.packed(), length).subarray(0, length));
  }

  #expectProgress(answer: number, from: number, stage: string): number {
    if (!Number.isSafeInteger(answer) || !(answer > from)) throw this.#failure(answer, stage);
    return answer;
  }

  #expectText(answer: string | number, stage: string): string {
    if (typeof answer === "string") return answer;
    throw this.#failure(answer, stage);
  }

  #expectSuccess(answer: number, stage: string): void {
    if (answer !== 0) throw this.#failure(answer, stage);
  }

  #failure(answer: unknown, stage: string): SealfoldError {
    const code = codeOf(answer);
    this.#failureText = expectText(this.#inside.failureText());
    if (stage !== "map") return new SealfoldError(code, undefined, { stage });
    const record = this.records + (answer === status.record ? 1 : 0);
    return new SealfoldError(code, undefined, { stage, record });
  }
}

/** What a program says of itself. */
interface Loaded {
  readonly needs: readonly Capability[];
  /** Its records are views of bytes. */
  readonly readsText: boolean;
}

/** Runs the program's script. */
function load(inside: Inside, script: vm.Script, context: vm.Context): Loaded {
  try {
    // Its value is the program's own business: never look at it.
    script.runInContext(context, { displayErrors: false });
  } catch (thrown) {
    const cause = expectText(inside.describe(thrown));
    throw new SealfoldError("PROGRAM_THREW", "the program threw while it was loaded", { stage: "load" }, { cause });
  }
  const bits = expectNumber(inside.load());
  if (!Number.isInteger(bits) || bits < 0 || bits >= 2 * textBit) {
    throw new SealfoldError(codeOf(bits), undefined, { stage: "load" });
  }
  const needs = capabilities.filter((_, index) => (bits & (1 << index)) !== 0);
  return { needs, readsText: (bits & textBit) !== 0 };
}

function bootOptions(needs: readonly Capability[], { format, limits, tools }: RealmOptions): string {
  const columns = format.kind === "csv" ? format.columns : [];
  const [seed] = new Int32Array(Uint8Array.from(systemRandom(4)).buffer);
  const options: BootOptions = { format: format.kind, columns, limits: { ...limits, seed: seed as number } };
  if (needs.length === 0 || tools === undefined) return JSON.stringify(options);
  const policy = needs.includes("policy.query") ? tools.policy : "null";
  return JSON.stringify({ ...options, tools: { policy, clock: tools.clock, counters: tools.counters } });
}

/** Keys are where no program is; who needs none, pays for none. */
function vaultFor(needs: readonly Capability[], { tools }: RealmOptions): Vault | undefined {
  const isNeeded = needs.includes("crypto") || needs.includes("random");
  return isNeeded && tools !== undefined ? openVault(tools) : undefined;
}

/** @returns what a status is called. An object would be asked for its name. */
function codeOf(answer: unknown): ErrorCode {
  return typeof answer === "number" && Object.hasOwn(failureCodes, answer) ? failureCodes[answer as Failure] : "BUG";
}

/** @returns `plain`, in which no line is cut within a character */
function checkedText(plain: Uint8Array, kind: RecordFormat["kind"]): Uint8Array {
  expectTextFormat(kind);
  if (!isUtf8(plain)) throw new SealfoldError("DATA_ENCODING");
  return plain;
}
