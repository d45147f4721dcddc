/** The defences of a receipt: that it is of all chunks, each once, and of nothing else. */

import type { RowBy } from "./row.ts";

const canonical = "lib/data/canonical.ts";
const canonicalTests = "test/data/canonical.test.ts";
const merkle = "lib/data/merkle.ts";
const merkleTests = "test/data/merkle.test.ts";
const verifierTests = "test/proof/verify-receipt.test.ts";

export const receiptRows: readonly RowBy[] = [
  [
    "runs of chunks follow one another",
    merkle,
    "if (first !== end || roots.length",
    "if (roots.length",
    `${merkleTests} test/proof/commitment.test.ts`,
  ],
  [
    "a run of chunks has a root for each of its subtrees",
    merkle,
    "|| roots.length !== widths.length) return undefined;",
    ") return undefined;",
    merkleTests,
  ],
  ["a node of a tree is no leaf", merkle, "sha256(nodePrefix, left, right)", "sha256(left, right)", merkleTests],
  [
    "subtrees are joined with those of their own height",
    merkle,
    "while (edge.at(-1)?.width === subtree.width)",
    "while (edge.length > 0)",
    merkleTests,
  ],
  [
    "what was read is as much as was committed to",
    "lib/proof/commitment.ts",
    "tree?.count !== document.chunks || toBase64url(tree.root)",
    "tree === undefined || toBase64url(tree.root)",
    "test/proof/commitment.test.ts",
  ],
  [
    "a receipt's subtrees rebuild each owner's root",
    "lib/proof/commit-set.ts",
    "expectRuns(commitment, runs.get(commitment.document.input) ?? []);",
    "void runs;",
    verifierTests,
  ],
  [
    "a map manifest is over as many chunks as its task has",
    "lib/proof/commit-set.ts",
    "inputs.count === task.count",
    "task.count > 0",
    verifierTests,
  ],
  [
    "a kept map output is of the chunks that were committed to",
    "lib/coordinator/kept-proofs.ts",
    'throw unproven("it was made of other chunks");',
    "void right;",
    "test/coordinator/kept-proofs.test.ts",
  ],
  [
    "levels are counted where strings end, and not at an escaped quote",
    canonical,
    "return (at - from) % 2 === 1;",
    "return at > from;",
    canonicalTests,
  ],
  ["a document has its fields in one order", canonical, "|| key < before) inOrder", ") inOrder", canonicalTests],
  [
    "no more of a packed receipt is unpacked than may be",
    "lib/proof/_packed.ts",
    "maxOutputLength: most, ",
    "",
    "test/proof/receipt.test.ts",
  ],
  [
    "nothing stands behind a packed receipt",
    "lib/proof/_packed.ts",
    "if (engine.bytesWritten !== packed.length) throw",
    "if (engine.bytesWritten > packed.length) throw",
    "test/proof/receipt.test.ts",
  ],
  [
    "evidence is shown in one way",
    "lib/identity/shown-token.ts",
    'if (looksLikeToken(text)) throw refusal("has a quote that is not shown as it could be");',
    "",
    "test/identity/shown-token.test.ts",
  ],
  [
    "digests are spelt in one way",
    "lib/proof/_schema.ts",
    "`${any}{2}[AEIMQUYcgkosw048]`",
    "`${any}{3}`",
    "test/proof/schema.test.ts",
  ],
];
