/** Arithmetic: forty steps for each row. */

import { mean, program } from "sealfold/program";

import { afterSteps } from "./_steps.ts";

export default program(import.meta.url, { map: afterSteps(40), reduce: mean });
