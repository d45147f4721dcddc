/** What the policy grants a module, for one task after the other. */

import type { Capability } from "../../../data/capabilities.ts";
import { KeyStore } from "../../../program/key-store.ts";
import type { EngineTools } from "../../../program/toolbox.ts";
import { vaultCall } from "../../../program/vault-call.ts";
import type { ToolsGrant } from "../program-realm.ts";

export class ModuleTools {
  readonly #needs: readonly Capability[];
  /** A module reaches no object of this side, so its keys need no wall of their own. */
  #keys: KeyStore | undefined;

  constructor(needs: readonly Capability[]) {
    this.#needs = needs;
  }

  /** @returns the tools of a new task; the keys of the one before are gone */
  for(grant: ToolsGrant): EngineTools {
    const needs = this.#needs;
    this.#keys?.destroy();
    this.#keys = needs.some((need) => need === "crypto" || need === "random")
      ? new KeyStore(grant.seed, grant.keys)
      : undefined;
    return { needs, data: grant, vault: this.#keys && vaultCall(this.#keys) };
  }
}
