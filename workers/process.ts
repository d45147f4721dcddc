/**
 * The process of one sandbox. It starts the sandbox's thread, which is measured, and carries sealed messages for it; it
 * stands for the launcher, and is no part of what is measured.
 */

import { runChild } from "../lib/sandbox/process/child.ts";

runChild();
