import { spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";

import { expect } from "chai";

import { fromHex, toHex } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import { importPrivateKey } from "../../lib/crypto/private-key.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";

describe("crypto/private-key", () => {
  it("takes in the 32 bytes of a key, and no fewer", () => {
    // RFC 8032 §7.1, test 1
    const key = importPrivateKey(
      "ed25519",
      fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    );
    const { x = "" } = createPublicKey(key).export({ format: "jwk" });
    const point = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    expect(Buffer.from(x, "base64url").toString("hex")).to.equal(point);
    for (const type of ["ed25519", "x25519"] as const) {
      expect(() => importPrivateKey(type, new Uint8Array(31))).to.throw(RangeError, "32 bytes");
    }
  });

  it("gives keys out with the secrets that make them again, and no two alike", () => {
    const secrets = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const signing = SigningKey.generate();
      expect(toHex(SigningKey.fromSeed(signing.exportSeed()).publicKey)).to.equal(toHex(signing.publicKey));
      const exchange = ExchangeKey.generate();
      expect(toHex(ExchangeKey.fromSecret(exchange.exportSecret()).publicKey)).to.equal(toHex(exchange.publicKey));
      secrets.add(toHex(signing.exportSeed())).add(toHex(exchange.exportSecret()));
    }
    expect(secrets.size).to.equal(40);
  });

  it("makes new keys while the collector works, and waits for nothing", function () {
    this.timeout(120_000);
    const url = (name: string): string => JSON.stringify(new URL(`../../lib/crypto/${name}.ts`, import.meta.url));
    const script = `import { SigningKey } from ${url("signature")};
      import { ExchangeKey } from ${url("exchange")};
      for (let turn = 0; turn < 3000; turn++) SigningKey.generate(), ExchangeKey.generate();
      process.exitCode = 9;`;
    const options = ["--max-semi-space-size=1", "--import", "tsx", "--input-type=module", "-e", script];
    // One that has to be killed hangs: it takes two or three seconds.
    const { status, signal, stderr } = spawnSync(process.execPath, options, { timeout: 60_000, killSignal: "SIGKILL" });
    expect({ status, signal, stderr: stderr.toString() }).to.deep.include({ status: 9, signal: null });
  });
});
