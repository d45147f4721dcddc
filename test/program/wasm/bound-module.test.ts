import { expect } from "chai";

import { SealfoldError } from "../../../lib/errors.ts";
import { abiModule } from "../../../lib/program/wasm/abi.ts";
import { boundModule, maxTable, pageBytes } from "../../../lib/program/wasm/bound-module.ts";
import { checkModule } from "../../../lib/program/wasm/check-module.ts";
import {
  body,
  type Bytes,
  engine,
  goodParts,
  indexOf,
  moduleOf,
  name,
  op,
  refused,
  section,
  types,
  u32,
  vector,
} from "./_module.ts";

describe("program/wasm/bound-module", () => {
  const growthOf = (memory: Bytes, pages: number): number => {
    const parts = goodParts();
    const grow = { type: types.allocate, body: body([...op.get(0), 0x40, 0]), export: "grow" };
    const checked = checkModule(moduleOf({ ...parts, memory, functions: [...(parts.functions ?? []), grow] }));
    const module = new engine.Module(boundModule(checked, pages));
    const { exports } = new engine.Instance(module, { [abiModule]: { emit: () => undefined } });
    while ((exports["grow"] as (by: number) => number)(1) !== -1);
    return (exports["memory"] as { readonly buffer: ArrayBuffer }).buffer.byteLength / pageBytes;
  };

  it("lets memory grow to the policy's bound, and not a page further", () => {
    expect(growthOf([0, 1], 16)).to.equal(16);
    expect(growthOf([1, 1, 100], 16)).to.equal(16);
  });

  it("lets memory grow to the module's own bound where that is less", () => {
    expect(growthOf([1, 1, 5], 16)).to.equal(5);
    expect(growthOf([1, 16, 16], 16)).to.equal(16);
  });

  it("refuses a module that begins with more", () => {
    for (const memory of [
      [0, 17],
      [1, 17, 17],
      [0, ...u32(65_536)],
      [0, ...u32(0xffff_ffff)],
    ]) {
      const checked = checkModule(moduleOf({ ...goodParts(), memory }));
      expect(() => boundModule(checked, 16))
        .to.throw(SealfoldError)
        .with.property("code", "LIMIT_MEMORY");
    }
  });

  it("bounds tables, and refuses one that begins with more", () => {
    const withTable = (limits: Bytes): Uint8Array =>
      moduleOf({ ...goodParts(), extra: new Map([[5, section(4, vector([[0x70, ...limits]]))]]) });
    const bounded = boundModule(checkModule(withTable([0, 3])), 16);
    expect(indexOf(bounded, section(4, vector([[0x70, 1, 3, ...u32(maxTable)]])))).to.be.above(0);
    refused(withTable([0, ...u32(maxTable + 1)]), `a table has at most ${maxTable} elements`);
    refused(withTable([1, ...u32(0xffff_ffff), ...u32(0xffff_ffff)]), `a table has at most ${maxTable} elements`);
  });

  it("keeps nothing that is not standard, but names of functions", () => {
    const custom = (title: string): Bytes => section(0, [...name(title), 1, 2, 3]);
    const parts = { ...goodParts(), extra: new Map([[1, [...custom("name"), ...custom("sourceMappingURL")]]]) };
    const bounded = boundModule(checkModule(moduleOf(parts)), 16);
    expect(indexOf(bounded, custom("name"))).to.be.above(0);
    expect(indexOf(bounded, name("sourceMappingURL"))).to.equal(-1);
    expect(engine.validate(bounded)).to.equal(true);
  });
});
