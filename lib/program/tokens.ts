/** What a program that reads its records as text gets of each, and how it cuts one up. */

/**
 * A record, or a part of one, as it lies in memory: UTF-8 that becomes no string until it is asked to. It does not change,
 * and is there only while its record is mapped: what keeps it longer gets a `TypeError` from all that it asks of it.
 * Places and lengths are in bytes.
 */
export interface Text {
  readonly length: number;
  /** @returns the byte at `at`, 0 to 255; undefined where there is none */
  byteAt(at: number): number | undefined;
  /**
   * As `slice` of a string, with places in bytes.
   * @throws {RangeError} when a character of more than one byte would be cut in two
   */
  slice(start: number, end?: number): Text;
  /**
   * @param separator - one ASCII character
   * @returns what stands between separators: one part more than there are separators
   */
  split(separator: string): Text[];
  /**
   * Cuts once.
   * @param separator - one ASCII character
   * @returns what stands before and after the first one; where there is none, all and nothing
   */
  cut(separator: string): [before: Text, after: Text];
  /**
   * @param index - from 0 on
   * @param separator - one ASCII character
   * @returns what `split` gives at `index`, without the rest; nothing where there are fewer
   */
  part(index: number, separator: string): Text;
  /** @returns the place of the first `part` from `from` on; -1 where there is none */
  indexOf(part: string | Text, from?: number): number;
  startsWith(part: string | Text): boolean;
  equals(other: string | Text): boolean;
  /** @returns it without the ASCII white space at both ends */
  trim(): Text;
  /**
   * The decimal number that it is: digits, with a sign, a point and an exponent at will, and ASCII white space around.
   * @returns the same as `Number()` gives for the string; NaN for all else, the empty text too
   */
  number(): number;
  toString(): string;
  /** @returns a copy */
  toBytes(): Uint8Array;
  /** As {@link words}. */
  words(): IterableIterator<Text>;
  /** As {@link fields}. */
  fields(): IterableIterator<Text>;
}

/** @returns the longest runs of letters, in lower case: `text.toString().toLowerCase().match(/\p{L}+/gu)` */
export function words(text: Text): IterableIterator<Text> {
  return text.words();
}

/** @returns the longest runs of anything but ASCII white space (tab to carriage return, space) */
export function fields(text: Text): IterableIterator<Text> {
  return text.fields();
}
