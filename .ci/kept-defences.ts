/** The defences of a job against the folder in which it outlasts its process. */

import type { RowBy } from "./row.ts";

const proofs = "lib/coordinator/kept-proofs.ts";
const disk = "lib/coordinator/disk-store.ts";
const recordTests = "test/coordinator/job-records.test.ts";
const diskTests = "test/coordinator/disk-store.test.ts test/coordinator/folder-lock.test.ts";

export const keptRows: readonly RowBy[] = [
  [
    "a kept cell is the one that was signed",
    proofs,
    "if (!whole || cells.length !== 2 * outputs.length) throw",
    "if (false) throw",
    recordTests,
  ],
  [
    "a kept result is the one that was signed",
    proofs,
    "if (!whole || sealed.length !== document.outputs.length) throw",
    "if (false) throw",
    recordTests,
  ],
  [
    "a kept map output is this job's, by an attested mapper",
    proofs,
    "checkMapManifest(job, task, { manifest, signerOf });",
    "void signerOf;",
    recordTests,
  ],
  [
    "a kept commitment is its owner's",
    proofs,
    "verifyCommitment(policy, commitment, split);",
    "void leaves;",
    recordTests,
  ],
  [
    "a kept field that is no base64url is damage, and no bug",
    "lib/coordinator/kept-fields.ts",
    'throw unproven("it has another shape", cause);',
    "throw cause;",
    recordTests,
  ],
  [
    "a kept leaf is whole",
    proofs,
    'if (split === undefined) throw unproven("a leaf is not whole");',
    "if (split === undefined) return { commitment, leaves, sizes: [] };",
    recordTests,
  ],
  ["an entry on disk is whole", disk, "if (!isEntryWhole(await", "if (false && !isEntryWhole(await", diskTests],
  ["no link is followed in an entry's place", disk, "(constants.O_NOFOLLOW ?? 0)", "0", diskTests],
  ["a folder of somebody's is not taken", disk, "if (others.length > 0) throw", "if (false) throw", diskTests],
  [
    "a folder is one process's at a time",
    "lib/coordinator/folder-lock.ts",
    "if (holder !== undefined && (await isAlive(holder))) throw",
    "if (false) throw",
    diskTests,
  ],
];
