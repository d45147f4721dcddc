import { join } from "node:path";

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import { withFolder } from "../program/_folder.ts";
import { fakeIo } from "./_fake-io.ts";

interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const files = {
  "mean.ts": `
    import { mean, program } from "sealfold/program";
    type Row = { readonly city: string; readonly celsius: string };
    export default program(import.meta.url, {
      map: (row: Row, emit) => emit(row.city, Number(row.celsius)),
      reduce: mean,
    });`,
  "averages.ts": `
    import { program } from "sealfold/program";
    type Row = { readonly city: string; readonly celsius: string };
    export default program(import.meta.url, {
      map: (row: Row, emit) => emit(row.city, Number(row.celsius)),
      reduce: {
        zero: () => ({ sum: 0, count: 0 }),
        add: ({ sum, count }: any, value: number) => ({ sum: sum + value, count: count + 1 }),
        merge: (a: any, b: any) => ({ sum: (a.sum / a.count + b.sum / b.count) / 2, count: 1 }),
        finish: ({ sum, count }: any) => sum / count,
      },
    });`,
  "words.ts": `
    import { program, sum, words } from "sealfold/program";
    export default program(import.meta.url, {
      records: "text",
      map(line, emit) { for (const word of words(line)) emit(word, 1); },
      reduce: sum,
    });`,
  "node.ts": `import "node:fs"; export default 1;`,
  "weather.csv": "city,celsius\nOslo,1\nRome,20\nOslo,3\nRome,8\nBern,5\nBern,7\nOslo,8\n",
};

async function test(program: string, ...flags: readonly string[]): Promise<Said> {
  return withFolder(files, async (folder) => {
    const io = fakeIo();
    const named = flags.map((flag) => (flag.endsWith(".csv") ? join(folder, flag) : flag));
    const status = await runCommand(["program", "test", join(folder, program), ...named], io);
    return { status, out: io.out(), err: io.stderr.text };
  });
}

describe("sealfold program test", () => {
  it("finds nothing in a mean: status 0, with the seed", async () => {
    const { status, out, err } = await test("mean.ts", "--sample", "weather.csv", "--runs", "20", "--seed", "3");
    expect(out).to.match(/mean\.ts: the answer is the same for every split.*\(20 runs of each, seed 3\)\n/);
    expect({ status, err }).to.deep.equal({ status: 0, err: "" });
  });

  it("reads the lines of a sample as text where a program does", async () => {
    const { status, out } = await test("words.ts", "--sample", "weather.csv", "--format", "lines", "--runs", "20");
    expect(status).to.equal(0);
    expect(out).to.match(/words\.ts: the answer is the same for every split/);
  });

  it("finds an average of averages, and shows the fewest rows on which it differs: status 7", async () => {
    const { status, out, err } = await test("averages.ts", "--sample", "weather.csv", "--seed", "3");
    expect(out).to.include("the answer depends on how the records are split into tasks\n");
    expect(out.match(/^ {2}record \d+: \{"city":/gm)).to.have.length(3);
    expect(out)
      .to.match(/^ {2}one task \(1 2 3\): "[A-Z][a-z]+": /m)
      .and.to.match(/^ {2}next: .*average of averages/m);
    expect({ status, err }).to.deep.equal({ status: 7, err: "" });
  });

  it("prints with --json one line: the law, the records and both answers", async () => {
    const { out } = await test("averages.ts", "--sample", "weather.csv", "--seed", "3", "--json");
    const { broken, held, seed, duplicates } = JSON.parse(out) as Record<string, any>; // eslint-disable-line
    expect(broken).to.deep.include({ law: "split" });
    expect(broken.records).to.have.length(3);
    expect(broken.sides[0].results[0]).to.have.keys("key", "value");
    expect({ held, seed }).to.deep.equal({
      held: ["repeat", "answers", "memory", "data", "order", "merge order"],
      seed: 3,
    });
    expect(duplicates).to.include({ tried: 100, elsewhere: 0 });
    expect(JSON.parse((await test("mean.ts", "--sample", "weather.csv", "--json")).out)).to.include({ broken: null });
  });

  for (const [what, args, status, says] of [
    ["no sample", ["mean.ts"], 2, /USAGE: required option '--sample/],
    ["no number of runs", ["mean.ts", "--sample", "weather.csv", "--runs", "0"], 2, /whole number from 1 to/],
    ["no seed", ["mean.ts", "--sample", "weather.csv", "--seed", "x"], 2, /whole number from -2147483648 to/],
    ["a sample that is not there", ["mean.ts", "--sample", "/no/where.txt"], 65, /DATA_FILE/],
    ["a sample of rows for a program that reads text", ["words.ts", "--sample", "weather.csv"], 65, /DATA_FORMAT/],
    ["a program that imports Node", ["node.ts", "--sample", "weather.csv"], 7, /PROGRAM_IMPORT/],
    [
      "a program that fails on its sample",
      ["mean.ts", "--sample", "weather.csv", "--format", "lines"],
      7,
      /PROGRAM_VALUE: in record 1/,
    ],
  ] as const) {
    it(`refuses ${what} with status ${status}`, async () => {
      const said = await test(...(args as unknown as [string, ...string[]]));
      expect(said.err).to.match(says);
      expect(said.status).to.equal(status);
      expect(said.out).to.equal("");
    });
  }
});
