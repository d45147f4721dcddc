import { stripVTControlCharacters } from "node:util";

import { expect } from "chai";

import { AttackTable } from "../../lib/cli/attack-table.ts";
import type { Attack, Outcome } from "../../lib/demo/attack.ts";
import { catalogue } from "../../lib/demo/catalogue.ts";
import { FakeScreen } from "./_fake-io.ts";

const [attack] = catalogue.filter(({ name }) => name === "altered-chunk") as [Attack];
const [futile] = catalogue.filter(({ name }) => name === "killed-mapper") as [Attack];
const caught: Outcome = { attack, by: attack.by, code: attack.code, caught: true, milliseconds: 1 };

/** Rows as one would see them, without what colours them. */
function shown(outcomes: readonly Outcome[], screen = new FakeScreen(false, 120), env = {}): FakeScreen {
  const table = new AttackTable(screen, catalogue, env);
  table.head();
  table.honest(new Map([["apple", 70]]), true);
  for (const outcome of outcomes) table.outcome(outcome);
  return screen;
}

describe("cli: the table of attacks", () => {
  it("says in a row what was done, what it would have gained, who noticed, and the code", () => {
    const { text } = shown([caught]);
    expect(text).to.match(/^✓ {2}altered-chunk {2,}a wrong answer .* {2,}a mapper {2,}CHUNK_ALTERED$/m);
    expect(text).to.match(/^ {3}flips one bit of a sealed chunk/m);
    expect(text).to.match(/^✓ {2}no attack {2,}the answer: apple 70 {2,}– {2,}–$/m);
  });

  it("says that nobody has to notice what gains nothing", () => {
    const { text } = shown([{ attack: futile, by: undefined, code: undefined, caught: true, milliseconds: 1 }]);
    expect(text).to.match(/^✓ {2}killed-mapper .* nobody has to {2,}–$/m);
  });

  it("says NOT CAUGHT, what was expected, and what came", () => {
    const missed = [
      { by: undefined, code: undefined, says: "nothing stopped it" },
      { by: "the broker", code: "PLAN", says: "it ended with PLAN" },
      { by: undefined, code: "Error: \u001b[2J", says: "it ended with Error: \\u{1b}[2J" },
    ] as const;
    for (const { says, ...came } of missed) {
      const { text } = shown([{ attack, ...came, caught: false, milliseconds: 1 }]);
      expect(text).to.match(/^✗ {2}altered-chunk .* NOT CAUGHT$/m);
      expect(text.replaceAll("\n  ", "")).to.include(`expected CHUNK_ALTERED by a mapper; ${says}`);
    }
  });

  it("fits the width of every terminal that is not narrower than a table can be", () => {
    const all = catalogue.map((each) => ({ ...caught, attack: each, by: each.by, code: each.code }));
    for (const columns of [73, 80, 100, 120, 300]) {
      const { text } = shown(all, new FakeScreen(true, columns));
      const longest = Math.max(
        ...stripVTControlCharacters(text)
          .split("\n")
          .map((line) => Array.from(line).length),
      );
      expect(longest, `${columns} columns`).to.be.below(columns);
    }
  });

  it("is in colours on a terminal that wants them, and plain text elsewhere", () => {
    expect(shown([caught], new FakeScreen(true)).text).to.include("\u001b[32m✓\u001b[39m");
    for (const screen of [shown([caught]), shown([caught], new FakeScreen(true), { NO_COLOR: "1" })]) {
      expect(screen.text).not.to.include("\u001b");
    }
  });
});
