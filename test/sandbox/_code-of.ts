import { SealfoldError } from "../../lib/errors.ts";

/** @returns the code that `work` ends with, or "none". Errors that are not conditions are thrown on. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "none";
  } catch (error) {
    if (error instanceof SealfoldError) return error.code;
    throw error;
  }
}
