import { expect } from "chai";
import fc from "fast-check";

import {
  acceptOneWay,
  beginOneWay,
  oneWayOverhead,
  oneWayPayloadLimit,
  openOneWay,
  sealOneWay,
} from "../../lib/channel/one-way.ts";
import { concat, fromHex, utf8 } from "../../lib/crypto/bytes.ts";
import { ExchangeKey, exchangePublicKey } from "../../lib/crypto/exchange.ts";
import { altered, expectCode, responderKey as recipient } from "./two-sides.ts";

const prologue = utf8("prologue");
const text = utf8("payload");
const to = recipient.publicKey;

describe("channel/one-way", () => {
  it("opens to the recipient what was sealed to it", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (payload, about) => {
        const message = sealOneWay(to, about, payload);
        expect(message).to.have.length(payload.length + oneWayOverhead);
        expect(openOneWay(recipient, about, message)).to.deep.equal(payload);
      }),
    );
  });

  it("seals 65487 bytes in one message, and no more", () => {
    const message = sealOneWay(to, prologue, new Uint8Array(oneWayPayloadLimit));
    expect(message).to.have.length(65535);
    expect(openOneWay(recipient, prologue, message)).to.have.length(oneWayPayloadLimit);
    expect(() => sealOneWay(to, prologue, new Uint8Array(oneWayPayloadLimit + 1))).to.throw(RangeError, "65535");
  });

  it("seals the same payload differently each time, and repeats with the same random bytes", () => {
    expect(sealOneWay(to, prologue, text)).to.not.deep.equal(sealOneWay(to, prologue, text));
    const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);
    expect(sealOneWay(to, prologue, text, random)).to.deep.equal(sealOneWay(to, prologue, text, random));
  });

  it("notices every altered, cut and added byte", () => {
    const message = sealOneWay(to, prologue, text);
    for (let at = 0; at < message.length; at++) {
      for (const bit of [0x01, 0x80]) {
        expectCode(() => openOneWay(recipient, prologue, altered(message, at, bit)), "CHANNEL_HANDSHAKE");
      }
      expectCode(() => openOneWay(recipient, prologue, message.subarray(0, at)), "CHANNEL_HANDSHAKE");
    }
    expectCode(() => openOneWay(recipient, prologue, concat(message, Uint8Array.of(0))), "CHANNEL_HANDSHAKE");
  });

  it("opens to nobody else, and under no other prologue", () => {
    const message = sealOneWay(to, prologue, text);
    expectCode(() => openOneWay(ExchangeKey.generate(), prologue, message), "CHANNEL_HANDSHAKE");
    expectCode(() => openOneWay(recipient, text, message), "CHANNEL_HANDSHAKE");
  });

  it("refuses a recipient of small order", () => {
    const point = exchangePublicKey(fromHex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"));
    expectCode(() => sealOneWay(point, prologue, text), "CHANNEL_HANDSHAKE");
    expectCode(() => beginOneWay(point, prologue), "CHANNEL_HANDSHAKE");
  });

  it("leaves the recipient's key usable", () => {
    for (let again = 0; again < 2; again++) {
      expect(openOneWay(recipient, prologue, sealOneWay(to, prologue, text))).to.deep.equal(text);
    }
  });

  describe("for keys alone", () => {
    it("gives both ends the same keys, another one for each purpose and each beginning", () => {
      const begun = beginOneWay(to, prologue);
      const accepted = acceptOneWay(recipient, prologue, begun.message);
      expect(begun.message).to.have.length(oneWayOverhead);
      expect(begun.key(text)).to.have.length(32);
      expect(begun.key(text)).to.deep.equal(accepted.key(text));
      expect(begun.key(text)).to.not.deep.equal(begun.key(prologue));
      expect(begun.key(text)).to.not.deep.equal(beginOneWay(to, prologue).key(text));
    });

    it("gives other keys under another prologue, even if the random bytes repeat", () => {
      const random = (length: number): Uint8Array => new Uint8Array(length).fill(9);
      const [one, other] = [beginOneWay(to, prologue, random), beginOneWay(to, text, random)];
      expect(one.message.subarray(0, 32)).to.deep.equal(other.message.subarray(0, 32));
      expect(one.key(text)).to.not.deep.equal(other.key(text));
    });

    it("refuses an altered message, another prologue, and a message with a payload", () => {
      const { message } = beginOneWay(to, prologue);
      for (let at = 0; at < message.length; at++) {
        expectCode(() => acceptOneWay(recipient, prologue, altered(message, at)), "CHANNEL_HANDSHAKE");
      }
      expectCode(() => acceptOneWay(recipient, text, message), "CHANNEL_HANDSHAKE");
      expectCode(() => acceptOneWay(recipient, prologue, sealOneWay(to, prologue, text)), "CHANNEL_HANDSHAKE");
    });

    it("gives no key once it is destroyed", () => {
      const begun = beginOneWay(to, prologue);
      begun.destroy();
      expect(() => begun.key(text)).to.throw(TypeError, "closed");
    });
  });
});
