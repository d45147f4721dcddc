import { createHmac } from "node:crypto";

import { expect } from "chai";

import { runCommand } from "../../lib/cli/command.ts";
import { program, sum } from "../../lib/program/index.ts";
import { runLocal, type UsedTools } from "../../lib/program/local.ts";
import type { LocalTools } from "../../lib/program/local-tools.ts";
import { checkLaws } from "../../lib/testing/index.ts";
import { fakeIo } from "../cli/_fake-io.ts";
import { failureOf } from "../sandbox/realm/_realms.ts";
import { withFolder } from "./_folder.ts";

const pseudonyms = program(import.meta.url, {
  needs: ["crypto", "counters", "clock", "policy.query", "policy.narrow"],
  map(line: string, emit, tools) {
    if (line === "") return tools.counters.add("empty");
    const name = tools.crypto.hmac("pseudonym", line);
    emit([Buffer.from(name).toString("hex"), tools.clock(), JSON.stringify(tools.policy.query())], 1);
  },
  reduce: {
    ...sum,
    finish(state, tools) {
      tools.policy.narrow({ receivers: ["a"] });
      return sum.finish(state);
    },
  },
});

async function run(tools?: LocalTools): Promise<{ readonly keys: unknown; readonly used: UsedTools | undefined }> {
  let used: UsedTools | undefined;
  const onTools = (given: UsedTools): void => void (used = given);
  const results = await runLocal(pseudonyms, ["x", "", "x", ""], { ...(tools && { tools }), onTools });
  return { keys: results.map(({ key, value }) => [key, value]), used };
}

describe("program/local: tools", () => {
  it("are there with nothing said: the same keys on every run, and any counter", async () => {
    const { keys, used } = await run();
    const [[[name, clock, policy], count]] = keys as [[[string, number, string], number]];
    expect([name.length, clock, policy, count]).to.deep.equal([64, 0, "{}", 2]);
    expect(used).to.deep.equal({ counters: { empty: 2 }, narrowings: [{ receivers: ["a"] }] });
    expect((await run()).keys).to.deep.equal(keys);
  });

  it("work on what they are given", async () => {
    const bytes = new Uint8Array(32).fill(3);
    const { keys } = await run({
      keys: [{ name: "pseudonym", type: "hmac-sha256", bytes, isPublic: false }],
      clock: 60,
      policy: { title: "mine" },
      counters: ["other", "empty"],
    });
    const name = createHmac("sha256", bytes).update("x").digest("hex");
    expect(keys).to.deep.equal([[[name, 60, '{"title":"mine"}'], 2]]);
  });

  it("refuse a counter that is not among those given", async () => {
    let code: unknown;
    await run({ counters: ["other"] }).catch((error: { readonly code: unknown }) => (code = error.code));
    expect(code).to.equal("PROGRAM_THREW");
  });

  it("refuse needs that are none", () => {
    const odd = program(import.meta.url, { needs: ["time"] as never[], map: () => undefined, reduce: sum });
    return runLocal(odd, []).then(
      () => expect.fail("it ran"),
      (error: unknown) =>
        failureOf("PROGRAM_EXPORT", () => {
          throw error;
        }),
    );
  });

  it("let laws be checked of a program that has needs", async () => {
    const { broken, held } = await checkLaws(pseudonyms, ["a", "b", "", "a"], { runs: 10, tools: { clock: 7 } });
    expect(broken).to.equal(undefined);
    expect(held.length).to.be.at.least(3);
  });
});

const source = `import { program, sum } from "sealfold/program";
export default program(import.meta.url, {
  needs: ["random", "counters", "policy.query"],
  map(line: string, emit, { random, counters, policy }) {
    counters.add("lines");
    emit((policy.query() as { outputs: { name: string }[] }).outputs[0]!.name, random(4).length);
  },
  reduce: sum,
});
`;

describe("sealfold run --local: a program with needs", () => {
  it("gets its tools, reads a drafted policy, and tells what it counted", () =>
    withFolder({ "program.ts": source, "a.txt": "x\ny\n" }, async (folder) => {
      const io = fakeIo();
      const status = await runCommand(
        ["run", `${folder}/program.ts`, `${folder}/a.txt`, "--local", "--json", "--counter", "lines"],
        io,
      );
      expect([status, io.out()]).to.deep.equal([0, '{"key":"result","value":8}\n']);
      expect(io.stderr.text).to.include("counted: lines 2\n");
    }));
});
