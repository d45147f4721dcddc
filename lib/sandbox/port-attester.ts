/** The attester as a sandbox has it: it asks its platform over a port of its own. */

import type { MessagePort } from "node:worker_threads";

import { SealfoldError } from "../errors.ts";
import type { Attester } from "../identity/platform.ts";

const maxQuoteBytes = 16 * 1024;

/** @throws {SealfoldError} EVIDENCE_PLATFORM when what comes back is no quote. */
export function portAttester(platform: string, port: MessagePort): Attester {
  return {
    platform,
    quote: (reportData) =>
      new Promise((resolve, reject) => {
        port.once("message", (quote: unknown) => {
          if (typeof quote === "string" && quote.length <= maxQuoteBytes) resolve(quote);
          else reject(new SealfoldError("EVIDENCE_PLATFORM", "the platform's answer is no quote"));
        });
        port.postMessage(reportData);
      }),
  };
}
