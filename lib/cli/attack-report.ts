/** How the attacks of `sealfold demo --evil-host` are told, as they happen: a table for people, JSON lines for machines. */

import type { Outcome } from "../demo/attack.ts";
import type { HonestRun } from "../demo/honest-run.ts";
import { softwareWarning } from "../policy/software-warning.ts";
import type { AttackTable } from "./attack-table.ts";
import { cut, formatCount, type Screen } from "./screen-text.ts";

export interface AttackReport {
  /** Says what is under way now. */
  begin(what: string): void;
  honest(run: HonestRun): void;
  outcome(outcome: Outcome): void;
  /** After the last attack. */
  end(attacks: number, notCaught: number): void;
  /** Whatever happened: leaves no line half drawn. */
  close(): void;
}

const introduction =
  "Two owners, alice and bob, have sealed records; carol shall get the counts of their words, and nobody else anything. " +
  "Each row is a job of its own, on real sandboxes, and what the host that runs it does to it.";

/** Rows of a table; on a terminal, a live line below says what is tried. */
export class TableReport implements AttackReport {
  readonly #table: AttackTable;
  readonly #live: Screen;

  /** @param live - for the line on what is under way; drawn only on a terminal */
  constructor(table: AttackTable, live: Screen) {
    this.#table = table;
    this.#live = live;
    table.say(introduction);
    table.say("");
    table.head();
  }

  begin(what: string): void {
    if (this.#live.isTTY !== true) return;
    const { columns = 0 } = this.#live;
    this.#live.write(`\r\u001b[K${cut(`   … ${what}`, (columns > 0 ? columns : 80) - 1)}`);
  }

  honest({ answer, right }: HonestRun): void {
    this.close();
    this.#table.honest(answer, right);
  }

  outcome(outcome: Outcome): void {
    this.close();
    this.#table.outcome(outcome);
  }

  end(attacks: number, notCaught: number): void {
    this.close();
    const came = notCaught === 0 ? "none came through" : `${notCaught} NOT CAUGHT`;
    for (const text of ["", `${formatCount(attacks, "attacks")}, ${came}`, `software: ${softwareWarning}`]) {
      this.#table.say(text);
    }
  }

  close(): void {
    if (this.#live.isTTY === true) this.#live.write("\r\u001b[K");
  }
}

/** A line for the honest run, and one for each attack. */
export class JsonReport implements AttackReport {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begin(): void {
    // machines want results alone
  }

  honest({ answer, right }: HonestRun): void {
    this.#line({ attack: null, right, answer: Object.fromEntries(answer) });
  }

  outcome({ attack, by, code, caught, milliseconds }: Outcome): void {
    const { name, target, does, gain } = attack;
    this.#line({
      attack: name,
      target,
      does,
      gain,
      caught,
      by: by ?? null,
      code: code ?? null,
      expected: { by: attack.by ?? null, code: attack.code ?? null },
      milliseconds: Math.round(milliseconds),
    });
  }

  end(): void {
    // every line says for itself whether its attack was caught
  }

  close(): void {
    // nothing is drawn
  }

  #line(fields: object): void {
    this.#screen.write(`${JSON.stringify(fields)}\n`);
  }
}
