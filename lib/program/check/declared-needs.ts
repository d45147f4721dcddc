/** Reads in a program's text what it declares to need, without running anything of it. */

import { type AnyNode, parse } from "acorn";

import { capabilities, type Capability } from "../../data/capabilities.ts";
import { exportedValue, propertiesOf, resolve } from "./default-export.ts";
import { ScopedTree } from "./scope.ts";

/** Whatever may be a property of that name in an object's canonical text. */
const maybeNeeds = /(?<![.\w$])needs\s*[:,}]/;

/**
 * @param script - a bundled program, in its canonical text
 * @returns the capabilities that stand as a list in its definition's `needs`; undefined where something else stands
 * there, which only shows when the program is loaded
 */
export function declaredNeeds(script: string): readonly Capability[] | undefined {
  if (!maybeNeeds.test(script)) return []; // most need nothing, and to resolve all names takes a third of a build
  return needsIn(new ScopedTree(parse(script, { ecmaVersion: "latest", sourceType: "script" })));
}

/** As {@link declaredNeeds}, for a script that was parsed. */
export function needsIn(tree: ScopedTree): readonly Capability[] | undefined {
  const call = exportedValue(tree);
  const argument = call?.type === "CallExpression" ? call.arguments[1] : undefined;
  const definition = argument && resolve(tree, argument);
  if (definition?.type !== "ObjectExpression") return [];
  const { needs } = propertiesOf(definition);
  if (needs === undefined) return [];
  const list = resolve(tree, needs);
  if (list.type !== "ArrayExpression") return undefined;
  const named = list.elements.map((element) => capabilityOf(tree, element));
  return named.includes(undefined) ? undefined : capabilities.filter((capability) => named.includes(capability));
}

function capabilityOf(tree: ScopedTree, node: AnyNode | null): Capability | undefined {
  const literal = node === null ? undefined : resolve(tree, node);
  const value = literal?.type === "Literal" ? literal.value : undefined;
  return capabilities.find((capability) => capability === value);
}
