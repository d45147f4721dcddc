import { readFileSync } from "node:fs";

import { expect } from "chai";

import { compileTemplate, templateNames } from "../../.ci/assembly.ts";
import { builtin } from "../../lib/builtin/builtin.ts";
import { maxParameters, programOf, withParameters } from "../../lib/builtin/template.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { buildProgram } from "../../lib/program/bundle.ts";
import { checkWhole } from "../../lib/program/wasm/module-file.ts";
import { type WasmMemory, webAssembly } from "../../lib/data/web-assembly.ts";

const built = (name: string): Buffer => readFileSync(new URL(`../../dist/lib/builtin/${name}.wasm`, import.meta.url));

describe("builtin/template", () => {
  it("is what the pinned assemblyscript makes of the sources, byte for byte", async function () {
    this.timeout(120_000);
    for (const name of templateNames) {
      expect(Buffer.from(await compileTemplate(name)).equals(built(name)), `${name}: npm run build`).to.equal(true);
    }
  });

  it("is a module that imports no capability, with parameters of any length", () => {
    for (const name of templateNames) {
      for (const length of [0, 1, 127, 128, maxParameters]) {
        const { needs, functions } = checkWhole(withParameters(built(name), new Uint8Array(length).fill(7)));
        expect(needs).to.deep.equal([]);
        expect([...functions]).to.include.members(["map_chunk", "flush"]);
      }
      expect(() => withParameters(built(name), new Uint8Array(maxParameters + 1))).to.throw(RangeError);
    }
  });

  it("puts parameters where nothing else of the module lies", () => {
    for (const name of templateNames) {
      const marks = new Uint8Array(maxParameters).fill(0xa5);
      const plain = memoryOf(withParameters(built(name), new Uint8Array()));
      const marked = memoryOf(withParameters(built(name), marks));
      expect(plain.subarray(0, 8192).every((byte) => byte === 0)).to.equal(true);
      plain.set(marks, 1024);
      expect(marked.equals(plain)).to.equal(true);
    }
  });

  it("has another measurement with other parameters, and the same with the same", async () => {
    const one = (): string => Buffer.from(builtin.wordCount({ words: "ascii" }).measurement).toString("hex");
    const others = [
      builtin.wordCount(),
      builtin.wordCount({ words: "spaced" }),
      builtin.groupBy({ key: 1, value: 2, aggregate: "sum" }),
      builtin.groupBy({ key: 1, value: 2, aggregate: "mean" }),
      builtin.groupBy({ key: 2, value: 1, aggregate: "mean" }),
      builtin.groupBy({ key: 2, value: 1, aggregate: "mean", delimiter: ";" }),
      builtin.groupBy({ key: 2, value: 1, aggregate: "mean", header: "a,b" }),
    ].map(({ measurement }) => Buffer.from(measurement).toString("hex"));
    expect(one()).to.equal(one());
    expect(new Set([one(), ...others]).size).to.equal(8);
    const program = programOf("word-count", Uint8Array.of(1));
    expect(Buffer.from(sha256(program.bytes)).toString("hex")).to.equal(one());
    expect(await buildProgram(program)).to.equal(program);
  });
});

/** What an instance's memory is before any of its code has run. */
function memoryOf(module: Uint8Array): Buffer {
  const { exports } = new webAssembly.Instance(new webAssembly.Module(Uint8Array.from(module)), {
    "sealfold/1": { emit_pairs: () => undefined, log: () => undefined },
  });
  return Buffer.from((exports["memory"] as WasmMemory).buffer);
}
