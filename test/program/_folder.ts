/** Programs as a user has them: files in a folder of their own. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Gives `work` a new folder with `files`, and removes it afterwards. */
export async function withFolder<T>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sealfold-program-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A program's file that counts what `map` says. */
export function countingProgram(map: string, more = ""): string {
  return (
    `import { count, program } from "sealfold/program";\n${more}\n` +
    `export default program(import.meta.url, { ${map}, reduce: count });\n`
  );
}
