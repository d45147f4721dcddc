/**
 * Which variable each identifier of a script means (ECMA-262 §8.2, strict mode): scopes, what is declared in them, and
 * the references, free ones among them. `eval` and `with`, which no program has, are the only things that could differ.
 */

import type { AnyNode, Identifier } from "acorn";

export type FunctionNode = Extract<
  AnyNode,
  { type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression" }
>;

/** What one name stands for in one scope. */
export interface Variable {
  readonly name: string;
  /** The function whose call makes the variable; undefined for the script itself. */
  readonly home: FunctionNode | undefined;
  /** What is assigned where it is declared: functions, classes and initial values; not those of a pattern. */
  readonly values: AnyNode[];
  readonly references: Reference[];
}

/** One use of a name. */
export interface Reference {
  readonly node: Identifier;
  /** Undefined where no scope declares the name: a global. */
  readonly variable: Variable | undefined;
}

type Scope = Map<string, Variable>;

/** The syntax tree of a script with its names resolved. */
export class ScopedTree {
  readonly root: AnyNode;
  readonly references: Reference[] = [];
  readonly #parents = new Map<AnyNode, AnyNode>();
  readonly #fields = new Map<AnyNode, string>();
  readonly #scopes = new Map<AnyNode, Scope>();
  readonly #bindings = new Set<AnyNode>();
  readonly #variables = new Map<AnyNode, Variable | undefined>();

  constructor(root: AnyNode) {
    this.root = root;
    this.#link(root);
    this.each(root, (node) => this.#declare(node));
    this.each(root, (node) => this.#refer(node));
  }

  parentOf(node: AnyNode): AnyNode | undefined {
    return this.#parents.get(node);
  }

  /** @returns the name under which `node` stands in its parent. */
  fieldOf(node: AnyNode): string {
    return this.#fields.get(node) ?? "";
  }

  /** @returns what an identifier means, where it is a reference to what a scope declares. */
  variableOf(node: Identifier): Variable | undefined {
    return this.#variables.get(node);
  }

  /** Calls `visit` for `node` and all below it, in the order of the text; not below where it returns false. */
  each(node: AnyNode, visit: (node: AnyNode) => unknown): void {
    if (visit(node) === false) return;
    for (const [, child] of childrenOf(node)) this.each(child, visit);
  }

  /** @returns the function that `node` stands in, but for itself. */
  functionOf(node: AnyNode): FunctionNode | undefined {
    let at = this.parentOf(node);
    while (at !== undefined && !isFunction(at)) at = this.parentOf(at);
    return at;
  }

  #link(node: AnyNode): void {
    for (const [field, child] of childrenOf(node)) {
      this.#parents.set(child, node);
      this.#fields.set(child, field);
      this.#link(child);
    }
  }

  #declare(node: AnyNode): void {
    if (node.type === "VariableDeclaration") {
      for (const { id, init } of node.declarations) {
        this.#bind(id, node.kind === "var" ? this.#functionOrRoot(node) : this.#blockOf(node), init);
      }
    } else if (isFunction(node)) {
      if (node.type === "FunctionDeclaration" && node.id) this.#bind(node.id, this.#blockOf(node), node);
      if (node.type === "FunctionExpression" && node.id) this.#bind(node.id, node, node);
      if (node.type !== "ArrowFunctionExpression") this.#variable(node, "arguments");
      for (const parameter of node.params) this.#bind(parameter, node, undefined);
    } else if (node.type === "ClassDeclaration" || node.type === "ClassExpression") {
      if (node.id) this.#bind(node.id, node.type === "ClassExpression" ? node : this.#blockOf(node), node);
    } else if (node.type === "CatchClause" && node.param) {
      this.#bind(node.param, node, undefined);
    }
  }

  /** Declares the names of a pattern. */
  #bind(pattern: AnyNode, scope: AnyNode, value: AnyNode | null | undefined): void {
    if (pattern.type === "Identifier") {
      this.#bindings.add(pattern);
      const variable = this.#variable(scope, pattern.name);
      if (value) variable.values.push(value);
    } else if (pattern.type === "AssignmentPattern") this.#bind(pattern.left, scope, undefined);
    else if (pattern.type === "RestElement") this.#bind(pattern.argument, scope, undefined);
    else if (pattern.type === "ArrayPattern") {
      for (const element of pattern.elements) if (element) this.#bind(element, scope, undefined);
    } else if (pattern.type === "ObjectPattern") {
      for (const property of pattern.properties) {
        this.#bind(property.type === "Property" ? property.value : property, scope, undefined);
      }
    }
  }

  #variable(scope: AnyNode, name: string): Variable {
    const names = this.#scopes.get(scope) ?? new Map<string, Variable>();
    this.#scopes.set(scope, names);
    const home = isFunction(scope) ? scope : this.functionOf(scope);
    const variable = names.get(name) ?? { name, home, values: [], references: [] };
    names.set(name, variable);
    return variable;
  }

  #refer(node: AnyNode): void {
    if (node.type !== "Identifier" || !this.#isReference(node)) return;
    let variable: Variable | undefined;
    for (let at: AnyNode | undefined = node; at !== undefined && variable === undefined; at = this.parentOf(at)) {
      variable = this.#scopes.get(at)?.get(node.name);
    }
    const reference = { node, variable };
    this.references.push(reference);
    variable?.references.push(reference);
    this.#variables.set(node, variable);
  }

  #isReference(node: Identifier): boolean {
    const parent = this.parentOf(node);
    if (parent === undefined || this.#bindings.has(node)) return false;
    const field = this.fieldOf(node);
    switch (parent.type) {
      case "MemberExpression":
        return field === "object" || parent.computed;
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
        return field === "value" || parent.computed;
      case "LabeledStatement":
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return false;
      default:
        return true;
    }
  }

  #functionOrRoot(node: AnyNode): AnyNode {
    let at = this.parentOf(node);
    while (at !== undefined && !isFunction(at) && at.type !== "StaticBlock") at = this.parentOf(at);
    return at ?? this.root;
  }

  /** @returns the node whose scope a `let`, `class` or function at `node` is declared in. */
  #blockOf(node: AnyNode): AnyNode {
    let at = this.parentOf(node);
    while (at !== undefined && !scoped.has(at.type)) at = this.parentOf(at);
    return at ?? this.root;
  }
}

const scoped: ReadonlySet<string> = new Set(
  (
    "Program FunctionDeclaration FunctionExpression ArrowFunctionExpression BlockStatement StaticBlock " +
    "ForStatement ForInStatement ForOfStatement SwitchStatement CatchClause"
  ).split(" "),
);

export function isFunction(node: AnyNode): node is FunctionNode {
  return /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

function childrenOf(node: AnyNode): (readonly [field: string, child: AnyNode])[] {
  return Object.entries(node).flatMap(([field, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child) => [field, child] as const),
  );
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
