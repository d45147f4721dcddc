/** What a fleet says first to the process of a sandbox, and where. */

import { utf8 } from "../../crypto/bytes.ts";
import type { Role } from "../../identity/evidence.ts";
import { malformed, parseBody } from "../message.ts";

/** Where the pipe is, in the process's list of open files. */
export const pipeNumber = 3;

export interface Order {
  readonly role: Role;
  /** The bundle that the sandbox's thread loads. */
  readonly path: string;
  readonly memoryMiB: number;
}

export function encodeOrder({ role, path, memoryMiB }: Order): Uint8Array {
  return utf8(JSON.stringify({ role, path, memoryMiB }));
}

/** @throws {SealfoldError} MESSAGE_FORMAT */
export function parseOrder(bytes: Uint8Array): Order {
  const order = parseBody(bytes);
  const role = order.text("role");
  if (role !== "mapper" && role !== "reducer") throw malformed("role");
  return { role, path: order.text("path"), memoryMiB: order.integer("memoryMiB") };
}
