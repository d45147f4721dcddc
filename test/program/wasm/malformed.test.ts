/** Modules that are cut, that lie about their sizes, and that are changed by chance: each is taken, or refused with a code. */

import { expect } from "chai";
import fc from "fast-check";

import { SealfoldError } from "../../../lib/errors.ts";
import { boundModule } from "../../../lib/program/wasm/bound-module.ts";
import { checkModule } from "../../../lib/program/wasm/check-module.ts";
import { type Bytes, engine, goodParts, i32, moduleOf, op, refused, section, u32, vector } from "./_module.ts";

const good = moduleOf(goodParts());

describe("program/wasm/check-module: malformed modules", () => {
  /** What one sees of any module: it is taken, or refused with a code. */
  const isOrderly = (bytes: Uint8Array): boolean => {
    try {
      boundModule(checkModule(bytes), 100);
      return true;
    } catch (error) {
      if (error instanceof SealfoldError && ["PROGRAM_REFUSED", "LIMIT_MEMORY"].includes(error.code)) return false;
      throw error;
    }
  };
  const rich = moduleOf({
    ...goodParts(),
    extra: new Map<number, Bytes>([
      [5, section(4, vector([[0x70, 1, 1, 4]]))],
      [7, section(6, vector([[i32, 1, ...op.constant(3), 0x0b]]))],
      [
        10,
        section(
          9,
          vector([
            [0, ...op.constant(0), 0x0b, 1, 1],
            [5, 0x70, 1, 0xd2, 1, 0x0b],
          ]),
        ),
      ],
      [
        12,
        section(
          11,
          vector([
            [0, ...op.constant(8), 0x0b, 3, 97, 98, 99],
            [1, 2, 1, 2],
          ]),
        ),
      ],
    ]),
  });

  it("are as V8 has them, where nothing is wrong", () => {
    expect(engine.validate(rich)).to.equal(true);
    expect(isOrderly(rich)).to.equal(true);
  });

  it("are refused when they are cut anywhere", () => {
    const taken = Array.from({ length: rich.length }, (_, length) => length).filter((length) =>
      isOrderly(rich.subarray(0, length)),
    );
    // Between two sections nothing is malformed; whether anything is missing is for V8 to say.
    expect(taken).to.deep.equal(sectionEnds(rich).filter((end) => taken.includes(end)));
    expect(taken.filter((length) => engine.validate(rich.subarray(0, length)))).to.have.lengthOf.at.most(1);
  });

  it("are refused when a section, or anything in it, says that it is longer or has more than there is", () => {
    for (let id = 1; id <= 11; id++) {
      for (const huge of [
        u32(0xffff_ffff),
        u32(0x7fff_ffff),
        u32(2 ** 20),
        [0xff, 0xff, 0xff, 0xff, 0x7f],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0],
      ]) {
        for (const content of [huge, [...u32(1), ...huge], [...u32(1), 0, ...huge], [...u32(1), 1, ...huge]]) {
          const broken = [...good.subarray(0, 8), ...section(id, content)];
          refused(Uint8Array.from(broken), "");
          refused(Uint8Array.from([...good.subarray(0, 8), id, ...huge, ...content]), "");
        }
      }
    }
  });

  it("are refused or taken with a code, whatever bytes of a good one are changed", () => {
    const change = fc.record({
      at: fc.nat(rich.length - 1),
      byte: fc.nat(255),
      how: fc.constantFrom("set", "insert", "remove"),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = [...rich];
        for (const { at, byte, how } of changes)
          bytes.splice(at, how === "insert" ? 0 : 1, ...(how === "remove" ? [] : [byte]));
        isOrderly(Uint8Array.from(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it("are refused with a code when they are only bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        isOrderly(Uint8Array.from([...good.subarray(0, 8), ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Where sections begin and end. */
function sectionEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ends.push(at);
    // None of this module's sections is longer than 127 bytes.
    at += 2 + (bytes[at + 1] ?? 0);
  }
  return ends;
}
