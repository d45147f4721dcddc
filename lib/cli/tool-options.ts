/** Options of the commands that run a program: what its tools work on, where no policy was written by hand. */

import { InvalidArgumentError, Option } from "commander";

import { keyTypes } from "../data/capabilities.ts";
import type { RunColumn, RunKey } from "./run-request.ts";

/** `--counter`, once for each name. */
export function counterOption(): Option {
  return new Option("--counter <name>", "let the program count under this name; once for each").argParser(several);
}

/** `--key`, once for each key; what has no type is a column of a program that is built in. */
export function keyOption(): Option {
  const types = keyTypes.join(", ");
  const says = `make a key for the job that the program may use: ${types}; or, of sum and its like, the column to group by`;
  return new Option("--key <name=type>", says).argParser(keys);
}

function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

type Keys = readonly (RunKey | RunColumn)[];

function keys(text: string, before: Keys = []): Keys {
  const [name = "", ...rest] = text.split("=");
  if (rest.length === 0 && text !== "") return [...before, { column: text }];
  const type = keyTypes.find((each) => each === rest.join("="));
  if (name === "" || type === undefined) {
    throw new InvalidArgumentError(`Expected a name and one of ${keyTypes.join(", ")}.`);
  }
  return [...before, { name, type }];
}
