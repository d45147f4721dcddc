import { expect } from "chai";

import { SealfoldError } from "../../lib/errors.ts";
import { Output } from "../../lib/output.ts";
import { openResult } from "../../lib/party/open-result.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { aliceRecords, type Asked, attempt, bobRecords, codeUnder } from "./_world.ts";
import { plainCounts } from "../../lib/demo/answer.ts";

/** Ends the thread of the first sandbox that is asked `kind`, as often as `times`. */
class Killer {
  killed = 0;
  readonly #kind: string;
  readonly #times: number;

  constructor(kind: string, times = 1) {
    this.#kind = kind;
    this.#times = times;
  }

  ask({ link, kind, forward }: Asked): Promise<Message> {
    if (kind === this.#kind && this.killed < this.#times) {
      this.killed++;
      link.end(new SealfoldError("SANDBOX_DIED", "killed by a test"));
    }
    return forward();
  }
}

describe("claims: a sandbox that dies is replaced, and nothing is lost", () => {
  for (const kind of ["map", "attest", "reduce", "cell", "finish"]) {
    it(`goes on when a sandbox dies on "${kind}", with the same output and a receipt that verifies`, () => {
      const killer = new Killer(kind);
      return attempt({ cheat: { ask: (asked) => killSandboxes(killer, asked) } }, async (world) => {
        const request = await world.request();
        const { outputs } = openResult(request, await world.run(request));
        const output = Output.fromPartitions<number>(outputs.get("counts") ?? []);
        expect(output.toMap()).to.deep.equal(plainCounts(aliceRecords, bobRecords));
        expect(killer.killed).to.equal(1);
      });
    });
  }

  it("gives up on a task whose sandboxes die again and again", async () => {
    const killer = new Killer("map", 100);
    expect(await codeUnder({ cheat: { ask: (asked) => killSandboxes(killer, asked) } })).to.equal("SANDBOX_DIED");
    expect(killer.killed).to.be.within(3, 20);
  });

  it("does not take a program's failure for a death: it is not tried again", async () => {
    let maps = 0;
    const program = new URL("./_throws.ts", import.meta.url).pathname;
    const cheat = {
      ask: (asked: Asked) => {
        if (asked.kind === "map") maps++;
        return asked.forward();
      },
    };
    expect(await codeUnder({ cheat, program })).to.equal("PROGRAM_THREW");
    expect(maps).to.be.within(1, 2);
  });
});

/** Brokers are let live: without one there is no job. */
function killSandboxes(killer: Killer, asked: Asked): Promise<Message> {
  return asked.link.role === "broker" ? asked.forward() : killer.ask(asked);
}
