/** The hands that do what a schedule says: they stand between the coordinator and its sandboxes. */

import { once } from "node:events";

import type { Asked } from "../../lib/demo/cheating.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import type { Motion } from "./motion.ts";
import type { EndingCode, Fault, Point, Schedule } from "./schedule.ts";

/** A sandbox that was ended. */
export interface Ending {
  readonly role: SandboxLink["role"];
  readonly code: EndingCode;
  /** Whether it was ended because of its item. */
  readonly doomed: boolean;
  /** Whether the broker's release had come already. */
  readonly late: boolean;
}

/** An answer that was kept. */
export interface Hold {
  readonly role: SandboxLink["role"];
  /** Why it was let go: the job no longer wanted it, or its time had come. */
  readonly letGo: "unwanted" | "late";
}

/** What the hands know of the job. */
export interface JobInHand {
  cancel(): void;
  /** Whether its result was released. */
  released(): boolean;
}

type Moment = Point["when"];

/** How long an answer is held, ms: by time that passes when nothing else does, as long as one likes. */
const holdMs = { machine: 500, virtual: 30_000 };
/** The answer that is one's work, per role. */
const workMessages = { mapper: "map", reducer: "finish", broker: "" };

export class Hands {
  readonly endings: Ending[] = [];
  readonly holds: Hold[] = [];
  /** Whether the job was given up. */
  cancelled = false;
  readonly #faults: readonly Fault[];
  readonly #time: Schedule["time"];
  readonly #motion: Motion;
  readonly #job: JobInHand;
  readonly #counts = new Map<string, number>();
  readonly #met = new Set<SandboxLink>();
  readonly #alive = new Set<SandboxLink>();
  readonly #answers = { mapper: 0, reducer: 0, broker: 0 };
  /** Who is who, as the broker's admissions say: evidence, then certificate. */
  readonly #known = new Map<string, SandboxLink>();
  readonly #tasks = new Map<SandboxLink, number>();
  #armed = false;
  #released = false;

  constructor({ faults, time }: Schedule, motion: Motion, job: JobInHand) {
    this.#faults = faults;
    this.#time = time;
    this.#motion = motion;
    this.#job = job;
  }

  /** From now on faults are done: what comes before is no job yet. */
  arm(): void {
    this.#armed = true;
  }

  ask = async (asked: Asked): Promise<Message> => {
    this.#meet(asked.link);
    if (!this.#armed) return this.#motion.during(() => asked.forward());
    const { link, kind } = asked;
    const nth = this.#count(link.role, kind);
    this.#noteTask(asked);
    this.#strike(asked, nth, "before");
    if (this.#isMute(link.role, kind, nth)) return this.#silence(asked);
    const answer = await this.#motion.during(() => {
      const answering = asked.forward();
      this.#strike(asked, nth, "during");
      return answering;
    });
    this.#noteName(asked, answer);
    if (kind === workMessages[link.role]) await this.#hold(asked);
    if (this.#strike(asked, nth, "after")) return asked.forward(); // it has ended, and says why
    this.#released ||= kind === "release";
    setImmediate(() => this.#strike(asked, nth, "idle"));
    return answer;
  };

  #meet(link: SandboxLink): void {
    if (this.#met.has(link)) return;
    this.#met.add(link);
    this.#alive.add(link);
    void link.ended.then(() => this.#alive.delete(link));
  }

  /** A mapper's task is known by the certificate under which the broker grants it, and that by its evidence. */
  #noteName({ link, kind, body }: Asked, answer: Message): void {
    if (kind === "attest" && link.role !== "broker") this.#known.set(answer.body.text("evidence"), link);
    const admitted = kind === "admit" ? this.#known.get(String(body["evidence"])) : undefined;
    if (admitted !== undefined) this.#known.set(answer.body.text("certId"), admitted);
  }

  #noteTask({ link, kind, body }: Asked): void {
    const member = link.role === "broker" && kind === "task" ? this.#known.get(String(body["certId"])) : undefined;
    if (member !== undefined) this.#tasks.set(member, Number(body["task"]));
  }

  #count(role: string, kind: string): number {
    const name = `${role} ${kind}`;
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    return nth;
  }

  /** @returns whether the sandbox that is asked was ended. */
  #strike({ link, kind }: Asked, nth: number, moment: Moment): boolean {
    let struck = false;
    for (const fault of this.#faults) {
      if (fault.do === "doom") {
        const item = link.role === "mapper" ? this.#tasks.get(link) : link.index;
        if (moment !== "before" || fault.role !== link.role || fault.message !== kind || fault.item !== item) continue;
        struck = true;
        this.#end(link, "SANDBOX_DIED", true);
      } else if (fault.do === "end") {
        if (!isAt(fault.at, { role: link.role, message: kind, nth, when: moment })) continue;
        struck = true;
        this.#end(link, fault.code);
        const others = [...this.#alive].filter(({ role }) => role !== "broker" && link.role !== "broker");
        for (const other of others.slice(0, fault.others)) this.#end(other, fault.code);
      } else if (fault.do === "cancel") {
        if (!isAt(fault.at, { role: link.role, message: kind, nth, when: moment })) continue;
        this.cancelled ||= !this.#job.released();
        this.#job.cancel();
      }
    }
    return struck;
  }

  #isMute(role: string, message: string, nth: number): boolean {
    return this.#faults.some(
      (fault) => fault.do === "mute" && fault.role === role && fault.message === message && fault.nth === nth,
    );
  }

  #end(link: SandboxLink, code: EndingCode, doomed = false): void {
    if (!this.#alive.delete(link)) return;
    this.#motion.move();
    this.endings.push({ role: link.role, code, doomed, late: this.#released });
    link.end(new SealfoldError(code, "ended by the harness", { stage: link.role }));
  }

  async #hold(asked: Asked): Promise<void> {
    const { link, over } = asked;
    const nth = ++this.#answers[link.role];
    if (!this.#faults.some((fault) => fault.do === "hold" && fault.role === link.role && fault.nth === nth)) return;
    await this.#motion.timing.wait(holdMs[this.#time], over);
    this.holds.push({ role: link.role, letGo: over.aborted ? "unwanted" : "late" });
    if (over.aborted) await asked.forward(); // throws why it was ended
  }

  /** Nothing comes back before the sandbox is ended, and then the reason. */
  async #silence({ link, over, forward }: Asked): Promise<Message> {
    this.endings.push({ role: link.role, code: "SANDBOX_DIED", doomed: false, late: false });
    if (!over.aborted) await once(over, "abort");
    return forward();
  }
}

function isAt(at: Point, { role, message, nth, when }: Point): boolean {
  return at.role === role && at.message === message && at.nth === nth && at.when === when;
}
