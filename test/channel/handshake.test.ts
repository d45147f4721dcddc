import { expect } from "chai";

import { initiate, respond } from "../../lib/channel/handshake.ts";
import type { HandshakeOptions } from "../../lib/channel/handshake-options.ts";
import { isOneWay, type PatternName, patterns, type Side, usesStatic } from "../../lib/channel/patterns.ts";
import { utf8 } from "../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../lib/crypto/exchange.ts";
import {
  allPatterns,
  exchange,
  expectCode,
  initiatorKey,
  inTurn,
  optionsOf,
  pairOf,
  responderKey,
} from "./two-sides.ts";

const text = utf8("payload");

describe("channel/handshake", () => {
  for (const pattern of allPatterns) {
    it(`gives both sides of ${pattern} one channel and each other's keys`, () => {
      const pair = pairOf(pattern);
      expect(exchange(pair)).to.have.length(patterns[pattern].messages.length);
      const [initiator, responder] = [pair.initiator.finish(), pair.responder.finish()];
      expect(initiator.handshakeHash).to.deep.equal(responder.handshakeHash);
      expect(responder.receive(initiator.send(text))).to.deep.equal(text);
      if (!isOneWay(patterns[pattern])) expect(initiator.receive(responder.send(text))).to.deep.equal(text);
      const known = (side: Side, key: ExchangeKey) => (usesStatic(patterns[pattern], side) ? key.publicKey : undefined);
      expect(initiator.remoteStatic).to.deep.equal(known("responder", responderKey));
      expect(responder.remoteStatic).to.deep.equal(known("initiator", initiatorKey));
    });
  }

  it("makes another channel each time", () => {
    const hashes = [pairOf("KK"), pairOf("KK")].map((pair) => {
      exchange(pair);
      return pair.initiator.finish().handshakeHash;
    });
    expect(hashes[0]).to.not.deep.equal(hashes[1]);
  });

  const disagreements: Record<string, Partial<HandshakeOptions>> = {
    prologue: { prologue: utf8("tesu") },
    cipher: { cipher: "ChaChaPoly" },
    hash: { hash: "BLAKE2s" },
  };
  for (const [what, responder] of Object.entries(disagreements)) {
    for (const pattern of allPatterns) {
      it(`fails in ${pattern} when the sides disagree on the ${what}`, () => {
        expectCode(() => exchange(pairOf(pattern, { responder })), "CHANNEL_HANDSHAKE");
      });
    }
  }

  it("fails when the responder is not who the initiator means", () => {
    const staticKey = ExchangeKey.generate();
    for (const pattern of ["N", "K", "X", "NK", "XK", "KK", "IK"] as const) {
      expectCode(() => exchange(pairOf(pattern, { responder: { staticKey } })), "CHANNEL_HANDSHAKE");
    }
  });

  it("fails when the initiator is not who the responder means", () => {
    const staticKey = ExchangeKey.generate();
    for (const pattern of ["K", "KN", "KK", "KX"] as const) {
      expectCode(() => exchange(pairOf(pattern, { initiator: { staticKey } })), "CHANNEL_HANDSHAKE");
    }
  });

  describe("payloads", () => {
    const allowed: PatternName[] = ["N", "K", "X", "XK", "XX"];
    for (const pattern of allPatterns) {
      const count = patterns[pattern].messages.length;
      for (let index = 0; index < count; index++) {
        const welcome = allowed.includes(pattern) && index === count - 1;
        it(`${welcome ? "carries" : "refuses"} a payload in message ${index + 1} of ${pattern}`, () => {
          const more = welcome ? {} : { allowEarlyPayloads: true };
          const hasty = pairOf(pattern, { [index % 2 === 0 ? "initiator" : "responder"]: more });
          exchange(hasty, index);
          const [sender, receiver] = inTurn(hasty, index);
          const message = sender.writeMessage(text);
          if (welcome) return expect(receiver.readMessage(message)).to.deep.equal(text);

          expectCode(() => receiver.readMessage(message), "CHANNEL_HANDSHAKE");
          const careful = pairOf(pattern);
          exchange(careful, index);
          const [writer, reader] = inTurn(careful, index);
          expect(() => writer.writeMessage(text)).to.throw(TypeError, "payload");
          expect(reader.readMessage(writer.writeMessage())).to.have.length(0); // the refusal changed nothing
        });
      }
    }

    it("holds messages to 65535 bytes, and goes on after one that was too long", () => {
      const pair = pairOf("XX");
      exchange(pair, 2);
      const most = 65535 - 48 - 16; // the sealed static key, the tag
      expect(() => pair.initiator.writeMessage(new Uint8Array(most + 1))).to.throw(RangeError, "65535");
      const message = pair.initiator.writeMessage(new Uint8Array(most));
      expect(message).to.have.length(65535);
      expect(pair.responder.readMessage(message)).to.have.length(most);
      expect(pair.initiator.finish().handshakeHash).to.deep.equal(pair.responder.finish().handshakeHash);
    });
  });

  describe("accept", () => {
    it("is asked once by each side, with the peer's key, the payload and the transcript", () => {
      const asked: unknown[][] = [];
      const accept = (side: Side) => ({
        accept: (...given: [Uint8Array, Uint8Array, Uint8Array]) => void asked.push([side, ...given]),
      });
      const pair = pairOf("XX", { initiator: accept("initiator"), responder: accept("responder") });
      exchange(pair, 2);
      pair.responder.readMessage(pair.initiator.writeMessage(text));
      const { handshakeHash } = pair.responder.finish();
      expect(asked).to.have.length(2);
      expect(asked[0]?.slice(0, 3)).to.deep.equal(["initiator", responderKey.publicKey, new Uint8Array(0)]);
      expect(asked[1]).to.deep.equal(["responder", initiatorKey.publicKey, text, handshakeHash]);
    });

    it("refuses by throwing, which changes nothing and lets nothing of ours out", () => {
      let strict = true;
      const accept = (): void => {
        if (strict) throw new Error("stranger");
      };
      const pair = pairOf("XX", { initiator: { accept } });
      exchange(pair, 1);
      const second = pair.responder.writeMessage();
      expect(() => pair.initiator.readMessage(second)).to.throw("stranger");
      expect(() => pair.initiator.writeMessage()).to.throw(TypeError, "turn");
      strict = false;
      pair.initiator.readMessage(second);
      pair.responder.readMessage(pair.initiator.writeMessage());
    });

    it("is not asked by a message that is not authentic", () => {
      const accept = (): void => expect.fail("asked");
      const pair = pairOf("KK", { responder: { accept } });
      const message = pair.initiator.writeMessage();
      expectCode(() => pair.responder.readMessage(message.fill(0, 40)), "CHANNEL_HANDSHAKE");
    });
  });

  describe("wrong use", () => {
    it("is a missing key, or one that the pattern does not use", () => {
      const { staticKey: _, ...keyless } = optionsOf("XX", "initiator");
      expect(() => initiate(keyless)).to.throw(TypeError, "staticKey");
      expect(() => initiate(optionsOf("NN", "initiator", { staticKey: initiatorKey }))).to.throw(
        TypeError,
        "staticKey",
      );
      expect(() => respond({ ...optionsOf("NK", "responder"), pattern: "KK" })).to.throw(TypeError, "remoteStatic");
      const superfluous = { remoteStatic: responderKey.publicKey };
      expect(() => initiate(optionsOf("XX", "initiator", superfluous))).to.throw(TypeError, "remoteStatic");
      expect(() => respond(optionsOf("N", "responder", { accept() {} }))).to.throw(TypeError, "accept");
    });

    it("is speaking out of turn", () => {
      const pair = pairOf("NN");
      expect(() => pair.responder.writeMessage()).to.throw(TypeError, "turn");
      expect(() => pair.initiator.readMessage(new Uint8Array(32))).to.throw(TypeError, "turn");
      const messages = exchange(pair);
      expect(() => pair.initiator.writeMessage()).to.throw(TypeError, "over");
      expect(() => pair.initiator.readMessage(messages[1] ?? new Uint8Array(0))).to.throw(TypeError, "over");
    });

    it("is finishing too early, twice, or after giving up", () => {
      const pair = pairOf("NN");
      expect(() => pair.initiator.finish()).to.throw(TypeError, "complete");
      exchange(pair);
      pair.initiator.finish();
      expect(() => pair.initiator.finish()).to.throw(TypeError, "once");
      pair.responder.abandon();
      expect(() => pair.responder.finish()).to.throw(TypeError);
    });
  });
});
