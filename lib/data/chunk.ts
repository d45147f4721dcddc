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
import { concat, equalBytes, expectLength, type RandomSource } from "../crypto/bytes.ts";
import { context, type ContextLabel } from "../crypto/context.ts";
import { type Digest, hkdf, sha256 } from "../crypto/hash.ts";
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
  expectLength("key", key, keyLength);
  const nonce = random(nonceLength);
  const keyCommit = commitmentOf(key, name);
  const sealed = aesGcm.seal(key, nonce, named("chunk", name, keyCommit), plaintext);
  return concat(Uint8Array.of(layoutVersion), nonce, keyCommit, sealed);
}

/**
 * `H(0x00, aad, nonce, tag, H(ciphertext), keyCommit)`: every byte of the sealed chunk and its name.
 * @throws {SealfoldError} CHUNK_ALTERED when `sealed` has not the layout of a chunk
 */
export function chunkLeaf(name: ChunkName, sealed: Uint8Array): Digest {
  const { nonce, keyCommit, ciphertext, tag } = parseChunk(name, sealed);
  return sha256(leafPrefix, named("chunk", name, keyCommit), nonce, tag, sha256(ciphertext), keyCommit);
}

/**
 * @returns the plaintext, owned by the caller
 * @throws {SealfoldError} CHUNK_ALTERED unless `sealed` was sealed under `key` as `name`
 */
export function openChunk(key: Uint8Array, name: ChunkName, sealed: Uint8Array): Uint8Array {
  expectLength("key", key, keyLength);
  const { nonce, keyCommit, body } = parseChunk(name, sealed);
  if (!equalBytes(keyCommit, commitmentOf(key, name))) throw altered(name);
  const plaintext = aesGcm.open(key, nonce, named("chunk", name, keyCommit), body);
  if (plaintext === undefined) throw altered(name);
  return plaintext;
}

interface ChunkParts {
  readonly nonce: Uint8Array;
  readonly keyCommit: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
  /** Ciphertext and tag. */
  readonly body: Uint8Array;
}

function parseChunk(name: ChunkName, sealed: Uint8Array): ChunkParts {
  if (sealed.length < chunkOverhead || sealed[0] !== layoutVersion) throw altered(name);
  return {
    nonce: sealed.subarray(1, 1 + nonceLength),
    keyCommit: sealed.subarray(1 + nonceLength, headLength),
    ciphertext: sealed.subarray(headLength, sealed.length - tagLength),
    tag: sealed.subarray(sealed.length - tagLength),
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
