/** Brokers without a coordinator between: a host that starts as many as it likes, and carries messages as it likes. */

import { BrokerPost } from "../../lib/coordinator/broker-post.ts";
import type { Dataset, RecoveryShare } from "../../lib/party/party.ts";
import type { ResultRequest } from "../../lib/party/result-request.ts";
import { type Admission, parseAdmission } from "../../lib/proof/admission.ts";
import type { Transfer } from "../../lib/proof/transfer.ts";
import type { Fleet } from "../../lib/sandbox/fleet.ts";
import { type Message, partAt } from "../../lib/sandbox/message.ts";
import { InProcessFleet } from "./_in-process-fleet.ts";
import { attempt, signaturesOf, type World } from "./_world.ts";

/** One broker, and the way to it. */
export class LooseBroker extends BrokerPost {
  /** A broker that was started for `world` and knows nothing yet. */
  static async start(world: World, fleet: Fleet = world.fleet): Promise<LooseBroker> {
    const broker = new LooseBroker(fleet.start("broker", 0));
    const signatures = signaturesOf(world);
    await broker.ask("init", { platform: fleet.platform, signatures }, [world.policy.bytes]);
    return broker;
  }

  /** A successor that the host has given `state`; no party has said anything to it. */
  static async restored(world: World, state: Uint8Array, fleet?: Fleet): Promise<LooseBroker> {
    const broker = await LooseBroker.start(world, fleet);
    await broker.ask("restore", {}, [state]);
    return broker;
  }

  /** @returns its memory as it is now, sealed. */
  override async state(): Promise<Uint8Array> {
    return partAt(await this.ask("state"), 0);
  }

  /** @returns how many brokers had its memory before it. */
  async predecessors(): Promise<number> {
    return (await this.standing()).lineage.length;
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
  const successor = await LooseBroker.restored(world, state);
  await world.parties.alice.recover(shares.alice, successor);
  await world.parties.bob.recover(shares.bob, successor);
  return successor;
}
