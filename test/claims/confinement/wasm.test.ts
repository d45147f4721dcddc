/**
 * A module that wants out, or more than its share: pointers, keys, pairs and answers that lie, calls out of turn, code
 * that the interface does not know. Each is answered with a code, and nothing of this process is touched.
 */

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { commandModule, hex } from "../../program/wasm/_commands.ts";
import {
  allocated,
  body,
  type Bytes,
  engine,
  functionType,
  goodParts,
  i32,
  memoryExported,
  moduleOf,
  name,
  op,
  type Parts,
  programFunctions,
  section,
  types,
  u32,
  vector,
} from "../../program/wasm/_module.ts";
import { codeOf } from "../../code-of.ts";
import { openWasm, runWasm } from "../../sandbox/realm/_wasm.ts";
import { keepHostUntouched } from "./_attempts.ts";

/** Names of attacks, records that tell a module what to do, and the code that they end with. */
type Attacks = Readonly<Record<string, readonly [line: string, code: string]>>;

const most = 2 ** 32 - 1;

function describeAttacks(title: string, aggregate: "sum" | "own", attacks: Attacks): void {
  describe(`claims/confinement: a module's ${title}`, () => {
    keepHostUntouched();
    for (const [name, [line, code]] of Object.entries(attacks)) {
      it(`${name}: ${code}`, async () => {
        const module = await commandModule(aggregate);
        const limits = { outputBytes: 2 ** 20, keyBytes: 100, valueBytes: 2 ** 16 };
        expect(codeOf(() => runWasm(module, line, { limits, memoryMiB: 4 }))).to.equal(code);
      });
    }
  });
}

describeAttacks("pointers", "sum", {
  "behind the memory": [`emit ${2 ** 22} 1`, "PROGRAM_THREW"],
  "at the end of the address space": [`emit ${most} 1`, "PROGRAM_THREW"],
  "whose sum wraps around to something small": [`emit ${most - 15} 32`, "PROGRAM_THREW"],
  "of all that there could be": [`emit 0 ${most}`, "PROGRAM_THREW"],
  "of pairs behind the memory": [`pairsat ${2 ** 22} 17`, "PROGRAM_THREW"],
  "of pairs whose sum wraps around": [`pairsat ${most - 15} 64`, "PROGRAM_THREW"],
  "of pairs without end": [`pairsat 0 ${most}`, "PROGRAM_THREW"],
  "of what is logged": [`logat ${most - 3} 8`, "PROGRAM_THREW"],
  "into memory that it has just got": ["grown 3\nword a", "none"],
  "to nothing, at the very end, are none": [`emit 0 0\nlogat 0 0\npairsat 0 0`, "none"],
});

describeAttacks("keys", "sum", {
  "with a byte that no text has": ["key ff", "PROGRAM_VALUE"],
  "of too many bytes for their character": ["key c080", "PROGRAM_VALUE"],
  "with half of a pair of surrogates": ["key eda080", "PROGRAM_VALUE"],
  "with both halves, each for itself": ["key eda081edb080", "PROGRAM_VALUE"],
  "behind the last character": ["key f4908080", "PROGRAM_VALUE"],
  "that are cut": ["key e282", "PROGRAM_VALUE"],
  "that are too long": ["long 101", "LIMIT_KEY"],
  "of a MiB": ["long 1048576", "LIMIT_KEY"],
  "without end": ["floodkeys", "LIMIT_OUTPUT"],
});

const pair = (length: number, values: number, value: number, key: string): string => {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(values, 4);
  head.writeDoubleLE(value, 8);
  return `pairs ${head.toString("hex")}${hex(key)}`;
};

describeAttacks("packed pairs", "sum", {
  "that end in a head": [pair(0, 1, 1, "").slice(0, -2), "PROGRAM_THREW"],
  "that end in a key": [pair(3, 1, 1, "ab"), "PROGRAM_THREW"],
  "with a key of all memory": [pair(most, 1, 1, "a"), "PROGRAM_THREW"],
  "with a key as long as a whole list": [pair(most - 15, 1, 1, "a"), "PROGRAM_THREW"],
  "of no values": [pair(1, 0, 1, "a"), "PROGRAM_VALUE"],
  "of what is no number": [pair(1, 1, NaN, "a"), "PROGRAM_VALUE"],
  "of infinity": [pair(1, 1, Infinity, "a"), "PROGRAM_VALUE"],
  "with a key that is no text": [pair(1, 1, 1, "").concat("ff"), "PROGRAM_VALUE"],
  "with a key that is too long": [pair(101, 1, 1, "a".repeat(101)), "LIMIT_KEY"],
  "of more values than a whole input could have": [pair(1, most, 1, "a"), "none"],
});

describeAttacks("own work", "sum", {
  traps: ["trap", "PROGRAM_THREW"],
  "divides by zero": ["divide", "PROGRAM_THREW"],
  "reads behind its memory": ["load", "PROGRAM_THREW"],
  "calls itself without end": ["deep", "PROGRAM_THREW"],
  "says that the record is bad": ["answer 1", "PROGRAM_THREW"],
  "takes all memory, and is left with it": ["grow\ngrow\nword a", "none"],
  "emits a state where the aggregate has a name": ["bytes k 00", "PROGRAM_VALUE"],
  "answers where nothing was asked": ["result", "PROGRAM_THREW"],
});

const state = (text: string): string => `bytes k ${hex(text)}`;
const finishing = (command: string): string => state(`?${command}`);
const combining = (command: string): string => `${state(`!${command}`)}\n${state("a")}`;

describeAttacks("own aggregate", "own", {
  "emits a number": ["word a", "PROGRAM_VALUE"],
  "emits a pair": [pair(1, 1, 1, "a"), "PROGRAM_VALUE"],
  "emits a state that is not there": [`bytesat ${most - 7} 16`, "PROGRAM_THREW"],
  "emits a state that is too long": [`more 9\nbytesat 0 ${2 ** 16}`, "LIMIT_VALUE"],
  "emits states without end": ["floodbytes", "LIMIT_OUTPUT"],
  "emits while it combines": [combining("emit 0 1"), "PROGRAM_THREW"],
  "emits while it finishes": [finishing("emit 0 1"), "PROGRAM_THREW"],
  "traps while it combines": [combining("trap"), "PROGRAM_THREW"],
  "traps while it finishes": [finishing("trap"), "PROGRAM_THREW"],
  "combines to nothing": [combining("nothing"), "PROGRAM_VALUE"],
  "combines twice": [combining("twice"), "PROGRAM_THREW"],
  "combines to what is not there": [combining(`resultat ${most - 3} 8`), "PROGRAM_THREW"],
  "combines to a state that is too long": [combining(`resultat 0 ${2 ** 16}`), "LIMIT_VALUE"],
  "doubles with every state": [`${state("x".repeat(30_000))}\n`.repeat(3), "LIMIT_VALUE"],
  "finishes with nothing": [finishing("nothing"), "PROGRAM_VALUE"],
  "finishes twice": [finishing("twice"), "PROGRAM_THREW"],
  "finishes with what is not there": [finishing(`resultat 0 ${most}`), "LIMIT_OUTPUT"],
  "finishes with what wraps around": [finishing(`resultat ${most - 7} 16`), "PROGRAM_THREW"],
  "finishes with what is no JSON": [finishing(`resultof ${hex("{a:1}")}`), "PROGRAM_VALUE"],
  "finishes with an empty text": [finishing("resultof "), "PROGRAM_VALUE"],
  "finishes with what is no text": [finishing("resultof 22ff22"), "PROGRAM_VALUE"],
  "finishes with half of a pair of surrogates": [finishing(`resultof ${hex('"\\ud800"')}`), "PROGRAM_VALUE"],
  "finishes with a number past all numbers": [finishing(`resultof ${hex("1e999")}`), "PROGRAM_VALUE"],
  "finishes with too deep a result": [finishing(`resultof ${hex("[".repeat(99) + "]".repeat(99))}`), "PROGRAM_VALUE"],
  "finishes with names of Object.prototype": [
    finishing(`resultof ${hex('{"__proto__":{"a":1},"toString":2}')}`),
    "none",
  ],
});

describe("claims/confinement: a module's calls out of turn", () => {
  keepHostUntouched();
  const emitting: Bytes = [...op.constant(0), ...op.constant(1), ...op.number(1), ...op.call(0)];
  const withEmitIn = (place: string): Uint8Array => {
    const functions = programFunctions(op.constant(0)).map((line) =>
      line.export === place
        ? { ...line, body: body([...emitting, ...op.constant(place === "allocate" ? allocated : 1)]) }
        : line,
    );
    const more = place === "_initialize" ? [{ type: types.nothing, body: body(emitting), export: place }] : [];
    return moduleOf({ imports: [["emit", types.emit]], functions: [...functions, ...more], memory: [0, 10] });
  };
  for (const place of ["allocate", "aggregate", "_initialize"]) {
    it(`emit in ${place} is refused`, () => {
      expect(codeOf(() => runWasm(withEmitIn(place), "a"))).to.equal("PROGRAM_THREW");
    });
  }

  it("find nothing where exceptions would catch the refusal: such a module is not run", () => {
    // try { emit(…) } catch_all { }
    const code = [0x06, 0x40, ...op.constant(most | 0), ...op.constant(9), ...op.number(1), ...op.call(0), 0x19, 0x0b];
    const module = moduleOf({
      imports: [["emit", types.emit]],
      functions: programFunctions([...code, ...op.constant(0)]),
      memory: [0, 10],
    });
    expect(engine.validate(module)).to.equal(true);
    expect(codeOf(() => checkWasm(module))).to.equal("PROGRAM_REFUSED");
  });
});

describe("claims/confinement: a module's answers that lie", () => {
  keepHostUntouched();
  const answering = (what: string, number: number, chunk = false): Uint8Array => {
    const functions = programFunctions(op.constant(what === "map" ? number : 0), { chunk }).map((line) =>
      line.export === what ? { ...line, body: body(op.constant(number)) } : line,
    );
    return moduleOf({ functions, memory: [0, 10] });
  };
  const cases: readonly (readonly [what: string, answer: number, code: string])[] = [
    ["allocate", 0, "LIMIT_MEMORY"],
    ["allocate", 1, "none"],
    ["allocate", 9 * 65_536, "none"],
    ["allocate", 9 * 65_536 + 1, "PROGRAM_THREW"],
    ["allocate", 10 * 65_536, "PROGRAM_THREW"],
    ["allocate", -1, "PROGRAM_THREW"],
    ["aggregate", 7, "PROGRAM_REFUSED"],
    ["aggregate", -1, "PROGRAM_REFUSED"],
    ["aggregate", 0, "PROGRAM_REFUSED"],
    ["map_chunk", -1, "PROGRAM_THREW"],
    ["map_chunk", 3, "PROGRAM_THREW"],
    ["map_chunk", 2 ** 31 - 1, "PROGRAM_THREW"],
    ["map_chunk", 2, "none"],
  ];
  for (const [what, answer, code] of cases) {
    it(`${what} answers ${answer}: ${code}`, () => {
      const module = answering(what, answer, what === "map_chunk");
      expect(codeOf(() => runWasm(module, "a\n"))).to.equal(code);
    });
  }
});

describe("claims/confinement: modules that are not run", () => {
  keepHostUntouched();
  const extra = (id: number, bytes: Bytes): Parts => ({ ...goodParts(), extra: new Map([[id, bytes]]) });
  const importing = (module: string, field: string, rest: Bytes): Parts => ({
    ...goodParts(),
    imports: [
      ["emit", types.emit],
      [...name(module), ...name(field), ...rest],
    ],
  });
  const refused: Readonly<Record<string, readonly [Parts, string]>> = {
    "import a function of the host": [importing("env", "system", [0, 0]), "PROGRAM_REFUSED"],
    "import WASI": [importing("wasi_snapshot_preview1", "path_open", [0, 0]), "PROGRAM_REFUSED"],
    "import V8's own strings": [importing("wasm:js-string", "length", [0, 0]), "PROGRAM_REFUSED"],
    "import a memory": [importing("sealfold/1", "memory", [2, 0, 1]), "PROGRAM_REFUSED"],
    "import a table": [importing("sealfold/1", "table", [1, 0x70, 0, 1]), "PROGRAM_REFUSED"],
    "import a global": [importing("sealfold/1", "global", [3, i32, 1]), "PROGRAM_REFUSED"],
    "run by themselves": [extra(9, section(8, [3])), "PROGRAM_REFUSED"],
    "share their memory": [{ ...goodParts(), memory: [3, 1, 10] }, "PROGRAM_REFUSED"],
    "have two memories": [
      extra(
        6,
        section(
          5,
          vector([
            [0, 1],
            [0, 1],
          ]),
        ),
      ),
      "PROGRAM_REFUSED",
    ],
    "begin with more memory than the policy's": [{ ...goodParts(), memory: [0, ...u32(65_536)] }, "LIMIT_MEMORY"],
    "begin with a table of 2^32 - 1": [extra(5, section(4, vector([[0x70, 0, ...u32(most)]]))), "PROGRAM_REFUSED"],
    "put data behind their memory": [
      extra(12, section(11, vector([[0, ...op.constant(11 * 65_536), 0x0b, 1, 1]]))),
      "PROGRAM_THREW",
    ],
    "put data at a place that wraps around": [
      extra(12, section(11, vector([[0, ...op.constant(-1), 0x0b, 2, 1, 1]]))),
      "PROGRAM_THREW",
    ],
    "hide the end of a function": [
      { ...goodParts(), functions: programFunctions([...op.constant(0), 0x0b]) },
      "PROGRAM_REFUSED",
    ],
    "are not well-typed": [
      { ...goodParts(), functions: programFunctions([...op.drop, ...op.constant(0)]) },
      "PROGRAM_REFUSED",
    ],
  };
  for (const [title, [parts, code]] of Object.entries(refused)) {
    it(`${title}: ${code}`, () => {
      expect(codeOf(() => openWasm(moduleOf(parts), { memoryMiB: 16 }))).to.equal(code);
    });
  }

  it("need what the policy does not grant: DENIED_CAPABILITY", () => {
    const random = functionType([i32, i32], []);
    const module = moduleOf({
      ...goodParts(),
      imports: [
        ["emit", types.emit],
        ["random", random],
      ],
      exports: [memoryExported],
    });
    expect(codeOf(() => openWasm(module))).to.equal("DENIED_CAPABILITY");
  });

  it("a hundred thousand of them leave nothing behind but codes", () => {
    const good = moduleOf(goodParts());
    const codes = new Set<string>();
    for (let run = 0; run < 100_000; run++) {
      const bytes = Uint8Array.from(good);
      const at = 8 + ((run * 7919) % (bytes.length - 8));
      bytes[at] = (bytes[at] ?? 0) ^ (1 + ((run * 104_729) % 255));
      codes.add(codeOf(() => checkWasm(bytes)));
    }
    expect([...codes].toSorted()).to.deep.equal(["PROGRAM_REFUSED", "none"]);
  });
});

describe("claims/confinement: a module's words", () => {
  keepHostUntouched();
  it("are in diagnostics alone, cut, and the last of them", async () => {
    const realm = openWasm(await commandModule("sum"));
    const lines = Array.from({ length: 500 }, (_, at) => `log ${hex(`line ${at} ${"x".repeat(500)}`)}`);
    expect(codeOf(() => realm.mapChunk(utf8([...lines, "log ff", "trap"].join("\n"))))).to.equal("PROGRAM_THREW");
    expect(realm.failureText()).to.contain("unreachable").and.to.contain("line 499").and.not.to.contain("line 400 ");
    expect(realm.failureText().length).to.be.below(8192);
  });
});
