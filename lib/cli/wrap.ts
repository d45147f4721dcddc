/** Text of whole sentences in the width of a screen. */

import { cut, lengthOf, type Screen } from "./screen-text.ts";

/** Lines longer than this are hard to read. */
const widest = 132;
/** Where there is no terminal that says how wide it is. */
const plainWidth = 100;

/** @param narrowest - what is shown needs at least this. @returns characters in a line; a terminal keeps its last column */
export function lineWidth({ columns = 0 }: Screen, narrowest = 40): number {
  return Math.min(Math.max(columns > 0 ? columns - 1 : plainWidth, narrowest), widest);
}

/** @returns `text` in lines of at most `width` characters, broken between words where they fit. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (lengthOf(longer) <= width) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = cut(word, width);
    }
  }
  return [...lines, line];
}
