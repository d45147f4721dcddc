/** What the parts of a broker share. */

import type { RandomSource } from "../../crypto/bytes.ts";
import type { ExchangeKey } from "../../crypto/exchange.ts";
import type { SigningKey } from "../../crypto/signature.ts";
import type { Policy } from "../../policy/policy.ts";
import type { ReleaseLedger } from "./release-ledger.ts";

/** What the broker's parts share: its keys, its policy, and what it has learnt. */
export interface BrokerState {
  readonly policy: Policy;
  readonly random: RandomSource;
  readonly clock: () => number;
  readonly identity: SigningKey;
  readonly channelKey: ExchangeKey;
  /** Root of every key and seed that the broker makes. */
  readonly secret: Uint8Array;
  readonly ledger: ReleaseLedger;
  /** @returns evidence of this broker, fresh for `nonce`. */
  attest(nonce: Uint8Array): Promise<string>;
  /** @returns the key that an owner provisioned for this input and epoch. */
  dataKey(owner: string, input: string, epoch: number): Uint8Array | undefined;
  /** @returns the key of the policy that its party handed over, 32 bytes. */
  programKey(name: string): Uint8Array | undefined;
}
