/** Much that lives shortly: each line becomes objects in a map, which are sorted, copied and emitted as data. */

import { type Aggregate, program } from "sealfold/program";

interface Entry {
  readonly word: string;
  readonly times: number;
  readonly places: readonly number[];
}

/** The longest word after each first letter, and how many words there were. */
interface State {
  words: number;
  longest: string;
  first: number;
}

const summary: Aggregate<Entry, State, State> = {
  zero: () => ({ words: 0, longest: "", first: Number.MAX_SAFE_INTEGER }),
  add: (state, { word, times, places }) => merged(state, { words: times, longest: word, first: places[0] ?? 0 }),
  merge: (a, b) => merged(a, b),
  finish: (state) => state,
};

export default program(import.meta.url, {
  map(line: string, emit) {
    const entries = new Map<string, { word: string; times: number; places: number[] }>();
    line.split(" ").forEach((word, place) => {
      const entry = entries.get(word) ?? { word, times: 0, places: [] };
      entry.times++;
      entry.places = [...entry.places, place];
      entries.set(word, entry);
    });
    const sorted = [...entries.values()].map((entry) => ({ ...entry })).sort((a, b) => b.times - a.times);
    for (const { word, times, places } of sorted.slice(0, 3)) emit(word.charAt(0), { word, times, places });
  },
  reduce: summary,
});

function merged(a: State, b: State): State {
  const isLonger =
    b.longest.length > a.longest.length || (b.longest.length === a.longest.length && b.longest < a.longest);
  return { words: a.words + b.words, longest: isLonger ? b.longest : a.longest, first: Math.min(a.first, b.first) };
}
