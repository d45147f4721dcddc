/** V8's WebAssembly, as far as it is used here: Node's types have no such global. */

/** A compiled module, for any number of instances. */
export type WasmModule = object & { readonly wasm: unique symbol };

/** A module's memory. Whenever it grows, `buffer` is another, and the one before has no bytes. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What a function of either side gets and gives: numbers alone. */
export type WasmFunction = (...values: number[]) => number | undefined;

interface Engine {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, (...values: never[]) => number | void>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
  readonly CompileError: new () => Error;
}

export const webAssembly: Engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
