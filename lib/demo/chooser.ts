/** Has tasks mapped twice, by two sandboxes, to pick between the attempts by what can be seen of them: their sizes. */

import { SealfoldError } from "../errors.ts";
import type { Message } from "../sandbox/message.ts";
import type { Asked } from "./cheating.ts";
import type { CarriedManifest } from "./cheats.ts";

/** An attempt as the host sees it. */
interface SeenAttempt {
  readonly task: number;
  readonly certId: string;
  readonly attempt: string;
  /** Bytes of all that it wrote. */
  readonly sizes: string;
}

/** Each costs a sandbox. */
const tasksTwice = 2;

export class Chooser {
  readonly attempts: SeenAttempt[] = [];
  /** Ids of the attempts that it went on with, of the tasks that were mapped twice. */
  readonly chosen: string[] = [];
  readonly #takes: "first" | "second";
  readonly #first = new Map<number, Message>();

  constructor(takes: "first" | "second" = "second") {
    this.#takes = takes;
  }

  async ask({ kind, link, forward }: Asked): Promise<Message> {
    const answer = await forward();
    if (kind !== "map") return answer;
    const { document } = answer.body.document("manifest") as CarriedManifest;
    const { task, certId, attempt } = document;
    const first = this.#first.get(task);
    if (first === undefined && this.#first.size >= tasksTwice) return answer;
    this.attempts.push({ task, certId, attempt, sizes: answer.parts.map(({ length }) => length).join(" ") });
    if (first === undefined) {
      this.#first.set(task, answer);
      const lost = new SealfoldError("SANDBOX_DIED", "ended by its host, which keeps its answer");
      link.end(lost);
      throw lost;
    }
    const taken = this.#takes === "first" ? first : answer;
    this.chosen.push((taken.body.document("manifest") as CarriedManifest).document.attempt);
    return taken;
  }

  /** @returns whether two attempts at one task differ in what can be seen. */
  canTell(): boolean {
    const seen = new Map<number, Set<string>>();
    for (const { task, sizes } of this.attempts) seen.set(task, (seen.get(task) ?? new Set()).add(sizes));
    return [...seen.values()].some((sizes) => sizes.size > 1);
  }
}
