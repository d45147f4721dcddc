import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { sha256 } from "../../../lib/crypto/hash.ts";
import { SealfoldError } from "../../../lib/errors.ts";
import { type BuiltProgram, buildProgram } from "../../../lib/program/bundle.ts";
import { inspectProgram } from "../../../lib/program/check/inspect.ts";
import { inspectModule } from "../../../lib/program/wasm/inspect-module.ts";
import { withFolder } from "../_folder.ts";
import { smallModule } from "./_modules.ts";

async function built(bytes: Uint8Array, name = "program.wasm"): Promise<BuiltProgram> {
  return withFolder({}, (folder) => {
    writeFileSync(join(folder, name), bytes);
    return buildProgram(join(folder, name));
  });
}

async function refusal(bytes: Uint8Array): Promise<SealfoldError> {
  try {
    await built(bytes);
  } catch (error) {
    if (error instanceof SealfoldError) return error;
    throw error;
  }
  throw new Error("the module was not refused");
}

const good = smallModule();

/** Modules and files that are none, with what is said of each. */
const refused: readonly (readonly [what: string, bytes: Uint8Array, says: RegExp])[] = [
  ["an empty file", new Uint8Array(), /at byte 0: this is no WebAssembly module/],
  ["text", Buffer.from("export default 1;\n"), /this is no WebAssembly module/],
  ["another magic number", Uint8Array.from([0x7f, ...good.subarray(1)]), /this is no WebAssembly module/],
  ["another version", Uint8Array.from([...good.subarray(0, 4), 2, ...good.subarray(5)]), /of version 1/],
  ["a module that is cut off", good.subarray(0, -3), /at byte \d+: the module ends too early/],
  ["a module that goes on", Uint8Array.from([...good, 1]), /at byte \d+: the module ends too early/],
  ["a foreign import", smallModule({ foreign: ["env", "abort"] }), /import 0, "env"\."abort": a module imports from/],
  [
    "an import of the interface's that there is not",
    smallModule({ imports: [["fetch", 0]] }),
    /import 0, "sealfold\/1"\."fetch": there is no such function/,
  ],
  [
    "the second import with another signature",
    smallModule({
      imports: [
        ["result", 2],
        ["log", 1],
      ],
    }),
    /import 1, "sealfold\/1"\."log": expected \(i32 i32\) -> \(\), got \(i32\) -> \(\)/,
  ],
  ["no allocate", smallModule({ without: "allocate" }), /there is no export "allocate"/],
  ["neither map nor map_chunk", smallModule({ without: "map" }), /"map" or "map_chunk"/],
  ["a start section", smallModule({ extra: new Map([[9, [8, 1, 0]]]) }), /a start section is not allowed/],
];

describe("program/wasm: modules as files", () => {
  it("are the bytes that are measured, as they are", async () => {
    const { kind, bytes, measurement, needs } = await built(good);
    expect({ kind, needs }).to.deep.equal({ kind: "wasm", needs: [] });
    expect(bytes).to.deep.equal(good);
    expect(measurement).to.deep.equal(sha256(good));
  });

  it("are known by their ending, however it is written", async () => {
    expect((await built(good, "PROGRAM.WASM")).kind).to.equal("wasm");
    const error = await built(good, "program.js").catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(SealfoldError).and.to.have.property("code", "PROGRAM_BUILD");
  });

  it("need what they import", async () => {
    const module = smallModule({
      imports: [
        ["policy_narrow", 2],
        ["crypto_public_key", 2],
        ["random", 2],
      ],
    });
    expect((await built(module)).needs).to.deep.equal(["crypto", "random", "policy.narrow"]);
  });

  for (const [what, bytes, says] of refused) {
    it(`are refused, with the place: ${what}`, async () => {
      const { code, message, place } = await refusal(bytes);
      expect(message)
        .to.match(says)
        .and.to.match(/^program\.wasm: /);
      expect({ code, file: place.file }).to.deep.equal({ code: "PROGRAM_REFUSED", file: "program.wasm" });
    });
  }

  it("are refused when V8 does not compile a function", async () => {
    const broken = Uint8Array.from(good);
    broken[broken.length - 2] = 0x7f; // map: of what was `i32.const 0`, another number
    expect((await built(broken)).kind).to.equal("wasm");
    broken[broken.length - 3] = 0x43; // f32.const, which takes four bytes
    expect((await refusal(broken)).code).to.equal("PROGRAM_REFUSED");
    const nothing = Uint8Array.from(good);
    nothing.set([0x01, 0x01], nothing.length - 3); // map: nop, nop, and no result
    expect((await refusal(nothing)).message).to.match(/V8 does not compile it: .*function #2/);
  });

  it("are refused when they are longer than a module may be, without being read whole", async () => {
    const long = new Uint8Array(16 * 2 ** 20 + 2);
    long.set(good);
    expect((await refusal(long)).message).to.match(/at most 16777216 bytes/);
  });

  it("are no folders, and are there", () =>
    withFolder({}, async (folder) => {
      mkdirSync(join(folder, "folder.wasm"));
      for (const name of ["folder.wasm", "nothing.wasm"]) {
        const error = await buildProgram(join(folder, name)).catch((thrown: unknown) => thrown);
        expect(error, name).to.have.property("code", "DATA_FILE");
      }
    }));
});

describe("program/wasm/inspect-module", () => {
  const inspect = (bytes: Uint8Array): ReturnType<typeof inspectModule> =>
    withFolder({}, (folder) => {
      writeFileSync(join(folder, "program.wasm"), bytes);
      return inspectModule(join(folder, "program.wasm"));
    });

  it("tells the aggregate and the memory without running anything", async () => {
    for (const [number, name] of ["own", "sum", "count", "mean", "min", "max"].entries()) {
      if (name === "own") continue;
      const { module, findings } = await inspect(smallModule({ aggregate: number }));
      expect(findings).to.deep.equal([]);
      expect(module).to.deep.include({ aggregate: name, memory: { min: 16, max: undefined } });
    }
  });

  it("finds every import that is refused, and the first export", async () => {
    const { findings } = await inspect(
      smallModule({
        imports: [
          ["fetch", 0],
          ["log", 2],
          ["random", 3],
        ],
        foreign: ["env", "abort"],
        without: "allocate",
      }),
    );
    expect(findings.map(({ message }) => message)).to.deep.equal([
      'import 0, "sealfold/1"."fetch": there is no such function',
      'import 2, "sealfold/1"."random": expected (i32 i32) -> (), got (i32 i32 i32) -> ()',
      'import 3, "env"."abort": a module imports from "sealfold/1" alone',
      'there is no export "allocate"',
    ]);
  });

  it("finds what V8 alone sees, and a table that is too large", async () => {
    const nothing = Uint8Array.from(good);
    nothing.set([0x01, 0x01], nothing.length - 3);
    const [finding] = (await inspect(nothing)).findings;
    expect(finding?.message).to.match(/^V8 does not compile it: .*function #2/);
    const table = [4, 6, 1, 0x70, 0, 0x81, 0x80, 0x04]; // 65,537 elements at least
    const [large] = (await inspect(smallModule({ extra: new Map([[5, table]]) }))).findings;
    expect(large?.message).to.equal("a table has at most 65536 elements");
  });

  it("finds an aggregate that there is not, and an own one without combine", async () => {
    for (const [aggregate, says] of [
      [7, '"aggregate" answers 7, which is none'],
      [-1, '"aggregate" answers -1, which is none'],
      [0, 'an own aggregate needs the exports "combine" and "finish"'],
    ] as const) {
      const { module, findings } = await inspect(smallModule({ aggregate }));
      expect(module).to.equal(undefined);
      expect(findings.map(({ severity, code, message }) => [severity, code, message])).to.deep.equal([
        ["refused", "PROGRAM_REFUSED", says],
      ]);
    }
  });

  it("gives a finding without a line, for who inspects programs of any kind", () =>
    withFolder({}, async (folder) => {
      writeFileSync(join(folder, "program.wasm"), smallModule({ foreign: ["env", "abort"] }));
      const [finding, ...others] = await inspectProgram(join(folder, "program.wasm"));
      expect(others).to.deep.equal([]);
      expect(finding).to.deep.include({ severity: "refused", file: "program.wasm", line: 0, column: 0 });
      expect(finding?.message).to.match(/^import 0, "env"\."abort": /);
    }));
});
