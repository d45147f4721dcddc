/** Arithmetic and little else: 1,500 steps for each row. */

import { mean, program } from "sealfold/program";

import { afterSteps } from "./_steps.ts";

export default program(import.meta.url, { map: afterSteps(1500), reduce: mean });
