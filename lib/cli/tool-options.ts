/** Options of the commands that run a program: what its tools work on, where no policy was written by hand. */

import { InvalidArgumentError, Option } from "commander";

import { keyTypes } from "../data/capabilities.ts";
import type { RunKey } from "./run-request.ts";

/** `--counter`, once for each name. */
export function counterOption(): Option {
  return new Option("--counter <name>", "let the program count under this name; once for each").argParser(several);
}

/** `--key`, once for each key. */
export function keyOption(): Option {
  const types = keyTypes.join(", ");
  return new Option("--key <name=type>", `make a key for the job that the program may use: ${types}`).argParser(keys);
}

function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function keys(text: string, before: readonly RunKey[] = []): readonly RunKey[] {
  const [name = "", named = ""] = text.split("=");
  const type = keyTypes.find((each) => each === named);
  if (name === "" || type === undefined) {
    throw new InvalidArgumentError(`Expected a name and one of ${keyTypes.join(", ")}.`);
  }
  return [...before, { name, type }];
}
