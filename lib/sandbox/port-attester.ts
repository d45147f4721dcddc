/** The attester as a sandbox has it: it asks its platform over a port of its own. */

import type { MessagePort } from "node:worker_threads";

import { SealfoldError } from "../errors.ts";
import type { Attester } from "../identity/platform.ts";

const maxQuoteBytes = 16 * 1024;

/** @throws {SealfoldError} EVIDENCE_PLATFORM when no platform can have this name, or what comes back is no quote. */
export function portAttester(platform: string, port: MessagePort): Attester {
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(platform)) throw new SealfoldError("EVIDENCE_PLATFORM");
  return {
    platform,
    quote: (reportData) =>
      new Promise((resolve, reject) => {
        port.once("message", (quote: unknown) => {
          if (isToken(quote)) resolve(quote);
          else reject(new SealfoldError("EVIDENCE_PLATFORM", "the platform's answer is no quote"));
        });
        port.postMessage(reportData);
      }),
  };
}

function isToken(quote: unknown): quote is string {
  return typeof quote === "string" && quote.length <= maxQuoteBytes && /^[\w.-]+$/.test(quote);
}
