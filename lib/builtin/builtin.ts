/** Programs that come with sealfold: modules in WebAssembly, measured like any other. */

import { groupBy } from "./group-by.ts";
import { wordCount } from "./word-count.ts";

/** The built-in programs: each gives what `buildProgram` gives for a program of one's own. Their records are lines. */
export const builtin: { readonly wordCount: typeof wordCount; readonly groupBy: typeof groupBy } = Object.freeze({
  wordCount,
  groupBy,
});
