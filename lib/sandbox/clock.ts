/** The machine's clock in the unit that policies and evidence use. */

/** @returns whole seconds since 1970. */
export function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
