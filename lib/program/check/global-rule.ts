/** Finds the use of globals, and of members of them, that a realm does not have. */

import type { AnyNode, Identifier } from "acorn";

import { realmGlobals, regExpStatics, stringLocaleMethods } from "../realm-globals.ts";
import type { Finding } from "./finding.ts";
import { type Advice, adviceOn, adviceOnCompiling, adviceOnLocales, adviceOnRandom } from "./missing-globals.ts";
import type { Reference, ScopedTree } from "./scope.ts";

/** A finding, and the node of the bundled script that it is about. */
export type NodeFinding = Omit<Finding, "file" | "line" | "column"> & { readonly node: AnyNode };

const present: ReadonlySet<string> = new Set([...realmGlobals, "arguments"]);
const localeMethods: ReadonlySet<string> = new Set([...stringLocaleMethods, "toLocaleString"]);

/** What esbuild writes for a `require` that it could not resolve. */
const requireHelper = "__require";

/** @param fileOf - tells the file that a node was written in */
export function globalFindings(
  tree: ScopedTree,
  fileOf: (node: AnyNode) => string | undefined,
): readonly NodeFinding[] {
  const free = tree.references.filter(({ variable }) => variable === undefined);
  const nameIn = (node: Identifier): string => `${fileOf(node)}: ${node.name}`;
  const tested = new Set(free.filter((reference) => isTested(tree, reference)).map(({ node }) => nameIn(node)));
  return [
    ...free.flatMap((reference) => globalFinding(tree, reference, tested.has(nameIn(reference.node)))),
    ...tree.references.filter(isRequire).map(({ node }) => missing(node, "require", false)),
    ...localeFindings(tree),
  ];
}

function globalFinding(tree: ScopedTree, reference: Reference, isAsked: boolean): readonly NodeFinding[] {
  const { node } = reference;
  if (isTested(tree, reference)) return [];
  if (!present.has(node.name)) {
    return isAssigned(tree, node) ? [undeclared(node)] : [missing(node, node.name, isAsked)];
  }
  const parent = tree.parentOf(node);
  const isCalled = parent?.type === "CallExpression" || parent?.type === "NewExpression";
  if (node.name === "Function" && isCalled && tree.fieldOf(node) === "callee") {
    return [fails(node, "Function(…) compiles text", adviceOnCompiling)];
  }
  const member = memberOf(tree, node);
  return member === undefined || isAssigned(tree, parent)
    ? []
    : memberFinding({ object: node.name, member: member.name, isAsked }, node);
}

interface Member {
  readonly object: string;
  readonly member: string;
  /** Whether the program asks, in the same file, if there is such a thing. */
  readonly isAsked: boolean;
}

function memberFinding({ object, member, isAsked }: Member, node: AnyNode): readonly NodeFinding[] {
  if (object === "Math" && member === "random") return [fails(node, "there is no Math.random", adviceOnRandom)];
  if (object === "Error" && member === "captureStackTrace") {
    const advice = { why: "stacks show the host", next: "leave it out" };
    return [doubtfulIf(isAsked, fails(node, "there is no Error.captureStackTrace", advice))];
  }
  if (object === "RegExp" && regExpStatics.test(member)) {
    const next = "use what match() or exec() returns";
    return [doubtfulIf(true, fails(node, `RegExp.${member} is undefined`, { why: "", next }))];
  }
  if (object !== "globalThis" || present.has(member)) return [];
  return [missing(node, `globalThis.${member}`, true)];
}

/** Methods of these names, unless the program has some of its own. */
function localeFindings(tree: ScopedTree): readonly NodeFinding[] {
  const found: NodeFinding[] = [];
  const own = new Set<string>();
  tree.each(tree.root, (node) => {
    if (node.type === "Property" || node.type === "MethodDefinition" || node.type === "PropertyDefinition") {
      if (!node.computed && node.key.type === "Identifier") own.add(node.key.name);
    }
    if (node.type !== "CallExpression" || node.callee.type !== "MemberExpression" || node.callee.computed) return;
    const { property } = node.callee;
    if (property.type !== "Identifier" || !localeMethods.has(property.name)) return;
    found.push(fails(property, `there is no ${property.name}()`, adviceOnLocales));
  });
  return found.filter(({ node }) => node.type === "Identifier" && !own.has(node.name));
}

function missing(node: AnyNode, name: string, isAsked: boolean): NodeFinding {
  return doubtfulIf(isAsked, fails(node, `there is no ${name}`, adviceOn(name.replace("globalThis.", ""))));
}

function doubtfulIf(isDoubtful: boolean, finding: NodeFinding): NodeFinding {
  return isDoubtful ? { ...finding, severity: "doubtful", code: undefined } : finding;
}

function undeclared(node: AnyNode): NodeFinding {
  const next = "declare the variable, inside map where it belongs to one record";
  return fails(node, "a variable is assigned that is not declared", { why: "programs are strict", next });
}

function fails(node: AnyNode, what: string, { why, next, capability }: Advice): NodeFinding {
  const message = why === "" ? what : `${what}: ${why}`;
  const finding = { node, severity: "fails", code: "PROGRAM_THREW", message, next } as const;
  return capability === undefined ? finding : { ...finding, capability };
}

function memberOf(tree: ScopedTree, node: AnyNode): { readonly name: string; readonly node: AnyNode } | undefined {
  const parent = tree.parentOf(node);
  if (parent?.type === "VariableDeclarator" && parent.id.type === "ObjectPattern") {
    const [first] = parent.id.properties;
    return first?.type === "Property" && first.key.type === "Identifier" ? { name: first.key.name, node } : undefined;
  }
  if (parent?.type !== "MemberExpression" || parent.object !== node) return undefined;
  const { property, computed } = parent;
  if (!computed && property.type === "Identifier") return { name: property.name, node };
  return property.type === "Literal" && typeof property.value === "string" ? { name: property.value, node } : undefined;
}

/** Whether it only asks if there is such a thing. */
function isTested(tree: ScopedTree, { node }: Reference): boolean {
  const parent = tree.parentOf(node);
  if (parent?.type === "UnaryExpression") return parent.operator === "typeof";
  if (memberOf(tree, node)?.name !== "captureStackTrace" || parent === undefined) return false;
  return tree.parentOf(parent)?.type !== "CallExpression";
}

function isAssigned(tree: ScopedTree, node: AnyNode | undefined): boolean {
  const parent = node && tree.parentOf(node);
  return parent?.type === "AssignmentExpression" && parent.left === node;
}

function isRequire({ node, variable }: Reference): boolean {
  return variable !== undefined && node.name === requireHelper;
}
