/** What a hostile coordinator posts to a sandbox's port: what it should, changed; and what nobody should. */

import fc from "fast-check";

import type { Json } from "../../lib/data/canonical.ts";
import { isErrorCode } from "../../lib/errors.ts";
import { encodeMessage, parseMessage } from "../../lib/sandbox/message.ts";
import type { Said, Transcript } from "./_stage.ts";
import { bytes, type BytesEdit, bytesEdit, editBytes, editJson, json, type JsonEdit, jsonEdit } from "./_values.ts";

const kinds =
  "init attest open say job challenge admit handshake task members retire release trust join map reduce cell finish " +
  "seal ok error";
const fields =
  "platform signatures index nonce channel requests commitments plan jobId certId role evidence challenge task map " +
  "reduce manifests partitions";

/** Something that is no message, and that can be posted. */
const noise: fc.Arbitrary<unknown> = fc.oneof(
  fc.array(bytes, { maxLength: 3 }),
  fc
    .anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true, maxDepth: 2 })
    .filter(canBePosted),
  fc.constant(null).map(() => [new Uint8Array(new SharedArrayBuffer(8))]),
  fc.string().map((text) => [Buffer.from(text)]),
  fc.array(fc.constant(0), { minLength: 8190, maxLength: 8200 }).map((all) => all.map(() => new Uint8Array(0))),
  json.map((value) => [Buffer.from(JSON.stringify(value))]),
  json.map((value) => [Buffer.from(JSON.stringify({ id: 1, kind: "init", body: value }))]),
  fc
    .nat(60_000)
    .map((depth) => [Buffer.from(`{"id":1,"kind":"job","body":{"plan":${"[".repeat(depth)}${"]".repeat(depth)}}}`)]),
);

function canBePosted(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false; // a function, a symbol
  }
}

/** A message of a shape that could be right. */
const guess: fc.Arbitrary<Said> = fc.record({
  kind: fc.oneof({ arbitrary: fc.constantFrom(...kinds.split(" ")), weight: 9 }, { arbitrary: fc.string(), weight: 1 }),
  body: fc.dictionary(fc.oneof(fc.constantFrom(...fields.split(" ")), fc.string()), json, { maxKeys: 8 }),
  parts: fc.array(bytes, { maxLength: 4 }),
});

const at = fc.nat(40);

/** A change of what is said to a sandbox. Places are counted round and round. */
type Edit =
  | { readonly edit: "drop" | "double" | "last"; readonly at: number }
  | { readonly edit: "swap"; readonly at: number; readonly to: number }
  | { readonly edit: "body"; readonly at: number; readonly by: readonly JsonEdit[] }
  | { readonly edit: "part"; readonly at: number; readonly part: number; readonly by: readonly BytesEdit[] }
  | { readonly edit: "parts"; readonly at: number; readonly drop: number; readonly by: readonly Uint8Array[] }
  | { readonly edit: "header"; readonly at: number; readonly by: readonly BytesEdit[] }
  | { readonly edit: "foreign"; readonly at: number; readonly from: number; readonly what: number }
  | { readonly edit: "guess"; readonly at: number; readonly by: Said }
  | { readonly edit: "noise"; readonly at: number; readonly by: unknown };

const some = { minLength: 1, maxLength: 3 };
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ edit: fc.constantFrom("drop" as const, "double" as const, "last" as const), at }),
  fc.record({ edit: fc.constant("swap" as const), at, to: at }),
  { arbitrary: fc.record({ edit: fc.constant("body" as const), at, by: fc.array(jsonEdit, some) }), weight: 4 },
  {
    arbitrary: fc.record({ edit: fc.constant("part" as const), at, part: fc.nat(9), by: fc.array(bytesEdit, some) }),
    weight: 3,
  },
  fc.record({ edit: fc.constant("parts" as const), at, drop: fc.nat(3), by: fc.array(bytes, { maxLength: 2 }) }),
  { arbitrary: fc.record({ edit: fc.constant("header" as const), at, by: fc.array(bytesEdit, some) }), weight: 2 },
  fc.record({ edit: fc.constant("foreign" as const), at, from: fc.nat(20), what: at }),
  { arbitrary: fc.record({ edit: fc.constant("guess" as const), at, by: guess }), weight: 2 },
  { arbitrary: fc.record({ edit: fc.constant("noise" as const), at, by: noise }), weight: 2 },
);

/** What becomes of one role's transcript. */
export interface Play {
  readonly transcript: number;
  readonly edits: readonly Edit[];
  /** Whether everything is posted before anything is answered. */
  readonly atOnce: boolean;
}

export const play: fc.Arbitrary<Play> = fc.record({
  transcript: fc.nat(20),
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  atOnce: fc.boolean(),
});

/** One post: a message, or what stands in its place. */
type Post = { readonly said: Said; readonly header?: readonly BytesEdit[] } | { readonly noise: unknown };

/** @returns what is posted, one after the other */
export function postsOf({ transcript, edits }: Play, all: readonly Transcript[]): readonly unknown[] {
  const { said } = all[transcript % all.length] as Transcript;
  const posts = edits.reduce<readonly Post[]>(
    (list, change) => applyEdit(list, change, all),
    said.map((one) => ({ said: one })),
  );
  return posts.map((post, index) => ("noise" in post ? post.noise : framesOf(post, index)));
}

function applyEdit(list: readonly Post[], change: Edit, all: readonly Transcript[]): readonly Post[] {
  const index = change.at % Math.max(list.length, 1);
  const here = list[index];
  const put = (...posts: readonly Post[]): readonly Post[] => list.toSpliced(index, 0, ...posts);
  switch (change.edit) {
    case "drop":
      return list.toSpliced(index, 1);
    case "double":
      return here === undefined ? list : put(here);
    case "last":
      return list.slice(0, index + 1);
    case "swap": {
      const to = change.to % Math.max(list.length, 1);
      const there = list[to];
      return here && there ? list.with(index, there).with(to, here) : list;
    }
    case "foreign": {
      const said = all[change.from % all.length]?.said ?? [];
      const one = said[change.what % Math.max(said.length, 1)];
      return one === undefined ? list : put({ said: one });
    }
    case "guess":
      return put({ said: change.by });
    case "noise":
      return put({ noise: change.by });
    default:
      return here === undefined || "noise" in here ? list : list.with(index, editPost(here.said, change));
  }
}

function editPost(said: Said, change: Extract<Edit, { edit: "body" | "part" | "parts" | "header" }>): Post {
  const { parts } = said;
  if (change.edit === "header") return { said, header: change.by };
  if (change.edit === "body") {
    const body = editJson(said.body, change.by);
    return { said: { ...said, body: body as Said["body"] } };
  }
  if (change.edit === "parts") return { said: { ...said, parts: [...parts.slice(change.drop), ...change.by] } };
  const part = parts[change.part % Math.max(parts.length, 1)];
  if (part === undefined) return { said };
  return { said: { ...said, parts: parts.with(change.part % parts.length, editBytes(part, change.by)) } };
}

function framesOf({ said, header = [] }: Extract<Post, { said: Said }>, index: number): readonly Uint8Array[] {
  const [first = new Uint8Array(), ...parts] = encodeMessage(index, said.kind, said.body, said.parts);
  return [editBytes(first, header), ...parts];
}

const places = ["stage", "task", "record", "field", "party"];

/** Holds that an answer is one, and that a refusal is a code with its public place. */
export function expectCode(answer: unknown): string {
  const { kind, body } = parseMessage(answer);
  if (kind === "ok") return kind;
  const code = body.text("code");
  if (kind !== "error" || !isErrorCode(code) || code === "BUG") throw new Error(`answered ${kind} ${code}`);
  const place = body.document("place") as Record<string, Json>;
  for (const [name, value] of Object.entries(place)) {
    const isPublic = places.includes(name) && (Number.isSafeInteger(value) || typeof value === "string");
    if (!isPublic) throw new Error(`${code} says ${name}`);
  }
  return code;
}
