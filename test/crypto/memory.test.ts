import { expect } from "chai";

import { Buffers, copyOf, letGo, unwrittenBytes } from "../../lib/crypto/memory.ts";

const large = 1024 * 1024;

describe("crypto/memory", () => {
  it("gives bytes that fill a buffer of their own, of any size", () => {
    for (const length of [0, 1, 100, large]) {
      const bytes = unwrittenBytes(length);
      expect([bytes.length, bytes.byteOffset, bytes.buffer.byteLength]).to.deep.equal([length, 0, length]);
      expect(Buffer.isBuffer(bytes)).to.equal(false);
    }
  });

  it("copies bytes into a buffer that they fill", () => {
    const whole = Uint8Array.from({ length: 100 }, (_, at) => at);
    const copy = copyOf(whole.subarray(10, 20));
    expect(copy).to.deep.equal(whole.slice(10, 20));
    expect(copy.buffer.byteLength).to.equal(10);
    whole.fill(0);
    expect(copy[0]).to.equal(10);
  });

  it("uses buffers again that are large enough, and keeps no more of them than it was told", () => {
    const buffers = new Buffers(2);
    const [a, b, c] = [buffers.take(100), buffers.take(50), buffers.take(70)] as const;
    for (const bytes of [a.subarray(10, 20), b, c]) buffers.give(bytes);
    expect(buffers.take(60).buffer).to.equal(a.buffer);
    const again = buffers.take(30);
    expect([buffers.lent(again.subarray(1)), buffers.lent(c.slice())]).to.deep.equal([true, false]);
    expect([again.buffer, again.length]).to.deep.equal([c.buffer, 30]);
    expect(buffers.take(30).buffer).to.not.be.oneOf([a.buffer, b.buffer, c.buffer]);
  });

  it("keeps the larger ones of more than it may keep, so that a small one never stands in the way", () => {
    const buffers = new Buffers(1);
    for (const length of [10, 100, 50]) buffers.give(unwrittenBytes(length));
    expect(buffers.take(20).buffer.byteLength).to.equal(100);
  });

  it("lets a buffer go at once: it has no bytes afterwards, and gives its memory back", () => {
    const held = process.memoryUsage().arrayBuffers;
    for (let times = 0; times < 64; times++) {
      const bytes = unwrittenBytes(large);
      letGo(bytes.buffer);
      expect(bytes.length).to.equal(0);
    }
    expect(process.memoryUsage().arrayBuffers - held).to.be.below(8 * large);
  });
});
