/**
 * Which functions may run while a record is mapped or values are reduced, and which variables these write that were
 * there before: what they hold goes over from one record to the next, until the task ends, so that the answer depends
 * on how records are split into tasks.
 */

import type { AnyNode, Identifier } from "acorn";

import type { NodeFinding } from "./global-rule.ts";
import { type FunctionNode, isFunction, type Reference, type ScopedTree, type Variable } from "./scope.ts";

/** Methods that change what they are called on. */
const changing: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear next".split(" "),
);
const collections: ReadonlySet<string> = new Set("Map Set WeakMap WeakSet Array".split(" "));

const next =
  "keep it inside map, or emit it and leave it to reduce: a task begins without it, and you do not choose the tasks";

/** @param definition - the value of the default export, or undefined where it is not known: then every function may run */
export function stateFindings(tree: ScopedTree, definition: AnyNode | undefined): readonly NodeFinding[] {
  const running = new RunningFunctions(tree, definition);
  const found = new Map<Variable | string, NodeFinding>();
  for (const reference of tree.references) {
    const { node, variable } = reference;
    const at = tree.functionOf(node);
    if (at === undefined || !running.has(at)) continue;
    if (variable?.home !== undefined && running.has(variable.home)) continue;
    const how = changeOf(tree, reference);
    if (how === undefined || found.has(variable ?? node.name)) continue;
    const message = `${node.name} ${how}: state that one record leaves to the next`;
    found.set(variable ?? node.name, { node, severity: "doubtful", code: undefined, message, next });
  }
  return [...found.values()];
}

class RunningFunctions {
  readonly #tree: ScopedTree;
  readonly #running = new Set<FunctionNode>();
  readonly #entered = new Set<Variable>();
  readonly #isAll: boolean;

  constructor(tree: ScopedTree, definition: AnyNode | undefined) {
    this.#tree = tree;
    this.#isAll = definition === undefined;
    if (definition !== undefined) this.#load(definition);
  }

  has(node: FunctionNode): boolean {
    // The bundle's own outermost function runs once, at the beginning.
    return this.#isAll ? this.#tree.functionOf(node) !== undefined : this.#running.has(node);
  }

  /** `node` is evaluated once, when the program is loaded; the functions that it makes or names may run later. */
  #load(node: AnyNode): void {
    this.#tree.each(node, (at) => {
      if (isFunction(at)) {
        this.#keep(at);
        return false;
      }
      if (at.type === "Identifier") this.#use(at);
      return true;
    });
  }

  /** A variable that a running function uses, or that the definition names. */
  #use(node: Identifier): void {
    const variable = this.#tree.variableOf(node);
    if (variable === undefined) return;
    const parent = this.#tree.parentOf(node);
    const isCalled = parent?.type === "CallExpression" || parent?.type === "NewExpression";
    const isCallee = isCalled && parent.callee === node;
    if (isCallee && !this.#isRunning(node)) for (const value of variable.values) this.#makes(value);
    else this.#enter(variable);
  }

  #enter(variable: Variable): void {
    if (this.#entered.has(variable)) return;
    this.#entered.add(variable);
    for (const value of valuesOf(this.#tree, variable)) {
      if (isFunction(value)) this.#run(value);
      else this.#load(value);
    }
  }

  /** `node` is called, once, when the program is loaded: the functions inside it may run later. */
  #makes(node: AnyNode): void {
    this.#tree.each(node, (at) => {
      if (at === node || !isFunction(at)) return true;
      this.#keep(at);
      return false;
    });
  }

  /** A function that is made when the program is loaded, and called then or kept to be called later. */
  #keep(node: FunctionNode): void {
    const parent = this.#tree.parentOf(node);
    const isCalled = parent?.type === "CallExpression" && parent.callee === node;
    if (isCalled || this.#isModule(node)) this.#makes(node);
    else this.#run(node);
  }

  #run(node: FunctionNode): void {
    if (this.#running.has(node)) return;
    this.#running.add(node);
    this.#tree.each(node, (at) => {
      if (at !== node && isFunction(at)) this.#run(at);
      else if (at.type === "Identifier") this.#use(at);
      else return true;
      return false;
    });
  }

  #isRunning(node: AnyNode): boolean {
    const at = this.#tree.functionOf(node);
    return at !== undefined && this.#running.has(at);
  }

  /** Whether it is what esbuild wraps a CommonJS module in: run once, when the module is first asked for. */
  #isModule(node: FunctionNode): boolean {
    const call = this.#tree.parentOf(this.#tree.parentOf(this.#tree.parentOf(node) ?? node) ?? node);
    return (
      call?.type === "CallExpression" &&
      call.callee.type === "Identifier" &&
      /^__(?:commonJS|esm)/.test(call.callee.name)
    );
  }
}

/** @returns what is assigned to a variable, where it is declared or later. */
function valuesOf(tree: ScopedTree, { values, references }: Variable): readonly AnyNode[] {
  const assigned = references.flatMap(({ node }) => {
    const parent = tree.parentOf(node);
    return parent?.type === "AssignmentExpression" && parent.left === node ? [parent.right] : [];
  });
  return [...values, ...assigned];
}

/** @returns how a reference changes its variable, in words. */
function changeOf(tree: ScopedTree, reference: Reference): string | undefined {
  const { node } = reference;
  const top = memberChain(tree, node);
  if (isTarget(tree, top)) {
    // A global that is not there is not written.
    if (top === node) return reference.variable === undefined ? undefined : "is written";
    return "is changed inside";
  }
  const parent = tree.parentOf(top);
  if (parent?.type === "CallExpression" && parent.callee === top && top.type === "MemberExpression") {
    return methodChange(tree, reference, top.property);
  }
  const isFirst = parent?.type === "CallExpression" && parent.arguments[0] === node;
  return isFirst && /^Object\.(?:assign|defineProperty|defineProperties)$/.test(nameOf(parent.callee))
    ? "is changed inside"
    : undefined;
}

function methodChange(tree: ScopedTree, { variable, node }: Reference, method: AnyNode): string | undefined {
  if (method.type !== "Identifier" || variable === undefined) return undefined;
  const isDirect = tree.parentOf(node) === tree.parentOf(method);
  const values = valuesOf(tree, variable);
  if (isDirect && (method.name === "test" || method.name === "exec")) {
    const isSticky = values.some((value) => value.type === "Literal" && /[gy]/.test(value.regex?.flags ?? ""));
    return isSticky ? `is a regular expression with the flag g or y, which moves its lastIndex` : undefined;
  }
  if (!changing.has(method.name)) return undefined;
  const isGenerator = method.name === "next" && values.some(({ type }) => type === "CallExpression");
  return isGenerator || values.some((value) => isContainer(value, isDirect)) ? "is changed inside" : undefined;
}

function isContainer(value: AnyNode, isDirect: boolean): boolean {
  if (value.type === "ArrayExpression") return true;
  if (value.type === "ObjectExpression") return !isDirect;
  if (value.type === "CallExpression") return /^Array\.(?:from|of)$/.test(nameOf(value.callee));
  if (value.type !== "NewExpression" || value.callee.type !== "Identifier") return false;
  return collections.has(value.callee.name) || value.callee.name.endsWith("Array");
}

/** @returns the outermost `a.b[c]` that begins with `node`. */
function memberChain(tree: ScopedTree, node: AnyNode): AnyNode {
  const parent = tree.parentOf(node);
  const goesOn = (parent?.type === "MemberExpression" && parent.object === node) || parent?.type === "ChainExpression";
  return goesOn ? memberChain(tree, parent) : node;
}

/** @returns whether `node` is assigned to, counted up or down, or deleted. */
function isTarget(tree: ScopedTree, node: AnyNode): boolean {
  const parent = tree.parentOf(node);
  const field = tree.fieldOf(node);
  switch (parent?.type) {
    case "AssignmentExpression":
    case "ForInStatement":
    case "ForOfStatement":
      return field === "left";
    case "UpdateExpression":
      return true;
    case "UnaryExpression":
      return parent.operator === "delete";
    case "AssignmentPattern":
      return field === "left";
    case "RestElement":
    case "ArrayPattern":
      return true;
    case "Property":
      return field === "value" && tree.parentOf(parent)?.type === "ObjectPattern";
    default:
      return false;
  }
}

function nameOf(node: AnyNode): string {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return "";
  return `${nameOf(node.object)}.${nameOf(node.property)}`;
}
