/** Programs that map nothing, for tests of what is said about modules. */

import {
  body,
  type Bytes,
  f64,
  type FunctionImport,
  functionType,
  i32,
  memoryExported,
  moduleOf,
  op,
  type Parts,
  programFunctions,
  section,
  types,
  vector,
} from "./_module.ts";

export interface ModuleOptions {
  /** Functions of the interface, by name, with how many i32 they take. */
  readonly imports?: readonly (readonly [name: string, params: number])[];
  /** A function that is imported from elsewhere. */
  readonly foreign?: readonly [module: string, name: string];
  /** The number that `aggregate` answers. */
  readonly aggregate?: number;
  /** An export that is left out. */
  readonly without?: string;
  readonly extra?: ReadonlyMap<number, Bytes>;
}

/** @returns a module that has all that the interface asks for, and 16 pages of memory */
export function smallModule({ imports = [], foreign, aggregate = 1, without, extra }: ModuleOptions = {}): Uint8Array {
  const functions = [
    { type: types.allocate, body: body(op.constant(1024)), export: "allocate" },
    { type: types.aggregate, body: body(op.constant(aggregate)), export: "aggregate" },
    { type: types.map, body: body(op.constant(0)), export: "map" },
  ];
  const lines: FunctionImport[] = imports.map(([text, params]) => [
    text,
    functionType(Array<number>(params).fill(i32), []),
  ]);
  if (foreign !== undefined) lines.push([foreign[1], types.nothing, foreign[0]]);
  const parts: Parts = {
    imports: lines,
    functions: functions.filter((each) => each.export !== without),
    memory: [0, 16],
    exports: [memoryExported],
  };
  return moduleOf(extra === undefined ? parts : { ...parts, extra });
}

const read = {
  emit: ["emit", types.emit],
  log: ["log", types.twoNumbers],
  result: ["result", types.twoNumbers],
} as const;
const zero = op.constant(0);
const record: Bytes = [...op.get(0), ...op.get(1)];

/** Emits, under each line, how many lines came before it, and one: map keeps state. */
export function countingModule(): Uint8Array {
  const before = [0x23, 0]; // global.get
  const step = [...before, ...op.number(1), 0xa0, 0x24, 0]; // f64.add, global.set
  const global = section(6, vector([[f64, 1, ...op.number(0), 0x0b]]));
  return moduleOf({
    imports: [read.emit],
    functions: programFunctions([...step, ...record, ...before, ...op.call(0), ...zero]),
    memory: [0, 10],
    extra: new Map([[7, global]]),
  });
}

/** Under one key, the state that came first: its own combine knows no other. Records are JSON texts. */
export function firstModule(): Uint8Array {
  const [allocate, aggregate, map] = programFunctions(
    [...op.constant(16), ...op.constant(1), ...record, ...op.call(0), ...zero],
    { aggregate: 0 },
  );
  const finish = [...op.get(2), ...op.get(3), ...op.call(1)];
  return moduleOf({
    imports: [["emit_bytes", types.combine], read.result],
    functions: [
      ...[allocate, aggregate, map].filter((each) => each !== undefined),
      { type: types.combine, body: body([...record, ...op.call(1)]), export: "combine" },
      { type: types.combine, body: body(finish), export: "finish" },
    ],
    memory: [0, 10],
  });
}

/** Logs each line, and counts it; with `ends` it is stopped by the first. */
export function loggingModule(ends = false): Uint8Array {
  const work = [...record, ...op.call(1), ...(ends ? op.unreachable : []), ...record, ...op.number(1), ...op.call(0)];
  return moduleOf({
    imports: [read.emit, read.log],
    functions: programFunctions([...work, ...zero], { aggregate: 2 }),
    memory: [0, 10],
  });
}
