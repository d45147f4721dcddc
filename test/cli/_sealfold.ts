/** The built command as a child process, in a folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist/lib/cli/main.js");

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder for programs and records, inside the checkout so that programs find `sealfold/program`. */
export class Workplace {
  readonly folder: string;
  readonly temporary: string;

  constructor() {
    mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
    this.folder = mkdtempSync(join(root, "node_modules/.cache/sealfold-test-"));
    this.temporary = mkdtempSync(join(tmpdir(), "sealfold-test-"));
  }

  write(name: string, content: string | Uint8Array): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return name;
  }

  /** Writes a program whose map has this body, with `record` and `emit`. */
  program(name: string, body: string, reduce = "sum"): string {
    return this.write(
      name,
      `import { program, ${reduce} } from "sealfold/program";\n` +
        `export default program(import.meta.url, { map(record: any, emit: any) { ${body} }, reduce: ${reduce} });\n`,
    );
  }

  /** Starts the command; its temporary files have a folder of their own. */
  start(...args: readonly string[]): ChildProcess {
    return this.#spawn("pipe", args);
  }

  async run(...args: readonly string[]): Promise<Ended> {
    return this.runWith("", ...args);
  }

  /** As {@link run}, with something on standard input. */
  async runWith(stdin: string, ...args: readonly string[]): Promise<Ended> {
    const child = this.start(...args);
    child.stdin?.end(stdin);
    return ended(child);
  }

  /** As {@link run}, with standard output going to a file. */
  async runInto(file: string, ...args: readonly string[]): Promise<Ended> {
    const output = openSync(file, "w");
    try {
      const child = this.#spawn(output, args);
      child.stdin?.end();
      return await ended(child);
    } finally {
      closeSync(output);
    }
  }

  #spawn(stdout: "pipe" | number, args: readonly string[]): ChildProcess {
    const env = { PATH: process.env["PATH"], TMPDIR: this.temporary, TMP: this.temporary, TEMP: this.temporary };
    return spawn(process.execPath, [main, ...args], { cwd: this.folder, env, stdio: ["pipe", stdout, "pipe"] });
  }

  /** @returns what lies in the folder for temporary files. */
  leftovers(): string[] {
    return readdirSync(this.temporary);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.temporary, { recursive: true, force: true });
  }
}

/** Settles when the process is gone and both streams are read. */
export function ended(child: ChildProcess): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, out, err }));
  });
}

/** Settles when the process has written `text` to standard error. */
export function hasSaid(child: ChildProcess, text: string): Promise<void> {
  return appears(child, "stderr", text);
}

/** Settles when the process has written `text` to standard output. */
export function hasWritten(child: ChildProcess, text: string): Promise<void> {
  return appears(child, "stdout", text);
}

function appears(child: ChildProcess, stream: "stdout" | "stderr", text: string): Promise<void> {
  let seen = "";
  return new Promise((resolve, reject) => {
    child[stream]?.on("data", (piece: Buffer) => {
      seen += String(piece);
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`ended without ${stream} saying "${text}": ${seen}`)));
  });
}
