/** Ways to cheat, of which attacks are made. */

import { fromBase64url } from "../crypto/bytes.ts";
import { ExchangeKey } from "../crypto/exchange.ts";
import { digest } from "../crypto/hash.ts";
import { SigningKey } from "../crypto/signature.ts";
import { makeEvidence, type Role } from "../identity/evidence.ts";
import { softwareQuote } from "../identity/software.ts";
import { systemSeconds } from "../sandbox/clock.ts";
import { Body, type Message } from "../sandbox/message.ts";
import type { Asked, Cheat } from "./cheating.ts";
import type { World } from "./world.ts";

type Fields = Asked["body"];
type Stored = NonNullable<Cheat["get"]>;

/** A map manifest as it passes through the host's hands. */
export interface CarriedManifest {
  readonly document: {
    readonly task: number;
    readonly attempt: string;
    readonly certId: string;
    readonly jobId: string;
  };
  readonly signature: string;
}

/** Answers every request for chunk `index` of alice's input with `other`. */
export function insteadOfChunk(index: number, other: Stored): Cheat {
  return { get: (name, store) => (name === `chunk/fruit/1/${index}` ? other(name, store) : store.get(name)) };
}

/** Changes the sealed cells of the first two partitions on their way out of the store. */
export function withCells(change: Stored): Cheat {
  return { get: (name, store) => (/^cell\/.*\/[01]$/.test(name) ? change(name, store) : store.get(name)) };
}

/** Changes the commit set on its way to the reducers. */
export function withManifests(change: (manifests: readonly CarriedManifest[]) => readonly unknown[]): Cheat {
  return onAsk("reduce", ({ body, forward }) =>
    forward({ ...body, manifests: change(body["manifests"] as readonly CarriedManifest[]) }),
  );
}

/** Changes the plan that the broker is told. */
export function withTasks(change: (tasks: readonly unknown[]) => readonly unknown[]): Cheat {
  return onAsk("job", ({ body, forward }) => {
    const plan = body["plan"] as { readonly tasks: readonly unknown[] };
    return forward({ ...body, plan: { ...plan, tasks: change(plan.tasks) } });
  });
}

/** Changes what the broker is shown of a sandbox that shall join. */
export function admitting(change: (body: Fields) => Fields | Promise<Fields>): Cheat {
  return onAsk("admit", async ({ body, forward }) => forward(await change(body)));
}

/** Does something else where one kind of message is asked, and passes on all others. */
export function onAsk(kind: string, instead: (asked: Asked) => Promise<Message>): Cheat {
  return { ask: (asked) => (asked.kind === kind ? instead(asked) : asked.forward()) };
}

/** The answer of who did what it was asked; for a host that answers in somebody's place. */
export const done: Message = { id: 0, kind: "ok", body: new Body({}), parts: [] };

/** Flips one bit, `fromEnd` bytes before the end. @returns a copy */
export function flipped(bytes: Uint8Array, fromEnd: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = copy.length - fromEnd;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** Of what an invented sandbox says that it is. */
export interface Invented {
  readonly measurement: Uint8Array;
  /** Signs for the platform. */
  readonly platformKey: SigningKey;
}

/** Evidence for `body`, an "admit", of a sandbox that the host made up, under keys of its own. */
export function forgedEvidence(world: World, body: Fields, { measurement, platformKey }: Invented): Promise<string> {
  const identity = SigningKey.generate();
  const bytes = (field: string): Uint8Array => fromBase64url(body[field] as string, 32);
  return makeEvidence(
    {
      role: body["role"] as Role,
      index: 0,
      nonce: bytes("challenge"),
      policyHash: world.policy.hash,
      programHash: digest(world.program.measurement),
      jobId: digest(bytes("jobId")),
      signingKey: identity.publicKey,
      channelKey: ExchangeKey.generate().publicKey,
      issuedAt: systemSeconds(),
      lifetime: 300,
    },
    identity,
    {
      platform: "software",
      quote: (reportData) =>
        Promise.resolve(
          softwareQuote({ key: platformKey, measurement: digest(measurement), reportData, now: systemSeconds() }),
        ),
    },
  );
}
