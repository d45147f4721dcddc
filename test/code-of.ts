/** The code that something ends with, for tests of every room. */

import { SealfoldError } from "../lib/errors.ts";

/** @returns the code of the condition that `work` throws, or "none". An error of another class fails the test. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    if (error instanceof SealfoldError) return error.code;
    throw error;
  }
}
