/**
 * Receipts packed with gzip (RFC 1952): most of one is names and digests that come again and again. The text alone is the
 * receipt; how it was packed says nothing, and any tool may pack it anew.
 */

import type * as zlib from "node:zlib";

import { SealfoldError } from "../errors.ts";

/** RFC 1952 §2.3.1: ID1 and ID2, of which the second begins no UTF-8. */
export function isPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export function pack(text: Uint8Array): Uint8Array {
  return new Uint8Array(library().gzipSync(text, { level: 9 }));
}

/**
 * @param most - bytes of text
 * @throws {SealfoldError} RECEIPT_FORMAT when it is over `most` bytes, cut or damaged, or something follows it
 */
export function unpack(packed: Uint8Array, most: number): Uint8Array {
  const { buffer, engine } = unpacked(packed, most);
  if (engine.bytesWritten !== packed.length) throw refusal("has something behind its end");
  return buffer;
}

interface Unpacked {
  readonly buffer: Uint8Array;
  /** `bytesWritten`: how much of what was given was read. */
  readonly engine: { readonly bytesWritten: number };
}

function unpacked(packed: Uint8Array, most: number): Unpacked {
  try {
    return library().gunzipSync(packed, { maxOutputLength: most, info: true }) as unknown as Unpacked;
  } catch (error) {
    const isLong = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw refusal(isLong ? `is over ${most} bytes` : "is cut or damaged");
  }
}

/** Loaded where a receipt is packed or unpacked, and not when the package is. */
function library(): typeof zlib {
  return process.getBuiltinModule("node:zlib");
}

function refusal(fault: string): SealfoldError {
  return new SealfoldError("RECEIPT_FORMAT", `the receipt ${fault}`);
}
