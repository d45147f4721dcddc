import { expect } from "chai";
import fc from "fast-check";

import { plaintextLimit } from "../../lib/channel/transport.ts";
import { concat, utf8 } from "../../lib/crypto/bytes.ts";
import { altered, channelOf, expectCode } from "./two-sides.ts";

const whole = 65535;
const data = utf8("data");

/** Bytes that differ from piece to piece. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

describe("channel/transport with long messages", () => {
  for (const [length, pieces] of [
    [0, 1],
    [1, 1],
    [plaintextLimit - 1, 1],
    [plaintextLimit, 1],
    [plaintextLimit + 1, 2],
    [2 * plaintextLimit, 2],
    [2 * plaintextLimit + 1, 3],
  ] as const) {
    it(`carries ${length} bytes in ${pieces} Noise messages`, () => {
      const [sender, receiver] = channelOf("XX");
      const sealed = sender.sendLong(bytesOf(length), { data });
      expect(sealed).to.have.length(length + pieces * 16);
      expect(receiver.receiveLong(sealed, { data })).to.deep.equal(bytesOf(length));
      expect(receiver.receive(sender.send(data))).to.deep.equal(data); // short ones follow
    });
  }

  it("carries anything, mixed with short messages", () => {
    const [sender, receiver] = channelOf("KK");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200_000, size: "max" }), fc.uint8Array(), (long, short) => {
        expect(receiver.receiveLong(sender.sendLong(long))).to.deep.equal(long);
        expect(receiver.receive(sender.send(short))).to.deep.equal(short);
      }),
      { numRuns: 20 },
    );
  });

  it("notices whatever is done to the pieces, and then goes on with the right message", () => {
    const [sender, receiver] = channelOf("XX");
    const plaintext = bytesOf(2 * plaintextLimit + 100);
    const sealed = sender.sendLong(plaintext, { data });
    const [first, second, third] = [sealed.slice(0, whole), sealed.slice(whole, 2 * whole), sealed.slice(2 * whole)];
    const attacks: Record<string, Uint8Array> = {
      "cut off the last piece": concat(first, second),
      "cut off the first piece": concat(second, third),
      "cut out the middle piece": concat(first, third),
      "cut to the first piece": first,
      "nothing at all": new Uint8Array(0),
      "pieces exchanged": concat(second, first, third),
      "a piece twice": concat(first, second, second, third),
      "the last piece twice": concat(sealed, third),
      "a byte less": sealed.subarray(0, sealed.length - 1),
      "a byte more": concat(sealed, Uint8Array.of(0)),
      "a last piece without room for a tag": concat(first, second, third.subarray(0, 15)),
      "altered in the first piece": altered(sealed, 0),
      "altered in the last piece": altered(sealed, sealed.length - 1),
    };
    for (const attack of Object.values(attacks)) {
      expectCode(() => receiver.receiveLong(attack, { data }), "CHANNEL_MESSAGE");
    }
    expectCode(() => receiver.receiveLong(sealed), "CHANNEL_MESSAGE"); // other associated data
    expectCode(() => receiver.receive(first, data), "CHANNEL_MESSAGE"); // a piece is no short message
    expect(receiver.receiveLong(sealed, { data })).to.deep.equal(plaintext);
    expectCode(() => receiver.receiveLong(sealed, { data }), "CHANNEL_MESSAGE"); // replayed
  });

  it("does not take a short message for a long one", () => {
    const [sender, receiver] = channelOf("XX");
    expectCode(() => receiver.receiveLong(sender.send(data)), "CHANNEL_MESSAGE");
  });

  it("keeps to the bound that the caller names", () => {
    const [sender, receiver] = channelOf("XX");
    expect(() => sender.sendLong(bytesOf(101), { maxBytes: 100 })).to.throw(RangeError, "100");
    const sealed = sender.sendLong(bytesOf(100), { maxBytes: 100 });
    expectCode(() => receiver.receiveLong(sealed, { maxBytes: 99 }), "CHANNEL_MESSAGE");
    expect(receiver.receiveLong(sealed, { maxBytes: 100 })).to.deep.equal(bytesOf(100));
  });
});
