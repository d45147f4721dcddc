/** Brokers without a coordinator between: a host that starts as many as it likes, and carries messages as it likes. */

import type { BrokerLink } from "../../lib/party/broker-link.ts";
import { toBase64url } from "../../lib/crypto/bytes.ts";
import type { Json } from "../../lib/data/canonical.ts";
import type { Dataset, RecoveryShare } from "../../lib/party/party.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import { type Admission, parseAdmission } from "../../lib/proof/admission.ts";
import type { Transfer } from "../../lib/proof/transfer.ts";
import { type Message, partAt } from "../../lib/sandbox/message.ts";
import type { SandboxLink } from "../../lib/sandbox/sandbox.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { attempt, type World } from "./_world.ts";

type Fields = { readonly [field: string]: Json };

/** One broker, and the way to it. */
export class LooseBroker implements BrokerLink {
  readonly #link: SandboxLink;

  private constructor(link: SandboxLink) {
    this.#link = link;
  }

  static async start({ fleet, policy, parties }: World): Promise<LooseBroker> {
    const signatures = Object.values(parties).map((party) => party.signPolicy());
    const link = fleet.start("broker", 0);
    await link.ask("init", { platform: fleet.platform, signatures }, [policy.bytes]);
    return new LooseBroker(link);
  }

  ask(kind: string, body: Fields = {}, parts: readonly Uint8Array[] = []): Promise<Message> {
    return this.#link.ask(kind, body, parts);
  }

  async attest(nonce: Uint8Array): Promise<string> {
    return (await this.ask("attest", { nonce: toBase64url(nonce) })).body.text("evidence");
  }

  async openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }> {
    const answer = await this.ask("open", {}, [message]);
    return { channel: answer.body.integer("channel"), message: partAt(answer, 0) };
  }

  async say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.ask("say", { channel }, [message])).parts[0];
  }

  /** @returns its memory as it is now, sealed. */
  async state(): Promise<Uint8Array> {
    return partAt(await this.ask("state"), 0);
  }

  /** @returns how many brokers had its memory before it. */
  async predecessors(): Promise<number> {
    return (await this.ask("standing")).body.bytesList("lineage", 32).length;
  }

  /** A job without work: what is asked of requests, transfers and admissions is asked of this one too. */
  openJob(asked: ResultRequest, transfer?: Transfer, admissions: readonly Admission[] = []): Promise<Message> {
    return this.ask("job", {
      requests: [asked.signed],
      transfers: transfer === undefined ? [] : [transfer],
      commitments: [],
      plan: { partitions: 1, tasks: [], padding: "cell-max" },
      admissions,
    });
  }
}

/** @returns what `broker` signs when it lets a mapper into this job. */
export async function letIn(broker: LooseBroker, jobId: string, { fleet, policy, program }: World): Promise<Admission> {
  const mapper = fleet.start("mapper", 0);
  await mapper.ask("init", { index: 0, platform: fleet.platform }, [policy.bytes, program.bytes]);
  const challenge = (await broker.ask("challenge", { jobId })).body.text("nonce");
  const { body } = await mapper.ask("attest", { jobId, nonce: challenge });
  const shown = { evidence: body.text("evidence"), nonce: body.text("nonce") };
  const admitted = await broker.ask("admit", { jobId, challenge, role: "mapper", ...shown });
  return parseAdmission(admitted.body.document("admission"));
}

/** A first broker, and all that its parties have of it. */
export interface Line {
  readonly world: World;
  readonly first: LooseBroker;
  readonly shares: Readonly<Record<"alice" | "bob", RecoveryShare>>;
  readonly asked: ResultRequest;
  readonly dataset: Dataset;
}

/** Two of three parties let a successor go on; no input is needed. */
export function withLine<T>(work: (line: Line) => Promise<T>): Promise<T> {
  const options = {
    fleet: (key: World["keys"]["host"]) => new InProcessFleet(key),
    change: (document: World["policy"]["document"]) => ({
      ...document,
      inputs: document.inputs.map((input) => ({ ...input, required: false })),
      recovery: { kind: "shares" as const, threshold: 2, parties: ["alice", "bob", "carol"] },
    }),
  };
  return attempt(options, async (world) => {
    const { alice, bob, carol } = world.parties;
    const first = await LooseBroker.start(world);
    const dataset = { input: "fruit", epoch: 1, key: new Uint8Array(32).fill(7), records: 0 };
    await alice.provision(dataset, first);
    const shares = { alice: await alice.keepShare(first), bob: await bob.keepShare(first) };
    return work({ world, first, shares, asked: await carol.request(first), dataset });
  });
}

/** @returns a broker that was given `state`, and both shares. */
export async function succeed({ world, shares }: Line, state: Uint8Array): Promise<LooseBroker> {
  const successor = await LooseBroker.start(world);
  await successor.ask("restore", {}, [state]);
  await world.parties.alice.recover(shares.alice, successor);
  await world.parties.bob.recover(shares.bob, successor);
  return successor;
}
