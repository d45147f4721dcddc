import { createPublicKey } from "node:crypto";

import { expect } from "chai";

import { toHex } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { drawPrivateKey, importPrivateKey } from "../../lib/crypto/private-key.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";

describe("crypto/private-key", () => {
  for (const type of ["ed25519", "x25519"] as const) {
    it(`draws ${type} keys that are those of their secrets, and no two alike`, () => {
      const secrets = new Set<string>();
      for (let turn = 0; turn < 50; turn++) {
        const { secret, key } = drawPrivateKey(type, systemRandom);
        expect(secret).to.have.length(32);
        const [drawn, imported] = [key, importPrivateKey(type, secret)].map((one) =>
          createPublicKey(one).export({ format: "jwk" }),
        );
        expect(drawn).to.deep.equal(imported);
        secrets.add(toHex(secret));
      }
      expect(secrets.size).to.equal(50);
    });

    it(`asks another source for the 32 bytes of an ${type} key, and takes no fewer`, () => {
      const asked: number[] = [];
      const { secret } = drawPrivateKey(type, (length) => {
        asked.push(length);
        return new Uint8Array(length).fill(9);
      });
      expect(asked).to.deep.equal([32]);
      expect(toHex(secret)).to.equal("09".repeat(32));
      expect(() => drawPrivateKey(type, () => new Uint8Array(31))).to.throw(RangeError, "32 bytes");
    });
  }

  it("gives keys out with the secrets that make them again", () => {
    const signing = SigningKey.generate();
    expect(toHex(SigningKey.fromSeed(signing.exportSeed()).publicKey)).to.equal(toHex(signing.publicKey));
    const exchange = ExchangeKey.generate();
    expect(toHex(ExchangeKey.fromSecret(exchange.exportSecret()).publicKey)).to.equal(toHex(exchange.publicKey));
  });
});
