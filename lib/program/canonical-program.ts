/**
 * The one spelling of a program's script. A program is parsed, what could reach out of a realm by syntax is refused,
 * and it is printed again from its syntax tree (ECMA-262, edition of 2022): the printed text is what is measured and
 * all that V8 ever sees, so that nothing hides in what two parsers might read differently.
 */

import { getLineInfo, type Node, type Options, parse } from "acorn";
import { type Generator, GENERATOR, generate, type State } from "astring";

import { SealfoldError } from "../errors.ts";

/** A canonical program's largest size. */
export const maxProgramBytes: number = 8 * 1024 * 1024;

/** Where in a text something was refused. */
export interface TextPlace {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

const options: Options = { ecmaVersion: 2022, sourceType: "script", allowHashBang: false };

/**
 * Syntax that a program may use: all of the edition's but `import()`, `import.meta`, modules, `with`, `debugger`, and
 * what waits: a program is synchronous, and without promises nothing of it runs when its turn is over.
 */
const allowed: ReadonlySet<string> = new Set(
  (
    "Program ExpressionStatement BlockStatement StaticBlock EmptyStatement ReturnStatement LabeledStatement " +
    "BreakStatement ContinueStatement IfStatement SwitchStatement SwitchCase ThrowStatement TryStatement CatchClause " +
    "WhileStatement DoWhileStatement ForStatement ForInStatement ForOfStatement FunctionDeclaration " +
    "VariableDeclaration VariableDeclarator ClassDeclaration ClassExpression ClassBody MethodDefinition " +
    "PropertyDefinition PrivateIdentifier ThisExpression Super ArrayExpression ObjectExpression Property " +
    "FunctionExpression ArrowFunctionExpression UnaryExpression UpdateExpression BinaryExpression " +
    "AssignmentExpression LogicalExpression MemberExpression ConditionalExpression CallExpression NewExpression " +
    "SequenceExpression YieldExpression TemplateLiteral TaggedTemplateExpression TemplateElement " +
    "SpreadElement RestElement ArrayPattern ObjectPattern AssignmentPattern ChainExpression MetaProperty " +
    "Identifier Literal"
  ).split(" "),
);

/**
 * @returns the canonical text of `source`: unchanged if that is what it is
 * @throws {SealfoldError} PROGRAM_REFUSED with the line of what is not allowed; `cause` is its {@link TextPlace}
 */
export function canonicalProgram(source: string): string {
  try {
    const tree = parseProgram(source);
    const text = print(tree);
    if (text === source) return text; // read again it would be the same tree
    const again = parseProgram(text);
    if (print(again) !== text || !isSame(tree, again)) {
      throw new SealfoldError("PROGRAM_REFUSED", "the program has no canonical text");
    }
    return text;
  } catch (error) {
    if (error instanceof SealfoldError) throw error;
    throw refusal(error);
  }
}

function parseProgram(source: string): Node {
  if (source.length > maxProgramBytes) {
    throw new SealfoldError("PROGRAM_REFUSED", `the program is larger than ${maxProgramBytes} bytes`);
  }
  const tree = parse(source, options);
  const [first] = tree.body;
  if (first?.type !== "ExpressionStatement" || first.directive !== "use strict") {
    throw refuse(source, tree, "a program's script begins with the directive use strict");
  }
  check(tree, (node, text) => {
    throw refuse(source, node, text);
  });
  return tree;
}

/**
 * @returns all that {@link canonicalProgram} would refuse in `source`, not only the first; where its text cannot be
 * parsed, or has no canonical form, that alone. Each error's `cause` is its {@link TextPlace}
 */
export function refusalsIn(source: string): readonly SealfoldError[] {
  const refused: SealfoldError[] = [];
  try {
    check(parse(source, options), (node, text) => refused.push(refuse(source, node, text)));
    if (refused.length === 0) canonicalProgram(source);
  } catch (error) {
    refused.push(error instanceof SealfoldError ? error : refusal(error));
  }
  return refused;
}

/**
 * astring, with the parentheses that it forgets: around an optional chain that goes on (`(a?.b).c`), and around an
 * assignment to an object pattern that is an arrow function's body. Whatever else it forgets is refused, not changed.
 */
function print(tree: Node): string {
  return generate(tree, { generator: printer });
}

const printer: Generator = {
  ...GENERATOR,
  ChainExpression(node, state) {
    printInside(this, node, state);
  },
  AssignmentExpression(node, state) {
    if (node.left.type === "ObjectPattern") printInside(this, node, state);
    else GENERATOR.AssignmentExpression?.call(this, node, state);
  },
};

function printInside(generator: Generator, node: Node, state: State): void {
  state.write("(");
  (GENERATOR as Printers)[node.type]?.call(generator, node, state);
  state.write(")");
}

interface Printers {
  readonly [type: string]: ((this: Generator, node: Node, state: State) => void) | undefined;
}

/** Looks at every node of the tree, and hands out a refusal of each that is not known to be harmless. */
function check(node: Node, refused: (node: Node, text: string) => void): void {
  if (node.type === "ImportExpression") refused(node, "import() is not allowed in a program");
  else if (isAsynchronous(node)) refused(node, "async and await are not allowed: a program is synchronous");
  else if (!allowed.has(node.type)) refused(node, `${node.type} is not allowed in a program`);
  else if (node.type === "MetaProperty" && nameOf(node, "meta") !== "new") {
    refused(node, "import.meta is not allowed in a program");
  }
  for (const field of Object.keys(node)) {
    const value: unknown = (node as unknown as Fields)[field];
    if (isNode(value)) check(value, refused);
    else if (Array.isArray(value)) for (const part of value) if (isNode(part)) check(part, refused);
  }
}

/** `async` functions of every kind, `await`, and `for await`. */
function isAsynchronous(node: Node): boolean {
  const { async, await: waits } = node as { readonly async?: boolean; readonly await?: boolean };
  return node.type === "AwaitExpression" || async === true || waits === true;
}

function nameOf(node: Node, field: string): unknown {
  const value = (node as unknown as Record<string, { readonly name?: unknown } | undefined>)[field];
  return value?.name;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** @returns whether two trees say the same, wherever it stands in their texts. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((part, at) => isSame(part, b[at]));
  if (typeof a !== "object" || a === null) return Object.is(a, b);
  if (typeof b !== "object" || b === null) return false;
  // Where it stands, and the object that a literal regular expression makes; its pattern and flags are compared.
  if (a instanceof RegExp) return b instanceof RegExp;
  return Object.keys(a).every(
    (field) => field === "start" || field === "end" || isSame((a as Fields)[field], (b as Fields)[field]),
  );
}

interface Fields {
  readonly [field: string]: unknown;
}

function refuse(source: string, { start }: Node, text: string): SealfoldError {
  const { line, column } = getLineInfo(source, start);
  return refusal(Object.assign(new SyntaxError(text), { loc: { line, column } }));
}

/** acorn's errors say where; a program nested too deep ends in a RangeError that does not. */
function refusal(error: unknown): SealfoldError {
  const place = error instanceof SyntaxError && "loc" in error ? (error.loc as TextPlace) : { line: 1, column: 0 };
  const text = error instanceof SyntaxError ? error.message.replace(/ \(\d+:\d+\)$/, "") : "nested too deep";
  return new SealfoldError("PROGRAM_REFUSED", `line ${place.line}: ${text}`, {}, { cause: place });
}
