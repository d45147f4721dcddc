/** Finds the use of tools that a program does not need, and so does not get; and needs that are none. */

import type { AnyNode } from "acorn";

import { capabilities, type Capability } from "../../data/capabilities.ts";
import { needsIn } from "./declared-needs.ts";
import { propertiesOf, resolve } from "./default-export.ts";
import type { NodeFinding } from "./global-rule.ts";
import { type FunctionNode, isFunction, type ScopedTree } from "./scope.ts";

/** @param exported - what the script exports */
export function toolFindings(tree: ScopedTree, exported: AnyNode): readonly NodeFinding[] {
  const argument = exported.type === "CallExpression" ? exported.arguments[1] : undefined;
  const definition = argument && resolve(tree, argument);
  if (definition?.type !== "ObjectExpression") return [];
  const { map, reduce, needs: list, isOpen } = propertiesOf(definition);
  const found = list === undefined ? [] : unknownNeeds(tree, resolve(tree, list));
  const needs = needsIn(tree);
  if (needs === undefined || (isOpen && list === undefined)) return found;
  const uses = [...usesIn(tree, map, 2), ...usesIn(tree, finishOf(tree, reduce), 1), ...usesIn(tree, reduce, 2)];
  const mapFunction = map && functionOf(tree, map);
  return [
    ...found,
    ...uses.filter(({ need }) => !needs.includes(need)).map(({ node, need }) => missing(node, need)),
    ...usesIn(tree, mapFunction, 2)
      .filter(isNarrow(needs))
      .map(({ node }) => early(node)),
  ];
}

/** One use of a tool, which needs a capability. */
interface Use {
  readonly node: AnyNode;
  readonly need: Capability;
}

function unknownNeeds(tree: ScopedTree, list: AnyNode): readonly NodeFinding[] {
  if (list.type !== "ArrayExpression") return [];
  return list.elements.flatMap((element) => {
    const literal = element && resolve(tree, element);
    if (literal?.type !== "Literal" || capabilities.some((capability) => capability === literal.value)) return [];
    const message = `there is no capability ${String(literal.raw)}`;
    const next = `needs may name ${capabilities.join(", ")}`;
    return [{ node: literal, severity: "refused", code: "PROGRAM_EXPORT", message, next } as const];
  });
}

function missing(node: AnyNode, need: Capability): NodeFinding {
  const message = `there is no tools.${need}: needs does not name it`;
  const next = `write needs: ["${need}"], with what else the program needs, before map; a policy must grant it`;
  return { node, severity: "fails", code: "PROGRAM_THREW", message, next, capability: need };
}

function early(node: AnyNode): NodeFinding {
  const next = "narrow in reduce or finish, where the records are behind";
  return { node, severity: "fails", code: "PROGRAM_THREW", message: "a map cannot narrow the policy", next };
}

function isNarrow(needs: readonly Capability[]): (use: Use) => boolean {
  return ({ need }) => need === "policy.narrow" && needs.includes(need);
}

function finishOf(tree: ScopedTree, reduce: AnyNode | undefined): AnyNode | undefined {
  const aggregate = reduce && resolve(tree, reduce);
  return aggregate?.type === "ObjectExpression" ? propertiesOf(aggregate)["finish"] : undefined;
}

function functionOf(tree: ScopedTree, node: AnyNode): FunctionNode | undefined {
  const value = resolve(tree, node);
  return isFunction(value) ? value : undefined;
}

/** @returns the uses of the parameter at `place` of a function that can be seen */
function usesIn(tree: ScopedTree, node: AnyNode | undefined, place: number): readonly Use[] {
  const made = node && functionOf(tree, node);
  const parameter = made?.params[place];
  return made === undefined || parameter === undefined ? [] : toolsIn(tree, made, parameter);
}

function toolsIn(tree: ScopedTree, home: FunctionNode, pattern: AnyNode): readonly Use[] {
  return membersOf(tree, home, pattern).flatMap(({ name, node, value }) => {
    if (name !== "policy") return useOf(name, node);
    return membersOf(tree, home, value).flatMap((part) => useOf(`policy.${part.name}`, part.node));
  });
}

function useOf(name: string, node: AnyNode): readonly Use[] {
  const need = capabilities.find((capability) => capability === name);
  return need === undefined ? [] : [{ node, need }];
}

/** A member that is taken out of an object, and what stands for it from there on. */
interface Member {
  readonly name: string;
  readonly node: AnyNode;
  readonly value: AnyNode;
}

/** @param holder - what stands for an object: a parameter, a pattern, or an expression */
function membersOf(tree: ScopedTree, home: FunctionNode, holder: AnyNode): readonly Member[] {
  if (holder.type === "AssignmentPattern") return membersOf(tree, home, holder.left);
  if (holder.type === "ObjectPattern") return membersIn(holder);
  if (holder.type !== "Identifier") return memberAt(tree, holder);
  const { name } = holder;
  return tree.references
    .filter(({ node, variable }) => node.name === name && variable?.home === home && variable.values.length === 0)
    .flatMap(({ node }) => memberAt(tree, node));
}

function memberAt(tree: ScopedTree, node: AnyNode): readonly Member[] {
  const parent = tree.parentOf(node);
  if (parent?.type === "VariableDeclarator" && parent.id.type === "ObjectPattern" && parent.init === node) {
    return membersIn(parent.id);
  }
  if (parent?.type !== "MemberExpression" || parent.object !== node || parent.computed) return [];
  return parent.property.type === "Identifier"
    ? [{ name: parent.property.name, node: parent.property, value: parent }]
    : [];
}

function membersIn({ properties }: Extract<AnyNode, { type: "ObjectPattern" }>): readonly Member[] {
  return properties.flatMap((property) => {
    if (property.type !== "Property" || property.computed || property.key.type !== "Identifier") return [];
    return [{ name: property.key.name, node: property.key, value: property.value }];
  });
}
