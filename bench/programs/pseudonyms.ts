/** A program that needs cryptography: what its vault costs is measured. */

import { program, sum } from "sealfold/program";

export default program(import.meta.url, {
  needs: ["crypto"],
  map(line: string, emit, tools) {
    emit(`${tools.crypto.hash("sha256", line)[0]}`, 1);
  },
  reduce: sum,
});
