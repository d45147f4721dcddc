/** What a program counted reaches the receivers of its result, exactly, and nobody else. */

import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { fromBase64url } from "../../lib/crypto/bytes.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { PolicyDocument } from "../../lib/policy/policy.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { codeOf } from "../sandbox/_code-of.ts";
import { Tap } from "./_tap.ts";
import { aliceRecords, type Asked, attempt, bobRecords, type WorldOptions } from "./_world.ts";

const program = fileURLToPath(new URL("./_counting.ts", import.meta.url));
const records = aliceRecords.length + bobRecords.length;
const weight = 123_456_789_012;
/** apple, pear, plum and fig; date and lime. */
const words = 6;

const change = (document: PolicyDocument): PolicyDocument => ({
  ...document,
  capabilities: ["counters"],
  counters: ["records", "weight", "words"],
});
const world = (options: WorldOptions = {}): WorldOptions => ({ program, change, ...options });

/** As text, and as eight bytes. */
function spellings(count: number): readonly (string | Uint8Array)[] {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  return [String(count), bytes];
}

describe("claims: counters", () => {
  it("come to the receiver, exactly", () =>
    attempt(world(), async (here) => {
      const request = await here.request();
      const { counters, skipped } = openResult(request, await here.run(request));
      expect(counters).to.deep.equal({ records, weight: records * weight, words });
      expect(skipped).to.equal(0);
    }));

  it("count what is in the result: no task twice, and no record that was skipped, of which the number is told", () => {
    let killed = 0;
    const ask = async ({ kind, link, forward }: Asked): Promise<Message> => {
      const answer = await forward();
      if (kind !== "map" || killed++ > 0) return answer;
      link.end(new SealfoldError("SANDBOX_DIED", "killed by a test"));
      throw new SealfoldError("SANDBOX_DIED", "killed by a test"); // its manifest is lost, though its work was done
    };
    const mixed = { alice: [...aliceRecords, "bad", "bad"], bob: bobRecords };
    const options = world({ cheat: { ask }, records: mixed, limits: { badRecords: 2 } });
    return attempt(options, async (here) => {
      const request = await here.request();
      const { counters, skipped } = openResult(request, await here.run(request));
      expect(killed).to.be.above(1);
      expect(counters).to.deep.equal({ records, weight: records * weight, words });
      expect(skipped).to.equal(2);
    });
  });

  it("are never in clear in the coordinator's hands, and of the same size whatever was counted", async () => {
    using tap = new Tap();
    const sizes = new Set<string>();
    for (const alice of [["apple"], aliceRecords]) {
      await attempt(world({ records: { alice, bob: bobRecords } }), async (here) => {
        const request = await here.request();
        const sealed = await here.run(request);
        tap.keep([sealed.receipt, sealed.outputs]);
        const { map, reduce, final } = sealed.receipt;
        for (const { document } of map) sizes.add(`map ${fromBase64url(document.counts).length}`);
        for (const { document } of reduce) sizes.add(`reduce ${fromBase64url(document.counts).length}`);
        for (const { counters } of final.document.outputs) sizes.add(`final ${fromBase64url(counters).length}`);
        const { counters } = openResult(request, sealed);
        // what a task, an owner or the whole job may have counted; a single weight stands in the program
        const times = [2, 3, 4, 5, 6, 7, 8, 9, 10, alice.length, bobRecords.length, alice.length + bobRecords.length];
        expect(counters["weight"]).to.equal((times.at(-1) ?? 0) * weight);
        for (const spelling of times.filter((n) => n > 1).flatMap((n) => spellings(n * weight))) {
          expect(tap.holds(spelling), String(spelling)).to.equal(false);
        }
      });
    }
    expect([...sizes].map((size) => size.split(" ")[0])).to.have.members(["map", "reduce", "final"]);
  });

  it("do not open when they were changed, and are part of what the broker signed", () =>
    attempt(world(), async (here) => {
      const request = await here.request();
      const sealed = await here.run(request);
      const receipt = structuredClone(sealed.receipt) as unknown as {
        final: { document: { outputs: { counters: string }[] } };
      };
      const [output] = receipt.final.document.outputs;
      if (output !== undefined)
        output.counters = `${output.counters.startsWith("A") ? "B" : "A"}${output.counters.slice(1)}`;
      expect(await codeOf(() => openResult(request, { ...sealed, receipt }))).to.equal("MANIFEST_SIGNATURE");
    }));
});
