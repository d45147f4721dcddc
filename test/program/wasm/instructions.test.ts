/** The reader never loses its place in code that V8 takes: so what is refused is found wherever it stands. */

import { expect } from "chai";
import fc from "fast-check";

import { checkModule } from "../../../lib/program/wasm/check-module.ts";
import { body, type Bytes, engine, i32, moduleOf, op, refused, s32, section, types, u32, vector } from "./_module.ts";

/** Numbers up to `most`, in LEB128 of their shortest form or with an empty last byte. */
const upTo = (most: number): fc.Arbitrary<Bytes> =>
  fc.tuple(fc.nat(most), fc.boolean()).map(([value, isLonger]) => {
    const bytes = u32(value);
    return isLonger && bytes.length < 5 ? [...bytes.slice(0, -1), (bytes.at(-1) ?? 0) | 0x80, 0] : bytes;
  });

const bytes = (length: number): fc.Arbitrary<Bytes> => fc.array(fc.nat(255), { minLength: length, maxLength: length });

const lane: fc.Arbitrary<Bytes> = fc.constantFrom([0], [1]);
const none: fc.Arbitrary<Bytes> = fc.constant([]);
const signed: fc.Arbitrary<Bytes> = fc.integer().map((value) => s32(value));
/** Aligned by one byte, with any offset. */
const place: fc.Arbitrary<Bytes> = upTo(0xffff_ffff).map((offset) => [0, ...offset]);

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
/** Numbers of vector instructions that there are not. */
const holes = new Set([
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
  0xee,
]);

/** First bytes, and what follows them. */
const plain: readonly (readonly [Bytes, fc.Arbitrary<Bytes>])[] = [
  ...[[0x00], [0x01], [0x0f], [0x1a], [0x1b], [0xd1]].map((first) => [first, none] as const),
  ...[[0x0c], [0x0d]].map((first) => [first, fc.constant([0])] as const),
  [[0x0e], fc.constant([...u32(2), 0, 0, 0])],
  [[0x10], upTo(2)],
  [[0x11], fc.constant([0, 0])],
  [[0x1c], fc.constantFrom([1, i32], [1, 0x7b], [1, 0x70])],
  ...range(0x20, 0x22).map((first) => [[first], upTo(1)] as const),
  ...[0x23, 0x24, 0x25, 0x26].map((first) => [[first], fc.constant([0])] as const),
  ...range(0x28, 0x3e).map((first) => [[first], place] as const),
  ...[0x3f, 0x40].map((first) => [[first], fc.constant([0])] as const),
  [[0x41], signed],
  [[0x42], signed],
  [[0x43], bytes(4)],
  [[0x44], bytes(8)],
  ...range(0x45, 0xc4).map((first) => [[first], none] as const),
  [[0xd0], fc.constant([0x70])],
  [[0xd2], fc.constant([1])],
  ...range(0, 7).map((second) => [[0xfc, second], none] as const),
  [[0xfc, 8], fc.constant([0, 0])],
  [[0xfc, 9], fc.constant([0])],
  [[0xfc, 10], fc.constant([0, 0])],
  [[0xfc, 11], fc.constant([0])],
  [[0xfc, 12], fc.constant([0, 0])],
  [[0xfc, 13], fc.constant([0])],
  [[0xfc, 14], fc.constant([0, 0])],
  ...range(15, 17).map((second) => [[0xfc, second], fc.constant([0])] as const),
  ...[...range(0, 11), 0x5c, 0x5d].map((second) => [[0xfd, ...u32(second)], place] as const),
  [[0xfd, 0x0c], bytes(16)],
  [[0xfd, 0x0d], bytes(16).map((lanes) => lanes.map((byte) => byte % 32))],
  ...range(0x0e, 0x14).map((second) => [[0xfd, second], none] as const),
  ...range(0x15, 0x22).map((second) => [[0xfd, second], lane] as const),
  ...range(0x23, 0x53).map((second) => [[0xfd, second], none] as const),
  ...range(0x54, 0x5b).map((second) => [[0xfd, second], fc.tuple(place, lane).map((parts) => parts.flat())] as const),
  ...range(0x5e, 0xff)
    .filter((second) => !holes.has(second))
    .map((second) => [[0xfd, ...u32(second)], none] as const),
];

/** Whatever follows `unreachable` may take what it likes from the stack. */
const instruction: fc.Arbitrary<Bytes> = fc
  .constantFrom(...plain)
  .chain(([first, rest]) => rest.map((more) => [...op.unreachable, ...first, ...more, ...op.unreachable]));

const blocks = [
  [0x02, 0x40],
  [0x02, i32],
  [0x02, 0x7b],
  [0x02, 0x70],
  [0x02, 2],
  [0x03, 0x40],
  [0x03, 0x82, 0x80, 0x00],
  [0x04, 0x40],
];

const code: fc.Arbitrary<readonly Bytes[]> = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: instruction },
    fc
      .tuple(fc.constantFrom(...blocks), instruction)
      .map(([block, inner]) => [...op.unreachable, ...block, ...inner, 0x0b, ...op.unreachable]),
  ),
  { minLength: 1, maxLength: 30 },
);

function withCode(instructions: readonly Bytes[]): Uint8Array {
  const functions = [
    { type: types.aggregate, body: body(op.constant(0)), export: "aggregate" },
    { type: types.allocate, body: body(op.constant(1)), export: "allocate" },
    { type: types.map, body: body([...instructions.flat(), ...op.unreachable]), export: "map" },
  ];
  return moduleOf({
    functions,
    extra: new Map<number, Bytes>([
      [5, section(4, vector([[0x70, 0, 1]]))],
      [7, section(6, vector([[i32, 1, ...op.constant(3), 0x0b]]))],
      [10, [...section(9, vector([[1, 0, 1, 1]])), ...section(12, u32(1))]],
      [12, section(11, vector([[1, 1, 2]]))],
    ]),
  });
}

describe("program/wasm/instructions", () => {
  it("takes every instruction that is allowed, as V8 does", () => {
    for (const [first, rest] of plain) {
      for (const more of fc.sample(rest, 3)) {
        const module = withCode([[...op.unreachable, ...first, ...more, ...op.unreachable]]);
        expect(engine.validate(module), `${first.join(" ")} ${more.join(" ")}`).to.equal(true);
        expect(() => checkModule(module), first.join(" ")).not.to.throw();
      }
    }
  });

  it("takes any code of them, as V8 does", () => {
    fc.assert(
      fc.property(code, (instructions) => {
        const module = withCode(instructions);
        expect(engine.validate(module)).to.equal(true);
        expect([...checkModule(module).functions]).to.deep.equal(["aggregate", "allocate", "map"]);
      }),
      { numRuns: 500 },
    );
  });

  it("finds exceptions, threads and relaxed SIMD wherever they stand in it", () => {
    const forbidden: readonly (readonly [Bytes, string])[] = [
      [[0x06, 0x40, 0x19, 0x0b], "exceptions"],
      [[0xfe, 0x03, 0x00], "threads"],
      [[...op.unreachable, 0xfd, ...u32(0x100), ...op.unreachable], "relaxed SIMD"],
      [[0xd0, 0x6f, ...op.drop], "references"],
    ];
    fc.assert(
      fc.property(code, fc.nat(30), fc.constantFrom(...forbidden), (instructions, at, [found, message]) => {
        refused(withCode(instructions.toSpliced(at, 0, found)), message);
      }),
      { numRuns: 500 },
    );
  });
});
