import { expect } from "chai";
import fc from "fast-check";

import { plaintextLimit, type Transport } from "../../lib/channel/transport.ts";
import { concat, utf8 } from "../../lib/crypto/bytes.ts";
import { altered, channelOf, expectCode } from "./two-sides.ts";

const text = utf8("a message");
const data = utf8("data");

describe("channel/transport", () => {
  it("carries what was sent, in both directions at once", () => {
    const [one, other] = channelOf("KK");
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.uint8Array(), fc.uint8Array())), (messages) => {
        for (const [forth, plaintext, associated] of messages) {
          const [sender, receiver] = forth ? [one, other] : [other, one];
          expect(receiver.receive(sender.send(plaintext, associated), associated)).to.deep.equal(plaintext);
        }
      }),
    );
  });

  it("carries 0 to 65519 bytes in one message, and no more", () => {
    const [sender, receiver] = channelOf("NN");
    for (const length of [0, 1, plaintextLimit - 1, plaintextLimit]) {
      const sealed = sender.send(new Uint8Array(length).fill(length));
      expect(sealed).to.have.length(length + 16);
      expect(receiver.receive(sealed)).to.deep.equal(new Uint8Array(length).fill(length));
    }
    expect(() => sender.send(new Uint8Array(plaintextLimit + 1))).to.throw(RangeError, "65519");
    expectCode(() => receiver.receive(new Uint8Array(65536)), "CHANNEL_MESSAGE");
  });

  it("notices every altered, cut and added byte, and then goes on with the right message", () => {
    const [sender, receiver] = channelOf("XX");
    const sealed = sender.send(text, data);
    for (let at = 0; at < sealed.length; at++) {
      for (const bit of [0x01, 0x80])
        expectCode(() => receiver.receive(altered(sealed, at, bit), data), "CHANNEL_MESSAGE");
      expectCode(() => receiver.receive(sealed.subarray(0, at), data), "CHANNEL_MESSAGE");
    }
    expectCode(() => receiver.receive(concat(sealed, Uint8Array.of(0)), data), "CHANNEL_MESSAGE");
    expectCode(() => receiver.receive(sealed), "CHANNEL_MESSAGE");
    expect(receiver.receive(sealed, data)).to.deep.equal(text);
  });

  it("takes each message once and in order", () => {
    const [sender, receiver] = channelOf("IK");
    const [first, second] = [sender.send(text), sender.send(data)];
    expectCode(() => receiver.receive(second), "CHANNEL_MESSAGE");
    expect(receiver.receive(first)).to.deep.equal(text);
    expectCode(() => receiver.receive(first), "CHANNEL_MESSAGE");
    expect(receiver.receive(second)).to.deep.equal(data);
  });

  it("takes no message of its own, and none of another channel", () => {
    const [one, other] = channelOf("KK");
    const [stranger] = channelOf("KK");
    expectCode(() => one.receive(one.send(text)), "CHANNEL_MESSAGE");
    expectCode(() => other.receive(stranger.send(text)), "CHANNEL_MESSAGE");
  });

  it("goes one way only in a one-way pattern", () => {
    const [sender, receiver] = channelOf("N");
    expect(() => receiver.send(text)).to.throw(TypeError, "send");
    expect(() => sender.receive(new Uint8Array(16))).to.throw(TypeError, "receive");
    expect(() => sender.receiveLong(new Uint8Array(16))).to.throw(TypeError, "receive");
    expect(() => receiver.rekeySending()).to.throw(TypeError);
    expect(() => sender.rekeyReceiving()).to.throw(TypeError);
  });

  it("rekeys a direction when both sides do so at the same message", () => {
    const [sender, receiver] = channelOf("XX");
    const before = sender.send(text);
    sender.rekeySending();
    const after = sender.send(data);
    expect(receiver.receive(before)).to.deep.equal(text);
    expectCode(() => receiver.receive(after), "CHANNEL_MESSAGE");
    receiver.rekeyReceiving();
    expect(receiver.receive(after)).to.deep.equal(data);
  });

  it("derives the same keys on both sides, another one for each purpose and in each channel", () => {
    const [one, other] = channelOf("KK");
    const [stranger] = channelOf("KK");
    expect(one.deriveKey(data)).to.have.length(32);
    expect(one.deriveKey(data)).to.deep.equal(other.deriveKey(data));
    expect(one.deriveKey(data)).to.not.deep.equal(one.deriveKey(text));
    expect(one.deriveKey(data)).to.not.deep.equal(stranger.deriveKey(data));
  });

  it("does nothing once it is closed", () => {
    const [one, other] = channelOf("KK");
    const sealed = other.send(text);
    one.close();
    one.close();
    const uses: ((channel: Transport) => unknown)[] = [
      (channel) => channel.send(text),
      (channel) => channel.receive(sealed),
      (channel) => channel.sendLong(text),
      (channel) => channel.receiveLong(sealed),
      (channel) => channel.rekeySending(),
      (channel) => channel.rekeyReceiving(),
      (channel) => channel.deriveKey(text),
    ];
    for (const use of uses) expect(() => use(one)).to.throw(TypeError, "closed");
  });
});
