/** What the fuzzer can aim at. Each is loaded by the process that runs it. */

import type { Target } from "./campaign.ts";

export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  port: async () => (await import("./targets/port.ts")).default,
  thread: async () => (await import("./targets/thread.ts")).default,
  emit: async () => (await import("./targets/emit.ts")).default,
  parsers: async () => (await import("./targets/parsers.ts")).default,
  wasm: async () => (await import("./targets/wasm.ts")).default,
};
