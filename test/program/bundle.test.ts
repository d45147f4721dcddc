import { execFileSync } from "node:child_process";
import { cp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { expect } from "chai";

import { fromUtf8, toHex } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { type BuiltProgram, buildProgram } from "../../lib/program/bundle.ts";
import { canonicalProgram } from "../../lib/program/canonical-program.ts";
import { countingProgram, withFolder } from "./_folder.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const plain = countingProgram("map: (line: string, emit) => emit(line, 1)");

/** A program that uses all of the library's, and a file and a package of its own. */
const rich: Readonly<Record<string, string>> = {
  "program.ts": `
    import { type Aggregate, distinct, histogram, minMaxMean, program, topK } from "sealfold/program";
    import { widest } from "./inner/widest.ts";
    import half from "halves";
    const all: Aggregate<number, unknown[], unknown> = {
      zero: () => [distinct(), histogram([1, 2]), minMaxMean, topK(2)].map((each) => each.zero()),
      add: (state) => state, merge: (a) => a, finish: (state) => state,
    };
    export default program(import.meta.url, {
      map(line: string, emit) { emit(line?.trim() ?? "naïve – “ok”", half(widest(line))); },
      reduce: all,
    });`,
  "inner/widest.ts": `/* a comment */ export const widest = (line: string): number => Math.max(...line.split(" ").map((w) => w.length));`,
  "node_modules/halves/package.json": `{ "name": "halves", "version": "1.0.0", "type": "module", "main": "index.js" }`,
  "node_modules/halves/index.js": `export default (value) => value / 2;\nexport const unused = () => process.exit();`,
};

describe("program/bundle", () => {
  it("gives canonical text, and its SHA-256 as the measurement", async () => {
    const { bytes, measurement, file } = await built({ "program.ts": plain });
    expect(canonicalProgram(fromUtf8(bytes))).to.equal(fromUtf8(bytes));
    expect(measurement).to.deep.equal(sha256(bytes));
    expect(file).to.match(/program\.ts$/);
  });

  it("gives the same bytes from every folder", async () => {
    const [one, two] = [await built(rich), await built(rich)];
    expect(one.file).not.to.equal(two.file);
    expect(one.bytes).to.deep.equal(two.bytes);
  });

  it("takes a path and a file URL alike", () =>
    withFolder({ "program.ts": plain }, async (folder) => {
      const path = join(folder, "program.ts");
      const wanted = (await buildProgram(path)).bytes;
      expect((await buildProgram(pathToFileURL(path))).bytes).to.deep.equal(wanted);
      expect((await buildProgram(pathToFileURL(path).href)).bytes).to.deep.equal(wanted);
    }));

  it("gives the same bytes whether the library is built or run from sources", () =>
    withFolder(rich, async (folder) => {
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      const flags = ["-p", "tsconfig.build.json", "--noCheck", "--outDir", join(folder, "built")];
      execFileSync(process.execPath, [tsc, ...flags], { cwd: root });
      await symlink(join(root, "node_modules"), join(folder, "built/node_modules"));
      await cp(join(root, "package.json"), join(folder, "built/package.json"));
      const href = pathToFileURL(join(folder, "built/lib/program/bundle.js")).href;
      const script = `import { buildProgram } from ${JSON.stringify(href)};
        const { measurement } = await buildProgram(${JSON.stringify(join(folder, "program.ts"))});
        console.log(Buffer.from(measurement).toString("hex"));`;
      const measured = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
      expect(measured.trim()).to.equal(toHex((await buildProgram(join(folder, "program.ts"))).measurement));
    }));

  it("ignores comments and spaces, and nothing else", async () => {
    const spaced = plain.replaceAll("\n", "\n\n  // a remark\n");
    expect((await built({ "program.ts": spaced })).bytes).to.deep.equal((await built({ "program.ts": plain })).bytes);
    const other = plain.replace("emit(line, 1)", "emit(line, 2)");
    expect((await built({ "program.ts": other })).bytes).not.to.deep.equal(
      (await built({ "program.ts": plain })).bytes,
    );
  });

  it("leaves out what the program does not use", async () => {
    const { bytes } = await built({ "program.ts": plain });
    expect(fromUtf8(bytes)).not.to.match(/histogram|BigInt|process/);
  });

  it("ignores a tsconfig.json beside the program", async () => {
    const config = `{ "compilerOptions": { "target": "es5", "useDefineForClassFields": false, "alwaysStrict": false } }`;
    const classes = countingProgram("map: (line: string, emit) => emit(new A().a, 1)", "class A { a = 1; b; }");
    const alone = await built({ "program.ts": classes });
    expect((await built({ "program.ts": classes, "tsconfig.json": config })).bytes).to.deep.equal(alone.bytes);
  });

  for (const [name, text, code, place] of [
    ["does not compile", `export default 1 +;`, "PROGRAM_BUILD", "program.ts:1:19"],
    [
      "has an error in line 3",
      countingProgram("map: 1", "const a = 1; const a = 2;"),
      "PROGRAM_BUILD",
      "program.ts:2:20",
    ],
    [
      "imports what a module does not export",
      `import { nothing } from "sealfold/program"; export default nothing;`,
      "PROGRAM_BUILD",
      "program.ts:1:10",
    ],
    ["has no default export", `export const program = 1;`, "PROGRAM_EXPORT", ""],
    [
      "imports node:fs",
      countingProgram("map: 1", `import fs from "node:fs"; fs;`),
      "PROGRAM_IMPORT",
      "program.ts:2:16",
    ],
    ["imports fs", countingProgram("map: 1", `import fs from "fs"; fs;`), "PROGRAM_IMPORT", "program.ts:2:16"],
    [
      "imports sealfold",
      countingProgram("map: 1", `import * as s from "sealfold"; s;`),
      "PROGRAM_IMPORT",
      "program.ts:2:20",
    ],
    [
      "imports sealfold/errors",
      countingProgram("map: 1", `import "sealfold/errors";`),
      "PROGRAM_IMPORT",
      "program.ts:2:8",
    ],
    [
      "imports a file that is not there",
      countingProgram("map: 1", `import "./gone.ts";`),
      "PROGRAM_IMPORT",
      "program.ts:2:8",
    ],
    [
      "imports a package that is not there",
      countingProgram("map: 1", `import "gone";`),
      "PROGRAM_IMPORT",
      "program.ts:2:8",
    ],
    [
      "imports from the network",
      countingProgram("map: 1", `import "https://example.org/a.js";`),
      "PROGRAM_IMPORT",
      "program.ts:2:8",
    ],
    [
      "imports dynamically",
      countingProgram("map: 1", `\n const lazy = () => import("./a.ts"); lazy;`),
      "PROGRAM_IMPORT",
      "program.ts:3:28",
    ],
    [
      "imports a computed name",
      countingProgram("map: (l: string) => { import(l); }"),
      "PROGRAM_IMPORT",
      "program.ts:3:65",
    ],
    ["looks at import.meta", countingProgram("map: () => import.meta.dirname"), "PROGRAM_REFUSED", "program.ts:3:54"],
    ["waits at the top", countingProgram("map: 1", `await 1;`), "PROGRAM_BUILD", "program.ts:2:1"],
    ["stops for a debugger", countingProgram("map: () => { debugger; }"), "PROGRAM_REFUSED", "program.ts:3:56"],
  ] as const) {
    it(`refuses a program that ${name}: ${code}${place === "" ? "" : ` at ${place}`}`, async () => {
      const error = await built({ "program.ts": text }).then(() => undefined, asSealfold);
      expect(error?.code).to.equal(code);
      if (place !== "") expect(error?.message).to.match(new RegExp(`^${place.replaceAll(".", "\\.")}: \\S`));
      if (place !== "") expect(error?.place.file).to.equal(place);
    });
  }

  it("names the file in which it is wrong, not the one that imports it", async () => {
    const files = { "program.ts": countingProgram("map: 1", `import "./in/a.ts";`), "in/a.ts": `\nimport "node:os";` };
    const error = await built(files).then(() => undefined, asSealfold);
    expect(error?.place.file).to.equal("in/a.ts:2:8");
  });

  it("says which file is missing", async () => {
    const error = await buildProgram("/nowhere/program.ts").then(() => undefined, asSealfold);
    expect(error?.code).to.equal("DATA_FILE");
    expect(error?.place.file).to.equal("/nowhere/program.ts");
  });
});

function built(files: Readonly<Record<string, string>>): Promise<BuiltProgram> {
  return withFolder(files, (folder) => buildProgram(join(folder, "program.ts")));
}

function asSealfold(error: unknown): SealfoldError {
  if (error instanceof SealfoldError) return error;
  throw error;
}
