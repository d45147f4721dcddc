/** The command line: what can be said, and how it is understood. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

import { fromBase64url } from "../crypto/bytes.ts";
import { type LimitName, type Limits, limitRanges } from "../policy/limits.ts";
import { errorTable } from "../errors.ts";
import { addBuiltinOptions, builtinHelp } from "./builtin-options.ts";
import type { CommandIo } from "./command-io.ts";
import type { DemoFlags } from "./demo-flags.ts";
import { describeFailure, usageError } from "./failure.ts";
import { addProgramCommands } from "./program-commands.ts";
import { counterOption, keyOption } from "./tool-options.ts";
import type { RunFlags } from "./run-request.ts";
import type { VerifyFlags } from "./verify.ts";

const examples = `
Examples:
  sealfold run word-count.ts books/*.txt
  sealfold run averages.ts weather.csv --json --receipt receipt.json.gz
  sealfold run mean --key 1 --value 2 --delimiter ';' measurements.txt
  sealfold program check word-count.ts
  sealfold program test word-count.ts --sample books/*.txt
  sealfold verify receipt.json.gz
  sealfold demo --evil-host

Exit status: 0 done, 1 a mistake of sealfold, 2 usage, 3 policy, 4 attestation, 5 verification, 6 denied by policy,
7 the program failed, 8 a limit, 65 bad data, 75 not ready, 130 interrupted.`;

/**
 * Carries out one command line.
 * @param args - without node's and the script's names
 * @returns the exit status; whatever went wrong has been written to `io.stderr`
 */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number> {
  let status = 0;
  try {
    const command = makeCommand(io, (ended) => (status = ended));
    await command.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help or version was asked for
    if (error instanceof CommanderError && error.code === "commander.help") return errorTable.USAGE.exit; // and shown
    const known = error instanceof CommanderError ? usageOf(error) : error;
    const failure = describeFailure(known, { debug: io.env["SEALFOLD_DEBUG"] === "1" });
    io.stderr.write(failure.text);
    return failure.exitStatus;
  }
}

function makeCommand(io: CommandIo, end: (status: number) => void): Command {
  const command = new Command("sealfold")
    .description(
      "Privacy-preserving map-reduce: sealed records, attested sandboxes, and a receipt that anybody can check.",
    )
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined, // told in our own form
    })
    .showSuggestionAfterError(true)
    .addHelpText("after", examples);
  addRun(command, io, end);
  addProgramCommands(command, io, end);
  addVerify(command, io, end);
  addDemo(command, io, end);
  return command;
}

function addRun(command: Command, io: CommandIo, end: (status: number) => void): void {
  addBuiltinOptions(command.command("run"), true)
    .description("run a program over files on this machine, sealed and attested, and verify the receipt")
    .argument(
      "<program>",
      "the program's file: its default export is program(import.meta.url, …), or a module in WebAssembly, .wasm; or the name of one that is built in",
    )
    .argument("<files...>", "records; quoted patterns such as 'books/*.txt' work too, and - is standard input")
    .addOption(
      new Option("--format <name>", "how files are read; default: by their ending").choices(["lines", "csv", "jsonl"]),
    )
    .option("--json", 'print nothing but one line {"key":…,"value":…} per result')
    .option("--mappers <number>", "mapper sandboxes at once; default: one per core", count)
    .option("--reducers <number>", "reducers, one per partition of the keys; default: one per core, at most 4", count)
    .option(
      "--limit <name=number>",
      `change a limit of the drafted policy: ${Object.keys(limitRanges).join(", ")}`,
      limit,
    )
    .addOption(
      new Option("--isolation <kind>", "thread: for your own programs; process: a process for each sandbox")
        .choices(["thread", "process"])
        .conflicts("local"),
    )
    .addOption(counterOption())
    .addOption(keyOption())
    .addOption(
      new Option("--receipt <file>", "write the receipt there, packed where the name ends in .gz").conflicts("local"),
    )
    .addOption(
      new Option("--state <dir>", "keep the job there: the same command again goes on where it was killed").conflicts(
        "local",
      ),
    )
    .addOption(new Option("--events <file>", "write what happens there, one line of JSON per event").conflicts("local"))
    .option("--local", "no sealing, all in this process: to debug a program with its own stack")
    .option("-q, --quiet", "no progress and no table; errors only")
    .addHelpText("after", builtinHelp)
    .action(async (program: string, files: string[], flags: RunFlags) => {
      const { run } = await import("./run.ts");
      end(await run({ program, files, flags }, io));
    });
}

function addVerify(command: Command, io: CommandIo, end: (status: number) => void): void {
  command
    .command("verify")
    .description("check a receipt; needs nothing but the receipt and the policy")
    .argument("<receipt>", "the receipt's file")
    .option("--policy <file>", "the policy that you signed; default: the one that the receipt carries")
    .option("--nonce <base64url>", "your request's nonce: refuse a receipt that does not answer it", nonce)
    .option("--receiver <name>", "whose request the nonce was in")
    .option("--json", "print one line of JSON")
    .action(async (file: string, flags: VerifyFlags) => {
      const { verify } = await import("./verify.ts");
      end(await verify(file, flags, io));
    });
}

function addDemo(command: Command, io: CommandIo, end: (status: number) => void): void {
  command
    .command("demo")
    .description("show a small job of two owners step by step, or under a host that cheats")
    .option("--evil-host", "carry out a catalogue of attacks, each on a job of its own, and say who noticed")
    .addOption(new Option("--only <names...>", "no other attacks than these").implies({ evilHost: true }))
    .addOption(new Option("--json", "print one line of JSON per attack").implies({ evilHost: true }))
    .addHelpText("after", "\nExit status: 0 when every attack was caught, 1 otherwise.")
    .action(async (flags: DemoFlags) => {
      const { demo } = await import("./demo.ts");
      end(await demo(flags, io));
    });
}

function usageOf(error: CommanderError): unknown {
  return usageError(error.message.replace(/^error: /, ""));
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1 || value > limitRanges.mappers.max) {
    throw new InvalidArgumentError(`Expected a whole number from 1 to ${limitRanges.mappers.max}.`);
  }
  return value;
}

function limit(text: string, before: Partial<Limits> = {}): Partial<Limits> {
  const [name = "", value = ""] = text.split("=");
  if (!Object.hasOwn(limitRanges, name)) throw new InvalidArgumentError(`There is no limit "${name}".`);
  const { min, max } = limitRanges[name as LimitName];
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < min || number > max) {
    throw new InvalidArgumentError(`${name} is a whole number from ${min} to ${max}.`);
  }
  return { ...before, [name]: number };
}

function nonce(text: string): Uint8Array {
  try {
    return fromBase64url(text, 32);
  } catch {
    throw new InvalidArgumentError("Expected 32 bytes of base64url.");
  }
}

function version(): string {
  const file = createRequire(import.meta.url).resolve("sealfold/package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
