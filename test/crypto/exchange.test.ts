import { expect } from "chai";
import fc from "fast-check";

import { fromHex, toHex } from "../../lib/crypto/bytes.ts";
import { type ExchangeEngine, ExchangeKey, exchangePublicKey } from "../../lib/crypto/exchange.ts";
import { nobleExchange } from "./noble.ts";
import { wycheproof } from "./wycheproof.ts";

/** Left out, it is node:crypto. */
const engines: readonly (readonly [name: string, engine?: ExchangeEngine])[] = [["node"], ["noble", nobleExchange]];
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("crypto/exchange", () => {
  for (const [name, engine] of engines) {
    describe(`multiplied by ${name}`, () => {
      it("agrees with RFC 7748 §6.1", () => {
        const secret = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        const alice = ExchangeKey.fromSecret(fromHex(secret), engine);
        const bob = ExchangeKey.fromSecret(
          fromHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
          engine,
        );
        const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        expect(toHex(alice.publicKey)).to.equal("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
        expect(toHex(bob.publicKey)).to.equal("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        expect(toHex(alice.diffieHellman(bob.publicKey))).to.equal(shared);
        expect(toHex(bob.diffieHellman(alice.publicKey))).to.equal(shared);
      });

      it("agrees with every vector of Wycheproof, and refuses every shared secret that is zero", function () {
        const groups = wycheproof("x25519");
        if (groups === undefined) return this.skip();
        let count = 0;
        for (const test of groups.flatMap((group) => group.tests)) {
          const key = ExchangeKey.fromSecret(fromHex(test["private"] as string), engine);
          const remote = exchangePublicKey(fromHex(test["public"] as string));
          if (test.flags.includes("ZeroSharedSecret")) {
            expect(() => key.diffieHellman(remote), `test ${test.tcId}`).to.throw(RangeError, "large order");
          } else {
            expect(toHex(key.diffieHellman(remote)), `test ${test.tcId}`).to.equal(test["shared"]);
          }
          count++;
        }
        expect(count).to.be.at.least(500);
      });

      it("clamps the secret, and ignores the highest bit of a public key", () => {
        const [plain, dirty] = [new Uint8Array(32).fill(8), new Uint8Array(32).fill(8)];
        dirty[0] = 8 | 7;
        dirty[31] = 8 | 0x80;
        const key = ExchangeKey.fromSecret(plain, engine);
        expect(ExchangeKey.fromSecret(dirty, engine).publicKey).to.deep.equal(key.publicKey);
        const masked = exchangePublicKey(Uint8Array.from(key.publicKey));
        masked[31] = (masked[31] ?? 0) ^ 0x80;
        expect(key.diffieHellman(masked)).to.deep.equal(key.diffieHellman(key.publicKey));
      });

      it("keeps its own copy of the secret, and multiplies no more once it is destroyed", () => {
        const secret = new Uint8Array(32).fill(5);
        const key = ExchangeKey.fromSecret(secret, engine);
        secret.fill(0);
        key.exportSecret().fill(0);
        expect(key.exportSecret()).to.deep.equal(new Uint8Array(32).fill(5));
        key.destroy();
        expect(() => key.diffieHellman(key.publicKey)).to.throw(TypeError, "destroyed");
        expect(() => key.exportSecret()).to.throw(TypeError, "destroyed");
      });

      it("measures secrets and public keys", () => {
        for (const length of [0, 31, 33]) {
          const bytes = new Uint8Array(length);
          expect(() => exchangePublicKey(bytes)).to.throw(RangeError, "32 bytes");
          expect(() => ExchangeKey.fromSecret(bytes, engine)).to.throw(RangeError, "32 bytes");
          expect(() => ExchangeKey.generate(() => bytes)).to.throw(RangeError, "32 bytes");
          expect(() => ExchangeKey.generate().diffieHellman(bytes as never)).to.throw(RangeError, "32 bytes");
        }
      });
    });
  }

  it("agrees with RFC 7748 §5.2 after 1 and 1000 rounds", () => {
    let [k, u] = [fromHex(`09${"00".repeat(31)}`), fromHex(`09${"00".repeat(31)}`)];
    for (let round = 1; round <= 1000; round++) {
      [k, u] = [ExchangeKey.fromSecret(k).diffieHellman(exchangePublicKey(u)), k];
      if (round === 1) expect(toHex(k)).to.equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    expect(toHex(k)).to.equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  });

  it("gives the same bytes whichever code multiplies, for any 32 bytes on both sides", () => {
    fc.assert(
      fc.property(bytes32, bytes32, (secret, remote) => {
        const [node, noble] = engines.map(([, engine]) => ExchangeKey.fromSecret(secret, engine));
        expect(node?.publicKey).to.deep.equal(noble?.publicKey);
        expect(node?.diffieHellman(exchangePublicKey(remote))).to.deep.equal(
          noble?.diffieHellman(exchangePublicKey(remote)),
        );
      }),
      { numRuns: 50 },
    );
  });
});
