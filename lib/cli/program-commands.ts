/** The commands below `sealfold program`: what is asked of a program without sealing anything. */

import type { Command } from "commander";

import type { CheckFlags } from "./check.ts";
import type { CommandIo } from "./command-io.ts";
import type { MeasureFlags } from "./measure.ts";

/** @param end - takes the exit status */
export function addProgramCommands(command: Command, io: CommandIo, end: (status: number) => void): void {
  const program = command.command("program").description("look at a program: what it is, and what is wrong with it");
  addMeasure(program, io, end);
  addCheck(program, io, end);
}

function addMeasure(program: Command, io: CommandIo, end: (status: number) => void): void {
  program
    .command("measure")
    .description("print the digest that a policy pins for a program")
    .argument("<program>", "the program's file")
    .option("--json", "print one line of JSON")
    .action(async (file: string, flags: MeasureFlags) => {
      const { measure } = await import("./measure.ts");
      end(await measure(file, flags, io));
    });
}

function addCheck(program: Command, io: CommandIo, end: (status: number) => void): void {
  program
    .command("check")
    .description("say what a sandbox would refuse in a program, what would fail there, and what is doubtful")
    .argument("<program>", "the program's file; nothing of it is run")
    .option("--json", "print nothing but one line of JSON per finding")
    .addHelpText("after", "\nExit status: 0 when nothing would be refused, also where something may fail; 7 otherwise.")
    .action(async (file: string, flags: CheckFlags) => {
      const { check } = await import("./check.ts");
      end(await check(file, flags, io));
    });
}
