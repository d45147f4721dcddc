/** The catalogue of `sealfold demo --evil-host`, carried out; and that what shows an attack caught can show one that is not. */

import { expect } from "chai";

import { attackAll, tableReport } from "../../lib/cli/evil-host.ts";
import { type Attack, carryOut } from "../../lib/demo/attack.ts";
import { catalogue } from "../../lib/demo/catalogue.ts";
import { wordCountFile } from "../../lib/demo/world.ts";
import { errorTable, SealfoldError } from "../../lib/errors.ts";
import { type BuiltProgram, buildProgram } from "../../lib/program/bundle.ts";
import { fakeIo } from "../cli/_fake-io.ts";

/** A host that does what it should, and calls it an attack. */
const harmless: Attack = {
  name: "harmless",
  target: "records",
  does: "passes everything on",
  gain: "nothing at all",
  by: "a mapper",
  code: "CHUNK_ALTERED",
  play: () => ({ cheat: { ask: ({ forward }) => forward(), get: (name, store) => store.get(name) } }),
};

describe("claims: a catalogue of attacks by the host", () => {
  const running = new AbortController();
  let program: BuiltProgram;
  before(async () => {
    program = await buildProgram(wordCountFile);
  });

  for (const attack of catalogue) {
    const { name, does, by = "nobody has to notice", code = "there is nothing to gain" } = attack;
    it(`${name}: ${does} (${by}: ${code})`, async () => {
      const outcome = await carryOut(attack, { program, signal: running.signal });
      expect({ by: outcome.by, code: outcome.code }).to.deep.equal({ by: attack.by, code: attack.code });
      expect(outcome.caught).to.equal(true);
    });
  }

  it("is of at least twenty, each with a name of its own and a code of the table", () => {
    expect(new Set(catalogue.map(({ name }) => name))).to.have.property("size", catalogue.length);
    expect(catalogue.length).to.be.at.least(20);
    for (const { code } of catalogue) if (code !== undefined) expect(errorTable).to.have.property(code);
  });

  it("shows as NOT CAUGHT, with exit status 1, what changes nothing", async () => {
    const io = fakeIo();
    expect(await attackAll([harmless], tableReport([harmless], io), io)).to.equal(1);
    expect(io.out())
      .to.match(/^✗ {2}harmless .* NOT CAUGHT$/m)
      .and.to.include("nothing stopped it");
    expect(io.out())
      .to.match(/^✓ {2}no attack /m)
      .and.to.include("1 attack, 1 NOT CAUGHT");
  });

  it("does not count an attack as caught that another notices than should, or by another code", async () => {
    const [altered] = catalogue.filter(({ name }) => name === "altered-chunk");
    if (altered === undefined) throw new Error("there is no altered-chunk");
    for (const other of [{ by: "the broker" }, { code: "PLAN" }, { by: undefined, code: undefined }] as const) {
      const outcome = await carryOut({ ...altered, ...other }, { program, signal: running.signal });
      expect(outcome).to.include({ by: "a mapper", code: "CHUNK_ALTERED", caught: false });
    }
  });

  it("does not take for harmless a world in which the host gets what it wants", async () => {
    const { code, caught } = await carryOut(
      { ...harmless, by: undefined, code: undefined },
      { program, signal: running.signal },
    );
    expect({ code, caught }).to.deep.equal({ code: undefined, caught: false });
  });

  it("ends at once when it is interrupted, with the signal's reason", async () => {
    const interrupt = new AbortController();
    const cheat = {
      ask: () => {
        interrupt.abort(new SealfoldError("CANCELLED", "a test's"));
        return new Promise<never>(() => undefined);
      },
    };
    const stuck = carryOut({ ...harmless, play: () => ({ cheat }) }, { program, signal: interrupt.signal });
    const error = await stuck.catch((thrown: unknown) => thrown);
    expect(error).to.equal(interrupt.signal.reason);
  });
});
