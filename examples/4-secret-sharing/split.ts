// What the owner of a secret does at home: Shamir's sharing, a polynomial of its own for every byte of the secret.
import { randomBytes } from "node:crypto";

import { multiply } from "./gf256.ts";
import type { Header, Share } from "./reconstruct.ts";

/** @returns `count` shares; any `header.needed` of them give the secret, and fewer tell nothing about it. */
export function split(secret: Uint8Array, count: number, header: Header): readonly Share[] {
  const polynomials = Array.from(secret, (byte) => [byte, ...randomBytes(header.needed - 1)]);
  return Array.from({ length: count }, (_, i) => ({
    header,
    x: i + 1,
    y: polynomials.map((coefficients) => coefficients.reduceRight((sum, c) => multiply(sum, i + 1) ^ c, 0)),
  }));
}
