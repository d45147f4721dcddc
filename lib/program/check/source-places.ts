/** Finds the places of a bundled script in its authors' files. */

import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, resolve, sep } from "node:path";

import { programModule } from "../bundle-imports.ts";
import { entryName } from "../bundle.ts";
import type { TextPlace } from "../canonical-program.ts";
import type { FindingPlace } from "./finding.ts";

const ownFolder = dirname(programModule) + sep;

export class SourcePlaces {
  readonly #map: SourceMap;
  readonly #folder: string;
  readonly #lines = new Map<string, readonly string[]>();

  /** @param folder - the absolute path of the program's folder */
  constructor(map: string, folder: string) {
    const payload = JSON.parse(map) as SourceMapPayload;
    this.#map = new SourceMap(payload);
    this.#folder = folder;
    payload.sources.forEach((source, index) => {
      this.#lines.set(decodeURI(source), (payload.sourcesContent[index] ?? "").split("\n"));
    });
  }

  /** @returns where it was written; undefined for what esbuild or sealfold itself wrote. */
  find({ line, column }: TextPlace): FindingPlace | undefined {
    const found = this.#map.findEntry(line - 1, column);
    if (!("originalSource" in found)) return undefined;
    const file = decodeURI(found.originalSource); // esbuild writes URLs
    if (file === entryName || resolve(this.#folder, file).startsWith(ownFolder)) return undefined;
    return { file, line: found.originalLine + 1, column: found.originalColumn + 1 };
  }

  /** @returns the rest of the line from `place` on, as it was written. */
  textAt({ file, line, column }: FindingPlace): string {
    return (this.#lines.get(file)?.[line - 1] ?? "").slice(column - 1);
  }
}
