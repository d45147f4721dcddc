/** What the policy grants a module, for one task after the other. */

import type { Capability } from "../../../data/capabilities.ts";
import type { EngineTools } from "../../../program/toolbox.ts";
import type { ToolsGrant } from "../program-realm.ts";
import { openVault, type Vault } from "../vault.ts";

export class ModuleTools {
  readonly #needs: readonly Capability[];
  /** A module reaches no object of this side; its keys have a realm all the same, which is loaded by who needs it. */
  #keys: Vault | undefined;

  constructor(needs: readonly Capability[]) {
    this.#needs = needs;
  }

  /** @returns the tools of a new task; the keys of the one before are gone */
  for(grant: ToolsGrant): EngineTools {
    const needs = this.#needs;
    this.#keys?.close();
    this.#keys = needs.some((need) => need === "crypto" || need === "random") ? openVault(grant) : undefined;
    return { needs, data: grant, vault: this.#keys?.call };
  }
}
