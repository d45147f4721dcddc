/**
 * Says before a run what would be refused in a program, what would fail, and what is doubtful. It reads the program's
 * files and runs nothing of them. What cannot be seen in their text, such as members by computed names, it does not find.
 */

import { basename, dirname } from "node:path";

import { type AnyNode, parse } from "acorn";
import type { Message } from "esbuild";

import { type ErrorCode, errorTable, type SealfoldError } from "../../errors.ts";
import { findFile } from "../bundle.ts";
import { refusalsIn, type TextPlace } from "../canonical-program.ts";
import { inspectModule } from "../wasm/inspect-module.ts";
import { isModuleFile } from "../wasm/module-file.ts";
import { attemptBuild, isImportError, isNoExport } from "./attempt-build.ts";
import { exportedValue, exportFindings } from "./default-export.ts";
import { type Finding, type FindingPlace, sortFindings } from "./finding.ts";
import { globalFindings, type NodeFinding } from "./global-rule.ts";
import { stateFindings } from "./kept-state.ts";
import { ScopedTree } from "./scope.ts";
import { SourcePlaces } from "./source-places.ts";
import { toolFindings } from "./tool-rule.ts";

/**
 * Looks at the program in `file`, and at all that it imports and uses.
 * @param file - path or file URL of a TypeScript or JavaScript module, or of one in WebAssembly
 * @returns the findings in the order of their places; none is `refused` if a sandbox takes the program
 * @throws {SealfoldError} DATA_FILE when there is no such file
 */
export async function inspectProgram(file: string | URL): Promise<readonly Finding[]> {
  const path = await findFile(file);
  if (isModuleFile(path)) return (await inspectModule(path)).findings;
  const start: FindingPlace = { file: basename(path), line: 1, column: 1 };
  const { errors, warnings, output } = await attemptBuild(path);
  const findings = [
    ...errors.map((message) => errorFinding(message, start)),
    ...warnings.filter(isOwnWarning).map((message) => warningFinding(message, start)),
  ];
  if (output === undefined) return sortFindings(findings);
  const places = new SourcePlaces(output.map, dirname(path));
  return sortFindings([...findings, ...syntaxFindings(output.script, places), ...treeFindings(output.script, places)]);
}

function errorFinding(message: Message, start: FindingPlace): Finding {
  if (isNoExport(message)) return refused("PROGRAM_EXPORT", start, "there is no default export");
  const code = isImportError(message) ? "PROGRAM_IMPORT" : "PROGRAM_BUILD";
  return refused(code, placeOf(message, start), message.text);
}

/** What esbuild notices, but for what a package's author knows and for what is found here anyway. */
function isOwnWarning({ id, location }: Message): boolean {
  return id !== "direct-eval" && location !== null && !location.file.includes("node_modules/");
}

function warningFinding(message: Message, start: FindingPlace): Finding {
  const place = placeOf(message, start);
  if (message.id === "empty-import-meta") {
    return refused("PROGRAM_REFUSED", place, "import.meta has nothing but url");
  }
  const next = "correct it where it is a mistake";
  return { severity: "doubtful", code: undefined, ...place, message: message.text, next };
}

function placeOf({ location }: Message, start: FindingPlace): FindingPlace {
  return location === null ? start : { file: location.file, line: location.line, column: location.column + 1 };
}

function syntaxFindings(script: string, places: SourcePlaces): readonly Finding[] {
  return refusalsIn(script).flatMap((error: SealfoldError) => {
    const place = places.find(error.cause as TextPlace);
    const code = error.message.includes("import()") ? "PROGRAM_IMPORT" : "PROGRAM_REFUSED";
    return place === undefined ? [] : [refused(code, place, error.message.replace(/^line \d+: /, ""))];
  });
}

function refused(code: ErrorCode, place: FindingPlace, message: string): Finding {
  return { severity: "refused", code, ...place, message, next: errorTable[code].next };
}

function treeFindings(script: string, places: SourcePlaces): readonly Finding[] {
  const tree = scopedTree(script);
  if (tree === undefined) return [];
  const exported = exportedValue(tree);
  const placeOfNode = (node: AnyNode): FindingPlace | undefined =>
    places.find(node.loc?.start ?? { line: 1, column: 0 });
  const textAt = (node: AnyNode): string | undefined => {
    const place = placeOfNode(node);
    return place && places.textAt(place);
  };
  const found: readonly NodeFinding[] = [
    ...globalFindings(tree, (node) => placeOfNode(node)?.file).filter(({ node }) => isWritten(node, textAt(node))),
    ...stateFindings(tree, exported),
    ...(exported === undefined ? [] : exportFindings(tree, exported, { textAt })),
    ...(exported === undefined ? [] : toolFindings(tree, exported)),
  ];
  return found.flatMap(({ node, ...finding }) => {
    const place = placeOfNode(node);
    return place === undefined ? [] : [{ ...finding, ...place }];
  });
}

/** Whether its author wrote a global, in JSX perhaps, and not esbuild. */
function isWritten(node: AnyNode, text = ""): boolean {
  if (node.type !== "Identifier") return true;
  return text.startsWith("<") || text.startsWith(node.name.replace(/^__(?=require$)/, ""));
}

/** What cannot be parsed, or is nested too deep, is refused as syntax. */
function scopedTree(script: string): ScopedTree | undefined {
  try {
    return new ScopedTree(parse(script, { ecmaVersion: "latest", sourceType: "script", locations: true }));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
