/** The command over programs that are built in. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import { withFolder } from "../program/_folder.ts";
import { countingModule } from "../program/wasm/_modules.ts";
import { fakeIo } from "./_fake-io.ts";
import { Workplace } from "./_sealfold.ts";

const files = {
  "text.txt": "The sea, the sea!\r\n\nÉté\n",
  "rows.csv": "city;°C\r\nOslo;1.5\r\nRome;2\r\nOslo;-4\r\n",
  "more.csv": "city;°C\nRome;8",
};

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Says something to the command, in this process and without sealing; in a folder of its own, where it asks. */
async function say(...args: readonly string[]): Promise<Said> {
  return withFolder(files, async (folder) => {
    const io = fakeIo();
    const named = args.map((arg) => (Object.hasOwn(files, arg) ? join(folder, arg) : arg));
    const status = await runCommand(named, io);
    return { status, out: io.out(), err: io.stderr.text.replaceAll(folder, "") };
  });
}

const here = ["--local", "--quiet"];

describe("sealfold run: programs that are built in", () => {
  it("counts words under seal, and a file of the same name is one by its path", async () => {
    const place = new Workplace();
    try {
      place.write("text.txt", files["text.txt"]);
      const counted = await place.run("run", "word-count", "text.txt", "--json", "--quiet");
      expect(counted).to.deep.include({ status: 0, err: "" });
      expect(counted.out).to.equal('{"key":"sea","value":2}\n{"key":"the","value":2}\n{"key":"été","value":1}\n');
      const missing = await place.run("run", "./word-count", "text.txt", "--quiet");
      expect(missing.err).to.match(/^sealfold: DATA_FILE: there is no such program file/);
      place.write("word-count", "");
      writeFileSync(join(place.folder, "word-count"), countingModule());
      expect((await place.run("run", "word-count", "text.txt", "--json", "--quiet")).out).to.equal(counted.out);
    } finally {
      place.close();
    }
  });

  it("counts the kind of words that is asked for", async () => {
    expect((await say("run", "word-count", "--words", "ascii", "text.txt", ...here)).out).to.equal(
      "sea\t2\nt\t1\nthe\t2\n",
    );
    expect((await say("run", "word-count", "--words", "spaced", "text.txt", ...here)).out).to.contain("sea!\t1\n");
  });

  it("groups rows by columns, by number or by the header's names, and reads .csv as lines", async () => {
    const flags = ["--delimiter", ";", "rows.csv", "more.csv", ...here];
    for (const [name, oslo, rome] of [
      ["sum", "-2.5", "10"],
      ["mean", "-1.25", "5"],
      ["min", "-4", "2"],
      ["max", "1.5", "8"],
      ["min-max-mean", '{"max":1.5,"mean":-1.25,"min":-4}', '{"max":8,"mean":5,"min":2}'],
    ] as const) {
      const wanted = { status: 0, out: `Oslo\t${oslo}\nRome\t${rome}\n`, err: "" };
      expect(await say("run", name, "--header", "--key", "city", "--value", "°C", ...flags)).to.deep.equal(wanted);
      expect(await say("run", name, "--columns", "city;°C", "--key", "1", "--value", "2", ...flags)).to.deep.equal(
        wanted,
      );
    }
    const rows = await say("run", "count", "--key", "2", "--key", "1", ...flags);
    expect(rows.out).to.equal("-4;Oslo\t1\n1.5;Oslo\t1\n2;Rome\t1\n8;Rome\t1\n°C;city\t2\n");
  });

  it("says at which line it could not go on", async () => {
    const { status, err } = await say(
      "run",
      "sum",
      "--key",
      "1",
      "--value",
      "2",
      "--delimiter",
      ";",
      "rows.csv",
      ...here,
    );
    expect(err).to.contain("PROGRAM_THREW").and.to.contain("line 1 of the task: the value is no decimal number");
    expect(status).to.equal(7);
  });

  for (const [args, says] of [
    [["mean", "--value", "2"], "mean needs --key, the column to group by"],
    [["mean", "--key", "1"], "--value: expected a column, got none"],
    [["mean", "--key", "0", "--value", "2"], "--key: expected a column from 1 to 65535, got 0"],
    [["mean", "--key", "city", "--value", "2"], "--key: expected a number, for there is no header to name columns"],
    [["mean", "--key", "a=aes", "--value", "2"], "Expected a name and one of"],
    [["mean", "--key", "a=ed25519", "--value", "2"], "--key: mean uses no keys, so it is a column's number or name"],
    [["mean", "--key", "1", "--value", "2", "--delimiter", ";;"], "--delimiter: expected one character of ASCII"],
    [["mean", "--key", "1", "--value", "2", "--words", "ascii"], "--words: mean has no such option"],
    [["mean", "--key", "1", "--value", "2", "--format", "csv"], "--format: the program is for lines"],
    [
      ["mean", "--key", "1", "--value", "2", "--header", "--columns", "a"],
      "'--columns <line>' cannot be used with option '--header'",
    ],
    [["count", "--key", "1", "--value", "2"], "--value: expected nothing, for count looks at no value"],
    [["word-count", "--key", "1"], "--key: Expected a name and one of hmac-sha256, "],
    [["word-count", "--value", "1"], "--value: word-count has no such option"],
    [["word-count", "--header"], "--header: word-count has no such option"],
    [["word-count", "--words", "long"], "--words: expected letters, ascii, spaced, got long"],
    [["mine.ts", "--delimiter", ";"], "--delimiter: mine.ts has no such option"],
    [["mine.ts", "--key", "1"], "such as pseudonym=hmac-sha256, got 1"],
  ] as const) {
    it(`refuses ${args.join(" ")}`, async () => {
      for (const mode of [here, ["--quiet"]]) {
        const { status, out, err } = await say("run", ...args, "text.txt", ...mode);
        expect(err)
          .to.match(/^sealfold: USAGE: /)
          .and.to.contain(says);
        expect({ status, out }).to.deep.equal({ status: 2, out: "" });
      }
    });
  }

  it("does not look for a header where it could not read again", async () => {
    const { err } = await say("run", "mean", "--key", "a", "--value", "b", "--header", "-", ...here);
    expect(err).to.contain("--header: standard input cannot be read twice; say --columns");
  });
});

describe("sealfold program: programs that are built in", () => {
  it("measures them with their parameters", async () => {
    const mean = await say("program", "measure", "mean", "--key", "1", "--value", "2", "--json");
    expect(JSON.parse(mean.out)).to.include({ file: "mean", kind: "wasm" });
    const other = await say("program", "measure", "mean", "--key", "1", "--value", "3", "--json");
    expect(JSON.parse(other.out)).not.to.deep.equal(JSON.parse(mean.out));
  });

  it("tries the laws on them", async () => {
    const flags = ["--key", "1", "--value", "2", "--delimiter", ";", "--header"];
    const said = await say("program", "test", "mean", ...flags, "--sample", "rows.csv", "--runs", "5", "--seed", "1");
    expect(said.out).to.contain("the answer is the same for every split");
    expect(said.status).to.equal(0);
  });

  it("are in the help", async () => {
    for (const args of [
      ["run", "--help"],
      ["program", "measure", "--help"],
    ]) {
      expect((await say(...args)).out)
        .to.contain("word-count  ")
        .and.to.contain("sum, mean, min, max, min-max-mean, count");
    }
  });
});
