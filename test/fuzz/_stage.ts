/**
 * Roles behind their ports, in this thread and with all chance drawn from a seed, so that what was said to one of them
 * can be said to another that answers the same. And a small job on such roles, whose every message is kept.
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";

import { attempt } from "../claims/_world.ts";
import { type RandomSource, utf8 } from "../../lib/crypto/bytes.ts";
import { digest, hkdf, sha256 } from "../../lib/crypto/hash.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import type { Json } from "../../lib/data/canonical.ts";
import { SealfoldError } from "../../lib/errors.ts";
import type { Role } from "../../lib/identity/evidence.ts";
import { softwareQuote } from "../../lib/identity/software.ts";
import { systemSeconds } from "../../lib/sandbox/clock.ts";
import type { Fleet } from "../../lib/sandbox/fleet.ts";
import { encodeMessage, isReturned, malformed, parseMessage, parseReturned } from "../../lib/sandbox/message.ts";
import { portAttester } from "../../lib/sandbox/port-attester.ts";
import { Broker } from "../../lib/sandbox/roles/broker.ts";
import { Mapper } from "../../lib/sandbox/roles/mapper.ts";
import { Reducer } from "../../lib/sandbox/roles/reducer.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { type Handler, serve } from "../../lib/sandbox/serve.ts";

const roles = { broker: Broker, mapper: Mapper, reducer: Reducer } as const;
const now = systemSeconds();
/** The host's key in the small world. */
const platformKey = SigningKey.fromSeed(new Uint8Array(32).fill(4));
const measurement = sha256(utf8("a stage"));

/** The other end of a role's port. */
export interface Stage {
  /** Posts anything that can be cloned, and waits for what is posted back. */
  post(value: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens a role that draws the same numbers whenever it has the same `name`. */
export function openStage(role: Role, name: string): Stage {
  const asked = new MessageChannel();
  const quoted = new MessageChannel();
  quoted.port1.on("message", (reportData: Uint8Array) => {
    quoted.port1.postMessage(softwareQuote({ key: platformKey, measurement, reportData: digest(reportData), now }));
  });
  const served = serve(asked.port2, handlerOf(role, quoted.port2, randomOf(name)));
  return stageOn(asked.port1, async () => {
    await served;
    quoted.port1.close();
  });
}

/** Answers come in the order in which was posted. */
export function stageOn(port: MessagePort, closed: () => Promise<void>): Stage {
  const waiting: ((answer: unknown) => void)[] = [];
  port.on("message", (answer: unknown) => {
    // Memory comes back before the answer: whatever the question was, in the form that its giver reads.
    if (isReturned(answer)) return void parseReturned(answer);
    const next = waiting.shift();
    if (next === undefined) throw new Error("an answer to nothing");
    next(answer);
  });
  return {
    post: (value) =>
      new Promise((resolve) => {
        port.postMessage(value);
        waiting.push(resolve);
      }),
    close: async () => {
      port.close();
      await closed();
    },
  };
}

function handlerOf(role: Role, platform: MessagePort, random: RandomSource): Handler {
  let actor: { handle: Handler } | undefined;
  return (message) => {
    if (message.kind === "init" && actor === undefined) {
      const attester = portAttester(message.body.text("platform"), platform);
      actor = roles[role].open(message, attester, { random, clock: () => now });
      return { body: {} };
    }
    if (actor === undefined) throw malformed("order: init comes first, and once");
    return actor.handle(message);
  };
}

function randomOf(name: string): RandomSource {
  let drawn = 0;
  return (length) => hkdf(utf8(name), utf8(`${drawn++}`), length);
}

/** One thing that was said to a role. */
export interface Said {
  readonly kind: string;
  readonly body: { readonly [field: string]: Json };
  readonly parts: readonly Uint8Array[];
}

/** Everything that was said to one role in a job, in order. */
export interface Transcript {
  readonly role: Role;
  /** Of its chance, for {@link openStage}. */
  readonly name: string;
  readonly said: readonly Said[];
}

/** Runs a small job of two owners, and keeps what was said to each of its sandboxes. */
export async function recordJob(): Promise<readonly Transcript[]> {
  const transcripts: (Transcript & { readonly said: Said[] })[] = [];
  const links: SandboxLink[] = [];
  const fleet: Fleet = {
    platform: "software",
    measurement,
    start: (role, index) => {
      const transcript = { role, name: `${role} ${index}, ${transcripts.length}`, said: [] };
      transcripts.push(transcript);
      const link = linkTo(openStage(role, transcript.name), { role, index }, transcript.said);
      links.push(link);
      return link;
    },
    close: async () => {
      for (const link of links) link.end(new SealfoldError("CANCELLED", "the fleet was closed"));
      await Promise.all(links.map(({ ended }) => ended));
    },
  };
  await attempt({ fleet: () => fleet }, async (world) => world.run(await world.request()));
  return transcripts;
}

function linkTo(stage: Stage, { role, index }: Pick<SandboxLink, "role" | "index">, said: Said[]): SandboxLink {
  let end = (): void => undefined;
  let over: SealfoldError | undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    role,
    index,
    ended,
    end: (reason = new SealfoldError("SANDBOX_DIED", `${role} ${index} was ended`)) => {
      over ??= reason;
      void stage.close().then(end);
    },
    ask: async (kind, body, parts = []) => {
      if (over !== undefined) throw over;
      said.push({ kind, body: structuredClone(body), parts: parts.map((part) => Uint8Array.from(part)) });
      const answer = parseMessage(await stage.post(encodeMessage(said.length, kind, body, parts)));
      if (answer.kind !== "ok") throw new Error(`a ${role} refused ${kind} with ${answer.body.text("code")}`);
      return answer;
    },
  };
}
