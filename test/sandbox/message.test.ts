import { expect } from "chai";
import fc from "fast-check";

import type { Json } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import {
  Body,
  encodeBody,
  encodeMessage,
  maxHeaderBytes,
  maxParts,
  parseBody,
  parseMessage,
  parseReturned,
  partAt,
} from "../../lib/sandbox/message.ts";
import { codeOf } from "./_code-of.ts";

const noParts: readonly Uint8Array[] = [];
const frame = (text: string): Uint8Array => new TextEncoder().encode(text);
const body = new Body({
  text: "a",
  zero: 0,
  most: Number.MAX_SAFE_INTEGER,
  list: [{ n: 1 }, { n: 2 }],
  mixed: [{}, 1],
  bytes: "AAAA",
  bytesList: ["AAAA", "AAAB"],
  record: { inner: "b" },
  none: null,
});

describe("sandbox/message: the codec", () => {
  it("reads what it wrote, whatever the kind, the fields and the parts are", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.string(),
        fc.dictionary(
          fc.string().filter((name) => name !== "__proto__"),
          fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json),
        ),
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
        (id, kind, fields, parts) => {
          const message = parseMessage(encodeMessage(id, kind, fields, parts));
          expect(message.id).to.equal(id);
          expect(message.kind).to.equal(kind);
          expect(message.parts).to.deep.equal(parts);
          for (const [name, value] of Object.entries(fields)) expect(message.body.document(name)).to.deep.equal(value);
        },
      ),
    );
  });

  it("refuses whatever is no message with its own code, and never falls over it", () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.array(fc.anything(), { maxLength: 3 }),
      fc.tuple(fc.json().map(frame), fc.uint8Array()),
      fc.tuple(fc.uint8Array()),
    );
    fc.assert(
      fc.property(anything, (received) => {
        try {
          parseMessage(received);
        } catch (error) {
          expect(error).to.be.instanceOf(SealfoldError);
          expect((error as SealfoldError).code).to.equal("MESSAGE_FORMAT");
        }
      }),
      { numRuns: 500 },
    );
  });

  for (const [what, received] of [
    ["no frame", []],
    ["a header that is text", ['{"id":1,"kind":"k","body":{}}']],
    ["a header that is not JSON", [frame("{")]],
    ["a header that is not UTF-8", [Uint8Array.of(0xff)]],
    ["a header without a kind", [frame('{"id":1,"body":{}}')]],
    ["a body that is a list", [frame('{"id":1,"kind":"k","body":[]}')]],
    ["an id that is not whole", [frame('{"id":1.5,"kind":"k","body":{}}')]],
    ["a part that is not bytes", [frame('{"id":1,"kind":"k","body":{}}'), "part"]],
    ["memory that the sender can still change", [new Uint8Array(new SharedArrayBuffer(40))]],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await codeOf(() => parseMessage(received))).to.equal("MESSAGE_FORMAT");
    });
  }

  it("takes as many parts as there may be, and not one more, on either side", async () => {
    const [header] = encodeMessage(1, "k", {}) as [Uint8Array];
    const parts = Array.from({ length: maxParts }, () => new Uint8Array());
    expect(parseMessage([header, ...parts]).parts.length).to.equal(maxParts);
    expect(await codeOf(() => parseMessage([header, ...parts, new Uint8Array()]))).to.equal("MESSAGE_FORMAT");
    expect(encodeMessage(1, "k", {}, parts).length).to.equal(maxParts + 1);
    expect(await codeOf(() => encodeMessage(1, "k", {}, [...parts, new Uint8Array()]))).to.equal("MESSAGE_FORMAT");
  });

  it("refuses a header over its bound before it is read", async () => {
    expect(await codeOf(() => parseMessage([new Uint8Array(maxHeaderBytes + 1)]))).to.equal("MESSAGE_FORMAT");
  });

  it("has no part where there is none", async () => {
    const message = parseMessage(encodeMessage(1, "k", {}, noParts));
    expect(await codeOf(() => partAt(message, 0))).to.equal("MESSAGE_FORMAT");
  });
});

describe("sandbox/message: memory that comes back", () => {
  const returned = (memory: unknown): unknown => ({ id: 3, memory });

  it("is read as it is, each buffer once", () => {
    const memory = [new Uint8Array(10), new Uint8Array(20).subarray(5)];
    expect(parseReturned(returned(memory))).to.deep.equal({ id: 3, memory });
  });

  const shared = new Uint8Array(8);
  for (const [what, received] of [
    ["nothing", undefined],
    ["a message", [frame('{"id":1,"kind":"k","body":{}}')]],
    ["an id that is not whole", { id: 0.5, memory: [] }],
    ["no memory", { id: 1 }],
    ["memory that is not bytes", returned(["memory"])],
    ["a buffer twice", returned([shared.subarray(0, 4), shared.subarray(4)])],
    ["memory that the sender can still change", returned([new Uint8Array(new SharedArrayBuffer(40))])],
    ["more than there may be parts", returned(Array.from({ length: maxParts + 1 }, () => new Uint8Array(1)))],
  ] as const) {
    it(`is not ${what}`, async () => {
      expect(await codeOf(() => parseReturned(received))).to.equal("MESSAGE_FORMAT");
    });
  }
});

describe("sandbox/message: fields", () => {
  it("are read with the kind that they have", () => {
    expect(body.text("text")).to.equal("a");
    expect(body.integer("zero")).to.equal(0);
    expect(body.integer("most")).to.equal(Number.MAX_SAFE_INTEGER);
    expect(body.list("list")).to.deep.equal([{ n: 1 }, { n: 2 }]);
    expect(body.records("list").map((entry) => entry.integer("n"))).to.deep.equal([1, 2]);
    expect(body.bytes("bytes", 3)).to.deep.equal(new Uint8Array(3));
    expect(body.bytesList("bytesList", 3)[1]).to.deep.equal(Uint8Array.of(0, 0, 1));
    expect(body.record("record").text("inner")).to.equal("b");
    expect(body.document("none")).to.equal(null);
    expect(body.optionalText("text")).to.equal("a");
    expect(body.optionalInteger("zero")).to.equal(0);
    expect(body.optionalText("absent")).to.equal(undefined);
    expect(body.optionalInteger("absent")).to.equal(undefined);
    expect(parseBody(encodeBody({ a: 1 })).integer("a")).to.equal(1);
  });

  for (const [what, read] of [
    ["text where a number is", () => body.text("zero")],
    ["a number where text is", () => body.integer("text")],
    ["a number over the most", () => body.integer("most", 1)],
    ["a list where text is", () => body.list("text")],
    ["objects in a list of other things", () => body.records("mixed")],
    ["bytes of another length", () => body.bytes("bytes", 4)],
    ["bytes that are not base64url", () => new Body({ bytes: "=" }).bytes("bytes")],
    ["bytes in a list of other things", () => body.bytesList("mixed", 3)],
    ["an object where a list is", () => body.record("list")],
    ["an object where null is", () => body.record("none")],
    ["null as an absent field", () => body.optionalText("none")],
    ["a field that is not there", () => body.document("absent")],
    ["a field that every object has", () => body.document("constructor")],
    ["a method as text", () => body.text("toString")],
    ["a list as a body", () => parseBody(frame("[]"))],
    ["an empty body", () => parseBody(frame(""))],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect(await codeOf(read)).to.equal("MESSAGE_FORMAT");
    });
  }
});
