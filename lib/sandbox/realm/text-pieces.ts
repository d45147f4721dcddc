/** A chunk of lines as strings. */

import { isUtf8 } from "node:buffer";

import { SealfoldError } from "../../errors.ts";

const lineFeed = 0x0a;

/**
 * Small enough for the youngest part of V8's heap, where what ends soon costs nothing. And many are of ASCII, whatever else
 * is in the chunk: those decode to half the size, which V8 also searches faster.
 */
const pieceBytes = 65_536;

/**
 * @returns texts of whole lines, as many each as fit in a piece, or one line that does not
 * @throws {SealfoldError} DATA_ENCODING when one is not UTF-8
 */
export function* textPieces(plain: Uint8Array): Generator<string> {
  for (let from = 0; from < plain.length;) {
    const most = from + pieceBytes;
    let to = most < plain.length ? plain.lastIndexOf(lineFeed, most - 1) + 1 : plain.length;
    if (to <= from) to = plain.indexOf(lineFeed, from) + 1 || plain.length;
    yield decode(plain.subarray(from, to));
    from = to;
  }
}

function decode(plain: Uint8Array): string {
  if (!isUtf8(plain)) throw new SealfoldError("DATA_ENCODING");
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString("utf8");
}
