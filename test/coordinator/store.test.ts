import { expect } from "chai";
import fc from "fast-check";

import { cellName, chunkName, MemoryStore } from "../../lib/coordinator/store.ts";
import { codeOf } from "../sandbox/_code-of.ts";

describe("coordinator/store", () => {
  it("gives back what was put, the last of a name", async () => {
    const store = new MemoryStore();
    await store.put("a", Uint8Array.of(1));
    await store.put("a", Uint8Array.of(2));
    expect(await store.get("a")).to.deep.equal(Uint8Array.of(2));
  });

  it("says NOT_READY of what was never put, and of what was removed", async () => {
    const store = new MemoryStore();
    expect(await codeOf(() => store.get("a"))).to.equal("NOT_READY");
    await store.put("a", new Uint8Array());
    await store.remove("a");
    await store.remove("a");
    expect(await codeOf(() => store.get("a"))).to.equal("NOT_READY");
  });

  it("lists the names under a prefix, sorted, whatever the order they came in", async () => {
    const store = new MemoryStore();
    for (const name of ["b/2", "a/10", "b/1", "a/9", "gone"]) await store.put(name, new Uint8Array());
    await store.remove("gone");
    expect(await store.list("")).to.deep.equal(["a/10", "a/9", "b/1", "b/2"]);
    expect(await store.list("b/")).to.deep.equal(["b/1", "b/2"]);
    expect(await store.list("c/")).to.deep.equal([]);
  });

  it("has a name of its own for each chunk and each cell", () => {
    fc.assert(
      fc.property(fc.tuple(fc.string(), fc.nat(), fc.nat()), fc.tuple(fc.string(), fc.nat(), fc.nat()), (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(chunkName(...a) === chunkName(...b)).to.equal(same);
        expect(chunkName(...a).split("/").length).to.equal(4);
        expect(cellName("job", a[1], "attempt", a[2])).to.not.equal(chunkName(...a));
      }),
    );
    expect(cellName("job", 1, "a", 11)).to.not.equal(cellName("job", 11, "a", 1));
  });
});
