import { existsSync, readdirSync, readFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { utf8 } from "../../lib/crypto/bytes.ts";
import { canonicalBytes, canonicalJson, type Json, maxReadDepth, parseCanonical } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";

const vectors = new URL("../../../shared/vectors/jcs/", import.meta.url);

describe("data/canonical", () => {
  describe("canonicalJson", () => {
    it("writes every vector of RFC 8785 byte for byte", function () {
      if (!existsSync(vectors)) this.skip();
      const names = readdirSync(new URL("input/", vectors));
      expect(names).to.not.have.length(0);
      for (const name of names) {
        const value = JSON.parse(readFileSync(new URL(`input/${name}`, vectors), "utf8")) as Json;
        expect(Buffer.from(canonicalBytes(value)).toString(), name).to.equal(
          readFileSync(new URL(`output/${name}`, vectors), "utf8"),
        );
      }
    });

    it("gives one text for a value in whatever order its fields were written", () => {
      expect(canonicalJson({ b: 1, a: [{ d: null, c: true }] })).to.equal('{"a":[{"c":true,"d":null}],"b":1}');
    });

    it("gives that text again for what is read from it, and for its fields in any order, names of digits too", () => {
      const name = fc.oneof(
        fc.stringMatching(/^[0-9]{1,3}$/),
        fc.stringMatching(/^[a-z\u00e4\ufb00"]{0,3}$/),
        fc.constant("😀"),
      );
      const { value } = fc.letrec<{ value: Json }>((tie) => ({
        value: fc.oneof(
          { maxDepth: 3 },
          fc.constantFrom<Json>(null, true, 0, -0, 1.5, 1e21, "", 'a"b\\', "\n"),
          fc.array(tie("value"), { maxLength: 3 }),
          fc.dictionary(name, tie("value"), { maxKeys: 5, noNullPrototype: true }),
        ),
      }));
      fc.assert(
        fc.property(value, (json) => {
          const text = canonicalJson(json);
          expect(canonicalJson(JSON.parse(text) as Json)).to.equal(text);
          expect(canonicalJson(turned(json))).to.equal(text);
          expect(text).to.equal(sorted(json));
        }),
      );
    });

    for (const [what, value] of [
      ["undefined", undefined],
      ["a field that is undefined", { a: undefined }],
      ["a hole in an array", new Array(1)],
      ["a function", () => 1],
      ["a symbol", Symbol("s")],
      ["a bigint", 1n],
      ["NaN", NaN],
      ["an infinity", [-Infinity]],
      ["a date", new Date(0)],
      ["a map", new Map()],
      ["bytes", new Uint8Array(1)],
      ["a lone surrogate", "\ud800"],
      ["a lone surrogate in a field's name", { "\udc00": 1 }],
    ] as const) {
      it(`refuses ${what}`, () => {
        expect(() => canonicalJson(value as unknown as Json)).to.throw(TypeError);
      });
    }

    it("refuses a value that holds itself", () => {
      const value: Record<string, unknown> = {};
      value["self"] = value;
      expect(() => canonicalJson(value as Json)).to.throw(TypeError);
    });
  });

  describe("parseCanonical", () => {
    it("reads back whatever canonicalBytes wrote", () => {
      const key = fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== "prototype" && name !== "constructor");
      const { value } = fc.letrec<{ value: Json }>((tie) => ({
        value: fc.oneof(
          { maxDepth: 4 },
          fc.constant(null),
          fc.boolean(),
          fc.maxSafeInteger().map((number) => number + 0),
          fc.stringMatching(/^[ -~]*$/),
          fc.array(tie("value"), { maxLength: 4 }),
          fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
        ),
      }));
      fc.assert(
        fc.property(value, (json) => {
          expect(parse(canonicalBytes(json))).to.deep.equal(json);
        }),
      );
    });

    for (const text of ['"ä"', '"日本語"', '"😀"', '"\\"\\\\"', "0", "-1", "9007199254740991", "null", "[]", "{}"]) {
      it(`accepts ${text}`, () => {
        expect(canonicalJson(parse(utf8(text)))).to.equal(text);
      });
    }

    for (const [what, text] of [
      ["nothing", ""],
      ["half a value", '{"a":'],
      ["a space", '{"a": 1}'],
      ["a line end", "{}\n"],
      ["a byte order mark", "\ufeff{}"],
      ["keys out of order", '{"b":1,"a":1}'],
      ["a key twice", '{"a":1,"a":1}'],
      ["a needless escape", '"\\u0041"'],
      ["__proto__", '{"__proto__":1}'],
      ["constructor", '{"a":{"constructor":1}}'],
      ["prototype", '[{"prototype":1}]'],
      ["a fraction", "0.5"],
      ["a fraction that is none", "1.0"],
      ["an exponent", "1e3"],
      ["minus zero", "-0"],
      ["a number above the safe integers", "9007199254740992"],
      ["a number below the safe integers", "-9007199254740992"],
      ["a number beyond doubles", "1e999"],
      ["a string that is not NFC", '"a\u0308"'],
      ["a control character", '"\\n"'],
      ["a C1 control character", '"\u0085"'],
      ["a deletion character", '"\u007f"'],
      ["a bidi override", '"\u202e"'],
      ["a bidi isolate in a field's name", '{"\u2066":1}'],
      ["a lone surrogate", '"\\ud800"'],
    ] as const) {
      it(`refuses ${what}`, () => {
        expectRefusal(() => parse(utf8(text)));
      });
    }

    it("refuses invalid UTF-8", () => {
      expectRefusal(() => parse(Uint8Array.of(0x22, 0xc3, 0x22)));
    });

    it("takes 32 levels and refuses 33, whatever brackets stand in strings", () => {
      const nested = (depth: number): Uint8Array => utf8("[".repeat(depth) + '"[[{\\"["' + "]".repeat(depth));
      expect(() => parse(nested(maxReadDepth))).to.not.throw();
      expectRefusal(() => parse(nested(maxReadDepth + 1)));
    });

    it("counts levels as they are, whatever strings with quotes and reverse solidi stand between", () => {
      const between = fc
        .array(fc.constantFrom('"', "\\", "[", "]", "{", "a"), { maxLength: 8 })
        .map((all) => all.join(""));
      fc.assert(
        fc.property(between, fc.integer({ min: maxReadDepth - 1, max: maxReadDepth + 2 }), (text, depth) => {
          const nested = `[${JSON.stringify(text)},`.repeat(depth) + "0" + "]".repeat(depth);
          if (depth <= maxReadDepth) expect(() => parse(utf8(nested), 10_000)).to.not.throw();
          else expect(expectRefusal(() => parse(utf8(nested), 10_000)).message).to.include("nests over 32 deep");
        }),
      );
    });

    it("refuses a million open brackets without building anything", () => {
      expectRefusal(() => parse(utf8("[".repeat(1_000_000)), 2_000_000));
    });

    it("takes as many bytes as it may and refuses one more", () => {
      const bytes = utf8('"abcdefgh"');
      expect(parse(bytes, bytes.length)).to.equal("abcdefgh");
      expectRefusal(() => parse(bytes, bytes.length - 1));
    });

    it("names the field and never what stands in it", () => {
      const error = expectRefusal(() => parse(utf8('{"a":[{"secret":"se\\ncret"}]}')));
      expect(error.place.field).to.equal("a[0].secret");
      expect(error.message).to.equal(
        "the policy at a[0].secret holds a string that carries a control or bidi character",
      );
    });
  });
});

/** The same value, the fields of each object the other way about. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as object)
      .toReversed()
      .map(([name, field]) => [name, turned(field as Json)]),
  );
}

/** RFC 8785 once more, by itself. */
function sorted(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as Record<string, Json>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${sorted(field)}`).join(",")}}`;
}

function parse(bytes: Uint8Array, maxBytes = 1000): Json {
  return parseCanonical(bytes, { code: "POLICY_FORMAT", maxBytes, what: "policy" });
}

function expectRefusal(act: () => unknown): SealfoldError {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError).with.property("code", "POLICY_FORMAT");
    return error as SealfoldError;
  }
  throw new Error("expected a refusal");
}
