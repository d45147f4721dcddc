/** One channel of a party to the broker that it has attested, over Noise XX: whatever is said is for that broker alone. */

import { equalBytes, fromUtf8, type RandomSource, toBase64url, utf8 } from "../crypto/bytes.ts";
import { ExchangeKey } from "../crypto/exchange.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { initiate } from "../channel/handshake.ts";
import type { Transport } from "../channel/transport.ts";
import type { Json } from "../data/canonical.ts";
import { SealfoldError } from "../errors.ts";
import type { Attested } from "../identity/appraise.ts";
import { partyKeyContext, partyPrologue } from "../identity/channel-binding.ts";
import type { Policy } from "../policy/policy.ts";
import type { BrokerLink } from "./broker-link.ts";

/** What a party says on a channel; saying it twice does no harm. */
export interface Told {
  readonly kind: string;
  readonly [field: string]: Json;
}

/** Who speaks. */
export interface Speaker {
  readonly name: string;
  readonly policy: Policy;
  readonly key: SigningKey;
  readonly random: RandomSource;
}

export class BrokerChannel {
  readonly #party: string;
  readonly #link: BrokerLink;
  readonly #number: number;
  readonly #transport: Transport;

  private constructor(party: string, link: BrokerLink, number: number, transport: Transport) {
    this.#party = party;
    this.#link = link;
    this.#number = number;
    this.#transport = transport;
  }

  /** @throws {SealfoldError} CHANNEL_HANDSHAKE when whoever answers is not `broker` */
  static async open(
    { name, policy, key, random }: Speaker,
    broker: Attested,
    link: BrokerLink,
  ): Promise<BrokerChannel> {
    const staticKey = ExchangeKey.generate(random);
    const prologue = partyPrologue(policy.hash);
    const accept = (remoteStatic: Uint8Array): void => {
      if (equalBytes(remoteStatic, broker.channelKey)) return;
      throw new SealfoldError("CHANNEL_HANDSHAKE", "whoever answers is not the attested broker", { party: name });
    };
    const handshake = initiate({ pattern: "XX", prologue, staticKey, random, accept });
    const { channel, message } = await link.openChannel(handshake.writeMessage());
    handshake.readMessage(message);
    const claim = partyKeyContext(policy.hash, name, staticKey.publicKey, broker.channelKey);
    const credentials = { party: name, signature: toBase64url(key.sign(claim)) };
    await link.say(channel, handshake.writeMessage(utf8(JSON.stringify(credentials))));
    return new BrokerChannel(name, link, channel, handshake.finish());
  }

  /**
   * @returns what the broker answers, beside that it was done
   * @throws {SealfoldError} CHANNEL_MESSAGE when it does not say that
   */
  async tell(request: Told): Promise<Readonly<Record<string, unknown>>> {
    const sealed = await this.#link.say(this.#number, this.#transport.send(utf8(JSON.stringify(request))));
    const answer =
      sealed && (JSON.parse(fromUtf8(this.#transport.receive(sealed))) as Readonly<Record<string, unknown>>);
    if (answer?.["done"] !== true) {
      throw new SealfoldError("CHANNEL_MESSAGE", "the broker does not confirm what it was told", {
        party: this.#party,
      });
    }
    return answer;
  }

  close(): void {
    this.#transport.close();
  }
}
