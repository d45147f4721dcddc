import { join } from "node:path";

import { expect } from "chai";

import type { Finding } from "../../lib/program/check/finding.ts";
import { inspectProgram } from "../../lib/program/check/inspect.ts";
import { withFolder } from "./_folder.ts";

/** A program of these parts, each in a line of its own, from line 3 on. */
function findings(...parts: readonly string[]): Promise<readonly Finding[]> {
  const text = `import { program, sum } from "sealfold/program";\nexport default program(import.meta.url, {\n${parts.join("\n")}\n});\n`;
  return withFolder({ "program.ts": text }, (folder) => inspectProgram(join(folder, "program.ts")));
}

/** Each finding as `line:column severity CODE capability`. */
async function found(...parts: readonly string[]): Promise<string[]> {
  return (await findings(...parts)).map(({ line, column, severity, code, capability }) =>
    [`${line}:${column}`, severity, code, ...(capability === undefined ? [] : [capability])].join(" "),
  );
}

const map = "map: (line: string, emit, tools) => emit(line, tools.clock()),";

describe("program/check: tools", () => {
  it("are found where they are used without need", async () => {
    expect(await found(map, "reduce: sum")).to.deep.equal(["3:54 fails PROGRAM_THREW clock"]);
    expect(await found('needs: ["clock"],', map, "reduce: sum")).to.deep.equal([]);
    expect(await found('needs: ["counters", "random"],', map, "reduce: sum")).to.deep.equal([
      "4:54 fails PROGRAM_THREW clock",
    ]);
  });

  it("are found in map, reduce and finish, as members, in patterns and in variables", async () => {
    const reduce = "reduce: (key: string, values: number[], { random }) => random(1)";
    expect(await found("map: (line: string, emit) => emit(line, 1),", reduce)).to.deep.equal([
      "4:43 fails PROGRAM_THREW random",
    ]);
    const finish = "reduce: { ...sum, finish: (state, { policy: { query }, policy }) => [query(), policy.narrow({})] }";
    expect(await found("map: (line: string, emit) => emit(line, 1),", finish)).to.deep.equal([
      "4:47 fails PROGRAM_THREW policy.query",
      "4:86 fails PROGRAM_THREW policy.narrow",
    ]);
    const inside =
      "map(line: string, emit, all) { const { crypto, counters: c } = all; c.add(line); emit(crypto, 1); },";
    expect(await found(inside, "reduce: sum")).to.deep.equal([
      "3:40 fails PROGRAM_THREW crypto",
      "3:48 fails PROGRAM_THREW counters",
    ]);
  });

  it("are not sought where more may be needed than can be seen", async () => {
    expect(await found("needs: JSON.parse('[]'),", map, "reduce: sum")).to.deep.equal([]);
    expect(await found("...JSON.parse('{}'),", map, "reduce: sum")).to.deep.equal([]);
    const other =
      "map(line: string, emit, tools) { { const tools = { clock: () => 1 }; emit(line, tools.clock()); } },";
    expect(await found(other, "reduce: sum")).to.deep.equal([]);
  });

  it("do not narrow in a map", async () => {
    const narrowing = "map: (line: string, emit, { policy }) => policy.narrow({}),";
    const [finding] = await findings('needs: ["policy.narrow"],', narrowing, "reduce: sum");
    expect(finding).to.include({ severity: "fails", line: 4, column: 49, message: "a map cannot narrow the policy" });
  });

  it("are asked for by names that there are", async () => {
    expect(await found('needs: ["clock", "network"],', map, "reduce: sum")).to.deep.equal([
      "3:18 refused PROGRAM_EXPORT",
    ]);
  });
});
