/** Every place in JSON data, and copies in which one place is another. */

/** Where something stands in JSON data. */
export type Path = readonly (string | number)[];

/** The paths of all values in `value` that are neither array nor object. */
export function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return pathsInto(value).flatMap((key) => leavesOf((value as Record<string, unknown>)[key], [...path, key]));
}

/** The paths of all arrays and objects in `value`. */
export function nodesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  return [path, ...pathsInto(value).flatMap((key) => nodesOf((value as Record<string, unknown>)[key], [...path, key]))];
}

function pathsInto(value: object): readonly string[] {
  return Object.keys(value);
}

/** @returns what stands at `path`. */
export function at(value: unknown, path: Path): unknown {
  return path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);
}

/** A copy of `value` in which the value at `path` is what `change` makes of it; `undefined` removes it. */
export function changedAt<T>(value: T, path: Path, change: (old: unknown) => unknown): T {
  const copy = structuredClone(value);
  const parent = at(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const last = path.at(-1) ?? "";
  const other = change(parent[last]);
  if (other !== undefined) parent[last] = other;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}
