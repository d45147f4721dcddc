/** What sealfold asks of a module: nothing imported and nothing exported but the interface, and nothing that runs by itself. */

import { capabilities, type Capability } from "../../data/capabilities.ts";
import { SealfoldError } from "../../errors.ts";
import { abiExports, abiImports, abiModule, memoryExport, type Signature } from "./abi.ts";
import { refuse } from "./byte-reader.ts";
import { type ModuleImport, type ModuleParts, readModule } from "./module-reader.ts";

/** A module that was checked. */
export interface CheckedModule {
  readonly bytes: Uint8Array;
  readonly parts: ModuleParts;
  /** What its imports need of the policy, in the order of `data/capabilities.ts`. */
  readonly needs: readonly Capability[];
  /** The functions of the interface that it exports. */
  readonly functions: ReadonlySet<string>;
}

/** The types of WebAssembly by the byte that stands for them. */
const typeNames: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
]);

/**
 * @param bytes - a module
 * @throws {SealfoldError} PROGRAM_REFUSED, naming the offending import, export or byte
 */
export function checkModule(bytes: Uint8Array): CheckedModule {
  const parts = readModule(bytes);
  const needed = new Set(parts.imports.map((line, index) => checkImport(parts, line, index)));
  return {
    bytes,
    parts,
    needs: capabilities.filter((capability) => needed.has(capability)),
    functions: checkExports(parts),
  };
}

/**
 * @returns all that {@link checkModule} would refuse, in words, for the module's author; one line where it ends the
 * reading of the module
 */
export function refusalsIn(bytes: Uint8Array): readonly string[] {
  const said: string[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SealfoldError)) throw error;
      said.push(error.message);
    }
  };
  const parts = attempt(() => readModule(bytes));
  if (parts === undefined) return said;
  parts.imports.forEach((line, index) => attempt(() => checkImport(parts, line, index)));
  attempt(() => checkExports(parts));
  return said;
}

/**
 * @returns what a module needs the policy to grant: its imports say so
 * @throws {SealfoldError} PROGRAM_REFUSED
 */
export function requiredCapabilities(bytes: Uint8Array): readonly Capability[] {
  return checkModule(bytes).needs;
}

function checkImport(
  parts: ModuleParts,
  { module, name, kind, type }: ModuleImport,
  index: number,
): Capability | undefined {
  const place = `import ${index}, ${quoted(module)}.${quoted(name)}`;
  if (module !== abiModule) refuse(`${place}: a module imports from "${abiModule}" alone`);
  const known = abiImports.get(name);
  if (known === undefined) refuse(`${place}: there is no such function`);
  if (kind !== "function") refuse(`${place}: expected a function, got a ${kind}`);
  expectSignature(parts, type, known.signature, place);
  return known.needs;
}

function checkExports(parts: ModuleParts): ReadonlySet<string> {
  if (parts.memories.length !== 1) refuse(`a module has one memory of its own, got ${parts.memories.length}`);
  const functions = new Set<string>();
  const seen = new Set<string>();
  parts.exports.forEach(({ name, kind, index }, at) => {
    const place = `export ${at}, ${quoted(name)}`;
    if (seen.has(name)) refuse(`${place}: there is another of this name`);
    seen.add(name);
    if (name === memoryExport && (kind !== "memory" || index !== 0)) refuse(`${place}: expected the module's memory`);
    const known = abiExports.get(name);
    if (known === undefined) return;
    if (kind !== "function") refuse(`${place}: expected a function, got a ${kind}`);
    expectSignature(parts, parts.functions[index], known.signature, place);
    functions.add(name);
  });
  for (const name of [memoryExport, "allocate", "aggregate"]) {
    if (!seen.has(name)) refuse(`there is no export "${name}"`);
  }
  if (functions.has("map") === functions.has("map_chunk"))
    refuse('expected an export "map" or "map_chunk", and not both');
  if (functions.has("combine") !== functions.has("finish")) refuse('"combine" and "finish" are exported together');
  return functions;
}

function expectSignature(parts: ModuleParts, type: number | undefined, wanted: Signature, place: string): void {
  const found = parts.signature(type);
  if (found === undefined) refuse(`${place}: its function has no type`);
  const [params, results] = found.map((types) => types.map((byte) => typeNames.get(byte) ?? "").join(" ")) as [
    string,
    string,
  ];
  const wantedParams = wanted.params.map(([, name]) => name).join(" ");
  const wantedResult = wanted.result ?? "";
  if (params !== wantedParams || results !== wantedResult) {
    refuse(`${place}: expected ${shown(wantedParams, wantedResult)}, got ${shown(params, results)}`);
  }
}

function shown(params: string, results: string): string {
  return `(${params}) -> (${results})`;
}

/** A module's own name, safe to print. */
function quoted(name: string): string {
  const clipped = name.length > 64 ? `${name.slice(0, 64)}…` : name;
  return JSON.stringify(clipped).replace(
    /[^\x20-\x7e…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
