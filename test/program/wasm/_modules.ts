/** Programs that map nothing, for tests of what is said about modules. */

import {
  body,
  type Bytes,
  functionType,
  i32,
  type Parts,
  memoryExported,
  moduleOf,
  name,
  op,
  types,
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
  const foreignLine = foreign && [...name(foreign[0]), ...name(foreign[1]), 0, 0];
  const lines = imports.map(([text, params]) => [text, functionType(Array<number>(params).fill(i32), [])] as const);
  const parts: Parts = {
    imports: foreignLine === undefined ? lines : [...lines, foreignLine],
    functions: functions.filter((each) => each.export !== without),
    memory: [0, 16],
    exports: [memoryExported],
  };
  return moduleOf(extra === undefined ? parts : { ...parts, extra });
}
