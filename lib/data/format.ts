/**
 * How records lie in a plain chunk. Owners write it, sandboxes read it, and a policy names it for each input.
 *
 * | kind    | in a chunk |
 * | ------- | --- |
 * | `lines` | UTF-8 lines, each ended by `\n`; one `\r` before it is not part of the record |
 * | `json`  | one JSON text per line |
 * | `csv`   | one JSON array of strings per line, one string per column |
 * | `bytes` | a 32-bit big-endian length before each record |
 */

export type RecordFormat =
  | { readonly kind: "lines" }
  | { readonly kind: "json" }
  | { readonly kind: "csv"; readonly columns: readonly string[] }
  | { readonly kind: "bytes" };
