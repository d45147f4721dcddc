import { expect } from "chai";
import fc from "fast-check";

import { SealfoldError } from "../../../lib/errors.ts";
import { textPieces } from "../../../lib/sandbox/realm/text-pieces.ts";

const most = 65_536;

describe("sandbox/realm/text-pieces", () => {
  it("are the text, in pieces that end with lines, and as long as they may be", () => {
    const line = fc
      .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.nat(30_000))
      .map(([unit, times]) => unit.repeat(times));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean(), (lines, isEnded) => {
        const text = lines.join("\n") + (isEnded ? "\n" : "");
        const pieces = [...textPieces(Buffer.from(text))];
        expect(pieces.join("") === text).to.equal(true);
        for (const [index, piece] of pieces.entries()) {
          const bytes = Buffer.byteLength(piece);
          if (index < pieces.length - 1) expect(piece.endsWith("\n")).to.equal(true);
          if (bytes > most) expect(piece.indexOf("\n"), "one line").to.be.oneOf([-1, piece.length - 1]);
          const next = pieces[index + 1];
          if (next === undefined) continue;
          const nextLine = next.slice(0, next.indexOf("\n") + 1 || next.length);
          expect(bytes + Buffer.byteLength(nextLine)).to.be.above(most);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("are none of nothing", () => {
    expect([...textPieces(new Uint8Array(0))]).to.deep.equal([]);
  });

  it("are refused where they are no UTF-8, in whatever piece", () => {
    for (const at of [0, 70_000, 199_999]) {
      const bytes = Buffer.from("a\n".repeat(100_000));
      bytes[at] = 0xff;
      expect(() => [...textPieces(bytes)])
        .to.throw(SealfoldError)
        .with.property("code", "DATA_ENCODING");
    }
  });
});
