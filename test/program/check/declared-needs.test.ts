import { parse } from "acorn";
import { expect } from "chai";

import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import { declaredNeeds, needsIn } from "../../../lib/program/check/declared-needs.ts";
import { ScopedTree } from "../../../lib/program/check/scope.ts";

/** A bundled program whose definition has `property` in it. */
const programWith = (property: string, before = ""): string =>
  canonicalProgram(`"use strict"; ${before}
    const program = (url, definition) => { if (definition.needs !== undefined) throw new Error('"needs" expected'); };
    globalThis.sealfoldProgram = program("", { ${property} map() {}, reduce() {} });`);

describe("program/check/declared-needs", () => {
  for (const [property, before, needs] of [
    ["", "", []],
    ['needs: ["random"],', "", ["random"]],
    ['"needs": ["random", "crypto"],', "", []],
    ["needs: ['random', 'crypto'],", "", ["crypto", "random"]],
    ["n\\u{65}eds: ['random'],", "", ["random"]],
    ["needs,", 'const needs = ["random"];', ["random"]],
    ["needs: list,", 'const list = ["random"];', ["random"]],
    ["needs: [],", "", []],
    ["needs: make(),", "const make = () => [];", undefined],
    ['wants: ["random"],', "", []],
  ] as const) {
    it(`reads ${property || "no needs"} as it is read with all names resolved`, () => {
      const script = programWith(property, before);
      expect(declaredNeeds(script)).to.deep.equal(needs);
      const tree = new ScopedTree(parse(script, { ecmaVersion: "latest", sourceType: "script" }));
      expect(needsIn(tree)).to.deep.equal(needs);
    });
  }
});
