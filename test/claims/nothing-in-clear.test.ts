import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { lines } from "../../lib/data/read-lines.ts";
import { mapReduce } from "../../lib/map-reduce.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import { Tap } from "./_tap.ts";
import { attempt, type WorldOptions } from "./_world.ts";

const recordMarker = "zebraquartzmarker";
const keyMarker = "narwhalonyxmarker";
const resultMarker = [...keyMarker].reverse().join("");
const records = {
  alice: Array.from({ length: 200 }, (_, i) => `${recordMarker} ${i % 2 === 0 ? "a" : "b"}${keyMarker}`),
  bob: [`${recordMarker} a${keyMarker}`],
};

interface Recorded {
  readonly tap: Tap;
  /** What the receiver reads. */
  readonly results: string;
  readonly error: unknown;
}

/** A job by `program`, with everything that passed through the coordinator's hands. */
async function record(program: string, options: WorldOptions = {}): Promise<Recorded> {
  using tap = new Tap();
  const file = fileURLToPath(new URL(program, import.meta.url));
  try {
    const results = await attempt({ ...options, program: file, records }, async (world) => {
      const request = await world.request();
      const sealed = await world.run(request);
      tap.keep([sealed.receipt, sealed.outputs]);
      const partitions = openResult(request, sealed).outputs.get("counts") ?? [];
      return JSON.stringify([...Output.fromPartitions(partitions)]);
    });
    return { tap, results, error: undefined };
  } catch (error) {
    tap.keep([error, String(error), JSON.stringify(error)]);
    return { tap, results: "", error };
  }
}

/** As {@link record}, of lines of text; the owner's own reading of them passes no port. */
async function recordText(program: string): Promise<Recorded> {
  using tap = new Tap();
  const folder = mkdtempSync(join(tmpdir(), "sealfold-clear-"));
  const text = join(folder, "text.txt");
  writeFileSync(text, records.alice.join("\n"));
  const file = fileURLToPath(new URL(program, import.meta.url));
  try {
    const { output } = await mapReduce<unknown, number>(file, lines(text), {
      chunkBytes: 256,
      mappers: 1,
      reducers: 1,
    });
    return { tap, results: JSON.stringify([...output]), error: undefined };
  } catch (error) {
    // the owner is shown what the program threw: that is no word of the coordinator's
    return { tap, results: "", error };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("claims: nothing in clear in the coordinator's hands", () => {
  it("shows it no record, key, value or result of a job", async () => {
    const { tap, results, error } = await record("./_backwards.ts");
    expect(error).to.equal(undefined);
    expect(results).to.contain(`a${keyMarker}`).and.to.contain(`${resultMarker}a 101`);
    for (const [way, most] of Object.entries({ sent: 40, received: 40, stored: 40 })) {
      expect(tap.counts[way as keyof Tap["counts"]], way).to.be.above(most);
    }
    for (const marker of [recordMarker, keyMarker, resultMarker]) expect(tap.holds(marker), marker).to.equal(false);
  });

  it("would notice: whatever crosses a port or is stored is found, in any spelling", async () => {
    const { tap } = await record("./_backwards.ts");
    for (const there of ["commitSet", "eat+jwt", "cell/", "Count fruit that two parties have"]) {
      expect(tap.holds(there), there).to.equal(true);
    }
    const spelt = (["base64", "base64url", "hex", "utf16le"] as const).map((spelling) => {
      return spelling === "utf16le"
        ? Buffer.from(keyMarker, spelling)
        : Buffer.from(`ab${keyMarker}cd`).toString(spelling);
    });
    for (const text of spelt) {
      using other = new Tap();
      other.keep({ deep: [new Map([["key", text]])] });
      expect(other.holds(keyMarker)).to.equal(true);
      expect(other.holds(recordMarker)).to.equal(false);
    }
  });

  it("shows it no record when the program throws one", async () => {
    const { tap, error } = await record("./_throws.ts");
    expect((error as { code: string }).code).to.equal("PROGRAM_THREW");
    for (const marker of [recordMarker, keyMarker]) expect(tap.holds(marker), marker).to.equal(false);
  });

  describe("in the memory of chunks that comes back", () => {
    it("shows it no record that was a string", async () => {
      const { tap } = await record("./_backwards.ts");
      expect(tap.returned).to.be.above(20);
      expect(tap.holds(recordMarker)).to.equal(false);
    });

    it("shows it no record that was a view of the chunk", async () => {
      const { tap, results } = await recordText("./_text.ts");
      expect(results).to.contain(`a${keyMarker}`);
      expect(tap.returned).to.be.above(20);
      for (const marker of [recordMarker, keyMarker]) expect(tap.holds(marker), marker).to.equal(false);
    });

    it("shows it no such record when the program throws one", async () => {
      const { tap, error } = await recordText("./_text-throws.ts");
      expect((error as { code: string }).code).to.equal("PROGRAM_THREW");
      expect(tap.counts.received).to.be.above(10);
      for (const marker of [recordMarker, keyMarker]) expect(tap.holds(marker), marker).to.equal(false);
    });
  });
});
