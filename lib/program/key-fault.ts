/** Why a key store refuses: codes, because nothing else crosses a wall. */

export type KeyFaultName = "unknown" | "use" | "size" | "full" | "data";

/** The number of each fault, and what it says. */
export const keyFaults: Readonly<Record<KeyFaultName, readonly [number, string]>> = {
  unknown: [-1, "there is no such key"],
  use: [-2, "the key is of another type, or only public"],
  size: [-3, "something is longer or shorter than it may be"],
  full: [-4, "too many keys were made"],
  data: [-5, "there is no such algorithm or type of key, or bytes are malformed"],
};

/** What a key store throws. */
export class KeyFault extends Error {
  readonly fault: KeyFaultName;

  constructor(fault: KeyFaultName) {
    super(keyFaults[fault][1]);
    this.name = "KeyFault";
    this.fault = fault;
  }

  /** Below zero. */
  get status(): number {
    return keyFaults[this.fault][0];
  }
}
