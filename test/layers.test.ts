/** Holds the rooms of the code to their table: who may import whom, and who may import which package. */

import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { posix } from "node:path";

import { expect } from "chai";

const root = new URL("../", import.meta.url);
const topLevel = "(top level)";
/** No TypeScript. */
const assemblyScript: readonly string[] = ["lib/program/wasm/assembly", "lib/builtin/assembly", "lib/data/assembly"];

/** Each room of `lib/` and the rooms it may import. `errors.ts` may be imported by all and imports its table alone. */
const below = ["crypto", "data", "policy", "program", "identity", "channel"];
const rooms: Readonly<Record<string, readonly string[]>> = {
  crypto: [],
  data: ["crypto"],
  policy: ["crypto", "data"],
  program: ["crypto", "data"],
  builtin: ["crypto", "program"],
  identity: ["crypto", "data", "policy"],
  channel: ["crypto"],
  proof: ["crypto", "data", "policy", "identity"],
  sandbox: [...below, "proof"],
  coordinator: [...below, "proof", "sandbox"],
  party: ["crypto", "data", "policy", "identity", "channel", "proof"],
  testing: ["crypto", "data", "program", "sandbox"],
  demo: [...below, "proof", "sandbox", "coordinator", "party", topLevel],
  cli: [...below, "builtin", "proof", "sandbox", "coordinator", "party", "testing", "demo", topLevel],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  /** The file of this checkout that is meant, or `undefined` for a package. */
  readonly target: string | undefined;
}

const imports = [...sourcesIn("lib"), ...sourcesIn("workers")].flatMap(importsOf);

describe("the rooms of lib/", () => {
  it("import only what their table allows", () => {
    const broken = imports.filter(({ file, target }) => target !== undefined && !mayImport(file, target));
    expect(broken.map(shown)).to.deep.equal([]);
  });

  it("leave errors.ts without imports but its table, which has none", () => {
    const all = imports.filter(({ file }) => file === "lib/errors.ts" || file === "lib/error-table.ts");
    expect(all.filter(({ specifier }) => specifier !== "./error-table.ts").map(shown)).to.deep.equal([]);
  });

  it("are all in the table, and the table has no room that is not there", () => {
    const folders = readdirSync(new URL("lib/", root), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).toSorted()).to.deep.equal(Object.keys(rooms).toSorted());
  });

  it("have no cycles between their files", () => {
    const cycles = findCycles(imports);
    expect(cycles.map((cycle) => cycle.join(" -> "))).to.deep.equal([]);
  });

  it("keep files private whose names begin with an underscore", () => {
    const broken = imports.filter(
      ({ file, target }) =>
        target !== undefined && posix.basename(target).startsWith("_") && roomOf(file) !== roomOf(target),
    );
    expect(broken.map(shown)).to.deep.equal([]);
  });
});

describe("the packages that rooms use", () => {
  const owners = { "@noble/": "crypto", piscina: "sandbox", commander: "cli", "fast-check": "testing" };
  for (const [name, room] of Object.entries(owners)) {
    it(`has ${name} in ${room}/ alone`, () => {
      const users = imports.filter(
        ({ specifier }) => specifier === name || specifier.startsWith(name.replace(/\/?$/, "/")),
      );
      expect(users, `nobody uses ${name}`).not.to.deep.equal([]);
      expect(users.filter(({ file }) => roomOf(file) !== room).map(shown)).to.deep.equal([]);
    });
  }

  it("are named in package.json", () => {
    const { dependencies } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const packages = imports.filter(({ target, specifier }) => target === undefined && !isBuiltin(specifier));
    const names = new Set(packages.map(({ specifier }) => packageOf(specifier)));
    expect([...names].toSorted()).to.deep.equal(Object.keys(dependencies).toSorted());
  });

  it("are none, and nothing of Node, where a user's program may come", () => {
    const reached = reach("lib/program/index.ts");
    const foreign = imports.filter(({ file, target }) => reached.has(file) && target === undefined);
    expect(foreign.map(shown)).to.deep.equal([]);
  });

  it("never load the demonstration where the library is imported", () => {
    expect([...reach("lib/index.ts")].filter((file) => roomOf(file) === "demo")).to.deep.equal([]);
  });

  it("include fast-check only when laws are checked, and never in the main entry", () => {
    const users = [...imports].filter(({ specifier }) => specifier === "fast-check").map(({ file }) => file);
    const eager = /^import (?!type )[^;]*"fast-check"/m;
    expect(users.filter((file) => eager.test(textOf(file)))).to.deep.equal([]);
    expect([...reach("lib/index.ts")].filter((file) => users.includes(file))).to.deep.equal([]);
  });

  it("name Node's own modules with node:", () => {
    const bare = imports.filter(({ specifier }) => isBuiltin(specifier) && !specifier.startsWith("node:"));
    expect(bare.map(shown)).to.deep.equal([]);
  });
});

describe("workers/", () => {
  it("are shells of under 60 lines", () => {
    const sizes = sourcesIn("workers").map((file) => ({ file, lines: textOf(file).trimEnd().split("\n").length }));
    expect(sizes).not.to.deep.equal([]);
    expect(sizes.filter(({ lines }) => lines >= 60)).to.deep.equal([]);
  });
});

describe("the reader of imports that these tests stand on", () => {
  it("sees every form of import", () => {
    const text = `
      import a from "./a.ts";
      import type { B } from "./b.ts";
      import {
        c,
        type C,
      } from "./c.ts";
      import "./d.ts";
      export * from "./e.ts";
      export { f } from "./f.ts";
      export type { G } from "./g.ts";
      const h = await import("./h.ts");
      type I = import("./i.ts").I;
      import j, { k } from "pkg/sub.js";`;
    const seen = specifiersOf(text);
    expect(seen).to.deep.equal(
      [..."abcdefghi"]
        .map((name) => `./${name}.ts`)
        .concat("pkg/sub.js")
        .toSorted(),
    );
  });

  it("sees a cycle", () => {
    const edge = (file: string, target: string): Import => ({ file, target, specifier: target });
    expect(findCycles([edge("a", "b"), edge("b", "c"), edge("c", "b")])).to.deep.equal([["b", "c", "b"]]);
    expect(findCycles([edge("a", "b"), edge("a", "c"), edge("b", "c")])).to.deep.equal([]);
  });
});

/** A file directly in `lib/` (but for `errors.ts`) joins rooms and may import all; workers are shells of the sandbox, and one of the party. */
function mayImport(file: string, target: string): boolean {
  const from = roomOf(file);
  const to = roomOf(target);
  if (target === "lib/errors.ts" || from === to) return true;
  if (from === topLevel) return true;
  if (file.startsWith("workers/")) return to === (file === "workers/seal.ts" ? "party" : "sandbox");
  return rooms[from]?.includes(to) ?? false;
}

function roomOf(file: string): string {
  const [top, room, ...rest] = file.split("/");
  if (top !== "lib") return top ?? "";
  return rest.length === 0 || room === undefined ? topLevel : room;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (assemblyScript.includes(path)) return [];
    if (entry.isDirectory()) return sourcesIn(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  return specifiersOf(textOf(file)).map((specifier) => ({
    file,
    specifier,
    target: specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : undefined,
  }));
}

/** Every specifier of a module, once, sorted. Sources are formatted by prettier, so that imports have known shapes. */
function specifiersOf(text: string): string[] {
  const statement = /^\s*(?:import|export)\b(?:[^"';=()]*?\bfrom)?\s*"([^"]+)"/gm;
  const call = /\bimport\(\s*"([^"]+)"\s*\)/g;
  const found = [statement, call].flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ""));
  return [...new Set(found)].toSorted();
}

function findCycles(edges: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { file, target } of edges) {
    if (target !== undefined) targets.set(file, [...(targets.get(file) ?? []), target]);
  }
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file]);
    else if (!done.has(file)) {
      for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    }
  };
  for (const file of targets.keys()) visit(file, []);
  return cycles;
}

function reach(start: string): Set<string> {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const edge of imports) if (edge.file === file && edge.target !== undefined) reached.add(edge.target);
  }
  return reached;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function textOf(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

function shown({ file, specifier }: Import): string {
  return `${file} imports ${specifier}`;
}
