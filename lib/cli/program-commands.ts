/** The commands below `sealfold program`: what is asked of a program without sealing anything. */

import { type Command, InvalidArgumentError, Option } from "commander";

import { addBuiltinOptions, builtinHelp } from "./builtin-options.ts";
import type { CheckFlags } from "./check.ts";
import type { CommandIo } from "./command-io.ts";
import { formatNames } from "./input-format.ts";
import type { MeasureFlags } from "./measure.ts";
import type { TestFlags } from "./test-program.ts";
import { counterOption, keyOption } from "./tool-options.ts";

/** @param end - takes the exit status */
export function addProgramCommands(command: Command, io: CommandIo, end: (status: number) => void): void {
  const program = command.command("program").description("look at a program: what it is, and what is wrong with it");
  addMeasure(program, io, end);
  addCheck(program, io, end);
  addTest(program, io, end);
  addAbi(program, io, end);
}

function addMeasure(program: Command, io: CommandIo, end: (status: number) => void): void {
  addBuiltinOptions(program.command("measure"), false)
    .description("print the digest that a policy pins for a program")
    .argument("<program>", "the program's file, or the name of one that is built in")
    .addOption(keyOption())
    .option("--json", "print one line of JSON")
    .addHelpText("after", builtinHelp)
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

function addTest(program: Command, io: CommandIo, end: (status: number) => void): void {
  addBuiltinOptions(program.command("test"), true)
    .description("look for records on which the answer depends on how a job is split, ordered and combined")
    .argument(
      "<program>",
      "the program's file; it is run in this process, with nothing sealed and no wall but a module's own",
    )
    .requiredOption("--sample <files...>", "records to draw from: the first 10,000 of these files")
    .addOption(new Option("--format <name>", "how files are read; default: by their ending").choices([...formatNames]))
    .option("--runs <number>", "how often each law is tried; default: 100", wholeFrom(1, 1_000_000))
    .option(
      "--seed <number>",
      "draw the same as before; default: another each time",
      wholeFrom(-(2 ** 31), 2 ** 31 - 1),
    )
    .addOption(counterOption())
    .addOption(keyOption())
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExit status: 0 when no law is broken, as far as was tried; 7 otherwise.")
    .action(async (file: string, flags: TestFlags) => {
      const { testProgram } = await import("./test-program.ts");
      end(await testProgram(file, flags, io));
    });
}

function addAbi(program: Command, io: CommandIo, end: (status: number) => void): void {
  program
    .command("abi")
    .description(
      "print the folder with sealfold.h for C, assembly/ for AssemblyScript, and ABI.md, which documents both",
    )
    .action(async () => {
      const { abi } = await import("./abi.ts");
      end(abi(io));
    });
}

function wholeFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  };
}
