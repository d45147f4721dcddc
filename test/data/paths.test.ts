import { symlinkSync } from "node:fs";
import { sep } from "node:path";

import { expect } from "chai";

import { expandPath } from "../../lib/data/paths.ts";
import { faultOf, Folder } from "./_files.ts";

describe("data/paths", () => {
  let folder: Folder;
  before(() => {
    folder = new Folder();
    for (const name of ["b.txt", "a.txt", "a.csv", ".hidden.txt", "a[1].txt", "B.txt"]) folder.write(name, "");
    for (const name of ["x/c.txt", "x/y/d.txt", "x/.z/e.txt", "folder.txt/f.md"]) folder.write(name, "");
    symlinkSync(folder.path, folder.at("x/y/loop"));
    symlinkSync(folder.at("b.txt"), folder.at("link.txt"));
  });
  after(() => folder.remove());

  for (const [pattern, ...found] of [
    ["*.txt", "B.txt", "a.txt", "a[1].txt", "b.txt", "link.txt"],
    ["?.txt", "B.txt", "a.txt", "b.txt"],
    ["a.*", "a.csv", "a.txt"],
    ["a[?].txt", "a[1].txt"],
    [".h*", ".hidden.txt"],
    ["*/*.txt", "x/c.txt"],
    ["x/*/d.txt", "x/y/d.txt"],
    ["*/y/*", "x/y/d.txt"],
    ["**/*.txt", "B.txt", "a.txt", "a[1].txt", "b.txt", "link.txt", "x/c.txt", "x/y/d.txt"],
    ["x/**", "x/c.txt", "x/y/d.txt"],
    ["**/**/c.txt", "x/c.txt"],
    ["x/**/y/d.txt", "x/y/d.txt"],
  ] as const) {
    it(`takes ${pattern} as a shell does`, async () => {
      expect(await expandPath(folder.at(pattern))).to.deep.equal(found.map((name) => `${folder.path}/${name}`));
    });
  }

  it("takes a name without wildcards, or of a file that is there, as it is", async function () {
    expect(await expandPath("missing[1].txt")).to.deep.equal(["missing[1].txt"]);
    if (sep === "\\") this.skip();
    const path = folder.write("what?.md", "");
    folder.write("whats.md", "");
    expect(await expandPath(path)).to.deep.equal([path]);
  });

  it("says that no file matches", async () => {
    for (const pattern of ["*.none", "none/*", "a.txt/*", "fold*"]) {
      const { code, place } = await faultOf(expandPath(folder.at(pattern)));
      expect(code).to.equal("DATA_FILE");
      expect(place).to.deep.equal({ file: folder.at(pattern) });
    }
  });
});
