/** One call, with programs in WebAssembly: what the drafted policy says of them, and how they end. */

import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";

import { records } from "../lib/data/input.ts";
import { lines } from "../lib/data/read-lines.ts";
import { SealfoldError } from "../lib/errors.ts";
import { mapReduce, type MapReduceOptions, type MapReduceResult } from "../lib/map-reduce.ts";
import { makePolicy } from "../lib/policy/policy.ts";
import { verifyReceipt } from "../lib/proof/verify-receipt.ts";
import { compileAssembly } from "./program/wasm/_assembly.ts";
import { firstModule, loggingModule } from "./program/wasm/_modules.ts";

const small = { mappers: 2, reducers: 2, chunkBytes: 16 };
const text = "Oslo\nRome\r\nOslo\nBern";

/** Emits the time of the job under the pseudonym of each line, and counts the lines. */
const pseudonyms = `
import * as sealfold from "./sealfold";
export { allocate } from "./sealfold";
export function aggregate(): i32 { return sealfold.MAX; }
const place = memory.data(128);
export function map(at: usize, length: u32): i32 {
  const name = String.UTF8.encode("pseudonym");
  sealfold.crypto_hmac(sealfold.crypto_key(changetype<usize>(name), name.byteLength), at, length, place);
  for (let i = 31; i >= 0; i--) {
    const byte = load<u8>(place + i);
    store<u8>(place + 2 * i, hex(byte >> 4));
    store<u8>(place + 2 * i + 1, hex(byte & 15));
  }
  sealfold.emit(place, 64, sealfold.clock());
  const counter = String.UTF8.encode("lines");
  sealfold.count(changetype<usize>(counter), counter.byteLength, 1);
  return 0;
}
function hex(digit: u8): u8 { return digit < 10 ? 48 + digit : 87 + digit; }
`;

describe("map-reduce: programs in WebAssembly", () => {
  let folder: string;
  let pseudonymous: Uint8Array;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "sealfold-modules-"));
    pseudonymous = await compileAssembly(pseudonyms);
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(module: Uint8Array, options: MapReduceOptions = {}): Promise<MapReduceResult<unknown>> {
    writeFileSync(join(folder, "program.wasm"), module);
    writeFileSync(join(folder, "text.txt"), text);
    const file = pathToFileURL(join(folder, "program.wasm"));
    return mapReduce(file, lines(join(folder, "text.txt")), { ...small, ...options });
  }

  async function failure(module: Uint8Array, options: MapReduceOptions = {}): Promise<SealfoldError> {
    const error: unknown = await run(module, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof SealfoldError) return error;
    throw new Error("expected a failure", { cause: error });
  }

  for (const isolation of ["thread", "process"] as const) {
    it(`gives what a plain count gives, and a receipt that names the kind (isolation: ${isolation})`, async () => {
      const { output, receipt } = await run(loggingModule(), { isolation });
      expect([...output]).to.deep.equal([
        ["Bern", 1],
        ["Oslo", 2],
        ["Rome", 1],
      ]);
      if (receipt.policy === undefined) throw new Error("a local receipt carries its policy");
      expect(receipt.policy.programs.map(({ kind }) => kind)).to.deep.equal(["wasm"]);
      expect(receipt.policy.capabilities).to.deep.equal([]);
      expect(verifyReceipt(receipt, makePolicy(receipt.policy)).receivers).to.deep.equal(["you"]);
    });
  }

  it("combines by the module's own combine, wherever states meet", async () => {
    writeFileSync(join(folder, "program.wasm"), firstModule());
    const file = join(folder, "program.wasm");
    const { output } = await mapReduce(file, records([{ same: [1] }, { same: [1] }, { same: [1] }]), small);
    expect([...output]).to.deep.equal([["\0", { same: [1] }]]);
  });

  it("grants what the module imports, and no more, with keys and counters by name", async () => {
    const keys = [{ name: "pseudonym", type: "hmac-sha256", source: { kind: "party", party: "you" } }] as const;
    const secret = new Uint8Array(32).fill(7);
    const before = Date.now() / 1000 - 60;
    const { output, counters, receipt } = await run(pseudonymous, {
      keys,
      secrets: { pseudonym: secret },
      counters: ["lines"],
    });
    const pseudonym = (name: string): string => createHmac("sha256", secret).update(name).digest("hex");
    expect([...output].map(([key]) => key)).to.deep.equal(["Bern", "Oslo", "Rome"].map(pseudonym).toSorted());
    const times = new Set([...output].map(([, time]) => Number(time)));
    expect(times.size).to.equal(1);
    expect([...times][0])
      .to.be.above(before)
      .and.to.be.most(Date.now() / 1000);
    expect(counters).to.deep.equal({ lines: 4 });
    expect(receipt.policy?.capabilities).to.deep.equal(["crypto", "clock", "counters"]);
  });

  it("does not run a module that needs what the policy does not grant", async () => {
    const { code, message } = await failure(pseudonymous, { capabilities: ["clock"] });
    expect(code).to.equal("DENIED_CAPABILITY");
    expect(message).to.match(/crypto|capability/);
  });

  it("tells its one party how a module ended, and what it logged", async () => {
    const { code, message } = await failure(loggingModule(true), { mappers: 1 });
    expect(code).to.equal("PROGRAM_THREW");
    expect(message)
      .to.match(/unreachable/)
      .and.to.contain("Oslo");
  });

  it("skips records that a module traps on, as far as the policy lets it", async () => {
    const oneTask = { chunkBytes: 1024 };
    const { output } = await run(loggingModule(true), { ...oneTask, limits: { badRecords: 4 } });
    expect([...output]).to.deep.equal([]);
    expect((await failure(loggingModule(true), { ...oneTask, limits: { badRecords: 3 } })).code).to.equal(
      "PROGRAM_THREW",
    );
  });
});
