/** A party that is connected, as far as the coordinator needs to know it: whom it asks when the broker has died. */

import type { Request } from "../proof/request.ts";
import type { Transfer } from "../proof/transfer.ts";

/** A party's way to one certain broker. */
export interface PartyLink {
  attest(nonce: Uint8Array): Promise<string>;
  openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }>;
  say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined>;
}

/** What a connected party does for a broker's successor, once it has attested it. */
export interface Attendant {
  readonly party: string;
  /** Hands over its share of the first one's memory. @returns whether it has one */
  recover(link: PartyLink): Promise<boolean>;
  /** Hands over its keys once more, to a broker that remembers nothing. */
  beginAnew(link: PartyLink): Promise<void>;
  /** @returns what moves its request to a broker that was given the first one's memory; undefined when it is not open */
  move(request: Request, link: PartyLink): Promise<Transfer | undefined>;
  /** @returns what it asks of a broker that remembers nothing, in place of its request; undefined when it is not open */
  askAgain(request: Request, link: PartyLink): Promise<Request | undefined>;
}
