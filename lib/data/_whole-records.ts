/** Cuts a stream of blocks where records end, and keeps what is left for the next block. */

const lineFeed = 0x0a;
const quote = 0x22;

/** Finds the last end of a record in each block of a file, in order. @returns the offset after it, or 0 for none */
export type FindEnd = (block: Buffer) => number;

export class WholeRecords {
  readonly #findEnd: FindEnd;
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(findEnd: FindEnd) {
    this.#findEnd = findEnd;
  }

  /** Bytes of the record that is not whole yet. */
  get openBytes(): number {
    return this.#openBytes;
  }

  /** @returns all whole records that are there now, until the next call only; perhaps empty */
  push(block: Buffer): Buffer {
    const end = this.#findEnd(block);
    const head = block.subarray(0, end);
    const whole = end === 0 || this.#openBytes === 0 ? head : Buffer.concat([...this.#open, head]);
    if (end > 0) this.#forget();
    if (end < block.length) {
      // The block's memory is used again.
      this.#open.push(Buffer.from(block.subarray(end)));
      this.#openBytes += block.length - end;
    }
    return whole;
  }

  /** @returns what is left, ended by a line feed; empty when nothing is */
  rest(): Buffer {
    const rest = this.#openBytes === 0 ? Buffer.alloc(0) : Buffer.concat([...this.#open, Buffer.of(lineFeed)]);
    this.#forget();
    return rest;
  }

  #forget(): void {
    this.#open = [];
    this.#openBytes = 0;
  }
}

export function findLineEnd(block: Buffer): number {
  return block.lastIndexOf(lineFeed) + 1;
}

/**
 * Tells the line feeds that end rows of a table from those inside quotes. In well-formed CSV (RFC 4180 §2) every cell
 * holds an even number of quotes, so a line feed after an even number of them ends a row; anything else is left to the
 * parser to refuse.
 */
export class RowEnds {
  #isQuoted = false;

  /** Whether a quote is open at the end of what was seen. */
  get isQuoted(): boolean {
    return this.#isQuoted;
  }

  /** A {@link FindEnd}. */
  findLast(block: Buffer): number {
    const first = block.indexOf(quote);
    if (first === -1) return this.#isQuoted ? 0 : findLineEnd(block);
    let isQuoted = this.#isQuoted;
    let end = isQuoted ? 0 : findLineEnd(block.subarray(0, first));
    for (let at = first; at < block.length; at++) {
      const byte = block[at];
      if (byte === quote) isQuoted = !isQuoted;
      else if (byte === lineFeed && !isQuoted) end = at + 1;
    }
    this.#isQuoted = isQuoted;
    return end;
  }
}

/** @returns where the row ends that begins at `from`, or `block.length` when it does not end */
export function findRowEnd(block: Buffer, from: number): number {
  let isQuoted = false;
  for (let at = from; at < block.length; at++) {
    const byte = block[at];
    if (byte === quote) isQuoted = !isQuoted;
    else if (byte === lineFeed && !isQuoted) return at + 1;
  }
  return block.length;
}
