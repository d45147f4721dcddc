import { expect } from "chai";
import fc from "fast-check";

import {
  cut,
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatNumber,
  padRight,
  printable,
} from "../../lib/cli/screen-text.ts";

describe("cli/screen-text", () => {
  it("leaves ordinary text as it is, in any language", () => {
    for (const text of ["", "word", "Größe", "日本語", "𝒳👩‍👩‍👧", "a b"]) expect(printable(text)).to.equal(text);
  });

  it("lets no character through that moves, colours or reorders", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.to.match(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
    expect(printable("\u001b[2J\ud800")).to.equal("\\u{1b}[2J\\u{d800}");
  });

  it("writes bytes in the unit that fits", () => {
    const shown = [0, 1, 999, 1000, 12_345, 99_949, 99_950, 999_999, 1e6, 1.25e9, 3e15, 1e18].map(formatBytes);
    const expected = ["0 B", "1 B", "999 B", "1.0 kB", "12.3 kB", "99.9 kB", "100 kB", "1000 kB", "1.0 MB", "1.3 GB"];
    expect(shown.slice(0, 10)).to.deep.equal(expected);
    expect(shown.slice(10)).to.deep.equal(["3.0 PB", "1000 PB"]);
  });

  it("rounds a remaining time up", () => {
    const shown = [-1, 0, 0.1, 59, 59.1, 60, 750, 3599.5, 3723].map(formatClock);
    expect(shown).to.deep.equal(["0:00", "0:00", "0:01", "0:59", "1:00", "1:00", "12:30", "1:00:00", "1:02:03"]);
  });

  it("writes a duration in seconds while they are few", () => {
    expect([0, 0.004, 9.994, 9.996, 99.94, 99.95, 125].map(formatDuration)).to.deep.equal([
      "0.00 s",
      "0.00 s",
      "9.99 s",
      "10.0 s",
      "99.9 s",
      "1:40",
      "2:05",
    ]);
  });

  it("writes one of a thing without its s", () => {
    expect([0, 1, 2, 1200].map((count) => formatCount(count, "tasks"))).to.deep.equal([
      "0 tasks",
      "1 task",
      "2 tasks",
      "1,200 tasks",
    ]);
  });

  it("writes numbers with their thousands apart", () => {
    expect([0, 1234567, 0.25, -4].map(formatNumber)).to.deep.equal(["0", "1,234,567", "0.25", "-4"]);
  });

  it("cuts and fills by characters, not by code units", () => {
    expect(cut("𝒳𝒳𝒳", 3)).to.equal("𝒳𝒳𝒳");
    expect(cut("𝒳𝒳𝒳", 2)).to.equal("𝒳…");
    expect(padRight("𝒳", 3)).to.equal("𝒳  ");
    expect(padRight("long", 3)).to.equal("long");
  });
});
