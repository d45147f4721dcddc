/** What somebody on the wire, or a hostile peer, can do to a handshake. */

import { expect } from "chai";

import { type PatternName, patterns } from "../../lib/channel/patterns.ts";
import { concat, fromHex } from "../../lib/crypto/bytes.ts";
import { type ExchangeKey, exchangePublicKey } from "../../lib/crypto/exchange.ts";
import {
  allPatterns,
  altered,
  exchange,
  expectCode,
  initiatorKey,
  inTurn,
  optionsOf,
  pairOf,
  type Pair,
} from "./two-sides.ts";
import { initiate } from "../../lib/channel/handshake.ts";

// RFC 7748 §6.1 and https://cr.yp.to/ecdh.html#validate: the points whose multiples by a clamped scalar are zero.
const smallOrder: readonly Uint8Array[] = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

/** Whether the whole message is in clear: then it is the next one that shows what was done to it. */
function isClear(pattern: PatternName, message: number): boolean {
  return message === 0 && patterns[pattern].messages[0]?.some((token) => token.length === 2) === false;
}

describe("channel/handshake under attack", () => {
  for (const pattern of allPatterns) {
    it(`notices every altered byte of every message of ${pattern}, and then goes on with the right one`, () => {
      const pair = pairOf(pattern);
      for (let index = 0; !pair.initiator.isComplete; index++) {
        const [sender, receiver] = inTurn(pair, index);
        const message = sender.writeMessage();
        for (let at = 0; at < message.length && !isClear(pattern, index); at++) {
          for (const bit of [0x01, 0x80]) {
            expectCode(() => receiver.readMessage(altered(message, at, bit)), "CHANNEL_HANDSHAKE");
          }
        }
        receiver.readMessage(message);
      }
      expect(pair.initiator.finish().handshakeHash).to.deep.equal(pair.responder.finish().handshakeHash);
    });

    it(`notices every cut and every added byte of ${pattern}, and then goes on with the right message`, () => {
      const pair = pairOf(pattern);
      for (let index = 0; !pair.initiator.isComplete; index++) {
        const [sender, receiver] = inTurn(pair, index);
        const message = sender.writeMessage();
        for (let length = 0; length < message.length; length++) {
          expectCode(() => receiver.readMessage(message.subarray(0, length)), "CHANNEL_HANDSHAKE");
        }
        expectCode(() => receiver.readMessage(concat(message, Uint8Array.of(0))), "CHANNEL_HANDSHAKE");
        expectCode(() => receiver.readMessage(new Uint8Array(65536)), "CHANNEL_HANDSHAKE");
        receiver.readMessage(message);
      }
      expect(pair.initiator.finish().handshakeHash).to.deep.equal(pair.responder.finish().handshakeHash);
    });
  }

  for (const pattern of allPatterns.filter((name) => isClear(name, 0))) {
    it(`notices in the second message of ${pattern} every altered byte of the first, which is in clear`, () => {
      const length = pairOf(pattern).initiator.writeMessage().length;
      for (let at = 0; at < length; at++) {
        const pair = pairOf(pattern);
        pair.responder.readMessage(altered(pair.initiator.writeMessage(), at));
        expectCode(() => pair.initiator.readMessage(pair.responder.writeMessage()), "CHANNEL_HANDSHAKE");
      }
    });
  }

  it("does not take a message for another one", () => {
    for (const pattern of ["XX", "XK", "KK", "IK"] as const) {
      const recorded = exchange(pairOf(pattern));
      const pair = pairOf(pattern);
      const first = pair.initiator.writeMessage();
      expectCode(() => pair.initiator.readMessage(first), "CHANNEL_HANDSHAKE"); // reflected
      for (const other of recorded) expectCode(() => pair.initiator.readMessage(other), "CHANNEL_HANDSHAKE"); // replayed
      pair.responder.readMessage(first);
      pair.initiator.readMessage(pair.responder.writeMessage());
      if (pair.responder.isComplete) continue;
      for (const other of recorded) expectCode(() => pair.responder.readMessage(other), "CHANNEL_HANDSHAKE");
      pair.responder.readMessage(pair.initiator.writeMessage());
    }
  });

  it("gives a replayed initiator no channel: message 1 of KK and IK can be repeated, and nothing after it", () => {
    for (const pattern of ["KK", "IK"] as const) {
      const victim = pairOf(pattern);
      const [first] = exchange(victim);
      const sealed = victim.initiator.finish().send(Uint8Array.of(1));
      const again: Pair = pairOf(pattern);
      expect(again.responder.readMessage(first ?? new Uint8Array(0))).to.have.length(0);
      again.responder.writeMessage();
      expectCode(() => again.responder.finish().receive(sealed), "CHANNEL_MESSAGE");
    }
  });

  describe("with keys of small order", () => {
    it("refuses every such ephemeral key, at once where it is multiplied at once, else before answering", () => {
      for (const point of smallOrder) {
        for (const pattern of allPatterns) {
          const { initiator, responder } = pairOf(pattern);
          const message = initiator.writeMessage();
          message.set(point);
          const answer = (): void => {
            responder.readMessage(message);
            responder.writeMessage();
          };
          expectCode(answer, "CHANNEL_HANDSHAKE");
        }
      }
    });

    it("refuses every such ephemeral key from a responder", () => {
      for (const point of smallOrder) {
        const { initiator, responder } = pairOf("NN");
        responder.readMessage(initiator.writeMessage());
        const message = responder.writeMessage();
        message.set(point);
        expectCode(() => initiator.readMessage(message), "CHANNEL_HANDSHAKE");
      }
    });

    it("refuses every such static key that a peer sends", () => {
      for (const point of smallOrder) {
        const staticKey = fakeKey(point);
        expectCode(() => exchange(pairOf("XX", { responder: { staticKey } })), "CHANNEL_HANDSHAKE");
        expectCode(() => exchange(pairOf("XX", { initiator: { staticKey } })), "CHANNEL_HANDSHAKE");
        expectCode(() => exchange(pairOf("IK", { initiator: { staticKey } })), "CHANNEL_HANDSHAKE");
      }
    });

    it("refuses every such static key that is known beforehand", () => {
      for (const point of smallOrder) {
        const remoteStatic = exchangePublicKey(point);
        for (const pattern of ["N", "NK", "IK", "KK"] as const) {
          const handshake = initiate(optionsOf(pattern, "initiator", { remoteStatic }));
          expectCode(() => handshake.writeMessage(), "CHANNEL_HANDSHAKE");
        }
      }
    });
  });
});

/** What a hostile peer has who uses a point of small order as its key: every product is zero. */
function fakeKey(point: Uint8Array): ExchangeKey {
  const key = Object.create(initiatorKey);
  Object.defineProperty(key, "publicKey", { value: exchangePublicKey(point) });
  Object.defineProperty(key, "diffieHellman", { value: () => new Uint8Array(32) });
  return key as ExchangeKey;
}
