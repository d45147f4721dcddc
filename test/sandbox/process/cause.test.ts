import { PassThrough } from "node:stream";

import { expect } from "chai";

import { lastWord, Tail } from "../../../lib/sandbox/process/cause.ts";

/** The code of a mapper whose process said this before it ended. */
async function codeAfter(...said: readonly string[]): Promise<string> {
  const stream = new PassThrough();
  const tail = new Tail(stream);
  for (const text of said) stream.write(text);
  await new Promise((resolve) => setImmediate(resolve));
  const { code, message, place } = tail.cause("mapper", 3);
  expect(place).to.deep.equal({ stage: "mapper" });
  for (const text of said) if (text.length > 20) expect(message).not.to.contain(text.slice(0, 20));
  return code;
}

describe("sandbox/process/cause", () => {
  for (const text of [
    "<--- Last few GCs --->\n\nFATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n",
    "#\n# Fatal JavaScript invalid size error 169220804 (see crbug.com/1201626)\n#\n",
    "#\n# Fatal process out of memory: Failed to reserve virtual memory for CodeRange\n#\n",
    "FATAL ERROR: invalid array length Allocation failed - JavaScript heap out of memory\n",
    "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
  ]) {
    it(`is memory when V8 or its libraries say so: ${text
      .split("\n")
      .find((line) => line.length > 9)
      ?.slice(0, 60)}`, async () => {
      expect(await codeAfter(text)).to.equal("LIMIT_MEMORY");
    });
  }

  it("is what the process itself said last, whole or in pieces", async () => {
    for (const code of ["LIMIT_MEMORY", "SANDBOX_DIED", "MESSAGE_FORMAT"] as const) {
      expect(await codeAfter("something", lastWord(code))).to.equal(code);
      expect(await codeAfter(...lastWord(code))).to.equal(code);
    }
  });

  it("is no more than a death where nothing is known, and no other code can be had by saying it", async () => {
    for (const text of ["", "a record that somebody printed", "sealfold:CANCELLED\n", "sealfold:LIMIT_TIME\n"]) {
      expect(await codeAfter(text)).to.equal("SANDBOX_DIED");
    }
  });

  it("keeps the end of what is said, and no more", async () => {
    const much = "x".repeat(1_000_000);
    expect(await codeAfter(much, lastWord("LIMIT_MEMORY"))).to.equal("LIMIT_MEMORY");
    expect(await codeAfter(lastWord("LIMIT_MEMORY"), much)).to.equal("SANDBOX_DIED");
  });
});
