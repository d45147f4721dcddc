import { expect } from "chai";
import * as fc from "fast-check";

import { fromUtf8, toBase64url, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { canonicalBytes, canonicalJson, type Json } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { limitRanges, numberRanges } from "../../lib/policy/limits.ts";
import { makePolicy, parsePolicy } from "../../lib/policy/policy.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { anna, pooled, withField } from "./_documents.ts";

const peer = ExchangeKey.fromSecret(new Uint8Array(32).fill(7)).publicKey;

/** What `parsePolicy` says of `bytes`: `CODE field`, or `ok`. */
function verdict(bytes: Uint8Array): string {
  try {
    parsePolicy(bytes);
    return "ok";
  } catch (error) {
    if (!(error instanceof SealfoldError)) throw error;
    expect(error.message).to.include(error.place.field ?? "");
    return `${error.code} ${error.place.field ?? ""}`.trim();
  }
}

function verdictOn(path: string, value: unknown, document = pooled()): string {
  return verdict(canonicalBytes(withField(document, path, value) as Json));
}

const text = canonicalJson(pooled());

/** With all that a program can be given. */
const keyed = pooled({
  capabilities: ["crypto", "counters"],
  counters: ["empty", "odd"],
  keys: [
    { name: "session", type: "hkdf-sha256", source: { kind: "job" } },
    { name: "pseudonyms", type: "hmac-sha256", source: { kind: "party", party: "ben" } },
    { name: "signer", type: "ed25519", source: { kind: "public", key: toBase64url(anna.publicKey) } },
    { name: "peer", type: "x25519", source: { kind: "public", key: toBase64url(peer) } },
  ],
});

describe("policy/policy", () => {
  it("reads a policy back as it was written, with SHA-256 of its bytes as its hash", () => {
    const policy = makePolicy(pooled());
    expect(policy.document).to.deep.equal(pooled());
    expect(fromUtf8(policy.bytes)).to.equal(text);
    expect(toHex(policy.hash)).to.equal(toHex(sha256(utf8(text))));
    expect(toHex(parsePolicy(policy.bytes).hash)).to.equal(toHex(policy.hash));
  });

  it("cannot be changed after it was checked", () => {
    const bytes = utf8(text);
    const policy = parsePolicy(bytes);
    bytes.fill(0);
    expect(fromUtf8(policy.bytes)).to.equal(text);
    expect(() => Object.assign(policy.document.limits, { releases: 9 })).to.throw(TypeError);
    const receivers = policy.document.outputs.flatMap((output) => [output.receivers]);
    expect(() => (receivers as string[][])[0]?.push("ben")).to.throw(TypeError);
    expect(() => Object.assign(policy, { bytes })).to.throw(TypeError);
  });

  it("refuses every byte changed in a policy, or hashes it to something else", () => {
    const hash = toHex(makePolicy(pooled()).hash);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = utf8(text);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        if (verdict(bytes) === "ok") expect(toHex(parsePolicy(bytes).hash)).not.to.equal(hash);
      }),
      { numRuns: 300 },
    );
  });

  it("wants bytes and nothing else", () => {
    expect(() => parsePolicy(text as unknown as Uint8Array)).to.throw(TypeError, "bytes");
  });
});

describe("policy/policy refuses what is not canonical", () => {
  const hostile: Readonly<Record<string, readonly [document: string | Uint8Array, says: string]>> = {
    "nothing at all": ["", "not JSON"],
    "more than 1 MiB": [`${text}${" ".repeat(1024 * 1024)}`, "over 1048576 bytes"],
    "invalid UTF-8": [Uint8Array.of(...utf8(text).subarray(0, 60), 0xff, ...utf8(text).subarray(60)), "UTF-8"],
    "a byte order mark": [`\uFEFF${text}`, "not JSON"],
    "depth over 32": [text.replace('"notAfter":2000', `"notAfter":${"[".repeat(33)}${"]".repeat(33)}`), "32 deep"],
    "a duplicate key": [text.replace('"notAfter":2000', '"notAfter":2000,"notAfter":2000'), "canonical form"],
    "a __proto__ key": [text.replace('"cancel"', '"__proto__":{},"cancel"'), "field named __proto__"],
    "a constructor key": [text.replace('"diagnostics"', '"constructor":{},"diagnostics"'), "field named constructor"],
    "a prototype key": [text.replace('"purpose"', '"prototype":{},"purpose"'), "field named prototype"],
    "a decimal": [text.replace('"notAfter":2000', '"notAfter":2000.5'), "safe integer"],
    "an unsafe integer": [text.replace('"notAfter":2000', '"notAfter":9007199254740992'), "safe integer"],
    "a number in another spelling": [text.replace('"notAfter":2000', '"notAfter":2e3'), "canonical form"],
    "a string that is not NFC": [text.replace("words of", "wo\u0308rds of"), "normal form C"],
    "a control character": [text.replace("words of", "words\\u0007of"), "control"],
    "a bidi character": [text.replace("words of", "words\u202Eof"), "bidi"],
    "a lone surrogate": [text.replace("words of", "words\\ud800of"), "surrogate"],
    "space between tokens": [text.replace(":", ": "), "canonical form"],
    "keys in another order": [
      `{"sealfold":"policy/1",${text.slice(1).replace(',"sealfold":"policy/1"', "")}`,
      "canonical form",
    ],
    "an escape that need not be": [text.replace("words of", "\\u0077ords of"), "canonical form"],
    "a second document after it": [`${text}{}`, "not JSON"],
  };
  for (const [what, [document, says]] of Object.entries(hostile)) {
    it(`refuses ${what}`, () => {
      const bytes = typeof document === "string" ? utf8(document) : document;
      expect(verdict(bytes)).to.match(/^POLICY_FORMAT/);
      expect(() => parsePolicy(bytes)).to.throw(says);
    });
  }
});

describe("policy/policy refuses fields that no policy has", () => {
  const objects = [
    "",
    "parties[0].",
    "inputs[0].",
    "inputs[0].format.",
    "programs[0].",
    "stages[0].",
    "stages[1].",
    "runtime.",
    "runtime.platforms[0].",
    "limits.",
    "outputs[0].",
    "keys[0].",
    "keys[0].source.",
    "recovery.",
  ];
  for (const prefix of objects) {
    it(`an unknown field ${prefix}extra is an error that names it`, () => {
      expect(verdictOn(`${prefix}extra`, true, keyed)).to.equal(`POLICY_FIELD ${prefix}extra`);
    });
  }

  it("every field is obligatory, and its absence names it", () => {
    for (const field of Object.keys(pooled())) {
      expect(verdictOn(field, undefined)).to.equal(`POLICY_FIELD ${field}`);
    }
    for (const field of ["name", "owner", "format", "required", "minEpoch", "maxChunks", "maxChunkBytes"]) {
      expect(verdictOn(`inputs[1].${field}`, undefined)).to.equal(`POLICY_FIELD inputs[1].${field}`);
    }
  });

  it("a field of the wrong kind names it", () => {
    for (const value of [null, [], {}, "text", true]) {
      expect(verdictOn("limits.mappers", value)).to.equal("POLICY_FIELD limits.mappers");
    }
    expect(verdictOn("inputs", {})).to.equal("POLICY_FIELD inputs");
    expect(verdictOn("inputs[0].required", 1)).to.equal("POLICY_FIELD inputs[0].required");
    expect(verdictOn("outputs[0].receivers[1]", 7)).to.equal("POLICY_FIELD outputs[0].receivers[1]");
    for (const value of [[], "policy", 1, null]) {
      expect(verdict(canonicalBytes(value))).to.match(/^POLICY_FIELD/);
    }
  });

  it("a word from outside a closed list names its field", () => {
    expect(verdictOn("sealfold", "policy/2")).to.equal("POLICY_FIELD sealfold");
    expect(verdictOn("inputs[0].format.kind", "xml")).to.equal("POLICY_FIELD inputs[0].format.kind");
    expect(verdictOn("programs[0].kind", "native")).to.equal("POLICY_FIELD programs[0].kind");
    expect(verdictOn("stages[0].state", "forever")).to.equal("POLICY_FIELD stages[0].state");
    expect(verdictOn("keys[0].type", "rsa", keyed)).to.equal("POLICY_FIELD keys[0].type");
    expect(verdictOn("keys[0].source.kind", "cloud", keyed)).to.equal("POLICY_FIELD keys[0].source.kind");
    expect(verdictOn("capabilities[0]", "network")).to.equal("POLICY_FIELD capabilities[0]");
    expect(verdictOn("outputs[0].noise", "laplace")).to.equal("POLICY_FIELD outputs[0].noise");
  });

  it("only a map and then a reduce stage are a topology of policy/1", () => {
    const [map, reduce] = pooled().stages;
    expect(verdictOn("stages", [map])).to.equal("POLICY_FIELD stages[1]");
    expect(verdictOn("stages", [reduce, map])).to.match(/^POLICY_FIELD stages\[0\]/);
    expect(verdictOn("stages", [map, reduce, reduce])).to.equal("POLICY_FIELD stages[2]");
  });

  it("cuts an attacker's long field name in its message", () => {
    expect(verdictOn("x".repeat(10_000), 1)).to.have.length.below(100);
  });
});

describe("policy/policy refuses values out of range", () => {
  it("holds each limit to its range", () => {
    for (const [name, { min, max }] of Object.entries(limitRanges)) {
      const field = `limits.${name}`;
      expect([verdictOn(field, min), verdictOn(field, max)], name).to.deep.equal(["ok", "ok"]);
      expect(verdictOn(field, min - 1)).to.equal(`POLICY_VALUE ${field}`);
      expect(verdictOn(field, max + 1)).to.equal(`POLICY_VALUE ${field}`);
    }
  });

  it("holds the other numbers to theirs", () => {
    const fields = {
      "inputs[0].minEpoch": numberRanges.minEpoch,
      "inputs[0].maxChunks": numberRanges.maxChunks,
      "inputs[0].maxChunkBytes": numberRanges.maxChunkBytes,
      "runtime.evidenceSeconds": numberRanges.evidenceSeconds,
      "outputs[0].minValues": numberRanges.minValues,
    };
    for (const [field, { min, max }] of Object.entries(fields)) {
      expect([verdictOn(field, min), verdictOn(field, max)], field).to.deep.equal(["ok", "ok"]);
      expect(verdictOn(field, min - 1)).to.equal(`POLICY_VALUE ${field}`);
      if (max < Number.MAX_SAFE_INTEGER) expect(verdictOn(field, max + 1)).to.equal(`POLICY_VALUE ${field}`);
    }
  });

  it("keeps names to plain ASCII that no object has by birth", () => {
    for (const name of ["", "-a", ".", "a b", "a/b", "ä", "a\u200Bb", "x".repeat(65), "constructor", "toString"]) {
      expect(verdictOn("parties[0].name", name)).to.equal("POLICY_VALUE parties[0].name");
    }
    expect(verdictOn("programs[0].name", "x".repeat(64))).to.equal("POLICY_VALUE stages[0].program");
  });

  it("wants lists filled", () => {
    for (const field of ["parties", "inputs", "programs", "outputs", "runtime.measurements", "runtime.platforms"]) {
      expect(verdictOn(field, [])).to.equal(`POLICY_VALUE ${field}`);
    }
    expect(verdictOn("outputs[1].receivers", [])).to.equal("POLICY_VALUE outputs[1].receivers");
    expect(verdictOn("capabilities", [])).to.equal("ok");
    expect(verdictOn("cancel", [])).to.equal("ok");
    expect(verdictOn("diagnostics", [])).to.equal("ok");
  });

  it("wants digests and keys as 32 bytes in the one base64url spelling", () => {
    const key = toBase64url(anna.publicKey);
    for (const wrong of ["", `${key}=`, key.slice(1), `${key}A`, `${key.slice(0, -1)}B`, `+${key.slice(1)}`]) {
      expect(verdictOn("parties[0].key", wrong)).to.equal("POLICY_VALUE parties[0].key");
      expect(verdictOn("programs[0].measurement", wrong)).to.equal("POLICY_VALUE programs[0].measurement");
      expect(verdictOn("runtime.measurements[0]", wrong)).to.equal("POLICY_VALUE runtime.measurements[0]");
    }
  });
});

describe("policy/policy refuses what contradicts itself", () => {
  const smallOrder = toBase64url(Uint8Array.of(1, ...new Uint8Array(31)));
  const offCurve = toBase64url(Uint8Array.of(2, ...new Uint8Array(31)));
  const document = pooled();
  const cases: readonly (readonly [why: string, path: string, value: unknown, field: string])[] = [
    ["two parties of one name", "parties[1].name", "anna", "parties[1].name"],
    ["two parties whose names differ in case alone", "parties[1].name", "Anna", "parties[1].name"],
    ["two parties of one key", "parties[1].key", document.parties[0]?.key, "parties[1].key"],
    ["two inputs of one name", "inputs[1].name", "books-a", "inputs[1].name"],
    ["two outputs of one name", "outputs[1].name", "common", "outputs[1].name"],
    ["two programs of one name", "programs", Array(2).fill(document.programs[0]), "programs[1].name"],
    [
      "a platform named twice",
      "runtime.platforms",
      Array(2).fill(document.runtime.platforms[0]),
      "runtime.platforms[1].name",
    ],
    [
      "a measurement named twice",
      "runtime.measurements",
      Array(2).fill(document.runtime.measurements[0]),
      "runtime.measurements[1]",
    ],
    ["an input read twice", "stages[0].inputs", ["books-a", "books-b", "books-a"], "stages[0].inputs[2]"],
    ["a capability granted twice", "capabilities", ["clock", "clock"], "capabilities[1]"],
    ["a receiver named twice", "outputs[0].receivers", ["anna", "anna"], "outputs[0].receivers[1]"],
    ["a canceller named twice", "cancel", ["anna", "anna"], "cancel[1]"],
    ["a diagnostics reader named twice", "diagnostics", ["ben", "ben"], "diagnostics[1]"],
    [
      "columns of one name",
      "inputs[0].format",
      { kind: "csv", columns: ["a", "b", "a"] },
      "inputs[0].format.columns[2]",
    ],
    ["a party's key of small order", "parties[2].key", smallOrder, "parties[2].key"],
    ["a party's key that is no point", "parties[2].key", offCurve, "parties[2].key"],
    ["a platform's key of small order", "runtime.platforms[0].key", smallOrder, "runtime.platforms[0].key"],
    ["an unknown host", "host", "dora", "host"],
    ["an unknown owner", "inputs[1].owner", "dora", "inputs[1].owner"],
    ["an unknown provider", "programs[0].provider", "dora", "programs[0].provider"],
    ["an unknown receiver", "outputs[0].receivers[1]", "dora", "outputs[0].receivers[1]"],
    ["an unknown canceller", "cancel[0]", "dora", "cancel[0]"],
    ["an unknown diagnostics reader", "diagnostics[0]", "dora", "diagnostics[0]"],
    ["an unknown input", "stages[0].inputs[1]", "books-c", "stages[0].inputs[1]"],
    ["an input that no stage reads", "stages[0].inputs", ["books-a"], "inputs[1]"],
    ["an unknown program", "stages[0].program", "other", "stages[0].program"],
    ["a reduce stage of another program", "stages[1].program", "other", "stages[1].program"],
    ["more owners wanted than there are", "outputs[1].minOwners", 3, "outputs[1].minOwners"],
    ["an end at its beginning", "notAfter", 1000, "notAfter"],
    ["an end before its beginning", "notBefore", 2001, "notAfter"],
  ];
  for (const [why, path, value, field] of cases) {
    it(`refuses ${why}, naming ${field}`, () => expect(verdictOn(path, value)).to.equal(`POLICY_VALUE ${field}`));
  }

  const tools: readonly (readonly [why: string, path: string, value: unknown, field: string])[] = [
    ["counters that nothing may count", "capabilities", ["crypto"], "counters"],
    ["keys that nothing may use", "capabilities", ["counters"], "keys"],
    ["two counters whose names differ in case alone", "counters[1]", "Empty", "counters[1]"],
    ["two keys of one name", "keys[1].name", "session", "keys[1].name"],
    ["a key of nobody", "keys[1].source.party", "dora", "keys[1].source.party"],
    ["a public key that is secret by its type", "keys[2].type", "aes-256-gcm-siv", "keys[2].source.kind"],
    ["a verifying key of small order", "keys[2].source.key", smallOrder, "keys[2].source.key"],
    ["an exchange key of small order", "keys[3].source.key", smallOrder, "keys[3].source.key"],
    ["a counter of no name", "counters[0]", "", "counters[0]"],
    ["more counters than 64", "counters", Array.from({ length: 65 }, (_, i) => `c${i}`), "counters"],
    ["more keys than 64", "keys", Array.from({ length: 65 }, (_, i) => ({ ...keyed.keys[0], name: `k${i}` })), "keys"],
  ];
  for (const [why, path, value, field] of tools) {
    it(`refuses ${why}, naming ${field}`, () => {
      expect(verdictOn(path, value, keyed)).to.equal(`POLICY_VALUE ${field}`);
    });
  }

  it("takes 64 counters and 64 keys, programs of both kinds, and state of both scopes", () => {
    const names = (letter: string) => Array.from({ length: 64 }, (_, i) => `${letter}${i}`);
    expect(verdictOn("counters", names("c"), keyed)).to.equal("ok");
    const keys = names("k").map((name) => ({ ...keyed.keys[0], name }));
    expect(verdictOn("keys", keys, keyed)).to.equal("ok");
    expect(verdictOn("programs[0].kind", "wasm", keyed)).to.equal("ok");
    expect(verdictOn("stages[0].state", "perSandbox", keyed)).to.equal("ok");
  });

  it("refuses a program that no stage uses", () => {
    const idle = { ...document.programs[0], name: "idle" };
    expect(verdictOn("programs", [...document.programs, idle])).to.equal("POLICY_VALUE programs[1]");
  });

  it("takes the shortest policy in time and all owners wanted", () => {
    expect(verdictOn("notAfter", 1001)).to.equal("ok");
    expect(verdictOn("outputs[1].minOwners", 2)).to.equal("ok");
  });
});
