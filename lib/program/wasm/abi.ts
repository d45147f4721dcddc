/**
 * The interface of WebAssembly programs, `sealfold/1`, as data: every import that a module may have and every export
 * that it must or may have. `ABI.md` is its documentation, `sealfold.h` and `assembly/index.ts` are its declarations;
 * a test compares all of them with this table.
 */

import type { Capability } from "../../data/capabilities.ts";

/** The name under which a module imports, which is also the interface's version. */
export const abiModule = "sealfold/1";

/** Types of WebAssembly that a signature of the interface has. */
export type AbiType = "i32" | "f64";

/** Parameters by name, and at most one result. */
export interface Signature {
  readonly params: readonly (readonly [name: string, type: AbiType])[];
  readonly result: AbiType | undefined;
}

/** When a module may call an import: while it maps (or flushes), while it combines, while it finishes, or ever. */
export type Moment = "map" | "combine" | "finish" | "load";

/** A function that a module may import. */
export interface AbiImport {
  readonly signature: Signature;
  /** What the policy must grant for it. */
  readonly needs: Capability | undefined;
  readonly when: readonly Moment[];
}

/** A function that a module exports. */
export interface AbiExport {
  readonly signature: Signature;
}

const working: readonly Moment[] = ["map", "finish"];

/** All functions that a module may import from {@link abiModule}. */
export const abiImports: ReadonlyMap<string, AbiImport> = importsOf([
  ["emit(key_at i32, key_length i32, value f64)", undefined, ["map"]],
  ["emit_bytes(key_at i32, key_length i32, state_at i32, state_length i32)", undefined, ["map"]],
  ["emit_pairs(at i32, length i32)", undefined, ["map"]],
  ["result(at i32, length i32)", undefined, ["combine", "finish"]],
  ["log(at i32, length i32)", undefined, ["map", "combine", "finish", "load"]],
  ["crypto_hash(kind i32, data_at i32, data_length i32, to i32)", "crypto", working],
  ["crypto_key(name_at i32, name_length i32) -> i32", "crypto", working],
  ["crypto_generate_key(type i32) -> i32", "crypto", working],
  ["crypto_import_key(type i32, at i32, length i32) -> i32", "crypto", working],
  ["crypto_derive_key(key i32, info_at i32, info_length i32, type i32) -> i32", "crypto", working],
  ["crypto_public_key(key i32, to i32)", "crypto", working],
  ["crypto_hmac(key i32, data_at i32, data_length i32, to i32)", "crypto", working],
  ["crypto_hkdf(key i32, info_at i32, info_length i32, to i32, length i32)", "crypto", working],
  [
    "crypto_seal(key i32, data_at i32, data_length i32, associated_at i32, associated_length i32, to i32)",
    "crypto",
    working,
  ],
  [
    "crypto_open(key i32, sealed_at i32, sealed_length i32, associated_at i32, associated_length i32, to i32) -> i32",
    "crypto",
    working,
  ],
  ["crypto_sign(key i32, data_at i32, data_length i32, to i32)", "crypto", working],
  ["crypto_verify(public_at i32, data_at i32, data_length i32, signature_at i32) -> i32", "crypto", working],
  ["crypto_ecdh(key i32, public_at i32) -> i32", "crypto", working],
  ["random(to i32, length i32)", "random", working],
  ["clock() -> f64", "clock", working],
  ["count(name_at i32, name_length i32, by f64)", "counters", working],
  ["policy_query(to i32, capacity i32) -> i32", "policy.query", working],
  ["policy_narrow(at i32, length i32)", "policy.narrow", ["finish"]],
]);

/** All functions that the runtime calls. Other exports are never looked at. */
export const abiExports: ReadonlyMap<string, AbiExport> = new Map(
  [
    "_initialize()",
    "allocate(length i32) -> i32",
    "map(at i32, length i32) -> i32",
    "map_chunk(at i32, length i32) -> i32",
    "flush()",
    "aggregate() -> i32",
    "combine(a_at i32, a_length i32, b_at i32, b_length i32)",
    "finish(key_at i32, key_length i32, state_at i32, state_length i32)",
  ].map((text) => {
    const [name, signature] = parseSignature(text);
    return [name, { signature }];
  }),
);

/** The memory that a module must export. */
export const memoryExport = "memory";

/** What `aggregate` answers: the place in this list. */
export const aggregateNames = ["own", "sum", "count", "mean", "min", "max", "min-max-mean"] as const;

export type AggregateName = (typeof aggregateNames)[number];

/** The first argument of `crypto_hash`: the place in this list. */
export const hashNames = ["sha256", "sha512"] as const;

/** Bytes of a packed pair before its key: key length u32, values u32, value f64, all little-endian. */
export const pairHead = 16;

/** Likewise for min-max-mean, with the least and the greatest value, two f64, behind the value. */
export const boundedPairHead = 32;

/** @returns the text of a signature as `ABI.md` has it. */
export function signatureText(name: string, { params, result }: Signature): string {
  const list = params.map(([param, type]) => `${param} ${type}`).join(", ");
  return `${name}(${list})${result === undefined ? "" : ` -> ${result}`}`;
}

/** @returns the name and the signature of a text that {@link signatureText} gives. */
function parseSignature(text: string): readonly [name: string, signature: Signature] {
  const [, name = "", list = "", result] = /^(\w+)\(([^)]*)\)(?: -> (\w+))?$/.exec(text) ?? [];
  const params = list === "" ? [] : list.split(", ").map((param) => param.split(" ") as [string, AbiType]);
  return [name, { params, result: result as AbiType | undefined }];
}

function importsOf(
  rows: readonly (readonly [text: string, needs: Capability | undefined, when: readonly Moment[]])[],
): ReadonlyMap<string, AbiImport> {
  return new Map(
    rows.map(([text, needs, when]) => {
      const [name, signature] = parseSignature(text);
      return [name, { signature, needs, when }];
    }),
  );
}
