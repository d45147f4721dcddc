/** What is checked in beside the sources of example 3 is what they make. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { type BuiltFile, commands, compile, digests } from "../../examples/3-webassembly/build.ts";
import { sources } from "../../examples/3-webassembly/letters.ts";
import { toHex } from "../../lib/crypto/bytes.ts";
import { buildProgram } from "../../lib/program/bundle.ts";

const folder = new URL("../../examples/3-webassembly/", import.meta.url);
const readme = readFileSync(new URL("README.md", folder), "utf8");
const names = Object.keys(commands) as BuiltFile[];

describe("examples/3-webassembly: what was built", () => {
  it("has the digests that are written down, which are what sealfold measures", async () => {
    const written = readFileSync(new URL("SHA256SUMS", folder), "utf8");
    expect(written).to.equal(digests());
    const measured = await Promise.all(
      names.map(async (name) => `${toHex((await buildProgram(new URL(name, folder))).measurement)}  ${name}\n`),
    );
    expect(measured.join("")).to.equal(written);
  });

  it("needs no capability, and says that it is WebAssembly", async () => {
    for (const name of names) {
      const { kind, needs, bytes } = await buildProgram(new URL(name, folder));
      expect({ kind, needs }).to.deep.equal({ kind: "wasm", needs: [] });
      expect(Buffer.from(bytes).equals(readFileSync(new URL(name, folder)))).to.equal(true);
    }
  });

  it("is what the pinned assemblyscript makes of word-count.ts, byte for byte", function () {
    this.timeout(60_000);
    expectRebuilt("word-count.wasm");
  });

  it("is what Debian's clang and lld make of word-count.c, byte for byte (skipped without clang 14.0.6)", function () {
    if (!hasClang()) this.skip();
    expectRebuilt("word-count-c.wasm");
  });

  it("has the letters of Unicode 17.0 (skipped on a Node with another Unicode)", function () {
    if (process.versions["unicode"] !== "17.0") this.skip();
    for (const [file, text] of Object.entries(sources)) {
      expect(readFileSync(new URL(file, folder), "utf8")).to.equal(text);
    }
  });

  it("is built by the commands of its README", () => {
    const [, block = ""] = /```sh\n([^`]*)```/.exec(readme) ?? [];
    const wanted = names.map((name) => `${commands[name]} -o ${name}`.replace(/^asc/, "npx asc"));
    expect(block.trimEnd().split("\n")).to.deep.equal(wanted);
    const { version } = JSON.parse(
      readFileSync(new URL("../../node_modules/assemblyscript/package.json", folder), "utf8"),
    ) as { version: string };
    expect(readme).to.contain(`\`assemblyscript\` ${version}`);
  });
});

function expectRebuilt(name: BuiltFile): void {
  const temporary = mkdtempSync(join(tmpdir(), "sealfold-wasm-"));
  try {
    const output = join(temporary, name);
    compile(name, output);
    expect(readFileSync(output).equals(readFileSync(new URL(name, folder))), name).to.equal(true);
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

function hasClang(): boolean {
  const { stdout } = spawnSync("clang", ["--version"], { encoding: "utf8" });
  const { status } = spawnSync("wasm-ld", ["--version"]);
  return status === 0 && stdout.includes("clang version 14.0.6");
}
