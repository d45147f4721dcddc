import { expect } from "chai";
import fc from "fast-check";

import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { plainCounts } from "../../lib/demo/answer.ts";
import { aliceRecords, type Asked, attempt, bobRecords } from "../claims/_world.ts";

/** Every kind that any role knows, and some that none does. */
const kinds =
  "init attest open say job challenge admit handshake task members retire release trust join map reduce cell finish seal ok error".split(
    " ",
  );
/** Every field that any message has. */
const fields =
  "platform signatures index nonce channel requests commitments plan jobId certId role evidence challenge task map reduce manifests partitions narrowings".split(
    " ",
  );

const bytesText = (length: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(toBase64url);
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  bytesText(32),
  bytesText(16),
  fc.constantFrom<Json>("mapper", "reducer", "broker", "software", "\ud800", "__proto__", "constructor"),
  fc.constantFrom<Json>(0, -0, -1, 1, 1.5, 2 ** 32, Number.MAX_SAFE_INTEGER, 1e300),
  fc.constantFrom<Json>({ document: {}, signature: "" }, [{ document: null }], [[]], [null], {
    partitions: 1,
    tasks: [],
  }),
);
const hostile = fc.record({
  kind: fc.oneof({ arbitrary: fc.constantFrom(...kinds), weight: 9 }, { arbitrary: fc.string(), weight: 1 }),
  body: fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), value, { maxKeys: 8 }),
  parts: fc.array(fc.uint8Array({ maxLength: 200, size: "max" }), { maxLength: 4 }),
});
type Hostile = typeof hostile extends fc.Arbitrary<infer T> ? T : never;

/** Says it, and insists that the answer is a code that is foreseen, or an answer. */
async function provoke(link: SandboxLink, { kind, body, parts }: Hostile): Promise<void> {
  try {
    await link.ask(kind, body, parts, { timeout: 20_000 });
  } catch (error) {
    expect(error).to.be.instanceOf(SealfoldError);
    const { code } = error as SealfoldError;
    expect(code, `${link.role} ${kind} ${JSON.stringify(body)}`).to.not.be.oneOf(["BUG", "SANDBOX_DIED", "LIMIT_TIME"]);
  }
}

describe("sandbox: a coordinator that says anything at any time", () => {
  for (const role of ["broker", "mapper", "reducer"] as const) {
    it(`gets codes from a ${role} that has not begun, and never a crash`, () =>
      attempt({}, async ({ fleet }) => {
        const link = fleet.start(role, 0);
        await fc.assert(
          fc.asyncProperty(hostile, (said) => provoke(link, said)),
          { numRuns: 400 },
        );
      }));

    it(`gets codes from a ${role} that was begun, and never a crash`, () =>
      attempt({}, async ({ fleet, policy, program, parties }) => {
        const link = fleet.start(role, 0);
        const signatures = Object.values(parties).map((party) => party.signPolicy()) as unknown as Json;
        await link.ask("init", { platform: "software", index: 0, signatures }, [policy.bytes, program.bytes]);
        await fc.assert(
          fc.asyncProperty(hostile, (said) => provoke(link, said)),
          { numRuns: 400 },
        );
      }));
  }

  it("does not change a job's result by it, as long as it also says what it should", () => {
    // these two do what they say, whoever says it
    const said = fc.sample(hostile, 300).filter(({ kind }) => kind !== "attest" && kind !== "finish");
    let provoked = 0;
    const cheat = {
      ask: async ({ link, kind, forward }: Asked) => {
        const genuine = await (kind === "init" ? forward() : undefined);
        for (let i = 0; i < 3; i++) await provoke(link, said[provoked++ % said.length] as Hostile);
        return genuine ?? forward();
      },
    };
    return attempt({ cheat }, async (world) => {
      const request = await world.request();
      const { outputs } = openResult(request, await world.run(request));
      const output = Output.fromPartitions<number>(outputs.get("counts") ?? []);
      expect(output.toMap()).to.deep.equal(plainCounts(aliceRecords, bobRecords));
      expect(provoked).to.be.above(100);
    });
  });
});
