/** Runs an example as a person would: a process of its own, with `sealfold` by name, from the build. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root; this file is two folders below it, in the sources as well as where tests are built. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScriptOptions {
  /** The script's current folder. */
  readonly cwd?: string;
  /** Sent once, at the first word on standard error. */
  readonly signal?: NodeJS.Signals;
}

/** @param file - from the root, such as `examples/1-word-count/run.ts` */
export function runScript(file: string, { cwd = root, signal }: ScriptOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...loader(), `${root}${file}`], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (signal !== undefined && said.stderr === "") child.kill(signal);
    said.stderr += text;
  });
  return new Promise((settle, fail) => {
    child.on("error", fail);
    child.on("close", (status, endedBy) => settle({ status, signal: endedBy, ...said }));
  });
}

/** None where this Node runs TypeScript by itself. */
function loader(): string[] {
  const { typescript } = process.features as { readonly typescript?: string | false };
  return typescript === "strip" || typescript === "transform" ? [] : ["--import", import.meta.resolve("tsx")];
}
