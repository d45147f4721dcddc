/** Looks at what a program's file exports: is it what `program(import.meta.url, { map, reduce })` makes? */

import type { AnyNode } from "acorn";

import { errorTable } from "../../errors.ts";
import { programName, textRecords } from "../program.ts";
import type { NodeFinding } from "./global-rule.ts";
import { isFunction, type ScopedTree } from "./scope.ts";

const { next } = errorTable.PROGRAM_EXPORT;
const parts = ["zero", "add", "merge", "finish"];

/** Tells how things were written before they were bundled. */
export interface Written {
  /** @returns the text from where `node` was written to the end of its line; undefined for what sealfold itself wrote. */
  textAt(node: AnyNode): string | undefined;
}

/** @returns the expression that the bundled script exports; undefined where it cannot be told. */
export function exportedValue(tree: ScopedTree): AnyNode | undefined {
  let value: AnyNode | undefined;
  tree.each(tree.root, (node) => {
    if (node.type !== "AssignmentExpression" || node.left.type !== "MemberExpression") return;
    const { object, property } = node.left;
    if (object.type === "Identifier" && object.name === "globalThis" && property.type === "Identifier") {
      if (property.name === programName) value = node.right;
    }
  });
  return value === undefined ? undefined : resolve(tree, value);
}

/** @returns what is wrong with the exported expression, as far as its text tells. */
export function exportFindings(tree: ScopedTree, value: AnyNode, written: Written): readonly NodeFinding[] {
  if (value.type !== "CallExpression") return plainFindings(value);
  const [url, definition] = value.arguments as readonly (AnyNode | undefined)[];
  if (!isProgramCall(tree, value.callee, written)) {
    const message = "the default export is not made by program() of sealfold/program, as far as can be seen";
    return [{ node: value, severity: "doubtful", code: undefined, message, next }];
  }
  const findings: NodeFinding[] = [];
  if (url !== undefined && !/^import\.meta\.url\b/.test(written.textAt(url) ?? "import.meta.url")) {
    const message = "the first argument of program() is not import.meta.url, by which mapReduce() finds the file";
    findings.push({ node: url, severity: "doubtful", code: undefined, message, next });
  }
  const object = definition && resolve(tree, definition);
  if (object === undefined) findings.push(thrown(value, "program() has no definition"));
  else if (object.type === "ObjectExpression") findings.push(...definitionFindings(tree, object));
  return findings;
}

function plainFindings(value: AnyNode): readonly NodeFinding[] {
  const isOther = isFunction(value) || /^(?:Literal|TemplateLiteral|(?:Object|Array|Class)\w*)$/.test(value.type);
  const message = "the default export is not what program() makes";
  if (isOther) return [{ node: value, severity: "refused", code: "PROGRAM_EXPORT", message, next }];
  return [{ node: value, severity: "doubtful", code: undefined, message: `${message}, as far as can be seen`, next }];
}

function definitionFindings(tree: ScopedTree, definition: ObjectNode): readonly NodeFinding[] {
  const { map, reduce, records, isOpen } = propertiesOf(definition);
  const findings: NodeFinding[] = [];
  const view = records && resolve(tree, records);
  if (view?.type === "Literal" && view.value !== textRecords) {
    const message = `records is ${JSON.stringify(view.value)}, which is no way to read them`;
    findings.push(thrown(view, message, `write records: "${textRecords}", or leave it out`));
  }
  if (!isOpen && map === undefined) findings.push(thrown(definition, "there is no map"));
  if (!isOpen && reduce === undefined) findings.push(thrown(definition, "there is no reduce"));
  const aggregate = reduce && resolve(tree, reduce);
  if (aggregate?.type === "ObjectExpression") {
    const given = propertiesOf(aggregate);
    const absent = parts.filter((part) => given[part] === undefined);
    const message = `reduce lacks ${absent.join(", ")}`;
    if (!given.isOpen && absent.length > 0) findings.push(thrown(aggregate, message));
  }
  return findings;
}

const whole = "give { map, reduce }, where reduce is a function or an aggregate { zero, add, merge, finish }";

function thrown(node: AnyNode, message: string, advice = whole): NodeFinding {
  return { node, severity: "fails", code: "PROGRAM_THREW", message, next: advice };
}

export type ObjectNode = Extract<AnyNode, { type: "ObjectExpression" }>;
export type Properties = { readonly [name: string]: AnyNode | undefined } & { readonly isOpen: boolean };

/** `isOpen` where there may be more than can be seen. */
export function propertiesOf({ properties }: ObjectNode): Properties {
  const named: Record<string, AnyNode> = {};
  let isOpen = false;
  for (const property of properties) {
    if (property.type === "Property" && !property.computed && property.key.type === "Identifier") {
      named[property.key.name] = property.value;
    } else isOpen = true;
  }
  return Object.assign(Object.create(null), named, { isOpen }) as Properties;
}

/** `program` of this library has no place in the author's files. */
function isProgramCall(tree: ScopedTree, callee: AnyNode, written: Written): boolean {
  const value = resolve(tree, callee);
  return value.type === "FunctionDeclaration" && value.id?.name === "program" && written.textAt(value) === undefined;
}

/** @returns what a variable was declared as, where it was declared once. */
export function resolve(tree: ScopedTree, node: AnyNode): AnyNode {
  if (node.type !== "Identifier") return node;
  const [value, ...others] = tree.variableOf(node)?.values ?? [];
  return value === undefined || others.length > 0 || value === node ? node : resolve(tree, value);
}
