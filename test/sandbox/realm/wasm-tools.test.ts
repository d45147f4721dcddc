/** The capabilities of a module, in numbers: each against Node's own cryptography, or what was granted. */

import { createHash, createHmac, createPublicKey, hkdfSync, verify } from "node:crypto";

import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { capabilities, type Capability, keyTypes } from "../../../lib/data/capabilities.ts";
import type { OpenableProgram, ToolsGrant } from "../../../lib/sandbox/realm/program-realm.ts";
import { checkWasm } from "../../../lib/sandbox/realm/wasm-realm.ts";
import { compileAssembly } from "../../program/wasm/_assembly.ts";
import { grant } from "./_realms.ts";
import { codeOf as endOf } from "../../code-of.ts";
import { openWasm } from "./_wasm.ts";

/** Each line is a work and its arguments; what came of it is a state under the key "k", which finish gives in hexadecimal. */
const source = `
import * as sealfold from "./sealfold";
export { allocate } from "./sealfold";
export function aggregate(): i32 { return sealfold.OWN; }
const place = memory.data(65536);
const other = memory.data(4096);
let made: u32 = 0;

function put(text: string, to: usize = place): u32 { return <u32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to); }
function key(name: string): u32 { return name == "made" ? made : sealfold.crypto_key(other, put(name, other)); }
function answer(length: u32): void { store<u8>(other, 107); sealfold.emit_bytes(other, 1, place, length); }
function number(text: string): u32 { return <u32>F64.parseFloat(text); }

function perform(words: string[]): i32 {
  const what = words[0];
  if (what == "hash") { sealfold.crypto_hash(number(words[1]), place, put(words[2]), place); answer(words[1] == "0" ? 32 : 64); }
  else if (what == "hmac") { const by = key(words[1]); sealfold.crypto_hmac(by, place, put(words[2]), place); answer(32); }
  else if (what == "hkdf") { const by = key(words[1]); sealfold.crypto_hkdf(by, place, put(words[2]), place, number(words[3])); answer(number(words[3])); }
  else if (what == "derive") { const by = key(words[1]); made = sealfold.crypto_derive_key(by, place, put(words[2]), number(words[3])); }
  else if (what == "make") made = sealfold.crypto_generate_key(number(words[1]));
  else if (what == "import") made = sealfold.crypto_import_key(number(words[1]), place, put(words[2]));
  else if (what == "public") { sealfold.crypto_public_key(key(words[1]), place); answer(32); }
  else if (what == "seal") {
    const by = key(words[1]);
    const length = put(words[2]);
    sealfold.crypto_seal(by, place, length, other, put(words[3], other), place);
    const opened = sealfold.crypto_open(by, place, length + 28, other, put(words[4], other), place + 1024);
    store<u32>(place + length + 28, <u32>opened);
    answer(length + 32);
    if (opened >= 0) { memory.copy(place, place + 1024, opened); answer(opened); }
  } else if (what == "sign") {
    const by = key(words[1]);
    sealfold.crypto_sign(by, place, put(words[2]), place + 1024);
    sealfold.crypto_public_key(by, place + 2048);
    store<u8>(place + 4096, sealfold.crypto_verify(place + 2048, place, put(words[2]), place + 1024));
    store<u8>(place + 4097, sealfold.crypto_verify(place + 2048, place, put(words[3]), place + 1024));
    memory.copy(place, place + 1024, 64);
    memory.copy(place + 64, place + 2048, 32);
    memory.copy(place + 96, place + 4096, 2);
    answer(98);
  } else if (what == "agree") {
    const mine = key(words[1]);
    const theirs = key(words[2]);
    sealfold.crypto_public_key(theirs, place);
    const a = sealfold.crypto_ecdh(mine, place);
    sealfold.crypto_public_key(mine, place);
    const b = sealfold.crypto_ecdh(theirs, place);
    sealfold.crypto_hkdf(a, place, 0, place, 32);
    sealfold.crypto_hkdf(b, place, 0, place + 32, 32);
    answer(64);
  } else if (what == "random") { sealfold.random(place, number(words[1])); answer(number(words[1])); }
  else if (what == "clock") { store<f64>(place, sealfold.clock()); answer(8); }
  else if (what == "count") sealfold.count(place, put(words[1]), F64.parseFloat(words[2]));
  else if (what == "policy") { const length = sealfold.policy_query(place, number(words[1])); store<u32>(place + 1024, length); answer(1028); }
  else if (what == "narrow") sealfold.policy_narrow(place, put(words[1]));
  else if (what == "at") sealfold.crypto_hash(0, number(words[1]), number(words[2]), number(words[3]));
  else if (what == "find") {
    // The secret of a test, which stands nowhere in the module but in this code.
    for (let at: usize = 0; at < (<usize>memory.size() << 16) - 8; at++) {
      if (load<u64>(at) == 0x3234746572636553) return 1;
    }
  }
  else if (what == "raw") sealfold.crypto_public_key(number(words[1]), place);
  else return 99;
  return 0;
}

export function map(at: usize, length: u32): i32 {
  const words = sealfold.textAt(at, length).split(" ");
  for (let i = 0, from = 0; i <= words.length; i++) {
    if (i < words.length && words[i] != ";") continue;
    const answer = perform(words.slice(from, i));
    if (answer != 0) return answer;
    from = i + 1;
  }
  return 0;
}

export function combine(a: usize, aLength: u32, b: usize, bLength: u32): void {
  if (load<u8>(a) == 33) perform(sealfold.textAt(a + 1, aLength - 1).split(" "));
  memory.copy(place, a, aLength);
  memory.copy(place + aLength, b, bLength);
  sealfold.result(place, aLength + bLength);
}

export function finish(key: usize, keyLength: u32, state: usize, stateLength: u32): void {
  if (stateLength > 0 && load<u8>(state) == 63) perform(sealfold.textAt(state + 1, stateLength - 1).split(" "));
  let hex = "";
  for (let i: u32 = 0; i < stateLength; i++) {
    const byte = load<u8>(state + i);
    hex += "0123456789abcdef".charAt(byte >> 4) + "0123456789abcdef".charAt(byte & 15);
  }
  sealfold.resultText('"' + hex + '"');
}
`;

const bytes = new Uint8Array(32).fill(9);
const keys: ToolsGrant["keys"] = keyTypes.map((type) => ({ name: type, type, bytes, isPublic: false }));
let program: OpenableProgram;

function run(line: string, differences: Partial<ToolsGrant> = {}) {
  const realm = openWasm(program, { tools: grant({ keys, ...differences }), limits: { badRecords: 1 } });
  realm.mapChunk(utf8(line));
  let hex = "";
  realm.finish((_kind, _key, _values, _owners, result) => (hex += JSON.parse(result)));
  return { answer: Buffer.from(hex, "hex"), realm };
}

/** @returns the code of a record that is not skipped */
function codeOf(line: string): string {
  const realm = openWasm(program, { tools: grant({ keys }) });
  return endOf(() => {
    realm.mapChunk(utf8(line));
    realm.finish(() => undefined);
  });
}

describe("sandbox/realm/wasm-realm: capabilities", () => {
  before(async () => {
    program = checkWasm(await compileAssembly(source));
  });

  it("are all granted, or the module is not run", () => {
    for (const left of capabilities) {
      const granted: Capability[] = capabilities.filter((capability) => capability !== left);
      const tools = grant({ capabilities: granted });
      expect(
        endOf(() => openWasm(program, { tools })),
        left,
      ).to.equal("DENIED_CAPABILITY");
    }
    expect(endOf(() => openWasm(program))).to.equal("DENIED_CAPABILITY");
    expect(endOf(() => openWasm(program, { tools: grant() }))).to.equal("none");
    const realm = openWasm(program, { tools: grant() });
    expect(
      endOf(() =>
        realm.renew({
          format: { kind: "lines" },
          limits: { keyBytes: 1, valueBytes: 1, outputBytes: 1, badRecords: 0 },
        }),
      ),
    ).to.equal("DENIED_CAPABILITY");
  });

  it("hash, authenticate and derive as Node does", () => {
    expect(run("hash 0 abc").answer).to.deep.equal(createHash("sha256").update("abc").digest());
    expect(run("hash 1 é").answer).to.deep.equal(createHash("sha512").update("é").digest());
    expect(run("hmac hmac-sha256 abc").answer).to.deep.equal(createHmac("sha256", bytes).update("abc").digest());
    const derived = Buffer.from(hkdfSync("sha256", bytes, "", "info", 77));
    expect(run("hkdf hkdf-sha256 info 77").answer).to.deep.equal(derived);
  });

  it("seal, and open what is authentic alone", () => {
    const sealed = run("seal aes-256-gcm-siv secret with with").answer;
    expect(sealed.length).to.equal(6 + 32 + 6);
    expect(sealed.readUInt32LE(34)).to.equal(6);
    expect(sealed.subarray(38).toString()).to.equal("secret");
    expect(sealed.subarray(0, 34).includes("secret")).to.equal(false);
    const unopened = run("seal aes-256-gcm-siv secret with without").answer;
    expect(unopened.length).to.equal(6 + 32);
    expect(unopened.readInt32LE(34)).to.equal(-1);
  });

  it("sign what Node verifies, verify it themselves, and nothing else", () => {
    const { answer } = run("sign ed25519 text other");
    const jwk = { kty: "OKP", crv: "Ed25519", x: answer.subarray(64, 96).toString("base64url") };
    const publicKey = createPublicKey({ key: jwk, format: "jwk" });
    expect(verify(null, Buffer.from("text"), publicKey, answer.subarray(0, 64))).to.equal(true);
    expect([...answer.subarray(96)]).to.deep.equal([1, 0]);
  });

  it("agree on one key from both sides, with keys that are made, derived and imported", () => {
    for (const making of ["make 4", "derive hkdf-sha256 info 4", `import 4 ${"x".repeat(32)}`]) {
      const { answer } = run(`${making} ; agree x25519 made`);
      expect(answer.subarray(0, 32)).to.deep.equal(answer.subarray(32));
      expect(answer.subarray(0, 32).every((byte) => byte === 0)).to.equal(false);
    }
  });

  it("draw the same whenever a task is done again, and else with another seed", () => {
    const drawn = run("random 40 ; make 3 ; public made").answer;
    expect(run("random 40 ; make 3 ; public made").answer).to.deep.equal(drawn);
    expect(run("random 40 ; make 3 ; public made", { seed: bytes }).answer).not.to.deep.equal(drawn);
    expect(drawn).to.have.lengthOf(72);
  });

  it("tell the job's time and the policy, where there is room for it", () => {
    expect(run("clock").answer.readDoubleLE(0)).to.equal(1_700_000_040);
    const text = '{"title":"a policy"}';
    const policy = run("policy 1024").answer;
    expect([policy.readUInt32LE(1024), policy.subarray(0, text.length).toString()]).to.deep.equal([text.length, text]);
    const cut = run(`policy ${text.length - 1}`).answer;
    expect([cut.readUInt32LE(1024), cut[0]]).to.deep.equal([text.length, 0]);
  });

  it("count what good records count", () => {
    const { realm } = run("count long 2 ; count empty 1\ncount long 40 ; hash 9 x\ncount long 3");
    expect([realm.counts(), realm.skipped]).to.deep.equal([[1, 5], 1]);
  });

  it("narrow the policy while they finish, and not before", () => {
    const realm = openWasm(program, { tools: grant() });
    const narrowing = Buffer.from('?narrow {"outputs":[]}').toString("base64");
    realm.merge(0, "k", 1, JSON.stringify(narrowing), "a");
    realm.finish(() => undefined);
    expect(realm.narrowings()).to.deep.equal([{ outputs: [] }]);
    expect(codeOf('narrow {"outputs":[]}')).to.equal("PROGRAM_THREW");
    for (const text of ["1", "[]", "{", '"a"']) {
      const other = openWasm(program, { tools: grant() });
      other.merge(0, "k", 1, JSON.stringify(Buffer.from(`?narrow ${text}`).toString("base64")), "a");
      expect(
        endOf(() => other.finish(() => undefined)),
        text,
      ).to.equal("PROGRAM_VALUE");
    }
  });

  it("are for mapping and finishing, not for combining: what is combined must not depend on when", () => {
    const realm = openWasm(program, { tools: grant() });
    const state = (text: string): string => JSON.stringify(Buffer.from(text).toString("base64"));
    realm.merge(0, "k", 1, state("!random 4"), "a");
    realm.merge(0, "k", 1, state("b"), "b");
    expect(endOf(() => realm.finish(() => undefined))).to.equal("PROGRAM_THREW");
  });

  it("refuse what makes no sense, as a trap would", () => {
    const most = 2 ** 32 - 1;
    for (const line of [
      "hash 2 abc",
      "hmac nobody abc",
      "hmac hkdf-sha256 abc",
      "hkdf hkdf-sha256 info 100000",
      `hkdf hkdf-sha256 info ${most}`,
      "make 9",
      "import 3 short",
      "public hmac-sha256",
      "raw 5",
      `raw ${most}`,
      `raw ${2 ** 31}`,
      "make 3\npublic made",
      `random ${most}`,
      "random 70000",
      "count nobody 1",
      "count long -1",
      "count long 0.5",
      `at ${most} 1 0`,
      `at 0 ${most} 0`,
      `at 0 1 ${most}`,
      `at 0 1 ${2 ** 30}`,
    ]) {
      expect(codeOf(line), line).to.equal("PROGRAM_THREW");
    }
  });

  it("never leave a key's bytes in the module's memory", () => {
    const secret = utf8("Secret42".repeat(4));
    const own = keyTypes.map((type) => ({ name: type, type, bytes: secret, isPublic: false }));
    const line =
      "hmac hmac-sha256 a ; hkdf hkdf-sha256 a 32 ; seal aes-256-gcm-siv a b b ; sign ed25519 a b ; public x25519";
    const { realm } = run(`${line} ; find`, { keys: own });
    expect([realm.records, realm.skipped]).to.deep.equal([1, 0]);
    expect(run("hash 0 Secret42 ; find").realm.skipped, "it finds what is there").to.equal(1);
  });
});
