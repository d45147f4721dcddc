import { createHash, createHmac, hkdfSync } from "node:crypto";

import { expect } from "chai";

import { toHex, utf8 } from "../../../lib/crypto/bytes.ts";
import { keyTypes } from "../../../lib/data/capabilities.ts";
import type { ToolsGrant } from "../../../lib/sandbox/realm/program-realm.ts";
import { KeyStore } from "../../../lib/program/key-store.ts";
import { type Differences, failureOf, grant, listing, openRealm, optionsFor, script } from "./_realms.ts";

const secret = new Uint8Array(32).fill(11);
const keys: ToolsGrant["keys"] = keyTypes.map((type) => ({ name: type, type, bytes: secret, isPublic: false }));
const tools = grant({ keys });

/** Shows bytes, and tells from each other what they are. */
const shown =
  "const show = (value) => value instanceof Uint8Array ? Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('') : value;";

/** What `work`, an expression of `crypto`, `random` and the record `line`, gives for each line. */
function answers(work: string, lines = "x\n", differences: Differences = {}): unknown[] {
  const map = `(line, emit, { crypto, random }) => emit('k', [show(${work})])`;
  const gathered = "{ zero: () => [], add: (a, b) => a.concat(b), merge: (a) => a, finish: (a) => a }";
  const text = script(map, gathered, shown, "['crypto', 'random']");
  const realm = openRealm(text, { tools, ...differences });
  realm.mapChunk(utf8(lines));
  let results: unknown[] = [];
  realm.drain((_kind, _key, _values, state) => (results = JSON.parse(state) as unknown[]));
  return results;
}

describe("sandbox/realm: cryptography for a program", () => {
  it("is that of the key store, of bytes and of the UTF-8 of strings", () => {
    for (const text of ["", "a", "é", "日本", "😀 and 𝒳", "\u0000\u007f\u0080\u07ff\u0800\uffff"]) {
      const bytes = utf8(text);
      const [line] = [JSON.stringify(text)];
      const list = `Uint8Array.from([${bytes.join()}])`;
      for (const given of [line, list]) {
        expect(answers(`crypto.hash('sha256', ${given})`)).to.deep.equal([
          createHash("sha256").update(bytes).digest("hex"),
        ]);
        expect(answers(`crypto.hash('sha512', ${given})`)).to.deep.equal([
          createHash("sha512").update(bytes).digest("hex"),
        ]);
        expect(answers(`crypto.hmac('hmac-sha256', ${given})`)).to.deep.equal([
          createHmac("sha256", secret).update(bytes).digest("hex"),
        ]);
        expect(answers(`crypto.hkdf('hkdf-sha256', ${given}, 40)`)).to.deep.equal([
          Buffer.from(hkdfSync("sha256", secret, "", bytes, 40)).toString("hex"),
        ]);
      }
    }
  });

  it("seals and opens", () => {
    const sealed = "crypto.seal('aes-256-gcm-siv', 'päss', 'line 1')";
    expect(answers(`crypto.open('aes-256-gcm-siv', ${sealed}, 'line 1')`)).to.deep.equal([toHex(utf8("päss"))]);
    expect(answers(`typeof crypto.open('aes-256-gcm-siv', ${sealed}, 'line 2')`)).to.deep.equal(["undefined"]);
    expect(answers(`typeof crypto.open('aes-256-gcm-siv', ${sealed})`)).to.deep.equal(["undefined"]);
    const [given] = answers(sealed) as [string];
    const opened = new KeyStore(new Uint8Array(32), keys).open(
      "aes-256-gcm-siv",
      Buffer.from(given, "hex"),
      utf8("line 1"),
    );
    expect(opened && Buffer.from(opened).toString()).to.equal("päss");
  });

  it("signs, verifies, agrees, derives, makes and imports", () => {
    const works = [
      "crypto.verify('ed25519', line, crypto.sign('ed25519', line))",
      "crypto.verify(crypto.publicKey('ed25519'), line, crypto.sign('ed25519', line))",
      "!crypto.verify('ed25519', 'other', crypto.sign('ed25519', line))",
      "crypto.sign(crypto.importKey('ed25519', new Uint8Array(32).fill(11)), line).join() === crypto.sign('ed25519', line).join()",
      "(() => { const key = crypto.generateKey('x25519'); const one = crypto.ecdh(key, 'x25519');" +
        " const other = crypto.ecdh('x25519', crypto.publicKey(key));" +
        " return crypto.hkdf(one, '', 32).join() === crypto.hkdf(other, '', 32).join(); })()",
      "crypto.hmac(crypto.deriveKey('hkdf-sha256', 'a', 'hmac-sha256'), '').length === 32",
    ];
    for (const work of works) expect(answers(work), work).to.deep.equal([true]);
  });

  it("draws the same on every re-execution, and other bytes for another task", () => {
    const work = "[random(7), crypto.seal('aes-256-gcm-siv', ''), crypto.generateKey('ed25519')].map(show).join()";
    const lines = "a\nb\nc\n";
    const first = answers(work, lines);
    expect(new Set(first).size).to.equal(3);
    expect(answers(work, lines)).to.deep.equal(first);
    const other = answers(work, lines, { tools: grant({ keys, seed: new Uint8Array(32).fill(8) }) });
    expect(other.filter((answer) => first.includes(answer))).to.deep.equal([]);
  });

  it("forgets the keys of a record when it is over", () => {
    const work = "(globalThis.handle ??= crypto.generateKey('hmac-sha256'), crypto.hmac(handle, '').length)";
    expect(answers(work)).to.deep.equal([32]);
    failureOf("PROGRAM_THREW", () => answers(work, "a\nb\n"));
    expect(answers("crypto.generateKey('hmac-sha256') > 0", "a\n".repeat(3000))).to.have.lengthOf(3000);
  });

  it("says why it refuses", () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["crypto.hmac('nobody', line)", /no such key/],
      ["crypto.hmac('ed25519', line)", /another type/],
      ["crypto.hmac(1.5, line)", /no such key/],
      ["crypto.hkdf('hkdf-sha256', line, 8161)", /longer or shorter/],
      ["random(65537)", /longer or shorter/],
      ["random('7')", /a number/],
      ["crypto.hash('md5', line)", /no such algorithm/],
      ["crypto.hash('sha256', new Uint8Array(4 * 1024 * 1024 + 29))", /longer or shorter/],
      ["crypto.hash('sha256', 'a'.repeat(4 * 1024 * 1024 + 1))", /longer or shorter/],
      ["crypto.hash('sha256', 'é'.repeat(3 * 1024 * 1024))", /longer or shorter/],
      ["crypto.hash('sha256', [1, 2])", /a Uint8Array or a string/],
      ["crypto.hash('sha256', new Uint16Array(2))", /a Uint8Array or a string/],
      ["crypto.hash('sha256', new Proxy(new Uint8Array(2), {}))", /a Uint8Array or a string/],
      ["crypto.hash('sha256', '\\ud800')", /surrogate/],
      ["crypto.hash('sha256')", /a Uint8Array or a string/],
      ["crypto.ecdh('x25519', new Uint8Array(32))", /malformed/],
      ["(() => { for (;;) crypto.generateKey('ed25519'); })()", /too many keys/],
    ];
    for (const [work, message] of wrong) {
      const caught = `(() => { try { return ${work}; } catch (error) {
        return Object.getPrototypeOf(error) === TypeError.prototype ? error.message : "another error";
      } })()`;
      expect(answers(caught)[0], work).to.match(message);
    }
  });

  it("is another vault's after a renewal", () => {
    const map =
      "(line, emit, { crypto, random }) => { globalThis.old ??= crypto; emit('k', show(random(4))); emit('o', (() => { try { return old.hash('sha256', ''), 1; } catch { return 0; } })()); }";
    const text = script(map, listing, shown, "['crypto', 'random']");
    const realm = openRealm(text, { tools });
    const run = (): string[] => {
      realm.mapChunk(utf8("a\n"));
      const states: string[] = [];
      realm.drain((_kind, _key, _values, state) => states.push(state));
      return states;
    };
    const [first, old] = run();
    realm.renew(optionsFor({ tools }));
    expect(run()).to.deep.equal([first, "[0]"]);
    expect(old).to.equal("[1]");
    realm.renew(optionsFor({ tools: grant({ keys, seed: new Uint8Array(32).fill(8) }) }));
    expect(run()[0]).not.to.equal(first);
  });
});
