import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";

const root = fileURLToPath(new URL("../../", import.meta.url));
const fixture = new URL("inference.ts", import.meta.url);

describe("program: types", () => {
  it("are inferred from map to result, and refuse sums of strings, keys that are none, and asynchronous maps", async () => {
    const refused = (await readFile(fixture, "utf8")).match(/@ts-expect-error/g);
    expect(refused).to.have.lengthOf(20);
    // A line that is expected to fail and does not is itself an error.
    const { stdout } = await compile("inference.ts");
    expect(stdout).to.equal("");
  });
});

function compile(file: string): Promise<{ stdout: string }> {
  const options =
    "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck --ignoreConfig " +
    "--target es2023 --lib es2023 --module nodenext --types node --allowImportingTsExtensions";
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const run = promisify(execFile);
  return run(process.execPath, [tsc, ...options.split(" "), `test/program/${file}`], { cwd: root }).catch(
    (error: { stdout: string }) => ({ stdout: error.stdout }),
  );
}
