/** What a party needs from whoever carries its messages. Nothing that crosses here needs to be kept secret. */

import type { ChunkShelf } from "../data/chunk-shelf.ts";
import type { Commitment } from "../proof/commitment.ts";

/** A way to the broker; an untrusted coordinator, near or far. */
export interface BrokerLink {
  /** @returns the broker's evidence, fresh for `nonce` (32 bytes). */
  attest(nonce: Uint8Array): Promise<string>;
  /** Carries Noise XX message 1; returns message 2 and the channel's number. */
  openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }>;
  /** Carries one message on a channel and its answer. */
  say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined>;
}

/** Takes sealed chunks and the commitment to them. */
export interface Depository {
  /**
   * @param sealed - does not change any more, unless `unkept` is called
   * @param unkept - called with `sealed`, if ever, when they were copied or written elsewhere: their memory is free again
   */
  putChunk(
    input: string,
    epoch: number,
    index: number,
    sealed: Uint8Array,
    unkept?: (sealed: Uint8Array) => void,
  ): Promise<void>;
  /**
   * In place of {@link putChunk}, where the owner stays until the job is over; left out by who wants every chunk at once.
   * @param length - bytes of the sealed chunk
   * @param shelf - where it is to be had; one for all chunks of an input and epoch, closed by whoever it is offered to
   */
  offerChunk?(input: string, epoch: number, index: number, length: number, shelf: ChunkShelf): Promise<void>;
  /** @param leaves - 32 bytes per chunk, in order */
  commit(commitment: Commitment, leaves: Uint8Array): Promise<void>;
}
