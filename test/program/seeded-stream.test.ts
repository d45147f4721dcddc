import { createHash } from "node:crypto";

import { expect } from "chai";

import { fromHex, toHex } from "../../lib/crypto/bytes.ts";
import { SeededStream } from "../../lib/program/seeded-stream.ts";

describe("program/seeded-stream", () => {
  it("agrees with NIST's HMAC_DRBG vectors (CAVP, drbgvectors_no_reseed, SHA-256, the first)", () => {
    const entropy = "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488";
    const stream = new SeededStream(fromHex(`${entropy}659ba96c601dc69fc902940805ec0ca8`));
    stream.bytes(128);
    expect(toHex(stream.bytes(128))).to.equal(
      "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba" +
        "6e624abf07745bc107694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668961df86803482cb37ed6d5c0bb8d50cf" +
        "1f50d476aa0458bdaba806f48be9dcb8",
    );
  });

  it("agrees with RFC 6979 §A.2.5, which draws from HMAC_DRBG (§3.3)", () => {
    const secret = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    const digest = createHash("sha256").update("sample").digest("hex");
    expect(toHex(new SeededStream(fromHex(secret + digest)).bytes(32))).to.equal(
      "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60",
    );
  });

  it("is the same for the same seed and calls, and another for any other", () => {
    const draw = (seed: number, ...lengths: readonly number[]): string => {
      const stream = new SeededStream(new Uint8Array(32).fill(seed));
      return lengths.map((length) => toHex(stream.bytes(length))).join();
    };
    expect(draw(1, 5, 33, 0, 64)).to.equal(draw(1, 5, 33, 0, 64));
    expect(draw(1, 32)).not.to.equal(draw(2, 32));
    expect(draw(1, 32, 32).slice(65)).not.to.equal(draw(1, 64).slice(64));
  });

  it("gives 65536 bytes at a time, and not one more", () => {
    const stream = new SeededStream(new Uint8Array(32));
    expect(stream.bytes(65_536)).to.have.lengthOf(65_536);
    for (const length of [65_537, -1, Number.NaN]) expect(() => stream.bytes(length)).to.throw(RangeError);
  });
});
