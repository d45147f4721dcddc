/** The machine's clock in the unit that policies and evidence use. */

/** @returns whole seconds since 1970. */
export function systemSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** @returns the minute in which `seconds` lie, as a program may know the time. */
export function minuteOf(seconds: number): number {
  return seconds - (seconds % 60);
}
