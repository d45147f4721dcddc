/**
 * Sealing one chunk of an owner's input, and the leaf by which the owner commits to it.
 *
 * | bytes | what |
 * | --- | --- |
 * | 1 | layout version, 1 |
 * | 12 | nonce, drawn anew for each sealing |
 * | 32 | key commitment: AES-GCM alone lets one ciphertext open under two keys |
 * | n | ciphertext, as long as the plaintext |
 * | 16 | tag |
 */

import { aesGcm, keyLength, nonceLength, tagLength } from "../crypto/aead.ts";
import { equalBytes, expectLength, type RandomSource } from "../crypto/bytes.ts";
import { context, type ContextLabel } from "../crypto/context.ts";
import { type Digest, hkdf, sha256 } from "../crypto/hash.ts";
import { unwrittenBytes } from "../crypto/memory.ts";
import { systemRandom } from "../crypto/random.ts";
import { SealfoldError } from "../errors.ts";

/** Which chunk: the `index`-th of what `owner` sent as `input` in `epoch`. */
export interface ChunkName {
  readonly owner: string;
  readonly input: string;
  readonly epoch: number;
  readonly index: number;
}

/** How much longer a sealed chunk is than its plaintext, in bytes. */
export const chunkOverhead: number = 1 + nonceLength + 32 + tagLength;

const layoutVersion = 1;
const leafPrefix = Uint8Array.of(0x00);
const headLength = 1 + nonceLength + 32;

/**
 * @param datasetKey - the owner's 32-byte secret for this input
 * @returns 32 bytes, owned by the caller, who wipes them
 */
export function chunkKey(datasetKey: Uint8Array, name: ChunkName): Uint8Array {
  expectLength("datasetKey", datasetKey, keyLength);
  return hkdf(datasetKey, named("chunk key", name), keyLength);
}

/**
 * @param key - what {@link chunkKey} gives for `name`
 * @returns `plaintext.length + chunkOverhead` bytes, owned by the caller
 */
export function sealChunk(
  key: Uint8Array,
  name: ChunkName,
  plaintext: Uint8Array,
  random: RandomSource = systemRandom,
): Uint8Array {
  const sealed = unwrittenBytes(plaintext.length + chunkOverhead);
  sealChunkInto({ key, name, nonce: random(nonceLength) }, plaintext, sealed);
  return sealed;
}

/** What one chunk is sealed with. */
export interface ChunkSeal {
  /** What {@link chunkKey} gives for `name`. */
  readonly key: Uint8Array;
  readonly name: ChunkName;
  /** 12 bytes, drawn for this sealing alone. */
  readonly nonce: Uint8Array;
}

/**
 * Seals into memory that is there already.
 * @param target - `plaintext.length + chunkOverhead` bytes
 */
export function sealChunkInto({ key, name, nonce }: ChunkSeal, plaintext: Uint8Array, target: Uint8Array): void {
  expectLength("key", key, keyLength);
  expectLength("nonce", nonce, nonceLength);
  expectLength("target", target, plaintext.length + chunkOverhead);
  const keyCommit = commitmentOf(key, name);
  target[0] = layoutVersion;
  target.set(nonce, 1);
  target.set(keyCommit, 1 + nonceLength);
  const data = named("chunk", name, keyCommit);
  aesGcm.sealInto({ key, nonce, data }, plaintext, target.subarray(headLength));
}

/**
 * `H(0x00, name, blind, H(plaintext))`: what the owner commits to, however often and with whatever nonce it is sealed.
 * It tells nobody anything who has not the key, from which the 32 bytes of `blind` are derived: equal chunks have
 * different leaves, and a guess at a chunk cannot be tried.
 * @param opening - the key too, which the leaf commits to likewise
 */
export function chunkLeaf({ key, name }: ChunkOpening, plaintext: Uint8Array): Digest {
  expectLength("key", key, keyLength);
  const blind = hkdf(key, named("chunk blind", name));
  return sha256(leafPrefix, named("leaf", name, blind), sha256(plaintext));
}

/**
 * @returns bytes of the plaintext
 * @throws {SealfoldError} CHUNK_ALTERED when `sealed` is too short for a chunk
 */
export function plaintextLength(name: ChunkName, sealed: Uint8Array): number {
  if (sealed.length < chunkOverhead) throw altered(name);
  return sealed.length - chunkOverhead;
}

/**
 * @returns the plaintext, owned by the caller
 * @throws {SealfoldError} CHUNK_ALTERED unless `sealed` was sealed under `key` as `name`
 */
export function openChunk(key: Uint8Array, name: ChunkName, sealed: Uint8Array): Uint8Array {
  const plaintext = unwrittenBytes(plaintextLength(name, sealed));
  openChunkInto({ key, name }, sealed, plaintext);
  return plaintext;
}

/** What opens one chunk. */
export type ChunkOpening = Pick<ChunkSeal, "key" | "name">;

/**
 * Opens a chunk into memory that is there already; `sealed` stays as it is.
 * @param target - `sealed.length - chunkOverhead` bytes: the plaintext afterwards, or zeros where this throws
 * @throws {SealfoldError} CHUNK_ALTERED unless `sealed` was sealed under `key` as `name`
 */
export function openChunkInto({ key, name }: ChunkOpening, sealed: Uint8Array, target: Uint8Array): void {
  expectLength("key", key, keyLength);
  const { nonce, keyCommit, body } = parseChunk(name, sealed);
  if (!equalBytes(keyCommit, commitmentOf(key, name))) throw altered(name);
  const data = named("chunk", name, keyCommit);
  if (!aesGcm.openInto({ key, nonce, data }, body, target)) throw altered(name);
}

interface ChunkParts {
  readonly nonce: Uint8Array;
  readonly keyCommit: Uint8Array;
  /** Ciphertext and tag. */
  readonly body: Uint8Array;
}

function parseChunk(name: ChunkName, sealed: Uint8Array): ChunkParts {
  plaintextLength(name, sealed);
  if (sealed[0] !== layoutVersion) throw altered(name);
  return {
    nonce: sealed.subarray(1, 1 + nonceLength),
    keyCommit: sealed.subarray(1 + nonceLength, headLength),
    body: sealed.subarray(headLength),
  };
}

function commitmentOf(key: Uint8Array, name: ChunkName): Uint8Array {
  return hkdf(key, named("chunk commit", name));
}

function named(label: ContextLabel, name: ChunkName, ...more: readonly Uint8Array[]): Uint8Array {
  return context(label, name.owner, name.input, name.epoch, name.index, ...more);
}

function altered(name: ChunkName): SealfoldError {
  const detail = `chunk ${name.index} of input ${name.input} is not the one its owner sealed`;
  return new SealfoldError("CHUNK_ALTERED", detail, { party: name.owner });
}
