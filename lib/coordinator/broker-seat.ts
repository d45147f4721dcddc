/** Where a job asks its broker, whichever sandbox is the broker at the moment. */

import type { Json } from "../data/canonical.ts";
import type { Message } from "../sandbox/message.ts";

export interface BrokerSeat {
  /** Counts up with every successor. */
  readonly generation: number;
  /**
   * @param generation - the broker that is meant, where another would not know what is spoken of
   * @throws {BrokerReplaced} when that broker, or the one that was asked, died meanwhile and a successor now sits here
   */
  ask(
    kind: string,
    body: { readonly [field: string]: Json },
    parts?: readonly Uint8Array[],
    generation?: number,
  ): Promise<Message>;
}

/** Does `work` with whoever is the broker: once more with each successor of one that died of it, or meanwhile. */
export async function withWhoeverSits<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BrokerReplaced)) throw error;
    }
  }
}

/** The broker that was asked is no more, and its successor does not know the sandbox that it was asked for. */
export class BrokerReplaced extends Error {
  override readonly name = "BrokerReplaced";
}
