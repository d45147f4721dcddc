import { readdirSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { errorTable } from "../lib/errors.ts";
import { tableUnder } from "./table-under.ts";

const root = new URL("../", import.meta.url);
const readme = textOf("README.md");
const security = textOf("SECURITY.md");

/** Blocks that README's first example names as a reader would: `// run.ts`. All others say `// file: path`. */
const shortNames: Readonly<Record<string, string>> = {
  "word-count.ts": "examples/1-word-count/word-count.ts",
  "run.ts": "examples/1-word-count/in-one-call.ts",
};

describe("README.md", () => {
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);

  it("has code from the examples only, which are run by tests of their own", () => {
    expect(blocks.length).to.be.above(3);
    for (const block of blocks) {
      const [first = ""] = block.split("\n");
      const [, path] = /^\/\/ file: (\S+)$/.exec(first) ?? [];
      const [, shortName = ""] = /^\/\/ ([\w-]+\.ts)\b/.exec(first) ?? [];
      const file = path ?? shortNames[shortName];
      if (file === undefined) throw new Error(`a block does not say where it is from: ${first}`);
      const source = flat(textOf(file));
      const excerpt = flat(block.slice(first.length + 1));
      expect(source.includes(excerpt), `${file} has no such lines:\n${excerpt}`).to.equal(true);
    }
  });

  it("has the whole word count, comment and all", () => {
    expect(blocks[0]).to.equal(textOf("examples/1-word-count/word-count.ts"));
  });

  for (const [name, file] of [
    ["sealfold", "lib/index.ts"],
    ["sealfold/program", "lib/program/index.ts"],
    ["sealfold/testing", "lib/testing/index.ts"],
  ] as const) {
    it(`names what ${name} exports: all, in one place, and nothing else`, () => {
      const rows = tableUnder(readme, `| from \`${name}\``);
      const { values, types } = exportsOf(textOf(file));
      expect(rows.flatMap(([cell]) => codeIn(cell)).toSorted()).to.deep.equal(values);
      expect(rows.flatMap(([, cell]) => codeIn(cell)).toSorted()).to.deep.equal(types);
    });
  }

  it("names what sealfold/errors exports: all that is no type", () => {
    const [sentence = ""] = /^`sealfold\/errors` has .*$/m.exec(readme) ?? [];
    const { values } = exportsOf(textOf("lib/errors.ts"));
    const declared = [...textOf("lib/errors.ts").matchAll(/^export (?:class|function|const) (\w+)/gm)];
    const names = [...values, ...declared.map(([, name = ""]) => name)];
    expect(codeIn(sentence).slice(1).toSorted()).to.deep.equal(names.toSorted());
  });

  it("has the table of errors that the code has", () => {
    const expected = Object.entries(errorTable).map(([code, { exit, says, next }]) => [
      `\`${code}\``,
      `${exit}`,
      says,
      next,
    ]);
    expect(tableUnder(readme, "| code ")).to.deep.equal(expected);
  });

  it("names every kind of event", () => {
    const kinds = [...textOf("lib/coordinator/events.ts").matchAll(/kind: "(\w+)"/g)].map(([, kind]) => kind);
    expect(tableUnder(readme, "| event ").map(([cell]) => codeIn(cell)[0])).to.deep.equal(kinds);
  });

  it("names every room of lib/", () => {
    const rooms = readdirSync(new URL("lib/", root), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`);
    const named = tableUnder(readme, "| room ").flatMap(([cell]) => codeIn(cell));
    expect(named.toSorted()).to.deep.equal([...rooms, "errors.ts"].toSorted());
  });

  it("links every file of attacks", () => {
    for (const name of attackFiles()) expect(readme).to.contain(`(test/claims/${name})`);
  });
});

describe("SECURITY.md", () => {
  const rows = tableUnder(security, "| attack ");

  it("lists attacks that a test carries out under the name and with the code that are given", () => {
    expect(rows.length).to.be.at.least(17);
    for (const [attack = "", , codes = "", link = ""] of rows) {
      const [, file = ""] = /\]\(([^)]+)\)/.exec(link) ?? [];
      const tests = textOf(file);
      for (const code of codeIn(codes)) {
        expect(errorTable, attack).to.have.property(code);
        expect(tests.includes(`"${code}"`), `${file}: ${code}`).to.equal(true);
      }
    }
  });

  it("lists every file of attacks", () => {
    for (const name of attackFiles()) expect(security).to.contain(`(test/claims/${name})`);
  });
});

describe("links of README.md and SECURITY.md", () => {
  it("lead to files and headings that are there", () => {
    const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replace(/ /g, "-"),
    );
    for (const [, target = ""] of `${readme}${security}`.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("#")) expect(headings).to.include(target.slice(1));
      else expect(isThere(target), target).to.equal(true);
    }
  });
});

/** Files of tests under `test/claims/`, in its folders too. */
function attackFiles(): readonly string[] {
  const names = readdirSync(new URL("test/claims/", root), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".test.ts")).map((name) => name.replaceAll("\\", "/"));
}

function textOf(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

function isThere(path: string): boolean {
  const [, folder = "", name = ""] = /^(.*?)([^/]+)\/?$/.exec(path) ?? [];
  return readdirSync(new URL(`./${folder}`, root)).includes(name);
}

/** Without indentation and line ends, which change when lines stand on their own. */
function flat(code: string): string {
  return code
    .split("\n")
    .map((line) => line.trim())
    .join("\n")
    .trim();
}

function codeIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

function exportsOf(source: string): { readonly values: string[]; readonly types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  for (const [, typesOnly, names = ""] of source.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const name of names.split(",").map((entry) => entry.trim())) {
      if (name === "") continue;
      if (typesOnly !== undefined || name.startsWith("type ")) types.push(name.replace(/^type /, ""));
      else values.push(name);
    }
  }
  return { values: values.toSorted(), types: types.toSorted() };
}
