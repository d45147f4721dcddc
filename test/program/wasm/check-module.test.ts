import { expect } from "chai";

import { abiExports, abiImports, abiModule, type Signature } from "../../../lib/program/wasm/abi.ts";
import { checkModule, requiredCapabilities } from "../../../lib/program/wasm/check-module.ts";
import { maxModuleBytes } from "../../../lib/program/wasm/module-reader.ts";
import {
  body,
  type Bytes,
  f64,
  functionType,
  goodParts,
  i32,
  memoryExported,
  moduleOf,
  name,
  op,
  type Parts,
  programFunctions,
  refused,
  section,
  types,
  u32,
  vector,
} from "./_module.ts";

const good = moduleOf(goodParts());

describe("program/wasm/check-module", () => {
  it("takes a module of the interface", () => {
    const { functions, needs } = checkModule(good);
    expect([...functions]).to.deep.equal(["allocate", "aggregate", "map"]);
    expect(needs).to.deep.equal([]);
  });

  it("knows from the imports what the policy must grant, each once, in the policy's order", () => {
    const imports = [...abiImports].map(([text, { signature }]) => [text, typeOf(signature)] as const);
    expect(requiredCapabilities(moduleOf({ ...goodParts(), imports: [...imports, ...imports] }))).to.deep.equal([
      "crypto",
      "random",
      "clock",
      "counters",
      "policy.query",
      "policy.narrow",
    ]);
  });

  for (const [text, { signature, needs }] of abiImports) {
    it(`takes ${text} with its own signature alone`, () => {
      const withType = (type: Bytes): Uint8Array =>
        moduleOf({
          ...goodParts(),
          imports: [
            ["emit", types.emit],
            [text, type],
          ],
        });
      expect(requiredCapabilities(withType(typeOf(signature)))).to.deep.equal(needs === undefined ? [] : [needs]);
      for (const wrong of [functionType([f64, f64], [f64]), functionType([0x7e], []), functionType([], [i32, i32])]) {
        refused(withType(wrong), `import 1, "sealfold/1"."${text}": expected`);
      }
    });
  }
});

describe("program/wasm/check-module: imports that are refused", () => {
  const from = (module: string, field: string, rest: Bytes): Bytes => [...name(module), ...name(field), ...rest];
  const cases: Readonly<Record<string, readonly [Bytes, string]>> = {
    "a function of another module": [from("env", "abort", [0, 0]), `import 1, "env"."abort": a module imports from`],
    "a function of another version": [from("sealfold/2", "emit", [0, 0]), `import 1, "sealfold/2"."emit"`],
    WASI: [from("wasi_snapshot_preview1", "fd_write", [0, 0]), `import 1, "wasi_snapshot_preview1"."fd_write"`],
    "a function that is none": [from(abiModule, "emits", [0, 0]), `import 1, "sealfold/1"."emits": there is no such`],
    "names of Object.prototype": [from(abiModule, "__proto__", [0, 0]), `"__proto__": there is no such function`],
    "a memory": [from("env", "memory", [2, 0, 1]), `import 1, "env"."memory": a module imports from`],
    "a memory of the interface": [
      from(abiModule, "emit", [2, 0, 1]),
      `import 1, "sealfold/1"."emit": expected a function, got a memory`,
    ],
    "a shared memory": [from(abiModule, "emit", [2, 3, 1, 1]), "expected a function, got a memory"],
    "a table": [from(abiModule, "emit", [1, 0x70, 0, 1]), "expected a function, got a table"],
    "a global": [from(abiModule, "emit", [3, i32, 1]), "expected a function, got a global"],
    "a tag": [from(abiModule, "emit", [4, 0, 0]), "expected a function, got a tag"],
    "another kind": [from(abiModule, "emit", [9, 0, 0]), "there is no such kind"],
    "a function without a type": [
      from(abiModule, "emit", [0, 99]),
      `import 1, "sealfold/1"."emit": its function has no type`,
    ],
    "a name that is no text": [[...name("env"), 1, 0xff, 0, 0], "a name is not UTF-8"],
  };
  for (const [title, [line, message]] of Object.entries(cases)) {
    it(title, () => refused(moduleOf({ ...goodParts(), imports: [["emit", types.emit], line] }), message));
  }

  it("name the offender so that it can be printed", () => {
    const line = from("\u001b[2J\u202e", "x".repeat(1000), [0, 0]);
    const error = refused(moduleOf({ ...goodParts(), imports: [line] }), "import 0, ");
    expect(error.message).to.match(/^[\x20-\x7e…]{0,300}$/);
  });
});

describe("program/wasm/check-module: exports that are refused", () => {
  const without = (missing: string): Parts => {
    const parts = goodParts();
    return {
      ...parts,
      functions: parts.functions?.map((line) => (line.export === missing ? { ...line, export: "x" } : line)) ?? [],
    };
  };
  const adding = (exported: string, type: Bytes, code: Bytes = op.unreachable): Parts => {
    const parts = goodParts();
    return { ...parts, functions: [...(parts.functions ?? []), { type, body: body(code), export: exported }] };
  };
  const cases: Readonly<Record<string, readonly [Parts, string]>> = {
    "no memory exported": [{ ...goodParts(), exports: [] }, 'there is no export "memory"'],
    "no memory at all": [{ ...goodParts(), memory: [], exports: [] }, "a module has one memory of its own, got 0"],
    "a function called memory": [
      { ...goodParts(), exports: [[...name("memory"), 0, 0]] },
      `export 0, "memory": expected the module's memory`,
    ],
    "a second memory": [
      { ...goodParts(), exports: [[...name("memory"), 2, 1]] },
      `export 0, "memory": expected the module's memory`,
    ],
    "no allocate": [without("allocate"), 'there is no export "allocate"'],
    "no aggregate": [without("aggregate"), 'there is no export "aggregate"'],
    "no map": [without("map"), 'expected an export "map" or "map_chunk", and not both'],
    "both kinds of map": [adding("map_chunk", types.map), 'expected an export "map" or "map_chunk", and not both'],
    "combine alone": [adding("combine", types.combine), '"combine" and "finish" are exported together'],
    "finish alone": [adding("finish", types.combine), '"combine" and "finish" are exported together'],
    "flush with a parameter": [
      adding("flush", types.allocate),
      'export 4, "flush": expected () -> (), got (i32) -> (i32)',
    ],
    "_initialize with a result": [
      adding("_initialize", types.aggregate),
      'export 4, "_initialize": expected () -> (), got () -> (i32)',
    ],
    "a name twice": [adding("map", types.map), 'export 4, "map": there is another of this name'],
    "a memory called map": [
      { ...without("map"), exports: [memoryExported, [...name("map"), 2, 0]] },
      'export 1, "map": expected a function, got a memory',
    ],
    "a function that is not there": [
      { ...without("map"), exports: [memoryExported, [...name("map"), 0, 99]] },
      'export 1, "map": its function has no type',
    ],
  };
  for (const [title, [parts, message]] of Object.entries(cases)) {
    it(title, () => refused(moduleOf(parts), message));
  }

  it("others are never looked at", () => {
    expect(() => checkModule(moduleOf(adding("__heap_base", types.nothing)))).not.to.throw();
    expect([...abiExports.keys()]).not.to.include("__heap_base");
  });
});

describe("program/wasm/check-module: what a module may not have", () => {
  const extra = (id: number, bytes: Bytes): Parts => ({ ...goodParts(), extra: new Map([[id, bytes]]) });
  const withMap = (code: Bytes, locals: Bytes = []): Parts => ({
    ...goodParts(),
    functions: programFunctions(code, { locals }),
  });
  const cases: Readonly<Record<string, readonly [Parts, string]>> = {
    "a start section": [extra(9, section(8, [1])), "a start section is not allowed"],
    "tags of exceptions": [extra(6, section(13, vector([[0, 0]]))), "exceptions are not allowed"],
    "a section that is none": [extra(7, section(14, [])), "there is no section 14"],
    "a section twice": [extra(7, section(5, vector([[0, 1]]))), "section 5 is there twice, or out of order"],
    "sections out of order": [extra(3, section(5, vector([[0, 1]]))), "is there twice, or out of order"],
    "a section that is longer than what is in it": [
      extra(7, section(6, [0, 0])),
      "section 6 is longer than what is in it",
    ],
    "a function that goes on": [withMap([...op.constant(0), 0x0b]), "a function goes on behind its end"],
    "a shared memory": [{ ...goodParts(), memory: [3, 1, 2] }, "shared memory is not allowed"],
    "a shared memory without a maximum": [{ ...goodParts(), memory: [2, 1] }, "shared memory is not allowed"],
    "a memory of 64 bits": [{ ...goodParts(), memory: [4, 1] }, "64 bits are not allowed"],
    "a memory of other pages": [{ ...goodParts(), memory: [8, 1, 0] }, "64 bits are not allowed"],
    "two memories": [
      {
        ...goodParts(),
        memory: [],
        extra: new Map([
          [
            6,
            section(
              5,
              vector([
                [0, 1],
                [0, 1],
              ]),
            ),
          ],
        ]),
      },
      "a module has one memory of its own, got 2",
    ],
    "a table of 64 bits": [extra(5, section(4, vector([[0x70, 4, 1]]))), "64 bits are not allowed"],
    "a table of host references": [
      extra(5, section(4, vector([[0x6f, 0, 1]]))),
      "references are allowed to functions only",
    ],
    "a table with a first value": [
      extra(5, section(4, vector([[0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b]]))),
      "references are allowed to functions only",
    ],
    "seventeen tables": [
      extra(5, section(4, vector(Array.from({ length: 17 }, () => [0x70, 0, 0])))),
      "more than 16 tables",
    ],
    "a type of a structure": [
      { ...goodParts(), imports: [["emit", [0x5f, 0, 0]]] },
      "types other than those of functions",
    ],
    "a group of types": [{ ...goodParts(), imports: [["emit", [0x4e, 0]]] }, "types other than those of functions"],
    "host references as parameters": [
      { ...goodParts(), imports: [["emit", functionType([0x6f], [])]] },
      "a type that is not allowed (0x6f)",
    ],
    "host references as locals": [withMap(op.constant(0), [0x6f]), "a type that is not allowed (0x6f)"],
    "host references as globals": [
      extra(7, section(6, vector([[0x6f, 0, 0xd0, 0x6f, 0x0b]]))),
      "a type that is not allowed (0x6f)",
    ],
    "host references on the stack": [
      withMap([0xd0, 0x6f, ...op.drop, ...op.constant(0)]),
      "references are allowed to functions only",
    ],
    "host references out of a block": [
      withMap([0x02, 0x6f, 0x00, 0x0b, ...op.drop, ...op.constant(0)]),
      "a type that is not allowed (0x6f)",
    ],
    "host references selected": [withMap([0x00, 0x1c, 1, 0x6f]), "a type that is not allowed (0x6f)"],
    "exceptions: try": [withMap([0x06, 0x40, 0x19, 0x0b, ...op.constant(0)]), "(exceptions, 0x06)"],
    "exceptions: catch_all": [withMap([0x19]), "(exceptions, 0x19)"],
    "exceptions: try_table": [withMap([0x1f, 0x40, 0]), "(exceptions, 0x1f)"],
    "exceptions: throw": [withMap([0x08, 0]), "(exceptions, 0x08)"],
    "tail calls": [withMap([0x12, 0]), "(tail calls, 0x12)"],
    "calls of references": [withMap([0x14, 0]), "(typed references, 0x14)"],
    "garbage collection": [withMap([0xfb, 0x1c]), "(garbage collection, 0xfb)"],
    "atomic memory": [withMap([0xfe, 0x03, 0]), "(threads, 0xfe)"],
    "relaxed SIMD": [withMap([0xfd, ...u32(0x100)]), "relaxed SIMD"],
    "half-precision SIMD": [withMap([0xfd, ...u32(0x120)]), "relaxed SIMD"],
    "wide arithmetic": [withMap([0xfc, 19]), "an instruction that is not allowed (0xfc 19)"],
    "an instruction that is none": [withMap([0xff]), "an instruction that is not allowed (0xff)"],
    "another memory's bytes": [withMap([...op.constant(0), 0x28, 0x42, 0, 0]), "several memories are not allowed"],
    "another memory's size": [withMap([0x3f, 1]), "several memories are not allowed"],
  };
  for (const [title, [parts, message]] of Object.entries(cases)) {
    it(title, () => refused(moduleOf(parts), message));
  }

  it("what is no module, or of another version", () => {
    for (const bytes of [[], [0], good.subarray(0, 7), [...good.subarray(0, 4), 13, 0, 1, 0], [0x7b, 0x7d]]) {
      refused(Uint8Array.from(bytes), "this is no WebAssembly module of version 1");
    }
  });

  it("more than 16 MiB", () => {
    refused(new Uint8Array(maxModuleBytes + 1), `a module has at most ${maxModuleBytes} bytes`);
  });
});

function typeOf({ params, result }: Signature): Bytes {
  const byte = { i32, f64 };
  return functionType(
    params.map(([, type]) => byte[type]),
    result === undefined ? [] : [byte[result]],
  );
}
