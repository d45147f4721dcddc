/** How many different values there are. */

import type { Aggregate, Scalar } from "./program.ts";

/** The values seen, by their JSON text: a string's begins with a quote, so that no text is `__proto__`. */
export type Seen = Record<string, 1>;

/** Exactly how many different values there were. Its state holds each of them once. */
export function distinct<V extends Scalar>(): Aggregate<V, Seen, number> {
  return {
    zero: () => ({}),
    add: (state, value) => {
      state[JSON.stringify(value)] = 1;
      return state;
    },
    merge: (a, b) => Object.assign(a, b),
    finish: (state) => Object.keys(state).length,
  };
}
