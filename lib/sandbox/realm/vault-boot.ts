/**
 * The inside of a vault: the first and only script of a realm that holds keys beside a program's realm. No program runs
 * here, and what a program does to its own realm changes nothing of what cryptography runs on.
 */

import { KeyStore, type NamedKey } from "../../program/key-store.ts";
import { vaultCall } from "../../program/vault-call.ts";
import type { VaultCall } from "../../program/vault-operations.ts";
import { tame } from "./tame.ts";

/** A key without its bytes: they stand in the vault's buffer, after the seed, in the order of the keys. */
export interface KeyPlace extends Omit<NamedKey, "bytes"> {
  readonly length: number;
}

/** What the vault's owner may call. */
export interface VaultInside {
  /** @returns a buffer of that many bytes for {@link open} */
  buffer(bytes: number): ArrayBuffer;
  /**
   * Takes the seed, 32 bytes, and the keys out of the buffer.
   * @param places - JSON of {@link KeyPlace}s
   * @returns the one function that a program's realm gets of this one; it has no prototype
   */
  open(places: string): VaultCall;
  /** Overwrites the keys and the stream: the function finds none any more. */
  close(): void;
}

tame();

/** @returns the functions through which the vault's owner works. */
export function boot(): VaultInside {
  let buffer = new ArrayBuffer(0);
  let store: KeyStore | undefined;
  const inside: VaultInside = {
    buffer: (bytes) => {
      buffer = new ArrayBuffer(bytes);
      return buffer;
    },
    open: (text) => {
      let at = 32;
      const secrets = new Uint8Array(buffer);
      const keys = (JSON.parse(text) as KeyPlace[]).map(({ length, ...key }): NamedKey => {
        at += length;
        return { ...key, bytes: secrets.subarray(at - length, at) };
      });
      store = new KeyStore(secrets.subarray(0, 32), keys);
      const call = vaultCall(store);
      secrets.fill(0);
      return Object.freeze(Object.setPrototypeOf(call, null) as VaultCall);
    },
    close: () => store?.destroy(),
  };
  return Object.freeze(Object.setPrototypeOf(inside, null) as VaultInside);
}
