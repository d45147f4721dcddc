/** The interface's one table, and what else says it: the page, the C header and the AssemblyScript part. */

import { readFileSync } from "node:fs";

import { expect } from "chai";

import { keyTypes } from "../../../lib/data/capabilities.ts";
import {
  abiExports,
  abiImports,
  abiModule,
  aggregateNames,
  hashNames,
  pairHead,
  type Signature,
  signatureText,
} from "../../../lib/program/wasm/abi.ts";
import { tableUnder } from "../../table-under.ts";

const page = textOf("ABI.md");
const header = textOf("sealfold.h");
const assembly = textOf("assembly/index.ts");

/** Each import as the header or the AssemblyScript part would declare it: parameters' names, and types by size. */
const declared = [...abiImports].map(([name, { signature }]) => signatureText(name, signature)).toSorted();

const cTypes: Readonly<Record<string, string>> = {
  "const void *": "i32",
  "void *": "i32",
  "uint32_t ": "i32",
  "int32_t ": "i32",
  "double ": "f64",
};
const assemblyTypes: Readonly<Record<string, string>> = { usize: "i32", u32: "i32", i32: "i32", f64: "f64" };

describe("program/wasm/abi: the page", () => {
  it("has every import, with its signature, its moments and what it needs", () => {
    const wanted = [...abiImports].map(([name, { signature, when, needs }]) => [
      signatureText(name, signature),
      when.join(", "),
      needs ?? "",
    ]);
    expect(rowsUnder("| import ").map((row) => row.slice(0, 3))).to.deep.equal(wanted);
  });

  it("has every export, with its signature", () => {
    const wanted = [...abiExports].map(([name, { signature }]) => signatureText(name, signature));
    expect(rowsUnder("| export ").map(([cell]) => cell)).to.deep.equal(wanted);
  });

  it("numbers aggregates, hashes and types of keys as the code does", () => {
    expect(page).to.contain(
      aggregateNames.map((name, at) => `${at} ${name}${at === 0 ? " (`combine`, `finish`)" : ""}`).join(", "),
    );
    expect(page).to.contain("(0, SHA-256) or 64 (1, SHA-512)");
    expect(hashNames).to.deep.equal(["sha256", "sha512"]);
    const said = /Types of keys: ([^|]*?) *\|/.exec(page)?.[1] ?? "";
    expect(said.toLowerCase().split(", ")).to.deep.equal(keyTypes.map((name, at) => `${at} ${name}`));
  });

  it("names the module that everything is imported from", () => {
    expect(page).to.contain(`\`${abiModule}\``);
  });
});

describe("program/wasm/abi: the C header", () => {
  it("declares every import, and no other", () => {
    const form = /SEALFOLD_IMPORT\((\w+)\)\s+(\w+) sealfold_(\w+)\(([^)]*)\);/g;
    const found = [...header.matchAll(form)].map(([, imported = "", result = "", name, list = ""]) => {
      expect(name).to.equal(imported);
      const params = list === "void" ? [] : list.split(/,\s*/).map((param) => read(/^(.*[ *])(\w+)$/, param, cTypes));
      return signatureText(imported, signatureOf(params, result === "void" ? undefined : cTypes[`${result} `]));
    });
    expect(header.match(/^SEALFOLD_IMPORT/gm)).to.have.lengthOf(found.length);
    expect(found.toSorted()).to.deep.equal(declared);
  });

  it("imports from this version, and numbers things as the code does", () => {
    expect(header).to.contain(`import_module("${abiModule}")`);
    const enums = [...header.matchAll(/enum \{ ([^}]+) \}/g)].map(([, names = ""]) => names.split(", "));
    expect(enums).to.deep.equal(
      [aggregateNames, hashNames, keyTypes].map((names) => names.map((name) => `SEALFOLD_${constant(name)}`)),
    );
    expect(header).to.contain(`length + ${pairHead};`);
  });
});

describe("program/wasm/abi: the AssemblyScript part", () => {
  it("declares every import, and no other", () => {
    const form = /@external\("([^"]+)", "(\w+)"\)\s+export declare function (\w+)\(([^)]*)\): (\w+);/g;
    const found = [...assembly.matchAll(form)].map(([, from, imported = "", name, list = "", result = ""]) => {
      expect([from, name]).to.deep.equal([abiModule, imported]);
      const texts = list.split(",").flatMap((param) => (param.trim() === "" ? [] : [param.trim()]));
      const params = texts.map((param) => read(/^(?<name>\w+): (?<type>\w+)$/, param, assemblyTypes));
      return signatureText(imported, signatureOf(params, result === "void" ? undefined : assemblyTypes[result]));
    });
    expect(assembly.match(/@external/g)).to.have.lengthOf(found.length);
    expect(found.toSorted()).to.deep.equal(declared);
  });

  it("numbers things as the code does", () => {
    for (const names of [aggregateNames, hashNames, keyTypes]) {
      names.forEach((name, at) => expect(assembly).to.match(new RegExp(`const ${constant(name)}: [iu]32 = ${at};`)));
    }
    expect(assembly).to.contain(`const HEAD: u32 = ${pairHead};`);
  });
});

/** @returns a parameter's name and type, from a text whose groups are type and name, or have those names. */
function read(form: RegExp, text: string, types: Readonly<Record<string, string>>): readonly [string, "i32" | "f64"] {
  const found = form.exec(text);
  const [name = "", type = ""] =
    found?.groups === undefined ? [found?.[2], found?.[1]] : [found.groups["name"], found.groups["type"]];
  expect(types, text).to.have.property(type);
  return [name, types[type] as "i32" | "f64"];
}

function signatureOf(params: Signature["params"], result: string | undefined): Signature {
  return { params, result: result as Signature["result"] };
}

function constant(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

/** The cells of a table of the page, code without its marks. */
function rowsUnder(head: string): string[][] {
  return tableUnder(page, head).map((row) => row.map((cell) => cell.replace(/^`(.*)`$/, "$1")));
}

function textOf(file: string): string {
  return readFileSync(new URL(`../../../lib/program/wasm/${file}`, import.meta.url), "utf8");
}
