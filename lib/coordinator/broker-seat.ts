/** Where a job asks its broker, whichever sandbox is the broker at the moment. */

import type { Json } from "../data/canonical.ts";
import type { Message } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";

export interface BrokerSeat {
  /** Counts up with every successor. */
  readonly generation: number;
  /** @throws {BrokerReplaced} when the broker died meanwhile and a successor now sits here */
  ask(kind: string, body: { readonly [field: string]: Json }, parts?: readonly Uint8Array[]): Promise<Message>;
}

/** The broker that was asked is no more, and its successor does not know the sandbox that it was asked for. */
export class BrokerReplaced extends Error {
  override readonly name = "BrokerReplaced";
}

/** The seat of a broker that has no successor. */
export function soleBroker(link: SandboxLink): BrokerSeat {
  return { generation: 0, ask: (kind, body, parts) => link.ask(kind, body, parts) };
}
