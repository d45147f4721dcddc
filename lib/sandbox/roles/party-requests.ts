/** What a party may ask of the broker over its channel: to take a key, to give it its share, to take its share back. */

import { toBase64url } from "../../crypto/bytes.ts";
import { shareLength } from "../../crypto/shares.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import { inputNamed, keyOfParty } from "../../policy/questions.ts";
import { type Body, malformed } from "../message.ts";
import type { BrokerState } from "./broker-state.ts";
import type { Recovery } from "./recovery.ts";

type Fields = { readonly [field: string]: Json };

export class PartyRequests {
  readonly #broker: BrokerState;
  readonly #recovery: Recovery;

  constructor(broker: BrokerState, recovery: Recovery) {
    this.#broker = broker;
    this.#recovery = recovery;
  }

  /** @returns what the party is answered, beside that it was done. */
  obey = (party: string, request: Body): Fields | Promise<Fields> => {
    switch (request.text("kind")) {
      case "provision":
        return this.#provision(party, request);
      case "provision key":
        return this.#provisionKey(party, request);
      case "keep share":
        return this.#giveShare(party);
      case "hand share":
        return this.#takeShare(party, request);
      default:
        throw malformed("request");
    }
  };

  #provision(party: string, request: Body): Fields {
    const input = request.text("input");
    if (inputNamed(this.#broker.policy, input)?.owner !== party) {
      throw new SealfoldError("DENIED_PARTY", "only an input's owner provisions its key", { party });
    }
    const place = { owner: party, input, epoch: request.integer("epoch") };
    const key = request.bytes("key", 32);
    this.#recovery.giveUp();
    this.#broker.memory.keepDataKey(place, key);
    return {};
  }

  #provisionKey(party: string, request: Body): Fields {
    const name = request.text("name");
    if (keyOfParty(this.#broker.policy, party, name) === undefined) {
      throw new SealfoldError("DENIED_PARTY", "the policy has no such key of this party", { party });
    }
    const key = request.bytes("key", 32);
    this.#recovery.giveUp();
    this.#broker.memory.keepProgramKey(name, key);
    return {};
  }

  async #giveShare(party: string): Promise<Fields> {
    const { share, commitments } = await this.#recovery.shareOf(party);
    return { share: toBase64url(share), commitments: commitments.map(toBase64url) };
  }

  async #takeShare(party: string, request: Body): Promise<Fields> {
    const head = request.optionalText("head") === undefined ? undefined : request.bytes("head", 32);
    await this.#recovery.contribute({ party, share: request.bytes("share", shareLength), head });
    return {};
  }
}
