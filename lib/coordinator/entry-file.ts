/**
 * One entry of a store on disk, as bytes: it says its own name and length, and notices whatever befalls it. The checksum
 * is for damage alone; against whoever means ill, what lies in an entry is sealed or signed.
 *
 * | bytes | what |
 * | --- | --- |
 * | 16 | `sealfold entry 1` |
 * | 4 | length of the name |
 * | 6 | length of the content |
 * | … | the name, in UTF-8 |
 * | … | the content |
 * | 32 | SHA-256 of all before |
 */

import { equalBytes, fromUtf8, toHex, utf8 } from "../crypto/bytes.ts";
import { sha256 } from "../crypto/hash.ts";

/** A name's bound in UTF-8. */
export const maxNameBytes = 4096;
/** An entry's bound: 1 GiB of content. */
export const maxContentBytes: number = 1024 ** 3;

const magic = utf8("sealfold entry 1");
const lengthsAt = magic.length;
/** Bytes before the name. */
export const fixedHeadBytes: number = lengthsAt + 4 + 6;
export const checksumBytes = 32;

/** What stands before the content. */
export interface EntryHead {
  readonly name: string;
  readonly contentBytes: number;
  /** Bytes of the head itself. */
  readonly headBytes: number;
}

/**
 * A file's name for an entry's: 64 hexadecimal digits, whatever the name holds, so that no name leads out of the folder,
 * is too long for it, or is another's on a disk that knows no upper case.
 */
export function entryFileName(name: string): string {
  return toHex(sha256(utf8(name)));
}

/**
 * @returns the file's pieces, in order
 * @throws {RangeError} when the name or the content is out of bounds
 */
export function encodeEntry(name: string, content: Uint8Array): readonly Uint8Array[] {
  const named = utf8(name);
  if (named.length > maxNameBytes) throw new RangeError(`"name" expected at most ${maxNameBytes} bytes of UTF-8`);
  if (content.length > maxContentBytes) throw new RangeError(`"content" expected at most ${maxContentBytes} bytes`);
  const head = Buffer.alloc(fixedHeadBytes + named.length);
  head.set(magic);
  head.writeUInt32BE(named.length, lengthsAt);
  head.writeUIntBE(content.length, lengthsAt + 4, 6);
  head.set(named, fixedHeadBytes);
  return [head, content, sha256(head, content)];
}

/**
 * @param start - the file's first bytes: `fixedHeadBytes + maxNameBytes`, or fewer where it ends
 * @returns `undefined` unless they begin an entry; whether its content is whole is another question
 */
export function parseEntryHead(start: Uint8Array): EntryHead | undefined {
  if (start.length < fixedHeadBytes || !equalBytes(start.subarray(0, lengthsAt), magic)) return undefined;
  const view = Buffer.from(start.buffer, start.byteOffset, start.length);
  const nameBytes = view.readUInt32BE(lengthsAt);
  const contentBytes = view.readUIntBE(lengthsAt + 4, 6);
  const headBytes = fixedHeadBytes + nameBytes;
  if (nameBytes > maxNameBytes || contentBytes > maxContentBytes || start.length < headBytes) return undefined;
  try {
    return { name: fromUtf8(start.subarray(fixedHeadBytes, headBytes)), contentBytes, headBytes };
  } catch {
    return undefined; // no UTF-8, so nothing that was written here
  }
}

export function isEntryWhole(head: Uint8Array, content: Uint8Array, checksum: Uint8Array): boolean {
  return checksum.length === checksumBytes && equalBytes(sha256(head, content), checksum);
}
