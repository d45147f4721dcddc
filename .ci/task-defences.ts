/** The defences of a task whose chunks come in several messages, and of chunks that are sealed when one wants them. */

import type { RowBy } from "./row.ts";

const mapper = "lib/sandbox/roles/mapper.ts";
const message = "lib/sandbox/message.ts";
const tests = "test/claims/chunks.test.ts";

const again = "test/party/seal-chunks.test.ts";

export const taskRows: readonly RowBy[] = [
  [
    "nothing else is sealed under the nonce of a chunk",
    "lib/party/seal-chunks.ts",
    "const nonce = this.#parts.random(nonceLength);",
    "const nonce = new Uint8Array(nonceLength);",
    again,
  ],
  [
    "a leaf tells nothing of what can be guessed",
    "lib/data/chunk.ts",
    'const blind = hkdf(key, named("chunk blind", name));',
    "const blind = new Uint8Array(32);",
    "test/data/chunk.test.ts",
  ],
  [
    "a file that was changed is not the host's fault",
    "lib/party/seal-chunks.ts",
    "if (!equalBytes(found.leaf, leaf)) throw changed(source);",
    "",
    again,
  ],
  [
    "a line of a large file is refused where it is too long, or no UTF-8",
    "lib/data/_survey-file.ts",
    "if (fault === undefined) return;",
    "return;",
    "test/data/line-survey.test.ts",
  ],
  [
    "a chunk is committed to as whole lines",
    "lib/party/sealing-thread.ts",
    "const lines = read.subarray(0, wholeLines(read));",
    "const lines = read;",
    "test/party/survey-chunks.test.ts",
  ],
  ["no chunk of a task is left out at its end", mapper, ": last !== task.chunks.length", ": false", tests],
  ["a task ends with its last chunk", mapper, "more ? last >= task.chunks.length", "more ? false", tests],
  [
    "a chunk is the one that its owner committed to",
    mapper,
    "if (!equalBytes(chunkLeaf({ key, name }, plain), leaf)) {",
    "if (false) {",
    tests,
  ],
  [
    "memory of chunks goes back as it came",
    mapper,
    "const plain = kept ?? this.#plain.take(length);",
    "const plain = sealed.subarray(45, 45 + length);",
    "test/claims/nothing-in-clear.test.ts",
  ],
  [
    "no memory comes back twice",
    message,
    "if (buffers.size !== frames.length)",
    "if (false)",
    "test/sandbox/message.test.ts",
  ],
  [
    "nothing comes back that was only lent",
    "lib/sandbox/sandbox.ts",
    "back: given ? back : undefined",
    "back",
    "test/sandbox/sandbox.test.ts",
  ],
  [
    "what comes back is no more than what was given",
    "lib/sandbox/sandbox.ts",
    "if (isMore) throw malformed",
    "if (false) throw malformed",
    "test/sandbox/sandbox.test.ts",
  ],
  [
    "a program's bytes are not placed before they are checked",
    "lib/crypto/aead.ts",
    "target.fill(0); // update() hands out",
    "// update() hands out",
    "test/data/chunk.test.ts",
  ],
];
