// Puts shares of one secret together, and leaves of the policy's receivers only those whom the shares' header names.
import { type Emit, type Key, program } from "sealfold/program";

import { inverse, multiply } from "./gf256.ts";

/** What all shares of a secret agree on: shares of another header are shares of another secret. */
export type Header = { readonly needed: number; readonly receivers: readonly string[] };
export type Share = { readonly header: Header; readonly x: number; readonly y: readonly number[] };

type Point = readonly [x: number, y: readonly number[]];

export default program(import.meta.url, {
  needs: ["policy.narrow"],
  map({ header, x, y }: Share, emit: Emit<Point>) {
    emit(JSON.stringify([header.needed, header.receivers]), [x, y]);
  },
  reduce(header: Key, shares: readonly Point[], tools) {
    const [needed, receivers] = JSON.parse(header as string) as [number, string[]];
    const points = [...new Map(shares).entries()].slice(0, needed); // a share that comes twice is one share
    if (points.length < needed) {
      tools.policy.narrow({ receivers: [] });
      return null;
    }
    tools.policy.narrow({ receivers });
    return points[0]?.[1].map((_, byte) => atZero(points.map(([x, y]) => [x, y[byte] ?? 0]))) ?? null;
  },
});

/** Lagrange's interpolation: the value at 0 of the polynomial through these points. */
function atZero(points: readonly (readonly [x: number, y: number])[]): number {
  const terms = points.map(([x, y]) =>
    points.reduce((term, [other]) => (other === x ? term : multiply(term, multiply(other, inverse(x ^ other)))), y),
  );
  return terms.reduce((sum, term) => sum ^ term, 0);
}
