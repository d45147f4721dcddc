/** `sealfold demo` alone: one small job, told step by step, and what to look at next. */

import { tellStory } from "../demo/story.ts";
import { wordCountFile } from "../demo/world.ts";
import { softwareWarning } from "../policy/software-warning.ts";
import { buildProgram } from "../program/bundle.ts";
import { renderBars } from "./bars.ts";
import type { CommandIo } from "./command-io.ts";
import { Interrupt } from "./interrupt.ts";
import { padRight, type Screen } from "./screen-text.ts";
import { lineWidth, wrap } from "./wrap.ts";

/** Characters of the word that names a step. */
const stepWidth = 10;

/** @returns the exit status. @throws {SealfoldError} CANCELLED */
export async function honestHost(io: CommandIo): Promise<number> {
  const screen: Screen = io.stdout;
  const width = lineWidth(screen);
  const say = (text: string, indent = 0): void => {
    for (const line of wrap(text, width - indent)) screen.write(`${" ".repeat(indent)}${line}\n`);
  };
  const interrupt = new Interrupt(io.stderr, io.signals);
  try {
    say(
      "Two owners, alice and bob, want their words counted together. Neither shows them to the other, nor to the host that counts. carol gets the counts.",
    );
    say("");
    const options = { program: await buildProgram(wordCountFile), signal: interrupt.signal };
    const answer = await tellStory(({ step, says }) => {
      const [first = "", ...others] = wrap(says, width - stepWidth);
      screen.write(`${padRight(step, stepWidth)}${first}\n`);
      for (const line of others) screen.write(`${" ".repeat(stepWidth)}${line}\n`);
    }, options);
    say("");
    screen.write(`${renderBars(answer, { width: Math.min(width, 60) })}\n`);
    say("");
    say(`software: ${softwareWarning}`);
    say("And with a host that cheats: sealfold demo --evil-host");
    return 0;
  } finally {
    interrupt.close();
  }
}
