/** Puts one role behind the wall of its thread. */

import type { MessagePort } from "node:worker_threads";

import { SealfoldError } from "../errors.ts";
import type { Role } from "../identity/evidence.ts";
import { malformed } from "./message.ts";
import { portAttester } from "./port-attester.ts";
import { harden } from "./realm/harden.ts";
import { Broker } from "./roles/broker.ts";
import { Mapper } from "./roles/mapper.ts";
import { Reducer } from "./roles/reducer.ts";
import { type Handler, serve } from "./serve.ts";

/** What piscina hands to the thread: a role, the port it serves, and the port that reaches its platform. */
export interface SandboxTask {
  readonly role: Role;
  readonly port: MessagePort;
  readonly platform: MessagePort;
}

const roles = { broker: Broker, mapper: Mapper, reducer: Reducer } as const satisfies Record<Role, unknown>;

/** Serves until the port closes. */
export async function runSandbox({ role, port, platform }: SandboxTask): Promise<void> {
  expectBare();
  harden();
  let actor: { handle: Handler } | undefined;
  await serve(port, (message) => {
    if (message.kind === "init" && actor === undefined) {
      const attester = portAttester(message.body.text("platform"), platform);
      actor = roles[role].open(message, attester);
      return { body: {} };
    }
    if (actor === undefined) throw malformed("order: init comes first, and once");
    return actor.handle(message);
  });
  platform.close();
}

/** Flags can load code that nobody measured, and an environment can steer it: with either, this thread does no work. */
function expectBare(): void {
  if (process.execArgv.length === 0 && Object.keys(process.env).length === 0) return;
  throw new SealfoldError("EVIDENCE_DEBUG", "a sandbox was started with flags or an environment");
}
