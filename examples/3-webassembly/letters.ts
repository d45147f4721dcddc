// What letters are, and their lower case, as this Node's Unicode has it: written down for C and for AssemblyScript, so
// that they count the words that `line.toLowerCase().match(/\p{L}+/gu)` finds. `npx tsx letters.ts` writes both files.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type Row = number[];

const characters = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);

const tables = {
  letters: rangesOf(/^\p{L}$/u),
  cased: rangesOf(/^\p{Cased}$/u),
  ignorable: rangesOf(/^\p{Case_Ignorable}$/u),
  lower: lowerRanges(),
};

/** @returns [first, last] of each run of characters that `kind` matches */
function rangesOf(kind: RegExp): Row[] {
  const rows: Row[] = [];
  for (const code of characters) {
    if (!kind.test(String.fromCodePoint(code))) continue;
    const last = rows.at(-1);
    if (last?.[1] === code - 1) last[1] = code;
    else rows.push([code, code]);
  }
  return rows;
}

/** @returns [first, last, step, what to add] of each run of letters that have a lower case */
function lowerRanges(): Row[] {
  const rows: Row[] = [];
  for (const code of characters) {
    const letter = String.fromCodePoint(code);
    const add = (letter.toLowerCase().codePointAt(0) ?? code) - code;
    if (add === 0 || !/\p{L}/u.test(letter)) continue;
    const last = rows.at(-1);
    const step = last === undefined ? 0 : code - (last[1] ?? 0);
    if (last?.[3] === add && step <= 2 && (last[2] === step || last[0] === last[1])) [last[1], last[2]] = [code, step];
    else rows.push([code, code, 1, add]);
  }
  return rows;
}

function fill(rows: readonly Row[]): string {
  const text = rows.flat().join(", ");
  return text.replaceAll(/(.{1,110})(?:, |$)/g, "  $1,\n");
}

const head = `// Unicode ${process.versions["unicode"]}, written by letters.ts\n`;
const arrays = Object.entries(tables);

/** The tables as source text. */
export const sources: Readonly<Record<"letters.h" | "../../lib/program/wasm/assembly/letters.ts", string>> = {
  "letters.h": head + arrays.map(([name, rows]) => `static const int32_t ${name}[] = {\n${fill(rows)}};\n`).join(""),
  "../../lib/program/wasm/assembly/letters.ts":
    head + arrays.map(([name, rows]) => `export const ${name}: StaticArray<i32> = [\n${fill(rows)}];\n`).join(""),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of Object.entries(sources)) writeFileSync(new URL(file, import.meta.url), text);
}
