/**
 * What a program in AssemblyScript says to sealfold: the interface `sealfold/1`, documented in ABI.md. A program
 * exports `allocate` of this file, `aggregate`, and `map_chunk` or `map`:
 *
 *   asc program.ts -o program.wasm -O3 --noAssert --runtime minimal --exportStart _initialize --use abort=
 *
 * Neither `Map` nor strings are fast in AssemblyScript: keys are bytes where they lie, and `Table` adds up by them.
 */

// While it maps. Keys are UTF-8.
@external("sealfold/1", "emit")
export declare function emit(key_at: usize, key_length: u32, value: f64): void;
@external("sealfold/1", "emit_bytes")
export declare function emit_bytes(key_at: usize, key_length: u32, state_at: usize, state_length: u32): void;
@external("sealfold/1", "emit_pairs")
export declare function emit_pairs(at: usize, length: u32): void;

// Once in each `combine` and `finish`.
@external("sealfold/1", "result")
export declare function result(at: usize, length: u32): void;

// For the policy's readers of diagnostics.
@external("sealfold/1", "log")
export declare function log(at: usize, length: u32): void;

// Capabilities: whatever a program imports of these, the policy must grant.
@external("sealfold/1", "crypto_hash")
export declare function crypto_hash(kind: u32, data_at: usize, data_length: u32, to: usize): void;
@external("sealfold/1", "crypto_key")
export declare function crypto_key(name_at: usize, name_length: u32): u32;
@external("sealfold/1", "crypto_generate_key")
export declare function crypto_generate_key(type: u32): u32;
@external("sealfold/1", "crypto_import_key")
export declare function crypto_import_key(type: u32, at: usize, length: u32): u32;
@external("sealfold/1", "crypto_derive_key")
export declare function crypto_derive_key(key: u32, info_at: usize, info_length: u32, type: u32): u32;
@external("sealfold/1", "crypto_public_key")
export declare function crypto_public_key(key: u32, to: usize): void;
@external("sealfold/1", "crypto_hmac")
export declare function crypto_hmac(key: u32, data_at: usize, data_length: u32, to: usize): void;
@external("sealfold/1", "crypto_hkdf")
export declare function crypto_hkdf(key: u32, info_at: usize, info_length: u32, to: usize, length: u32): void;
@external("sealfold/1", "crypto_seal")
export declare function crypto_seal(
  key: u32,
  data_at: usize,
  data_length: u32,
  associated_at: usize,
  associated_length: u32,
  to: usize,
): void;
@external("sealfold/1", "crypto_open")
export declare function crypto_open(
  key: u32,
  sealed_at: usize,
  sealed_length: u32,
  associated_at: usize,
  associated_length: u32,
  to: usize,
): i32;
@external("sealfold/1", "crypto_sign")
export declare function crypto_sign(key: u32, data_at: usize, data_length: u32, to: usize): void;
@external("sealfold/1", "crypto_verify")
export declare function crypto_verify(public_at: usize, data_at: usize, data_length: u32, signature_at: usize): i32;
@external("sealfold/1", "crypto_ecdh")
export declare function crypto_ecdh(key: u32, public_at: usize): u32;
@external("sealfold/1", "random")
export declare function random(to: usize, length: u32): void;
@external("sealfold/1", "clock")
export declare function clock(): f64;
@external("sealfold/1", "count")
export declare function count(name_at: usize, name_length: u32, by: f64): void;
@external("sealfold/1", "policy_query")
export declare function policy_query(to: usize, capacity: u32): u32;
@external("sealfold/1", "policy_narrow")
export declare function policy_narrow(at: usize, length: u32): void;

/** What `aggregate` answers: what becomes of the values of one key. */
export const OWN: i32 = 0;
export const SUM: i32 = 1;
export const COUNT: i32 = 2;
export const MEAN: i32 = 3;
export const MIN: i32 = 4;
export const MAX: i32 = 5;
export const MIN_MAX_MEAN: i32 = 6;

/** Kinds of hashes and types of keys. */
export const SHA256: u32 = 0;
export const SHA512: u32 = 1;
export const HMAC_SHA256: u32 = 0;
export const HKDF_SHA256: u32 = 1;
export const AES_256_GCM_SIV: u32 = 2;
export const ED25519: u32 = 3;
export const X25519: u32 = 4;

/** Memory for what the runtime hands over. Export it: `export { allocate } from "…";` */
export function allocate(length: u32): usize {
  return heap.alloc(length);
}

/** Emits one value under a key of text. */
export function emitText(key: string, value: f64): void {
  emitBuffer(String.UTF8.encode(key), value);
}

/** Emits one value under a key of UTF-8 bytes. */
export function emitBuffer(key: ArrayBuffer, value: f64): void {
  emit(changetype<usize>(key), key.byteLength, value);
}

/** Emits one state of an own aggregate under a key of text. */
export function emitState(key: string, state: ArrayBuffer): void {
  const bytes = String.UTF8.encode(key);
  emit_bytes(changetype<usize>(bytes), bytes.byteLength, changetype<usize>(state), state.byteLength);
}

/** Answers `combine` with bytes. */
export function resultBuffer(state: ArrayBuffer): void {
  result(changetype<usize>(state), state.byteLength);
}

/** Answers `finish` with JSON text. */
export function resultText(json: string): void {
  resultBuffer(String.UTF8.encode(json));
}

/** Says something to the policy's readers of diagnostics. */
export function logText(text: string): void {
  const bytes = String.UTF8.encode(text);
  log(changetype<usize>(bytes), bytes.byteLength);
}

/** @returns the text of bytes that the runtime handed over. */
export function textAt(at: usize, length: u32): string {
  return String.UTF8.decodeUnsafe(at, length);
}

/**
 * The lines of a chunk, as bytes where they lie:
 *
 *   const lines = new Lines(at, length);
 *   while (lines.next()) { ... lines.at, lines.length ... }
 *   return lines.count;
 */
export class Lines {
  /** Where the line begins. */
  at: usize = 0;
  /** Its bytes, without its end. */
  length: u32 = 0;
  /** Lines so far. */
  count: i32 = 0;
  private from: usize;
  private end: usize;

  constructor(at: usize, length: u32) {
    this.from = at;
    this.end = at + length;
  }

  /** @returns whether there was another line. */
  next(): bool {
    const from = this.from;
    const end = this.end;
    if (from >= end) return false;
    let to = from;
    while (to < end && load<u8>(to) != 0x0a) to++;
    this.from = to + 1;
    if (to > from && load<u8>(to - 1) == 0x0d) to--;
    this.at = from;
    this.length = <u32>(to - from);
    this.count++;
    return true;
  }
}

/** Begins a hash of bytes that is continued with `hashByte` and ended with `hashEnd`. */
export const HASH: u32 = 2166136261;

// @ts-ignore: a decorator of AssemblyScript's
@inline
export function hashByte(hash: u32, byte: u8): u32 {
  return (hash ^ byte) * 16777619;
}

// @ts-ignore: a decorator of AssemblyScript's
@inline
export function hashEnd(hash: u32): u32 {
  return hash ^ (hash >> 15);
}

/** @returns the hash of bytes, as a `Table` wants it. */
export function hashOf(at: usize, length: u32): u32 {
  let hash = HASH;
  for (let i: u32 = 0; i < length; i++) hash = hashByte(hash, load<u8>(at + i));
  return hashEnd(hash);
}

const HEAD: u32 = 16;

/**
 * Sums of numbers by key, for programs that add up before they emit: far fewer pairs cross the wall. Keys are bytes;
 * pairs lie in memory as `emit_pairs` takes them.
 */
export class Table {
  /** Keys so far. */
  count: u32 = 0;
  /** For each slot 0, or an offset into the pairs plus one; and the hash of the key. */
  private slots: usize = 0;
  private mask: u32 = 0;
  private pairs: usize = 0;
  private used: u32 = 0;
  private room: u32 = 0;

  constructor() {
    this.resize(4096);
    this.reserve(65536);
  }

  /** Adds one value under a key of bytes. */
  add(at: usize, length: u32, value: f64): void {
    this.addHashed(at, length, hashOf(at, length), value);
  }

  /** Adds one value under a key whose hash is known. */
  addHashed(at: usize, length: u32, hash: u32, value: f64): void {
    const slots = this.slots;
    const mask = this.mask;
    const pairs = this.pairs;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots + (<usize>slot << 3);
      const place = load<u32>(entry);
      if (place == 0) {
        this.insert(entry, at, length, hash, value);
        return;
      }
      if (load<u32>(entry, 4) != hash) continue;
      const pair = pairs + place - 1;
      if (load<u32>(pair) != length || !same(pair + HEAD, at, length)) continue;
      store<u32>(pair, load<u32>(pair, 4) + 1, 4);
      store<f64>(pair, load<f64>(pair, 8) + value, 8);
      return;
    }
  }

  /** Emits all sums, as one packed list, and empties the table. */
  emit(): void {
    if (this.used > 0) emit_pairs(this.pairs, this.used);
    memory.fill(this.slots, 0, (<usize>this.mask + 1) << 3);
    this.used = 0;
    this.count = 0;
  }

  private insert(entry: usize, at: usize, length: u32, hash: u32, value: f64): void {
    const used = this.used;
    this.reserve(used + length + HEAD);
    const pair = this.pairs + used;
    store<u32>(pair, length);
    store<u32>(pair, 1, 4);
    store<f64>(pair, value, 8);
    memory.copy(pair + HEAD, at, length);
    store<u32>(entry, used + 1);
    store<u32>(entry, hash, 4);
    this.used = used + length + HEAD;
    if (++this.count * 2 > this.mask) this.resize((this.mask + 1) * 2);
  }

  private resize(size: u32): void {
    const old = this.slots;
    const end = old + (old == 0 ? 0 : (<usize>this.mask + 1) << 3);
    const slots = heap.alloc(<usize>size << 3);
    memory.fill(slots, 0, <usize>size << 3);
    const mask = size - 1;
    for (let entry = old; entry < end; entry += 8) {
      const place = load<u32>(entry);
      if (place == 0) continue;
      const hash = load<u32>(entry, 4);
      let slot = hash & mask;
      while (load<u32>(slots + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
      store<u32>(slots + (<usize>slot << 3), place);
      store<u32>(slots + (<usize>slot << 3), hash, 4);
    }
    if (old != 0) heap.free(old);
    this.slots = slots;
    this.mask = mask;
  }

  private reserve(bytes: u32): void {
    if (bytes <= this.room) return;
    let room: u32 = this.room == 0 ? 65536 : this.room;
    while (room < bytes) {
      room *= 2;
      if (room == 0) unreachable();
    }
    this.pairs = this.pairs == 0 ? heap.alloc(room) : heap.realloc(this.pairs, room);
    this.room = room;
  }
}

function same(a: usize, b: usize, length: u32): bool {
  let left = length;
  for (; left >= 4; left -= 4) {
    if (load<u32>(a) != load<u32>(b)) return false;
    a += 4;
    b += 4;
  }
  for (; left > 0; left--) if (load<u8>(a++) != load<u8>(b++)) return false;
  return true;
}
