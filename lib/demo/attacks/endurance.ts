/** Attacks on endurance: ask for more than there is, and have something get lost on the way. */

import { initiate } from "../../channel/handshake.ts";
import { ExchangeKey } from "../../crypto/exchange.ts";
import { partyPrologue } from "../../identity/channel-binding.ts";
import { maxHandshakes } from "../../sandbox/roles/party-channels.ts";
import type { Attack, Play } from "../attack.ts";
import { onAsk } from "../cheats.ts";
import type { World } from "../world.ts";

/** Begins handshakes of its own whenever an owner has begun one, until that is pushed out, and again. */
function endlessHandshakes(): Play {
  let message: Uint8Array | undefined;
  const cheat = onAsk("open", async ({ link, forward }) => {
    const opened = await forward();
    if (message === undefined) return opened;
    for (let i = 0; i < maxHandshakes; i++) await link.ask("open", {}, [message]);
    return opened;
  });
  const course = async (world: World): Promise<boolean> => {
    const prologue = partyPrologue(world.policy.hash);
    message = initiate({ pattern: "XX", prologue, staticKey: ExchangeKey.generate() }).writeMessage();
    await world.handIn(world.coordinator, undefined, 2);
    return true;
  };
  return { cheat, course };
}

export const enduranceAttacks: readonly Attack[] = [
  {
    name: "endless-handshakes",
    target: "endurance",
    does: "begins handshakes with the broker without end, so that the owners' are pushed out",
    gain: "owners who believe that their keys have arrived",
    by: "the broker",
    code: "CHANNEL_CLOSED",
    play: endlessHandshakes,
  },
  {
    name: "giant-plan",
    target: "endurance",
    does: "announces a plan of 2^32 partitions",
    gain: "a broker that sets memory aside until it dies, and forgets what it released",
    by: "the broker",
    code: "DENIED_CAP",
    play: () => ({
      cheat: onAsk("job", ({ body, forward }) =>
        forward({ ...body, plan: { ...(body["plan"] as object), partitions: 2 ** 32 } }),
      ),
    }),
  },
];
