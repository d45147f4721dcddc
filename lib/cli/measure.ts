/** `sealfold program measure`: the digest that a policy pins for a program. */

import { toBase64url } from "../crypto/bytes.ts";
import type { CommandIo } from "./command-io.ts";
import { namedProgram } from "./named-program.ts";
import type { BuiltinFlags } from "./run-request.ts";

export interface MeasureFlags extends BuiltinFlags {
  readonly json?: boolean;
}

/** Builds the program and writes its measurement in base64url, as policies have it. @returns the exit status */
export async function measure(file: string, flags: MeasureFlags, io: CommandIo): Promise<number> {
  const { buildProgram } = await import("../program/bundle.ts");
  const { program } = await namedProgram(file, flags, []);
  const { kind, bytes, measurement } = await buildProgram(program);
  const text = toBase64url(measurement);
  const line =
    flags.json === true ? JSON.stringify({ file, kind, measurement: text, bytes: bytes.length }) : `${text}  ${file}`;
  io.stdout.write(`${line}\n`);
  return 0;
}
