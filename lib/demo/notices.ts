/** Who refused first, and with which code: what the table of attacks says of "who noticed" is what was seen. */

import type { Fleet } from "../sandbox/fleet.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import { CheatingFleet } from "./cheating.ts";

/** Somebody who checks. */
export type Witness = "the broker" | "a mapper" | "a reducer" | "an owner" | "the receiver";

const sandboxes: Readonly<Record<SandboxLink["role"], Witness>> = {
  broker: "the broker",
  mapper: "a mapper",
  reducer: "a reducer",
};

export class Notices {
  readonly #seen: { readonly by: Witness; readonly code: unknown }[] = [];

  /** @returns what `work` comes to. @throws what it throws, which is noted as noticed by `by` */
  async watch<T>(by: Witness, work: () => Promise<T> | T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#seen.push({ by, code: codeOf(error) });
      throw error;
    }
  }

  /** @returns `fleet`, of whose sandboxes every refusal is noted. */
  over(fleet: Fleet): Fleet {
    return new CheatingFleet(fleet, ({ link, forward }) => this.watch(sandboxes[link.role], () => forward()));
  }

  /** @returns who was the first to refuse with `code`. */
  whoSaid(code: string): Witness | undefined {
    return this.#seen.find((notice) => notice.code === code)?.by;
  }
}

/** @returns the code of what was thrown, or what was thrown as text where it is no condition of ours. */
export function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : String(error);
}
