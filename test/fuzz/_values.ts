/** What a hostile peer sends: bytes, JSON, and genuine things that were changed a little. */

import fc from "fast-check";

import { toBase64url, utf8 } from "../../lib/crypto/bytes.ts";
import type { Json } from "../../lib/data/canonical.ts";

export const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc.uint8Array({ maxLength: 2000, size: "max" }),
  fc.constantFrom(0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 4096).map((length) => new Uint8Array(length)),
);

const bytesText = fc
  .constantFrom(0, 15, 16, 31, 32, 33, 64)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }).map(toBase64url));

/** JSON with what is awkward in it. */
export const json: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  bytesText,
  fc.constantFrom<Json>("", "mapper", "reducer", "broker", "software", "\ud800", "__proto__", "constructor", "a\0b"),
  fc.constantFrom<Json>(null, true, 0, -0, -1, 1, 1.5, 255, 65536, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, 1e300),
  fc.constantFrom<Json>({}, [], [[]], [null], { document: {}, signature: "" }, [{ document: null }]),
);

/** A change of a tree of JSON: at one of its nodes, counted from its root round and round. */
export type JsonEdit =
  | { readonly edit: "replace"; readonly at: number; readonly by: Json }
  | { readonly edit: "remove"; readonly at: number }
  | { readonly edit: "add"; readonly at: number; readonly name: string; readonly by: Json }
  | { readonly edit: "double"; readonly at: number }
  | { readonly edit: "copy"; readonly at: number; readonly from: number };

const at = fc.nat(500);

export const jsonEdit: fc.Arbitrary<JsonEdit> = fc.oneof(
  { arbitrary: fc.record({ edit: fc.constant("replace" as const), at, by: json }), weight: 3 },
  { arbitrary: fc.record({ edit: fc.constant("remove" as const), at }), weight: 1 },
  {
    arbitrary: fc.record({
      edit: fc.constant("add" as const),
      at,
      name: fc.oneof(fc.string({ maxLength: 9 }), fc.constantFrom("__proto__", "toJSON", "0", "length", "document")),
      by: json,
    }),
    weight: 1,
  },
  { arbitrary: fc.record({ edit: fc.constant("double" as const), at }), weight: 1 },
  { arbitrary: fc.record({ edit: fc.constant("copy" as const), at, from: at }), weight: 2 },
);

type Tree = { [name: string]: unknown } | unknown[];
interface Node {
  readonly above: Tree;
  readonly name: string;
}

/** @returns a changed copy */
export function editJson(value: Json, edits: readonly JsonEdit[]): Json {
  const root: { it: unknown } = { it: structuredClone(value) };
  for (const change of edits) {
    const nodes = nodesOf(root, []);
    const node = nodes[change.at % nodes.length] as Node;
    editNode(node, change, nodes);
  }
  return root.it as Json;
}

function editNode({ above, name }: Node, change: JsonEdit, nodes: readonly Node[]): void {
  const value = Reflect.get(above, name) as unknown;
  if (change.edit === "replace") put(above, name, structuredClone(change.by));
  else if (change.edit === "copy") {
    const from = nodes[change.from % nodes.length] as Node;
    put(above, name, structuredClone(Reflect.get(from.above, from.name)));
  } else if (change.edit === "remove") {
    if (Array.isArray(above)) above.splice(Number(name), 1);
    else if (name === "it") put(above, name, null);
    else Reflect.deleteProperty(above, name);
  } else if (change.edit === "double") {
    if (Array.isArray(above)) above.push(structuredClone(value));
    else put(above, `${name}2`, structuredClone(value));
  } else if (Array.isArray(value)) value.push(structuredClone(change.by));
  else if (typeof value === "object" && value !== null) put(value, change.name, structuredClone(change.by));
}

function put(above: object, name: string, value: unknown): void {
  Object.defineProperty(above, name, { value, writable: true, enumerable: true, configurable: true });
}

function nodesOf(tree: Tree, found: Node[]): readonly Node[] {
  for (const name of Object.keys(tree)) {
    found.push({ above: tree, name });
    const value = Reflect.get(tree, name) as unknown;
    if (typeof value === "object" && value !== null) nodesOf(value as Tree, found);
  }
  return found;
}

/** A change of bytes. */
export type BytesEdit =
  | { readonly edit: "set"; readonly at: number; readonly by: number }
  | { readonly edit: "cut"; readonly at: number }
  | { readonly edit: "extend"; readonly by: Uint8Array }
  | { readonly edit: "insert"; readonly at: number; readonly by: Uint8Array }
  | { readonly edit: "drop"; readonly at: number; readonly length: number };

const place = fc.nat(100_000);

export const bytesEdit: fc.Arbitrary<BytesEdit> = fc.oneof(
  fc.record({ edit: fc.constant("set" as const), at: place, by: fc.nat(255) }),
  fc.record({ edit: fc.constant("cut" as const), at: place }),
  fc.record({ edit: fc.constant("extend" as const), by: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ edit: fc.constant("insert" as const), at: place, by: fc.uint8Array({ minLength: 1, maxLength: 9 }) }),
  fc.record({ edit: fc.constant("drop" as const), at: place, length: fc.integer({ min: 1, max: 40 }) }),
);

/** @returns a changed copy; places are counted from the start, round and round */
export function editBytes(original: Uint8Array, edits: readonly BytesEdit[]): Uint8Array {
  return edits.reduce((whole, change) => {
    const index = "at" in change ? change.at % (whole.length + 1) : whole.length;
    const [before, after] = [whole.subarray(0, index), whole.subarray(index)];
    if (change.edit === "cut") return Uint8Array.from(before);
    if (change.edit === "set") return joined(before, Uint8Array.of(change.by), after.subarray(1));
    if (change.edit === "drop") return joined(before, after.subarray(change.length));
    return joined(before, change.by, after);
  }, original);
}

/** @returns the bytes of `value` as `JSON.stringify` spells it, which is canonical where its names are in order */
export function jsonBytes(value: Json): Uint8Array {
  return utf8(JSON.stringify(value));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
