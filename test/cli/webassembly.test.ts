/** The command over programs in WebAssembly. */

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import type { Finding } from "../../lib/program/check/finding.ts";
import type { LawReport } from "../../lib/testing/law-report.ts";
import { withFolder } from "../program/_folder.ts";
import { countingModule, firstModule, loggingModule, smallModule } from "../program/wasm/_modules.ts";
import { fakeIo } from "./_fake-io.ts";
import { Workplace } from "./_sealfold.ts";

const wordCount = fileURLToPath(new URL("../../examples/3-webassembly/word-count.wasm", import.meta.url));
const text = "The sea, the sea!\r\n\nÉté İ\n";
const counted = '{"key":"i","value":1}\n{"key":"sea","value":2}\n{"key":"the","value":2}\n{"key":"été","value":1}\n';

/** What lies in the folder of every test. */
const modules: Readonly<Record<string, Uint8Array>> = {
  "log.wasm": loggingModule(),
  "trap.wasm": loggingModule(true),
  "count.wasm": countingModule(),
  "first.wasm": firstModule(),
  "foreign.wasm": smallModule({ foreign: ["env", "abort"] }),
  "needy.wasm": smallModule({
    imports: [
      ["crypto_public_key", 2],
      ["random", 2],
    ],
  }),
  "text.wasm": Buffer.from("no module\n"),
  "empty.wasm": new Uint8Array(),
  "cut.wasm": smallModule().subarray(0, -3),
};

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Says something to the command, with the folder's files by their names. */
async function say(...args: readonly string[]): Promise<Said> {
  return withFolder({ "text.txt": text, "numbers.txt": "1\n2\n3\n" }, async (folder) => {
    for (const [name, bytes] of Object.entries(modules)) writeFileSync(join(folder, name), bytes);
    const io = fakeIo();
    const named = args.map((arg) => (existsSync(join(folder, arg)) ? join(folder, arg) : arg));
    const status = await runCommand(named, io);
    return { status, out: io.out().replaceAll(folder, ""), err: io.stderr.text.replaceAll(folder, "") };
  });
}

describe("sealfold run: programs in WebAssembly", () => {
  it("runs a module under seal as it runs TypeScript", async () => {
    const place = new Workplace();
    try {
      place.write("text.txt", text);
      const { status, out, err } = await place.run("run", wordCount, "text.txt", "--json", "--quiet");
      expect({ status, out, err }).to.deep.equal({ status: 0, out: counted, err: "" });
    } finally {
      place.close();
    }
  });

  it("runs a module with --local, and shows what it logs as it comes, harmless to a terminal", async () => {
    const local = await say("run", wordCount, "text.txt", "--local", "--json", "--quiet");
    expect(local).to.deep.equal({ status: 0, out: counted, err: "" });
    const logged = await say("run", "log.wasm", "text.txt", "--local", "--quiet");
    expect(logged.err).to.equal("log: The sea, the sea!\nlog: \nlog: Été İ\n");
    expect(logged.out).to.equal("\t1\nThe sea, the sea!\t1\nÉté İ\t1\n");
    expect(logged.status).to.equal(0);
  });

  it("says with --local at which record a module ended, how, and what it logged before", async () => {
    const { status, out, err } = await say("run", "trap.wasm", "text.txt", "--local", "--quiet");
    expect(err).to.match(/^log: The sea, the sea!\nsealfold: PROGRAM_THREW: .*unreachable/);
    expect(err).to.match(/^ {2}at: stage map, record 1$/m);
    expect({ status, out }).to.deep.equal({ status: 7, out: "" });
  });

  for (const [file, says] of [
    ["text.wasm", "text.wasm: at byte 0: this is no WebAssembly module of version 1"],
    ["empty.wasm", "empty.wasm: at byte 0: this is no WebAssembly module of version 1"],
    ["cut.wasm", "the module ends too early"],
    ["foreign.wasm", 'foreign.wasm: import 0, "env"."abort": a module imports from "sealfold/1" alone'],
  ] as const) {
    it(`refuses ${file} with status 7, run or measured, and says why`, async () => {
      for (const args of [
        ["run", file, "text.txt", "--quiet"],
        ["run", file, "text.txt", "--local", "--quiet"],
        ["program", "measure", file],
        ["program", "test", file, "--sample", "text.txt"],
      ]) {
        const { status, out, err } = await say(...args);
        expect(err, args.join(" "))
          .to.match(/^sealfold: PROGRAM_REFUSED: /)
          .and.to.contain(says);
        expect({ status, out }).to.deep.equal({ status: 7, out: "" });
      }
    });
  }
});

describe("sealfold program: programs in WebAssembly", () => {
  it("checks a good module: what it exports, its aggregate, its memory and its needs", async () => {
    const { status, out } = await say("program", "check", "log.wasm");
    expect(out).to.equal(
      "/log.wasm: nothing found; it needs no capability\n" +
        "it exports allocate, aggregate (count), map\n" +
        "its memory begins with 0.625 MiB and grows as the policy allows\n" +
        "a record that it fails on may be skipped\n",
    );
    expect(status).to.equal(0);
    expect((await say("program", "check", "needy.wasm")).out).to.contain("nothing found; it needs crypto, random\n");
    expect((await say("program", "check", wordCount)).out)
      .to.contain("aggregate (sum), map_chunk, flush")
      .and.to.contain("a record that it fails on fails the whole task");
  });

  it("checks a bad one: status 7, and which import it is", async () => {
    const { status, out } = await say("program", "check", "foreign.wasm");
    expect(out).to.match(/^\/foreign\.wasm: refused, PROGRAM_REFUSED: import 0, "env"\."abort": .*\n {2}next: /);
    expect(out).to.match(/\n1 refused\n$/);
    expect(status).to.equal(7);
    const json = JSON.parse((await say("program", "check", "cut.wasm", "--json")).out) as Finding;
    expect(json).to.include({ severity: "refused", code: "PROGRAM_REFUSED", file: "/cut.wasm", line: 0 });
  });

  it("measures a module: its SHA-256, and that it is one", async () => {
    const { out } = await say("program", "measure", wordCount, "--json");
    expect(JSON.parse(out)).to.include({ kind: "wasm", bytes: 17_599 });
  });

  it("tries the laws on a module, and says which cannot be tried", async () => {
    const good = await say("program", "test", wordCount, "--sample", "text.txt", "--runs", "10", "--seed", "1");
    expect(good.out).to.contain("the answer is the same for every split").and.to.contain("\nnot tried: data: ");
    expect(good.status).to.equal(0);
    const bad = await say("program", "test", "count.wasm", "--sample", "text.txt", "--seed", "1");
    expect(bad.out).to.contain("map keeps state");
    expect(bad.status).to.equal(7);
    const own = await say("program", "test", "first.wasm", "--sample", "numbers.txt", "--json");
    const { broken, untried } = JSON.parse(own.out) as LawReport;
    expect(broken?.law).to.equal("order");
    expect(untried.map(({ law }) => law)).to.deep.equal(["data", "memory"]);
  });

  it("prints the folder with what modules are written with", async () => {
    const { status, out } = await say("program", "abi");
    const folder = out.trimEnd();
    for (const name of ["sealfold.h", "ABI.md", "assembly/index.ts"])
      expect(existsSync(join(folder, name))).to.equal(true);
    expect(status).to.equal(0);
  });
});
