/** The table of attacks on a screen: what was done, what it would have gained, who noticed, and by which code. */

import type { Attack, Outcome, Target } from "../demo/attack.ts";
import { cut, lengthOf, padRight, printable, type Screen } from "./screen-text.ts";
import { lineWidth, wrap } from "./wrap.ts";

/** What stands in one row; a cell may have several lines. */
interface Row {
  readonly good: boolean;
  readonly attack: readonly string[];
  readonly gain: string;
  readonly by: string;
  readonly code: string;
}

/** Characters in each column. */
interface Widths {
  readonly attack: number;
  readonly gain: number;
  readonly by: number;
  readonly code: number;
}

const targets: Readonly<Record<Target, string>> = {
  policy: "on the policy: run under other terms than everybody signed",
  records: "on the records: read them, alter them, or leave some out",
  sandboxes: "on the sandboxes: get the keys by another way",
  "map outputs": "between the stages: have reducers read something else than mappers wrote",
  release: "on the release: get more answers than were agreed on",
  result: "on the result: hand out something else",
  endurance: "on endurance: ask for more than there is, so that something gets lost",
};

const narrowest = 72;
/** The mark before a row, and the blanks between columns. */
const margin = 3;
const gap = 2;
/** Select Graphic Rendition (ECMA-48 §8.3.117): on and off. */
const styles = { bold: [1, 22], green: [32, 39], red: [31, 39] } as const;
/** What no witness and no code look like. */
const nobody = "nobody has to";
const none = "–";

export class AttackTable {
  readonly #screen: Screen;
  readonly #colours: boolean;
  readonly #width: number;
  readonly #widths: Widths;
  #target: Target | undefined;

  /** @param attacks - all that there will be rows for, so that columns are known beforehand */
  constructor(screen: Screen, attacks: readonly Attack[], env: Readonly<Record<string, string | undefined>>) {
    this.#screen = screen;
    this.#colours = screen.isTTY === true && (env["NO_COLOR"] ?? "") === "";
    this.#width = lineWidth(screen, narrowest);
    const longest = (texts: readonly string[]): number => Math.max(...texts.map(lengthOf));
    const by = longest(["who noticed", nobody, ...attacks.map((attack) => attack.by ?? "")]);
    const code = longest(["NOT CAUGHT", ...attacks.map((attack) => attack.code ?? "")]);
    const left = this.#width - margin - by - code - 3 * gap;
    const attack = Math.floor(left / 2);
    this.#widths = { attack, gain: left - attack, by, code };
  }

  /** Text above or below the rows. */
  say(text: string): void {
    this.#write(wrap(text, this.#width));
  }

  head(): void {
    const cells = { attack: ["attack"], gain: "what it would have gained", by: "who noticed", code: "code" };
    this.#write(this.#lines({ good: true, ...cells }, " "), "bold");
  }

  /** The job that nobody attacks. */
  honest(answer: ReadonlyMap<string, number>, good: boolean): void {
    const counts = [...answer].map(([word, count]) => `${printable(word)} ${count}`).join(", ");
    this.#row({
      good,
      attack: ["no attack", "the host does as it should"],
      gain: `${good ? "the answer" : "a wrong answer"}: ${counts}`,
      by: good ? none : "nobody",
      code: good ? none : "WRONG",
    });
  }

  outcome({ attack, by, code, caught }: Outcome): void {
    if (attack.target !== this.#target) this.#heading(attack.target);
    this.#row({
      good: caught,
      attack: [attack.name, attack.does],
      gain: attack.gain,
      by: caught ? (by ?? nobody) : (by ?? "nobody"),
      code: caught ? (code ?? none) : "NOT CAUGHT",
    });
    if (caught) return;
    const ended = code === undefined ? "nothing stopped it" : `it ended with ${printable(code)}`;
    const expected = attack.code === undefined ? "that there is nothing to gain" : `${attack.code} by ${attack.by}`;
    const lines = wrap(`expected ${expected}; ${ended}`, this.#width - margin);
    this.#write(lines.map((line) => " ".repeat(margin) + line));
  }

  #heading(target: Target): void {
    this.#target = target;
    this.#write([""]);
    this.#write([cut(targets[target], this.#width)], "bold");
  }

  #row(row: Row): void {
    const [first = "", ...others] = this.#lines(row, row.good ? "✓" : "✗");
    const mark = this.#styled(row.good ? "green" : "red", first.slice(0, 1));
    this.#screen.write(`${mark}${first.slice(1)}\n`);
    this.#write(others);
  }

  #lines({ attack, gain, by, code }: Row, mark: string): readonly string[] {
    const widths = this.#widths;
    const columns = [
      { width: widths.attack, lines: attack.flatMap((text) => wrap(text, widths.attack)) },
      { width: widths.gain, lines: wrap(gain, widths.gain) },
      { width: widths.by, lines: [by] },
      { width: widths.code, lines: [code] },
    ];
    const height = Math.max(...columns.map(({ lines }) => lines.length));
    return Array.from({ length: height }, (_, i) => {
      const cells = columns.map(({ width, lines }) => padRight(lines[i] ?? "", width));
      return `${padRight(i === 0 ? mark : "", margin)}${cells.join(" ".repeat(gap))}`.trimEnd();
    });
  }

  #write(lines: readonly string[], style?: "bold"): void {
    for (const line of lines) this.#screen.write(`${style === undefined ? line : this.#styled(style, line)}\n`);
  }

  #styled(style: keyof typeof styles, text: string): string {
    const [on, off] = styles[style];
    return this.#colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }
}
