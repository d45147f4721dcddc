/** What came of a check of laws, as data and as a person reads it. */

import type { DuplicateReport } from "./duplicates.ts";
import { type Answer, isFailed } from "./evaluate.ts";
import type { LawName } from "./law-name.ts";
import type { LawBreak, LawSide } from "./laws.ts";

/** What came of the trials. */
export interface LawReport<R = unknown> {
  readonly runs: number;
  readonly seed: number;
  /** The laws that hold as far as was tried. */
  readonly held: readonly LawName[];
  /** The laws that cannot be tried on this program, with the reason. */
  readonly untried: readonly { readonly law: LawName; readonly why: string }[];
  /** The first law that does not. */
  readonly broken: LawBreak<R> | undefined;
  readonly duplicates: DuplicateReport;
}

const maxText = 200;
const maxResults = 5;

/** @returns several lines, without a line feed at the end; they show records of the sample. */
export function describeLaws({ runs, seed, held, untried, broken, duplicates }: LawReport): string {
  const { tried, changed, elsewhere } = duplicates;
  const tries = `${runs} runs of each, seed ${seed}`;
  const lines =
    broken === undefined
      ? [`the answer is the same for every split, order and combination that was tried (${tries})`]
      : [...breakLines(broken), `held before it: ${held.join(", ") || "none"} (${tries})`];
  lines.push(...untried.map(({ law, why }) => `not tried: ${law}: ${why}`));
  const twice = changed === 0 ? "never changed the answer" : `changed the answer in ${changed} of ${tried} tries`;
  lines.push(`a record that is there twice ${twice}${elsewhere === 0 ? "" : elsewhereText(elsewhere)}`);
  return lines.join("\n");
}

function elsewhereText(elsewhere: number): string {
  return `, in ${elsewhere} of them under a key that it emits nothing for`;
}

function breakLines({ says, next, records, sides }: LawBreak): string[] {
  return [
    says,
    ...records.map((record, index) => `  record ${index + 1}: ${clip(JSON.stringify(shownRecord(record)))}`),
    ...sides.flatMap((side) => sideLines(side, sides)),
    `  next: ${next}`,
  ];
}

/** Only what differs. */
function sideLines({ way, answer }: LawSide, sides: LawBreak["sides"]): string[] {
  if (way === "an answer") return [];
  if (isFailed(answer)) return [`  ${way}: ${answer.code}: ${clip(answer.text)}`];
  const others = sides.map((side) => new Map(resultsOf(side.answer)));
  const differing = answer.filter(({ key }) => others[0]?.get(key) !== others[1]?.get(key));
  if (differing.length === 0) return [`  ${way}: ${answer.length === 0 ? "no results" : "no such key"}`];
  const more = differing.length > maxResults ? [`  ${way}: and ${differing.length - maxResults} more`] : [];
  return [...differing.slice(0, maxResults).map(({ key, value }) => `  ${way}: ${clip(key)}: ${clip(value)}`), ...more];
}

function resultsOf(answer: Answer): [string, string][] {
  return isFailed(answer) ? [] : answer.map(({ key, value }) => [key, value]);
}

function shownRecord(record: unknown): unknown {
  return record instanceof Uint8Array ? `bytes ${Buffer.from(record).toString("hex")}` : record;
}

function clip(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText - 1)}…` : text;
}
