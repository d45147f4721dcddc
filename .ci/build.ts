/** After `tsc`: replaces the sandbox worker by its one-file bundle, whose digest is the runtime measurement. */

import { writeFile } from "node:fs/promises";

import { bundleWorker } from "../lib/sandbox/worker-bundle.ts";

await writeFile(new URL("../dist/workers/sandbox.js", import.meta.url), await bundleWorker());
