/** Has one task mapped twice, and shows reducer 1 the second attempt where reducer 0 saw the first. */

import type { Json } from "../data/canonical.ts";
import type { Message } from "../sandbox/message.ts";
import type { Asked } from "./cheating.ts";
import type { CarriedManifest } from "./cheats.ts";

interface SecondAttempt {
  readonly manifest: CarriedManifest;
  readonly parts: readonly Uint8Array[];
}

export class Fork {
  /** Whether it came to show reducer 1 the other attempt. */
  shown = false;
  /** Who asked for each grant. */
  readonly #grants = new Map<Uint8Array, Asked>();
  #begun = false;
  #second: SecondAttempt | undefined;
  #cells = 0;

  ask(asked: Asked): Promise<Message> {
    if (asked.kind === "task") return this.#remember(asked);
    if (asked.kind === "map" && !this.#begun) return this.#mapTwice(asked);
    const other = this.#second;
    if (asked.link.role !== "reducer" || asked.link.index !== 1 || other === undefined) return asked.forward();
    return this.#showOther(asked, other);
  }

  #showOther({ kind, body, forward }: Asked, { manifest, parts }: SecondAttempt): Promise<Message> {
    const { task } = manifest.document;
    if (kind === "reduce") {
      this.shown = true;
      const first = body["manifests"] as readonly CarriedManifest[];
      return forward({ ...body, manifests: first.map((one) => (one.document.task === task ? manifest : one)) });
    }
    // a cell is asked for each task in turn; partition 1's is parts 2 and 3 of the mapper's answer
    return kind === "cell" && this.#cells++ === task ? forward(body, parts.slice(2, 4)) : forward();
  }

  async #remember(asked: Asked): Promise<Message> {
    const answer = await asked.forward();
    const [grant] = answer.parts;
    if (grant !== undefined) this.#grants.set(grant, asked);
    return answer;
  }

  async #mapTwice({ link, parts, forward }: Asked): Promise<Message> {
    this.#begun = true;
    const first = await forward();
    const [sealed, ...chunks] = parts;
    const granted = sealed && this.#grants.get(sealed);
    if (granted === undefined) return first;
    // a channel takes each of its messages once, so the same task needs a second grant
    const grant = await granted.link.ask("task", granted.body as { readonly [field: string]: Json });
    const second = await link.ask("map", {}, [...grant.parts, ...chunks]);
    this.#second = { manifest: second.body.document("manifest") as CarriedManifest, parts: second.parts };
    return first;
  }
}
