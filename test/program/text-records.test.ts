import { expect } from "chai";
import * as fc from "fast-check";

import { utf8 } from "../../lib/crypto/bytes.ts";
import { Engine } from "../../lib/program/engine.ts";
import { type AnyDefinition, count, type Text } from "../../lib/program/index.ts";
import { TextRecords } from "../../lib/program/text-records.ts";

const limits = { keyBytes: 1000, valueBytes: 100, outputBytes: 2 ** 24, badRecords: 0 };

/** The lines that a program gets of bytes that lie in a buffer with others after them. */
function linesOf(text: string, after = ""): string[] {
  const lines: string[] = [];
  const map = (line: Text): void => void lines.push(line.toString());
  const records = new TextRecords(new Engine({ map, reduce: count, records: "text" } as AnyDefinition, limits));
  const { length } = utf8(text);
  const { buffer } = Uint8Array.from(utf8(text + after));
  for (let from = 0; from < length;) {
    from = records.mapLines({ buffer, length, from });
    expect(from).to.be.above(0);
  }
  return lines;
}

describe("program/text-records", () => {
  it("cuts lines of any length, wherever they begin, and reads nothing after the last", () => {
    for (let before = 0; before < 5; before++) {
      for (let length = 0; length < 140; length++) {
        const wanted = ["x".repeat(before), "y".repeat(length), "\v\t0é\u8a0a", ""];
        for (const end of ["", "\n"]) {
          const text = wanted.slice(0, end === "" ? 3 : 4).join("\n");
          for (const after of ["", "z\nz\n"]) expect(linesOf(text, after)).to.deep.equal(wanted.slice(0, 3));
        }
      }
    }
  });

  it("ends lines with a line feed, before which a carriage return may be", () => {
    const piece = fc.constantFrom("\n", "\r", "\r\n", "a", "\v", "é", "long ".repeat(60));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
        expect(linesOf(text)).to.deep.equal(lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)));
      }),
      { numRuns: 500 },
    );
  });
});
