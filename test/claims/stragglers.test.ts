import { expect } from "chai";

import type { JobEvent } from "../../lib/coordinator/events.ts";
import type { SealedResult } from "../../lib/coordinator/running-job.ts";
import { MemoryStore } from "../../lib/coordinator/store.ts";
import { controlDeadlineMs } from "../../lib/coordinator/timely-fleet.ts";
import type { SigningKey } from "../../lib/crypto/signature.ts";
import { Output } from "../../lib/output.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { VirtualTime } from "../coordinator/_virtual-time.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { type Asked, attempt, type World } from "./_world.ts";

/** Something held up, until somebody lets it go. */
class Gate {
  open: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => (this.open = resolve));

  /** Settles when it is opened, or when `link` has ended: what is ended is not waited for. */
  async pass(link: SandboxLink): Promise<void> {
    await Promise.race([this.#opened, link.ended]);
  }
}

/** A job whose slow attempts are those that `ask` holds up, in time that passes when a test says so. */
class SlowJob {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore();
  readonly events: JobEvent[] = [];
  /** Mappers and reducers that were started and have not ended, and how many there ever were at once. */
  readonly alive = { mapper: new Set<SandboxLink>(), reducer: new Set<SandboxLink>() };
  readonly most = { mapper: 0, reducer: 0 };
  #isOver = false;
  ask: (asked: Asked) => Promise<Message> = (asked) => asked.forward();
  told: (event: JobEvent) => void = () => undefined;

  /** @returns what the receiver reads, and how it came about, once the receipt has been verified */
  run(mappers = 2): Promise<{ readonly read: string; readonly sealed: SealedResult }> {
    const options = {
      limits: { mappers, reducers: 2 },
      fleet: (key: SigningKey) => new InProcessFleet(key),
      cheat: { ask: (asked: Asked) => this.#asked(asked) },
      listener: (event: JobEvent) => this.#listen(event),
      timing: this.time,
      store: this.store,
    };
    return attempt(options, async (world: World) => {
      const request = await world.request();
      const sealed = await world.run(request);
      const { outputs } = await world.receive(request, sealed);
      expect(await this.store.list("cell/")).to.deep.equal([]);
      expect(this.alive.mapper.size + this.alive.reducer.size).to.equal(0);
      this.#isOver = true; // what the end of its world does to the broker is no part of it
      return { read: JSON.stringify([...Output.fromPartitions(outputs.get("counts") ?? [])]), sealed };
    });
  }

  of<K extends JobEvent["kind"]>(kind: K): readonly Extract<JobEvent, { kind: K }>[] {
    return this.events.filter((event) => event.kind === kind) as Extract<JobEvent, { kind: K }>[];
  }

  /** An attempt of those that run now is slow from here on. */
  pass(): void {
    this.time.pass(controlDeadlineMs / 2);
  }

  #asked(asked: Asked): Promise<Message> {
    const { link } = asked;
    if (link.role !== "broker") {
      const { role } = link;
      this.alive[role].add(link);
      this.most[role] = Math.max(this.most[role], this.alive[role].size);
      void link.ended.then(() => this.alive[role].delete(link));
    }
    return this.ask(asked);
  }

  #listen(event: JobEvent): void {
    if (this.#isOver) return;
    this.events.push(event);
    this.told(event);
  }
}

const undisturbed: Promise<string> = (async () => (await new SlowJob().run()).read)();

/** Lets time pass when only one item of the stage is left to be done. */
function passAtTheLast(job: SlowJob, role: "mapper" | "reducer"): void {
  job.told = (event) => {
    if (event.kind === "commit" && event.role === role && event.done === event.total - 1) job.pass();
  };
}

describe("claims: a slow sandbox gets a rival, and it makes no difference who is first", () => {
  for (const [role, kind] of [
    ["mapper", "map"],
    ["reducer", "finish"],
    ["reducer", "cell"],
  ] as const) {
    it(`when a ${role} hangs on "${kind}", its rival's result counts, and it is ended`, async () => {
      const job = new SlowJob();
      const gate = new Gate();
      let slow: SandboxLink | undefined;
      passAtTheLast(job, role);
      job.ask = async (asked) => {
        if (asked.kind === kind && slow === undefined) {
          slow = asked.link;
          await gate.pass(asked.link);
        }
        return asked.forward();
      };
      const { read } = await job.run();
      expect(read).to.equal(await undisturbed);
      expect(job.of("speculate").map((event) => event.role)).to.deep.equal([role]);
      expect(job.of("assign").filter(({ speculative }) => speculative)).to.have.lengthOf(1);
      expect(job.of("die")).to.deep.equal([]);
      expect(job.most.mapper).to.be.at.most(2);
      expect(job.most.reducer).to.be.at.most(2);
    });
  }

  for (const first of ["the slow one", "its rival"] as const) {
    it(`when both mappers finish, and ${first} is first, one manifest of the task is committed and nothing of the other is left`, async () => {
      const job = new SlowJob();
      const answers: { readonly attempt: string; readonly gate: Gate }[] = [];
      passAtTheLast(job, "mapper");
      let task: number | undefined;
      job.ask = async (asked) => {
        if (asked.kind === "cell") expect(attemptsOf(await job.store.list("cell/"), task)).to.have.lengthOf(1);
        const answer = await asked.forward();
        if (asked.kind !== "map") return answer;
        const { document } = answer.body.document("manifest") as { document: { task: number; attempt: string } };
        task ??= document.task;
        if (task !== document.task) return answer;
        const gate = new Gate();
        answers.push({ attempt: document.attempt, gate });
        if (answers.length === 2) answers[first === "the slow one" ? 0 : 1]?.gate.open();
        await gate.pass(asked.link);
        return answer;
      };
      const { read, sealed } = await job.run();
      expect(read).to.equal(await undisturbed);
      expect(answers).to.have.lengthOf(2);
      const committed = sealed.receipt.map.find(({ document }) => document.task === task)?.document.attempt;
      expect(committed).to.equal(answers[first === "the slow one" ? 0 : 1]?.attempt);
    });
  }

  it("when both reducers finish, one manifest of the partition is in the receipt", async () => {
    const job = new SlowJob();
    const answers: { readonly attempt: string; readonly gate: Gate }[] = [];
    passAtTheLast(job, "reducer");
    job.ask = async (asked) => {
      const answer = await asked.forward();
      if (asked.kind !== "finish" || asked.link.index !== 0) return answer;
      const { document } = answer.body.document("manifest") as { document: { attempt: string } };
      const gate = new Gate();
      answers.push({ attempt: document.attempt, gate });
      if (answers.length === 2) answers[0]?.gate.open();
      await gate.pass(asked.link);
      return answer;
    };
    const { read, sealed } = await job.run();
    expect(read).to.equal(await undisturbed);
    expect(answers).to.have.lengthOf(2);
    expect(sealed.receipt.reduce[0]?.document.attempt).to.equal(answers[0]?.attempt);
  });
});

describe("claims: a sandbox that hangs is a sandbox that died", () => {
  for (const kind of ["init", "attest", "trust", "join"]) {
    it(`on "${kind}": another takes its place, and nothing is lost`, async () => {
      const job = new SlowJob();
      let hung: SandboxLink | undefined;
      job.ask = async (asked) => {
        if (asked.kind === kind && asked.link.role === "mapper" && hung === undefined) {
          hung = asked.link;
          setImmediate(() => job.time.pass(controlDeadlineMs)); // the question is out by then
          await asked.link.ended;
        }
        return asked.forward();
      };
      const { read } = await job.run(1);
      expect(read).to.equal(await undisturbed);
      expect(job.of("die").map(({ role, code }) => [role, code])).to.deep.equal([["mapper", "SANDBOX_DIED"]]);
      expect(job.of("replace").map(({ role }) => role)).to.deep.equal(["mapper"]);
    });
  }
});

function attemptsOf(cells: readonly string[], task: number | undefined): readonly string[] {
  const names = cells.map((name) => name.split("/")).filter((parts) => parts[2] === String(task));
  return [...new Set(names.map((parts) => parts[3] ?? ""))];
}
