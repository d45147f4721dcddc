/** The scanner as V8 has compiled it: once in a thread, for all realms. V8 shares its code with other threads. */

import { webAssembly } from "../../data/web-assembly.ts";
import type { ScannerModule } from "../../program/scanner.ts";
import { scannerBytes } from "./scanner-bytes.ts";

let module: ScannerModule | undefined;

export function scannerModule(): ScannerModule {
  module ??= new webAssembly.Module(scannerBytes()) as object as ScannerModule;
  return module;
}
