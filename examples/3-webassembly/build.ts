// Builds both programs and writes down their digests: `npx tsx build.ts`. Where there is no clang, the one in C stays.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const asc = fileURLToPath(new URL("../bin/asc.js", import.meta.resolve("assemblyscript/asc")));

/** The compilers' commands, from the checkout's root, but for where they write. */
export const commands = {
  "word-count.wasm":
    "asc examples/3-webassembly/assembly/word-count.ts -O3 --noAssert --runtime minimal --exportStart _initialize --use abort=",
  "word-count-c.wasm":
    "clang --target=wasm32 -O3 -nostdlib -mbulk-memory -I lib/program/wasm -Wl,--no-entry examples/3-webassembly/word-count.c",
} as const;

export type BuiltFile = keyof typeof commands;

/** Compiles one program into `output`. @throws where the compiler is missing or fails */
export function compile(name: BuiltFile, output: string): void {
  const [compiler, ...options] = [...commands[name].split(" "), "-o", output];
  const [command, first] = compiler === "asc" ? [process.execPath, [asc]] : [compiler, []];
  const env = { ...process.env, PATH: plainPath(process.env["PATH"] ?? "") };
  execFileSync(command, [...first, ...options], { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
}

/** Without npm's folders: clang runs any `wasm-opt` that it finds, and one comes with assemblyscript. */
function plainPath(path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
}

/** @returns lines that `sha256sum --check` reads. */
export function digests(): string {
  const lines = Object.keys(commands).map((name) => {
    const bytes = readFileSync(new URL(name, import.meta.url));
    return `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`;
  });
  return lines.join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(commands) as BuiltFile[]) {
    try {
      compile(name, fileURLToPath(new URL(name, import.meta.url)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      console.error(`${name} stays as it is: no compiler (${(error as NodeJS.ErrnoException).path})`);
    }
  }
  writeFileSync(new URL("SHA256SUMS", import.meta.url), digests());
}
