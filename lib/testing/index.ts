/**
 * All of `sealfold/testing`: for the tests of whoever writes programs. It loads esbuild and fast-check only when they are needed.
 */

export { type Finding, type FindingPlace, type Severity } from "../program/check/finding.ts";
export { inspectProgram } from "../program/check/inspect.ts";
export { type NamedKey } from "../program/key-store.ts";
export { type LocalTools } from "../program/local-tools.ts";
export { checkLaws, expectLawful, type LawOptions, type LawSample } from "./check-laws.ts";
export { type DuplicateReport } from "./duplicates.ts";
export { type Answer } from "./evaluate.ts";
export { describeLaws, type LawReport } from "./law-report.ts";
export { type LawName } from "./law-name.ts";
export { type LawBreak, type LawSide } from "./laws.ts";
export { type Failed, type Result } from "./work.ts";
