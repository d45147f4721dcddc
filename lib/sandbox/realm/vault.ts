/**
 * Opens vaults: each is a V8 realm of its own in the same thread, which holds the keys of one program's realm. The
 * program's realm gets one function of it, and nothing of this side.
 */

import vm from "node:vm";

import type { VaultCall } from "../../program/vault-operations.ts";
import { bootText } from "./boot-text.ts";
import type { ToolsGrant } from "./program-realm.ts";
import type { KeyPlace, VaultInside } from "./vault-boot.ts";

let script: vm.Script | undefined;

/** What another realm holds of a grant. */
export interface Vault {
  /** A function of that realm: to be handed on, and never looked at here. */
  readonly call: VaultCall;
  /** Overwrites the keys. */
  close(): void;
}

/** @param grant - the seed and the keys are copied */
export function openVault({ seed, keys }: ToolsGrant): Vault {
  script ??= new vm.Script(bootText("vault-boot"), { filename: "vault.js" });
  const context = vm.createContext(vm.constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: "afterEvaluate",
  });
  const inside = (script.runInContext(context, { displayErrors: false }) as () => VaultInside)();
  const places = keys.map(({ name, type, isPublic, bytes }): KeyPlace => ({
    name,
    type,
    isPublic,
    length: bytes.length,
  }));
  const total = keys.reduce((length, { bytes }) => length + bytes.length, seed.length);
  const secrets = new Uint8Array(inside.buffer(total));
  let at = 0;
  for (const part of [seed, ...keys.map(({ bytes }) => bytes)]) {
    secrets.set(part, at);
    at += part.length;
  }
  return { call: inside.open(JSON.stringify(places)), close: () => inside.close() };
}
