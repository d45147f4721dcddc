/** Attacks on what a broker remembers: let a successor go on with something else than its predecessor knew in the end. */

import type { PolicyDocument } from "../../policy/policy.ts";
import { partAt } from "../../sandbox/message.ts";
import type { SandboxLink } from "../../sandbox/sandbox.ts";
import type { Attack, Play } from "../attack.ts";
import { flipped } from "../cheats.ts";
import type { World } from "../world.ts";

/** Carol alone can let a successor go on. */
const byCarol = (document: PolicyDocument): PolicyDocument => ({
  ...document,
  recovery: { kind: "shares", threshold: 1, parties: ["carol"] },
});

/**
 * Takes the broker's sealed memory from before a release and from after it, gives a successor what `choose` makes of the two,
 * and lets carol, who has the result, hand over the share that she kept.
 */
export function succeeding(
  choose: (before: Uint8Array, after: Uint8Array) => Uint8Array,
): Required<Pick<Play, "cheat" | "change" | "course">> {
  const brokers = new Set<SandboxLink>();
  const sealed = async (): Promise<Uint8Array> => partAt(await newest(brokers).ask("state", {}), 0);
  const course = async (world: World): Promise<boolean> => {
    const { carol } = world.parties;
    const share = await carol.keepShare(world.coordinator);
    const before = await sealed();
    const { summary } = await world.obtain();
    const after = await sealed();
    const successor = await world.openSecond();
    await newest(brokers).ask("restore", {}, [choose(before, after)]);
    await carol.recover(share, successor, summary.budgetHead);
    return true;
  };
  const ask: NonNullable<Play["cheat"]>["ask"] = ({ link, forward }) => {
    if (link.role === "broker") brokers.add(link);
    return forward();
  };
  return { cheat: { ask }, change: byCarol, course };
}

export const forgetting = (before: Uint8Array): Uint8Array => before;
export const editing = (_: Uint8Array, after: Uint8Array): Uint8Array => flipped(after, 20);

function newest(brokers: ReadonlySet<SandboxLink>): SandboxLink {
  const last = [...brokers].at(-1);
  if (last === undefined) throw new Error("there is no broker");
  return last;
}

export const successionAttacks: readonly Attack[] = [
  {
    name: "older-memory",
    target: "release",
    does: "lets a broker's successor go on with its sealed memory of before the release",
    gain: "a broker with all keys that does not know what was released",
    by: "the broker",
    code: "BUDGET_ROLLED_BACK",
    play: () => succeeding(forgetting),
  },
  {
    name: "edited-memory",
    target: "release",
    does: "edits the sealed memory before a successor gets it",
    gain: "keys and releases of its own making in the broker's mind",
    by: "the broker",
    code: "BROKER_STATE",
    play: () => succeeding(editing),
  },
];
