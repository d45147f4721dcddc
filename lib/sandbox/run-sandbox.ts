/** Puts one role behind the wall of its thread. */

import { type MessagePort, resourceLimits } from "node:worker_threads";

import { SealfoldError } from "../errors.ts";
import type { Role } from "../identity/evidence.ts";
import { malformed } from "./message.ts";
import { portAttester } from "./port-attester.ts";
import { Pulse } from "./pulse.ts";
import { harden } from "./realm/harden.ts";
import { Broker } from "./roles/broker.ts";
import { Mapper } from "./roles/mapper.ts";
import { Reducer } from "./roles/reducer.ts";
import { type Handler, serve } from "./serve.ts";

/** What piscina hands to the thread: a role, the port it serves, the port that reaches its platform, and its pulse. */
export interface SandboxTask {
  readonly role: Role;
  readonly port: MessagePort;
  readonly platform: MessagePort;
  readonly pulse: SharedArrayBuffer;
}

const roles = { broker: Broker, mapper: Mapper, reducer: Reducer } as const satisfies Record<Role, unknown>;

/** Serves until the port closes; then the thread ends, so that no other sandbox is ever run in it. */
export async function runSandbox({ role, port, platform, pulse: shared }: SandboxTask): Promise<never> {
  expectBare();
  const pulse = new Pulse(shared, resourceLimits.maxOldGenerationSizeMb ?? Infinity);
  harden();
  let actor: { handle: Handler } | undefined;
  const handle: Handler = (message) => {
    if (message.kind === "init" && actor === undefined) {
      const attester = portAttester(message.body.text("platform"), platform);
      actor = roles[role].open(message, attester, { pulse: pulse.beat });
      return { body: {} };
    }
    if (actor === undefined) throw malformed("order: init comes first, and once");
    return actor.handle(message);
  };
  await serve(port, async (message) => {
    pulse.begin(message.parts.reduce((sum, { length }) => sum + length, 0));
    try {
      return await handle(message);
    } finally {
      pulse.end();
    }
  });
  process.exit();
}

/** Flags can load code that nobody measured, and an environment can steer it: with either, this thread does no work. */
function expectBare(): void {
  if (process.execArgv.length === 0 && Object.keys(process.env).length === 0) return;
  throw new SealfoldError("EVIDENCE_DEBUG", "a sandbox was started with flags or an environment");
}
