/** Options of the commands that take a program that is built in. */

import { type Command, Option } from "commander";

/** What the help says of the programs that are built in. */
export const builtinHelp = `
Built-in programs, instead of a file (for a file of such a name: ./word-count):
  word-count                                  how often each word is there
  sum, mean, min, max, min-max-mean, count    of a column, for each key: --key 1 --value 2 --delimiter ';'`;

/** Adds them. @param withFiles - whether there are files, which may have a header */
export function addBuiltinOptions(command: Command, withFiles: boolean): Command {
  command
    .option("--words <kind>", "word-count: letters (default), ascii or spaced")
    .option("--value <column>", "sum and its like: the column of numbers, by number or name")
    .option("--delimiter <character>", "sum and its like: what stands between columns, \\t for tab; default: ,");
  const columns = new Option("--columns <line>", "sum and its like: the line that names the columns; it is no row");
  if (!withFiles) return command.addOption(columns);
  return command
    .addOption(columns.conflicts("header"))
    .option("--header", "sum and its like: the first line of the first file names the columns");
}
