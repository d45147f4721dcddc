/**
 * The modules that built-in programs are made of, compiled from `assembly/` by `npm run build`, and their parameters: one
 * more piece of data of the module, so that the measurement is of them too.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { concat } from "../crypto/bytes.ts";
import { sha256 } from "../crypto/hash.ts";
import type { BuiltProgram } from "../program/bundle.ts";
import { checkModule } from "../program/wasm/check-module.ts";
import { readModule } from "../program/wasm/module-reader.ts";

export type TemplateName = "word-count" | "group-by";

/** Where `assembly/memory.ts` looks for parameters, whose LEB128 is the same with a sign; and the end of the room for them. */
const parametersAt = 1024;
const parametersEnd = 8192;

/** The most bytes that parameters have. */
export const maxParameters: number = parametersEnd - parametersAt;

const dataSection = 11;
const dataCountSection = 12;

/** @returns the program that a template is with these parameters: the same bytes on every machine */
export function programOf<O>(template: TemplateName, parameters: Uint8Array): BuiltProgram<O> {
  const file = templateFile(template);
  const bytes = withParameters(readFileSync(file), parameters);
  const { needs } = checkModule(bytes);
  return { kind: "wasm", bytes, measurement: sha256(bytes), needs, file, reads: "lines" };
}

/**
 * @param module - one that has data, which lie elsewhere
 * @returns the module with `parameters` in its memory from 1024 on
 * @throws {RangeError} when they are too long
 */
export function withParameters(module: Uint8Array, parameters: Uint8Array): Uint8Array {
  if (parameters.length > maxParameters) {
    throw new RangeError(`"parameters" expected at most ${maxParameters} bytes, got ${parameters.length}`);
  }
  // Active, in memory 0, from an i32.const on (WebAssembly 2.0, §5.5.14).
  const head = Uint8Array.of(0, 0x41, ...unsigned(parametersAt), 0x0b, ...unsigned(parameters.length));
  const sections = readModule(module).sections.map(({ id, from, to }) => {
    const section = module.subarray(from, to);
    if (id !== dataSection && id !== dataCountSection) return section;
    const [, start] = readNumber(section, 1);
    const [count, at] = readNumber(section, start);
    const more = id === dataSection ? [head, parameters] : [];
    const content = concat(Uint8Array.from(unsigned(count + 1)), section.subarray(at), ...more);
    return concat(Uint8Array.of(id, ...unsigned(content.length)), content);
  });
  return concat(module.subarray(0, 8), ...sections);
}

/** From sources it is the build's: a module is compiled by nothing that comes with the package. */
function templateFile(name: TemplateName): string {
  const folder = import.meta.url.endsWith(".ts") ? "../../dist/lib/builtin/" : "./";
  return fileURLToPath(new URL(`${folder}${name}.wasm`, import.meta.url));
}

/** LEB128 of a number of 32 bits (WebAssembly 2.0, §5.2.2). @returns it, and where it ends */
function readNumber(bytes: Uint8Array, from: number): readonly [value: number, end: number] {
  let value = 0;
  let at = from;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * shift;
    if (byte < 128) return [value, at];
  }
}

function unsigned(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...unsigned(Math.floor(value / 128))];
}
