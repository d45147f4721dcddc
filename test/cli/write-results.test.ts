import { Writable } from "node:stream";

import { expect } from "chai";

import { writeResults } from "../../lib/cli/write-results.ts";
import { fakeIo } from "./_fake-io.ts";

describe("cli/write-results", () => {
  it("writes one line of JSON per result, in the order given, and nothing else", async () => {
    const io = fakeIo();
    await writeResults(
      [
        ["__proto__", 1],
        [["a", 2], { b: null }],
        ["\n", "é"],
      ],
      io.stdout,
      true,
    );
    expect(io.out()).to.equal(
      '{"key":"__proto__","value":1}\n{"key":["a",2],"value":{"b":null}}\n{"key":"\\n","value":"é"}\n',
    );
  });

  it("writes key, tab, value for people, and lets no key break its line or drive the terminal", async () => {
    const io = fakeIo();
    await writeResults(
      [
        ["the", 3],
        [
          ["a", 1],
          [1, 2],
        ],
        ["x\ty\n\u001b[1m", "z"],
      ],
      io.stdout,
      false,
    );
    expect(io.out()).to.equal('the\t3\n["a",1]\t[1,2]\nx\\u{9}y\\u{a}\\u{1b}[1m\tz\n');
  });

  it("waits for whoever reads slowly, and loses nothing", async () => {
    let written = 0;
    let waiting = 0;
    const slow = new Writable({
      highWaterMark: 1024,
      write: (piece: Buffer, _encoding, done) => {
        waiting++;
        expect(waiting).to.equal(1);
        setImmediate(() => {
          written += piece.toString().split("\n").length - 1;
          waiting--;
          done();
        });
      },
    });
    await writeResults(
      Array.from({ length: 20_000 }, (_, i) => [`key ${i}`, i] as const),
      slow,
      true,
    );
    expect(written).to.equal(20_000);
  });

  it("fails when nobody reads any more", async () => {
    const broken = new Writable({ write: (_piece, _encoding, done) => done(new Error("EPIPE")), highWaterMark: 1 });
    const outcome = await writeResults([["a", 1]], broken, true).then(
      () => "written",
      (error: Error) => error.message,
    );
    expect(outcome).to.equal("EPIPE");
  });
});
