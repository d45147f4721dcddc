/** What the parts of a broker share. */

import type { RandomSource } from "../../crypto/bytes.ts";
import type { ExchangeKey } from "../../crypto/exchange.ts";
import type { SigningKey } from "../../crypto/signature.ts";
import type { Policy } from "../../policy/policy.ts";
import type { BrokerMemory } from "./broker-memory.ts";

/** What the broker's parts share: its keys, its policy, and what it has learnt. */
export interface BrokerState {
  readonly policy: Policy;
  readonly random: RandomSource;
  readonly clock: () => number;
  readonly identity: SigningKey;
  readonly channelKey: ExchangeKey;
  /** Its own from the beginning, or its predecessor's once that is recovered. */
  memory: BrokerMemory;
  /** @returns evidence of this broker, fresh for `nonce`. */
  attest(nonce: Uint8Array): Promise<string>;
}
