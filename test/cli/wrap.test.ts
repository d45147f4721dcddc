import { expect } from "chai";

import { lineWidth, wrap } from "../../lib/cli/wrap.ts";
import { FakeScreen } from "./_fake-io.ts";

describe("cli/wrap", () => {
  it("breaks lines between words, and cuts a word that is longer than a line", () => {
    expect(wrap("one two three", 7)).to.deep.equal(["one two", "three"]);
    expect(wrap("one", 3)).to.deep.equal(["one"]);
    expect(wrap("four", 3)).to.deep.equal(["fo…"]);
    expect(wrap("a four b", 3)).to.deep.equal(["a", "fo…", "b"]);
    expect(wrap("", 3)).to.deep.equal([""]);
  });

  it("leaves a terminal its last column, and has bounds", () => {
    const widths = [0, 20, 41, 42, 80, 133, 134, 500].map((columns) => lineWidth(new FakeScreen(true, columns)));
    expect(widths).to.deep.equal([100, 40, 40, 41, 79, 132, 132, 132]);
  });
});
