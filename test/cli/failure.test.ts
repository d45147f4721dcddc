import { expect } from "chai";

import { describeFailure, unwritable } from "../../lib/cli/failure.ts";
import { type ErrorCode, errorTable, SealfoldError } from "../../lib/errors.ts";

describe("cli/failure", () => {
  it("writes code, sentence, place and next step", () => {
    const error = new SealfoldError("PROGRAM_THREW", "in record 10: no number", { stage: "map", record: 10 });
    expect(describeFailure(error)).to.deep.equal({
      exitStatus: 7,
      text:
        "sealfold: PROGRAM_THREW: in record 10: no number\n" +
        "  at: stage map, record 10\n" +
        "  next: find it with sealfold run --local, which shows the stack\n",
    });
  });

  it("ends with the status that the table gives to each code", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      expect(describeFailure(new SealfoldError(code)).exitStatus, code).to.equal(errorTable[code].exit);
    }
  });

  it("uses the documented statuses alone", () => {
    const statuses = new Set(Object.values(errorTable).map(({ exit }) => exit));
    expect([...statuses].toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 65, 75, 130]);
  });

  it("calls whatever else was thrown a mistake of its own, without the stack", () => {
    for (const thrown of [new TypeError("x is not a function"), "text", undefined, null]) {
      const { text, exitStatus } = describeFailure(thrown);
      expect(exitStatus).to.equal(1);
      expect(text)
        .to.match(/^sealfold: BUG: /)
        .and.not.to.include("    at ");
    }
  });

  it("shows the stack and its causes where that was asked for", () => {
    const error = new SealfoldError("BUG", "outer", {}, { cause: new RangeError("inner") });
    const { text } = describeFailure(error, { debug: true });
    expect(text).to.include("failure.test").and.to.include("caused by RangeError: inner");
  });

  it("says of a program's own stack that it is what to look at", () => {
    const { text } = describeFailure(new SealfoldError("PROGRAM_THREW"), { programStack: "at map (p.ts:1:2)" });
    expect(text).to.match(/next: correct the line that the program's stack names\nat map \(p\.ts:1:2\)\n$/);
  });

  it("says what cannot be written, and why, without a stack", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    const { text, exitStatus } = describeFailure(unwritable("standard output", full));
    expect(text).to.match(/^sealfold: DATA_FILE: standard output cannot be written \(ENOSPC\)\n {2}at: .*\n {2}next: /);
    expect(exitStatus).to.equal(65);
  });

  it("lets no text drive the terminal", () => {
    const error = new SealfoldError("PROGRAM_THREW", "\u001b]0;owned\u0007\nsecond line\u202e", { file: "a\nb\u009b" });
    const { text } = describeFailure(error);
    expect(text).to.include("\\u{1b}]0;owned\\u{7}\nsecond line\\u{202e}").and.to.include("file a\\u{a}b\\u{9b}");
  });
});
