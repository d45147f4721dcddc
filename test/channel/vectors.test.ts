/** The public vectors of haskell-cryptography/cacophony for Noise revision 34, where the folder of vectors is there. */

import { existsSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { initiate, respond } from "../../lib/channel/handshake.ts";
import type { HandshakeOptions } from "../../lib/channel/handshake-options.ts";
import type { CipherName } from "../../lib/channel/cipher-state.ts";
import { isOneWay, type PatternName, patterns } from "../../lib/channel/patterns.ts";
import { fromHex, toHex } from "../../lib/crypto/bytes.ts";
import { type ExchangeEngine, ExchangeKey, exchangePublicKey } from "../../lib/crypto/exchange.ts";
import type { HashName } from "../../lib/crypto/hash.ts";
import { nobleExchange } from "../crypto/noble.ts";

type SideField = `${"init" | "resp"}_${"prologue" | "static" | "ephemeral" | "remote_static"}`;

interface Vector extends Readonly<Partial<Record<SideField, string>>> {
  readonly protocol_name: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const file = new URL("../../../shared/vectors/noise/cacophony.json", import.meta.url);
const ours = Object.keys(patterns) as PatternName[];
/** Left out, it is node:crypto. */
const engines: readonly (readonly [name: string, engine?: ExchangeEngine])[] = [["node"], ["noble", nobleExchange]];

describe("channel/ and the published vectors of cacophony", () => {
  const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")).vectors as Vector[]) : undefined;

  for (const pattern of ours) {
    for (const [name, engine] of engines) {
      it(`agrees in ${pattern} with both ciphers and all four hashes, multiplied by ${name}`, function () {
        if (vectors === undefined) return this.skip();
        const mine = vectors.filter((vector) => vector.protocol_name.startsWith(`Noise_${pattern}_25519_`));
        expect(new Set(mine.map((vector) => vector.protocol_name)).size).to.equal(8);
        for (const vector of mine) replay(vector, pattern, engine);
      });
    }
  }
});

function replay(vector: Vector, pattern: PatternName, engine: ExchangeEngine | undefined): void {
  const initiator = initiate(optionsOf(vector, "init", engine));
  const responder = respond(optionsOf(vector, "resp", engine));
  const handshakeMessages = patterns[pattern].messages.length;
  vector.messages.slice(0, handshakeMessages).forEach(({ payload, ciphertext }, index) => {
    const [sender, receiver] = index % 2 === 0 ? [initiator, responder] : [responder, initiator];
    expect(toHex(sender.writeMessage(fromHex(payload))), vector.protocol_name).to.equal(ciphertext);
    expect(toHex(receiver.readMessage(fromHex(ciphertext)))).to.equal(payload);
  });

  const ends = [initiator.finish(), responder.finish()] as const;
  for (const end of ends) expect(toHex(end.handshakeHash)).to.equal(vector.handshake_hash);
  vector.messages.slice(handshakeMessages).forEach(({ payload, ciphertext }, index) => {
    const byInitiator = isOneWay(patterns[pattern]) || (handshakeMessages + index) % 2 === 0;
    const [sender, receiver] = byInitiator ? ends : [ends[1], ends[0]];
    expect(toHex(sender.send(fromHex(payload))), vector.protocol_name).to.equal(ciphertext);
    expect(toHex(receiver.receive(fromHex(ciphertext)))).to.equal(payload);
  });
}

function optionsOf(vector: Vector, side: "init" | "resp", engine: ExchangeEngine | undefined): HandshakeOptions {
  const [, pattern, , cipher, hash] = vector.protocol_name.split("_");
  const secret = vector[`${side}_static`];
  const ephemeral = vector[`${side}_ephemeral`];
  const remote = vector[`${side}_remote_static`];
  return {
    pattern: pattern as PatternName,
    cipher: cipher as CipherName,
    hash: hash as HashName,
    prologue: fromHex(vector[`${side}_prologue`] ?? ""),
    allowEarlyPayloads: true,
    ...(secret !== undefined && { staticKey: ExchangeKey.fromSecret(fromHex(secret), engine) }),
    ...(ephemeral !== undefined && { ephemeral: ExchangeKey.fromSecret(fromHex(ephemeral), engine) }),
    ...(remote !== undefined && { remoteStatic: exchangePublicKey(fromHex(remote)) }),
  };
}
