import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../lib/crypto/bytes.ts";
import { parseDecimal } from "../../lib/program/decimal.ts";

const decimal = /^[\t-\r ]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[\t-\r ]*$/;

function check(text: string): void {
  const bytes = utf8(`9${text}9`);
  const value = parseDecimal(bytes, 1, bytes.length - 1);
  const wanted = decimal.test(text) ? Number(text) : NaN;
  expect(Object.is(value, wanted), `${JSON.stringify(text)}: ${value}, not ${wanted}`).to.equal(true);
}

describe("program/decimal", () => {
  it("gives what Number gives, for every double's shortest text and for texts of any length", () => {
    const digits = fc.stringMatching(/^[0-9]{0,25}$/);
    const exponent = fc.option(fc.integer({ min: -350, max: 350 }), { nil: undefined });
    const sign = fc.constantFrom("", "-", "+");
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => check(String(value))),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(sign, digits, fc.constantFrom("", "."), digits, exponent, (minus, whole, point, rest, power) =>
        check(`${minus}${whole}${point}${point === "" ? "" : rest}${power === undefined ? "" : `e${power}`}`),
      ),
      { numRuns: 5000 },
    );
  });

  it("gives what Number gives for short texts of all that numbers are made of, and NaN for all else", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."0159.eE+- \t_xIn"), maxLength: 8 }), check), {
      numRuns: 20_000,
    });
    const edges =
      "0 -0 +0 00 0. .0 . - + e e5 5e 5e+ 5e- 1e22 1e23 1e-22 1e-23 123456789012345678e-5 0x10 Infinity -Infinity NaN";
    const exact =
      "9007199254740991 9007199254740992 9007199254740993 900719925474099.25 1e400 -1e400 1e-400 1e99999999999 0e99999999 5e-324 2.5e-324";
    for (const text of ["", " ", "\u00a01", "1\u00a0", "1é", "1 2", ...edges.split(" "), ...exact.split(" ")])
      check(text);
  });
});
