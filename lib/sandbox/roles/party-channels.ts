/**
 * Channels between parties and the broker: Noise XX at first contact. The party knows the broker's static key from its
 * evidence; the broker knows the party by a signature of its policy key over both static keys, in message 3.
 */

import type { RandomSource } from "../../crypto/bytes.ts";
import type { ExchangeKey } from "../../crypto/exchange.ts";
import { signature, verifySignature } from "../../crypto/signature.ts";
import { type Handshake, respond } from "../../channel/handshake.ts";
import type { Transport } from "../../channel/transport.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import { partyKeyContext, partyPrologue } from "../../identity/channel-binding.ts";
import type { Policy } from "../../policy/policy.ts";
import { partyKey } from "../../policy/questions.ts";
import { type Body, encodeBody, malformed, type Message, parseBody, partAt } from "../message.ts";
import type { Answer } from "../serve.ts";
import type { BrokerState } from "./broker-state.ts";

/** Handshakes that anybody may have begun and not ended; the oldest gives way. */
export const maxHandshakes = 256;
/** Channels that one party may have open; its own oldest gives way, nobody else's. */
const maxChannels = 4;

/** Does what a party asks, and says what it is answered beside that it was done. */
type Obey = (party: string, request: Body) => Fields | Promise<Fields>;

type Fields = { readonly [field: string]: Json };

/** With a party that is known. */
interface Channel {
  readonly transport: Transport;
  readonly party: string;
}

export class PartyChannels {
  readonly #policy: Policy;
  readonly #channelKey: ExchangeKey;
  readonly #random: RandomSource;
  readonly #obey: Obey;
  readonly #handshakes = new Map<number, Handshake>();
  readonly #channels = new Map<number, Channel>();
  #lastChannel = 0;

  constructor({ policy, channelKey, random }: Pick<BrokerState, "policy" | "channelKey" | "random">, obey: Obey) {
    this.#policy = policy;
    this.#channelKey = channelKey;
    this.#random = random;
    this.#obey = obey;
  }

  /** XX message 1 in, message 2 out. */
  open(message: Message): Answer {
    const handshake = respond({
      pattern: "XX",
      prologue: partyPrologue(this.#policy.hash),
      staticKey: this.#channelKey,
      random: this.#random,
    });
    handshake.readMessage(partAt(message, 0));
    const answer = handshake.writeMessage(); // throws where the key in message 1 is of small order: no channel then
    const id = ++this.#lastChannel;
    const [oldest] = this.#handshakes;
    if (this.#handshakes.size >= maxHandshakes && oldest !== undefined) {
      oldest[1].abandon();
      this.#handshakes.delete(oldest[0]);
    }
    this.#handshakes.set(id, handshake);
    return { body: { channel: id }, parts: [answer] };
  }

  /**
   * XX message 3 first, with the party's credentials; then one request and its answer at a time.
   * @throws {SealfoldError} CHANNEL_CLOSED when there is no such channel, or it gave way to others
   */
  async say(message: Message): Promise<Answer> {
    const id = message.body.integer("channel");
    const handshake = this.#handshakes.get(id);
    if (handshake !== undefined) return this.#finish(id, handshake, partAt(message, 0));
    const channel = this.#channels.get(id);
    if (channel === undefined) throw new SealfoldError("CHANNEL_CLOSED");
    const request = parseBody(channel.transport.receive(partAt(message, 0)));
    const answer = await this.#obey(channel.party, request);
    return { body: {}, parts: [channel.transport.send(encodeBody({ done: true, ...answer }))] };
  }

  #finish(id: number, handshake: Handshake, message: Uint8Array): Answer {
    const payload = handshake.readMessage(message);
    this.#handshakes.delete(id); // whoever is not a party has no channel, and no second try on it
    const channel = this.#authenticate(handshake.finish(), payload);
    const own = [...this.#channels].filter(([, { party }]) => party === channel.party);
    const [oldest] = own;
    if (own.length >= maxChannels && oldest !== undefined) {
      oldest[1].transport.close();
      this.#channels.delete(oldest[0]);
    }
    this.#channels.set(id, channel);
    return { body: {} };
  }

  #authenticate(transport: Transport, payload: Uint8Array): Channel {
    const credentials = parseBody(payload);
    const party = credentials.text("party");
    const key = partyKey(this.#policy, party);
    const signed = signature(credentials.bytes("signature", 64));
    const remote = transport.remoteStatic;
    if (remote === undefined) throw malformed("handshake");
    const claim = partyKeyContext(this.#policy.hash, party, remote, this.#channelKey.publicKey);
    if (!verifySignature(key, claim, signed)) {
      throw new SealfoldError("CHANNEL_HANDSHAKE", "a party's key does not sign its channel", { party });
    }
    return { transport, party };
  }
}
