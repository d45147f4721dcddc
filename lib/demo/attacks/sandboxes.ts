/** Attacks on who gets keys: sandboxes that are none, are another's, or are one too many. */

import { toBase64url, utf8 } from "../../crypto/bytes.ts";
import { sha256 } from "../../crypto/hash.ts";
import { SigningKey } from "../../crypto/signature.ts";
import type { Message } from "../../sandbox/message.ts";
import type { Attack, Play } from "../attack.ts";
import { type Asked, changed, type Cheat } from "../cheating.ts";
import { admitting, done, forgedEvidence, type Invented, onAsk } from "../cheats.ts";
import type { World } from "../world.ts";

/** What a release of sealfold measured that the policy no longer names. */
export const olderRuntime: Uint8Array = sha256(utf8("the runtime of an older sealfold"));

/** Shows the broker a sandbox that was made up. */
export function inventing(invent: (world: World) => Invented): Required<Pick<Play, "cheat" | "course">> {
  let here: World | undefined;
  const cheat = admitting(async (body) =>
    here === undefined ? body : { ...body, evidence: await forgedEvidence(here, body, invent(here)) },
  );
  const course = async (world: World): Promise<boolean> => {
    here = world;
    await world.obtain();
    return true;
  };
  return { cheat, course };
}

/** Shows, wherever `field` is shown, what was shown there of the first sandbox in that role. */
export function replaying(field: "evidence" | "challenge"): Cheat {
  const first = new Map<unknown, unknown>();
  return admitting((body) => {
    const { role } = body;
    if (!first.has(role)) first.set(role, body[field]);
    return { ...body, [field]: first.get(role) };
  });
}

/** Shows a sandbox evidence that the broker made for another nonce than the sandbox's. */
export const oldBrokerEvidence: Cheat = onAsk("admit", async ({ link, forward }) => {
  const answer = await forward();
  const { body } = answer;
  const other = await link.ask("attest", { nonce: toBase64url(new Uint8Array(32)) });
  return changed(answer, {
    certId: body.text("certId"),
    admission: body.document("admission"),
    evidence: other.body.text("evidence"),
  });
});

export const otherJob: Cheat = onAsk("attest", ({ body, forward }) =>
  "jobId" in body ? forward({ ...body, jobId: toBase64url(new Uint8Array(32)) }) : forward(),
);

/** Says of no sandbox that it has ended. */
export const neverRetire: Cheat = onAsk("retire", () => Promise.resolve(done));

export const asReducer: Cheat = admitting((body) => ({ ...body, role: "reducer" }));

export const retireFirst: Cheat = onAsk("task", async ({ link, body, forward }) => {
  await link.ask("retire", { jobId: body["jobId"] as string, certId: body["certId"] as string });
  return forward();
});

export const otherProgram: Cheat = onAsk("init", ({ link, body, parts: [policy = new Uint8Array()], forward }) =>
  link.role === "mapper" ? forward(body, [policy, utf8("var x;")]) : forward(),
);

/** Both mappers ask for a task; the second to ask is given one that was made for the first. */
export class MisdirectedGrant {
  /** Certificates of those who asked, in order. */
  readonly asking: string[] = [];
  readonly #both: Promise<void>;
  #bothAsked: () => void = () => undefined;

  constructor() {
    this.#both = new Promise((resolve) => (this.#bothAsked = resolve));
  }

  async ask({ kind, body, forward }: Asked): Promise<Message> {
    if (kind !== "task") return forward();
    const certId = body["certId"] as string;
    if (!this.asking.includes(certId)) this.asking.push(certId);
    if (this.asking.length === 2) this.#bothAsked();
    await this.#both;
    return forward({ ...body, certId: this.asking[0] });
  }
}

export const sandboxAttacks: readonly Attack[] = [
  {
    name: "unvouched-sandbox",
    target: "sandboxes",
    does: "brings a program of its own as a mapper, and vouches for it with a key of its own",
    gain: "the keys of the chunks, and the records",
    by: "the broker",
    code: "EVIDENCE_SIGNATURE",
    play: () => inventing(({ fleet }) => ({ measurement: fleet.measurement, platformKey: SigningKey.generate() })),
  },
  {
    name: "older-runtime",
    target: "sandboxes",
    does: "brings a sandbox of an older sealfold, which the policy no longer names",
    gain: "keys in a sandbox with a hole that was mended since",
    by: "the broker",
    code: "EVIDENCE_MEASUREMENT",
    play: () => inventing(({ keys }) => ({ measurement: olderRuntime, platformKey: keys.host })),
  },
  {
    name: "other-broker",
    target: "sandboxes",
    does: "runs a broker of other code than the policy names",
    gain: "the owners' data keys, handed over by themselves",
    by: "an owner",
    code: "EVIDENCE_MEASUREMENT",
    play: () => ({ runtimeMeasurement: olderRuntime }),
  },
  {
    name: "other-program",
    target: "sandboxes",
    does: "gives the mappers another program than the policy names",
    gain: "records, read by a program that nobody agreed to",
    by: "a mapper",
    code: "PROGRAM_MEASUREMENT",
    play: () => ({ cheat: otherProgram }),
  },
  {
    name: "other-role",
    target: "sandboxes",
    does: "has a mapper join as a reducer",
    gain: "a partition's key where there are chunk keys already",
    by: "the broker",
    code: "EVIDENCE_ROLE",
    play: () => ({ cheat: asReducer }),
  },
  {
    name: "other-job",
    target: "sandboxes",
    does: "brings a sandbox that attested for another job",
    gain: "keys in a sandbox that serves another master",
    by: "the broker",
    code: "EVIDENCE_BINDING",
    play: () => ({ cheat: otherJob }),
  },
  {
    name: "replayed-evidence",
    target: "sandboxes",
    does: "shows evidence again whose nonce was answered before",
    gain: "keys for a sandbox that is long gone, or broken since",
    by: "the broker",
    code: "EVIDENCE_NONCE",
    play: () => ({ cheat: replaying("evidence") }),
  },
  {
    name: "old-broker",
    target: "sandboxes",
    does: "shows a mapper evidence that the broker made for somebody else",
    gain: "mappers that talk to a broker of the host's own",
    by: "a mapper",
    code: "EVIDENCE_NONCE",
    play: () => ({ cheat: oldBrokerEvidence }),
  },
  {
    name: "too-many",
    target: "sandboxes",
    does: "starts more reducers than the policy allows",
    gain: "as many tries as it likes",
    by: "the broker",
    code: "DENIED_CAP",
    play: () => ({ cheat: neverRetire, limits: { reducers: 1 } }),
  },
  {
    name: "misdirected-grant",
    target: "sandboxes",
    does: "gives one mapper the keys that were granted to another",
    gain: "chunk keys in a sandbox to which the broker gave none",
    by: "a mapper",
    code: "CHANNEL_MESSAGE",
    play: () => {
      const grant = new MisdirectedGrant();
      return { cheat: { ask: (asked) => grant.ask(asked) } };
    },
  },
  {
    name: "retired-sandbox",
    target: "sandboxes",
    does: "asks for keys in the name of a sandbox that has ended",
    gain: "keys for whoever took its place unseen",
    by: "the broker",
    code: "EVIDENCE_BINDING",
    play: () => ({ cheat: retireFirst }),
  },
];
