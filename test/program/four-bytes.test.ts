import { expect } from "chai";
import * as fc from "fast-check";

import { bytesBefore, firstBytes, ones, otherBytes, spaceBytes, zeroBytes } from "../../lib/program/four-bytes.ts";

const byte = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(0, 1, 9, 13, 0x20, 0x21, 0x60, 0x61, 0x7a, 0x7b, 0x80, 0xff),
);
const four = fc.tuple(byte, byte, byte, byte);

function wordOf(bytes: readonly number[]): number {
  return Buffer.from(bytes).readInt32LE(0);
}

/** Holds `marks` to the first byte that `isMarked`. */
function expectFirst(marks: number, bytes: readonly number[], isMarked: (byte: number) => boolean): void {
  const first = bytes.findIndex(isMarked);
  if (first === -1) expect(marks).to.equal(0);
  else expect(bytesBefore(marks)).to.equal(first);
}

describe("program/four-bytes", () => {
  it("finds the first byte that is zero, is not above a space, or is no letter in lower case", () => {
    const check = (bytes: readonly number[]): void => {
      const word = wordOf(bytes);
      expectFirst(zeroBytes(word), bytes, (one) => one === 0);
      expectFirst(zeroBytes(word ^ (0x3b * ones)), bytes, (one) => one === 0x3b);
      expectFirst(spaceBytes(word), bytes, (one) => one <= 0x20);
      expectFirst(otherBytes(word), bytes, (one) => one < 0x61 || one > 0x7a);
    };
    fc.assert(fc.property(four, check), { numRuns: 5000 });
    for (let one = 0; one < 256; one++) for (let at = 0; at < 4; at++) check([97, 97, 97, 97].with(at, one));
  });

  it("keeps the first bytes", () => {
    fc.assert(
      fc.property(four, fc.nat({ max: 3 }), (bytes, count) => {
        expect(firstBytes(wordOf(bytes), count)).to.equal(wordOf(bytes.map((one, at) => (at < count ? one : 0))));
      }),
    );
  });
});
