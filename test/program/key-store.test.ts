import { createHash, createHmac, hkdfSync } from "node:crypto";

import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex, utf8 } from "../../lib/crypto/bytes.ts";
import { type KeyType, keyTypes } from "../../lib/data/capabilities.ts";
import { KeyFault, type KeyFaultName } from "../../lib/program/key-fault.ts";
import { type KeyReference, KeyStore, type NamedKey } from "../../lib/program/key-store.ts";
import { wycheproof } from "../crypto/wycheproof.ts";
import { gcmSivVectors, hmacVectors } from "./_key-vectors.ts";

const none = new Uint8Array();
const seed = new Uint8Array(32).fill(5);
const named: readonly NamedKey[] = keyTypes.map((type) => {
  return { name: type, type, bytes: new Uint8Array(32).fill(9), isPublic: false };
});
const open = (keys: readonly NamedKey[] = named): KeyStore => new KeyStore(seed, keys);

function expectFault(fault: KeyFaultName, work: () => unknown, what?: string): void {
  let caught: unknown;
  try {
    work();
  } catch (error) {
    caught = error;
  }
  expect(caught, what).to.be.instanceOf(KeyFault);
  expect((caught as KeyFault).fault, what).to.equal(fault);
}

describe("program/key-store: published vectors", () => {
  it("hashes as FIPS 180-4's examples", () => {
    const twoBlocks = utf8("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    const store = open();
    expect(toHex(store.hash("sha256", utf8("abc")))).to.match(/^ba7816bf8f01cfea414140de5dae2223b00361a3/);
    expect(toHex(store.hash("sha256", twoBlocks))).to.match(/^248d6a61d20638b8e5c026930c3e6039a33ce459/);
    expect(toHex(store.hash("sha512", utf8("abc")))).to.match(/^ddaf35a193617abacc417349ae20413112e6fa4e/);
  });

  it("authenticates as RFC 4231 §4", () => {
    for (const [key, data, mac] of hmacVectors) {
      const store = open();
      const handle = store.importKey("hmac-sha256", fromHex(key));
      expect(toHex(store.hmac(handle, fromHex(data)))).to.equal(mac);
    }
  });

  it("derives as RFC 5869 §A.3", () => {
    const store = open();
    const handle = store.importKey("hkdf-sha256", new Uint8Array(22).fill(0x0b));
    expect(toHex(store.hkdf(handle, none, 42))).to.equal(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  it("signs as RFC 8032 §7.1, test 2", () => {
    const store = open();
    const key = store.importKey("ed25519", fromHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    expect(toHex(store.publicKey(key))).to.equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    expect(toHex(store.sign(key, Uint8Array.of(0x72)))).to.equal(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
  });

  it("agrees on a secret as RFC 7748 §6.1", () => {
    const store = open();
    const alice = fromHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const bob = fromHex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const shared = fromHex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    const key = store.importKey("x25519", alice);
    expect(toHex(store.publicKey(key))).to.equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(toHex(store.hkdf(store.ecdh(key, bob), none, 32))).to.equal(derived(shared));
  });

  it("opens as RFC 8452 §C.2 and §C.3", () => {
    for (const [key, nonce, associated, plaintext, sealed] of gcmSivVectors) {
      const store = open();
      const handle = store.importKey("aes-256-gcm-siv", fromHex(key));
      const opened = store.open(handle, fromHex(nonce + sealed), fromHex(associated));
      expect(opened && toHex(opened)).to.equal(plaintext);
      expect(store.open(handle, fromHex(nonce + sealed), Uint8Array.of(7))).to.equal(undefined);
    }
  });

  it("verifies as every Ed25519 vector of Wycheproof", function () {
    const groups = wycheproof("ed25519");
    if (groups === undefined) return this.skip();
    const store = open();
    let count = 0;
    for (const group of groups) {
      const key = fromHex((group["publicKey"] as { readonly pk: string }).pk);
      for (const test of group.tests) {
        const valid = store.verify(key, fromHex(test["msg"] as string), fromHex(test["sig"] as string));
        expect(valid, `test ${test.tcId}`).to.equal(test.result === "valid");
        count++;
      }
    }
    expect(count).to.be.at.least(100);
  });

  it("agrees on every X25519 secret of Wycheproof, and on none that is zero", function () {
    const groups = wycheproof("x25519");
    if (groups === undefined) return this.skip();
    let count = 0;
    for (const test of groups.flatMap((group) => group.tests)) {
      const store = open();
      const key = store.importKey("x25519", fromHex(test["private"] as string));
      const peer = fromHex(test["public"] as string);
      if (test.flags.includes("ZeroSharedSecret")) expectFault("data", () => store.ecdh(key, peer), `${test.tcId}`);
      else {
        const shared = fromHex(test["shared"] as string);
        expect(toHex(store.hkdf(store.ecdh(key, peer), none, 32)), `test ${test.tcId}`).to.equal(derived(shared));
      }
      count++;
    }
    expect(count).to.be.at.least(500);
  });
});

describe("program/key-store", () => {
  it("does what Node's own cryptography does", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const key = fc.uint8Array({ minLength: 1, maxLength: 1024 });
    fc.assert(
      fc.property(key, bytes, fc.integer({ min: 1, max: 8160 }), (secret, data, length) => {
        const store = open();
        for (const algorithm of ["sha256", "sha512"]) {
          expect(toHex(store.hash(algorithm, data))).to.equal(createHash(algorithm).update(data).digest("hex"));
        }
        const mac = createHmac("sha256", secret).update(data).digest("hex");
        expect(toHex(store.hmac(store.importKey("hmac-sha256", secret), data))).to.equal(mac);
        const okm = Buffer.from(hkdfSync("sha256", secret, none, data, length)).toString("hex");
        expect(toHex(store.hkdf(store.importKey("hkdf-sha256", secret), data, length))).to.equal(okm);
      }),
      { numRuns: 25 },
    );
  });

  it("opens what it sealed, and nothing that was changed in any byte", () => {
    const bytes = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), (plaintext, associated, at) => {
        const store = open();
        const sealed = store.seal("aes-256-gcm-siv", plaintext, associated);
        expect(sealed).to.have.lengthOf(plaintext.length + 28);
        expect(store.open("aes-256-gcm-siv", sealed, associated)).to.deep.equal(plaintext);
        const other = Uint8Array.from(sealed);
        other[at % other.length] = (other[at % other.length] ?? 0) ^ (1 << (at % 8));
        expect(store.open("aes-256-gcm-siv", other, associated)).to.equal(undefined);
        expect(store.open("aes-256-gcm-siv", sealed.subarray(0, at % sealed.length), associated)).to.equal(undefined);
        expect(store.open(store.generateKey("aes-256-gcm-siv"), sealed, associated)).to.equal(undefined);
      }),
      { numRuns: 50 },
    );
  });

  it("draws a nonce for each sealing, the same when all is done again", () => {
    const seals = (): string[] => {
      const store = open();
      return Array.from({ length: 50 }, () => toHex(store.seal("aes-256-gcm-siv", none, none)));
    };
    expect(new Set(seals()).size).to.equal(50);
    expect(seals()).to.deep.equal(seals());
  });

  it("lets a key do what its type is for, and nothing else", () => {
    const uses: readonly (readonly [KeyType, (store: KeyStore, key: KeyReference) => unknown])[] = [
      ["hmac-sha256", (store, key) => store.hmac(key, none)],
      ["hkdf-sha256", (store, key) => store.hkdf(key, none, 1)],
      ["hkdf-sha256", (store, key) => store.deriveKey(key, none, "ed25519")],
      ["aes-256-gcm-siv", (store, key) => store.seal(key, none, none)],
      ["aes-256-gcm-siv", (store, key) => store.open(key, none, none)],
      ["ed25519", (store, key) => store.sign(key, none)],
      ["ed25519", (store, key) => store.verify(key, none, none)],
      ["x25519", (store, key) => store.ecdh(key, new Uint8Array(32).fill(9))],
      ["x25519", (store, key) => store.ecdh("x25519", key)],
    ];
    const store = open();
    for (const [type, use] of uses) {
      for (const other of keyTypes) {
        const made = store.generateKey(other);
        for (const key of [other, made]) {
          if (other === type) use(store, key);
          else expectFault("use", () => use(store, key), `${other} as ${type}`);
        }
      }
    }
    for (const type of ["hmac-sha256", "hkdf-sha256", "aes-256-gcm-siv"]) {
      expectFault("use", () => store.publicKey(type));
    }
  });

  it("takes a public key for what needs no secret", () => {
    const maker = open();
    const bytes = { ed25519: maker.publicKey("ed25519"), x25519: maker.publicKey("x25519") };
    const store = open([
      { name: "signer", type: "ed25519", bytes: bytes.ed25519, isPublic: true },
      { name: "peer", type: "x25519", bytes: bytes.x25519, isPublic: true },
    ]);
    expect(store.publicKey("signer")).to.deep.equal(bytes.ed25519);
    const data = utf8("a");
    for (const key of ["signer", bytes.ed25519]) {
      expect(store.verify(key, data, maker.sign("ed25519", data))).to.equal(true);
      expect(store.verify(key, none, maker.sign("ed25519", data))).to.equal(false);
    }
    const mine = store.generateKey("x25519");
    const theirs = maker.ecdh("x25519", store.publicKey(mine));
    for (const peer of ["peer", bytes.x25519]) {
      expect(store.hkdf(store.ecdh(mine, peer), none, 32)).to.deep.equal(maker.hkdf(theirs, none, 32));
    }
    expectFault("use", () => store.sign("signer", none));
    expectFault("use", () => store.ecdh("peer", "peer"));
  });

  it("derives keys that no output of a derivation is", () => {
    const store = open();
    const macs = new Set<string>();
    for (const type of ["hmac-sha256", "hkdf-sha256"] as const) {
      const handle = store.deriveKey("hkdf-sha256", utf8("a"), type);
      if (type === "hkdf-sha256") continue;
      macs.add(toHex(store.hmac(handle, none)));
      expect(toHex(store.hmac(store.deriveKey("hkdf-sha256", utf8("a"), type), none))).to.equal([...macs][0]);
    }
    const given = store.hkdf("hkdf-sha256", utf8("a"), 32);
    macs.add(toHex(store.hmac(store.importKey("hmac-sha256", given), none)));
    expect(macs.size).to.equal(2);
  });

  it("knows its own handles only", () => {
    const [one, other] = [open(), new KeyStore(new Uint8Array(32).fill(6), named)];
    const handles = Array.from({ length: 1000 }, () => one.generateKey("hmac-sha256"));
    for (const handle of handles) {
      expect(handle).to.satisfy((value: number) => Number.isInteger(value) && value > 0 && value < 2 ** 31);
      expectFault("unknown", () => other.hmac(handle, none));
    }
    for (const forged of [0, 1, -1, 0.5, Number.NaN, 2 ** 31, "", "hmac", "__proto__", "constructor"]) {
      expectFault("unknown", () => one.hmac(forged, none), String(forged));
    }
  });

  it("makes 1024 keys at a time, and more once they are forgotten", () => {
    const store = open();
    const handles = Array.from({ length: 1024 }, () => store.generateKey("hmac-sha256"));
    expectFault("full", () => store.generateKey("hmac-sha256"));
    expectFault("full", () => store.deriveKey("hkdf-sha256", none, "ed25519"));
    store.destroyKey(handles[3] ?? 0);
    expectFault("unknown", () => store.destroyKey(handles[3] ?? 0));
    store.generateKey("hmac-sha256");
    store.forget();
    for (const handle of handles) expectFault("unknown", () => store.hmac(handle, none));
    expect(store.hmac("hmac-sha256", none)).to.have.lengthOf(32);
    store.generateKey("hmac-sha256");
  });

  it("bounds what it is given and asked for", () => {
    const store = open();
    const large = new Uint8Array(4 * 1024 * 1024 + 1);
    store.hash("sha256", large.subarray(1));
    expectFault("size", () => store.hash("sha256", large));
    expectFault("size", () => store.hmac("hmac-sha256", large));
    expectFault("size", () => store.seal("aes-256-gcm-siv", large, none));
    expectFault("size", () => store.seal("aes-256-gcm-siv", none, large));
    expectFault("size", () => store.open("aes-256-gcm-siv", new Uint8Array(large.length + 28), none));
    expectFault("size", () => store.sign("ed25519", large));
    expectFault("size", () => store.verify("ed25519", large, none));
    expectFault("size", () => store.verify(new Uint8Array(31), none, none));
    expectFault("size", () => store.ecdh("x25519", new Uint8Array(33)));
    for (const length of [0, -1, 8161, 1.5, Number.NaN]) {
      expectFault("size", () => store.hkdf("hkdf-sha256", none, length), String(length));
    }
    for (const length of [-1, 65_537, 0.5]) expectFault("size", () => store.random(length), String(length));
    for (const type of keyTypes) {
      expectFault("size", () => store.importKey(type, none));
      expectFault("size", () => store.importKey(type, new Uint8Array(1025)));
    }
    for (const type of ["aes-256-gcm-siv", "ed25519", "x25519"]) {
      expectFault("size", () => store.importKey(type, new Uint8Array(31)));
      expectFault("size", () => store.importKey(type, new Uint8Array(33)));
    }
    expectFault("data", () => store.hash("md5", none));
    expectFault("data", () => store.generateKey("rsa"));
    expectFault("data", () => store.importKey("__proto__", new Uint8Array(32)));
  });

  it("keeps no bytes of its caller's, and gives none of its own", () => {
    const bytes = new Uint8Array(32).fill(9);
    const store = open([{ name: "key", type: "hmac-sha256", bytes, isPublic: false }]);
    const imported = store.importKey("hmac-sha256", bytes);
    const before = toHex(store.hmac("key", none));
    bytes.fill(0);
    expect([toHex(store.hmac("key", none)), toHex(store.hmac(imported, none))]).to.deep.equal([before, before]);
    const [signer] = open([
      { name: "s", type: "ed25519", bytes: open().publicKey("ed25519"), isPublic: true },
    ]).publicKey("s");
    expect(signer).to.be.a("number");
  });

  it("finds nothing once it is destroyed", () => {
    const store = open();
    const handle = store.generateKey("hmac-sha256");
    store.destroy();
    for (const key of [handle, "hmac-sha256"]) expectFault("unknown", () => store.hmac(key, none));
  });
});

/** What HKDF makes of a shared secret. */
function derived(secret: Uint8Array): string {
  return Buffer.from(hkdfSync("sha256", secret, none, none, 32)).toString("hex");
}
