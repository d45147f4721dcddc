/** Brings one sandbox into a job: started, told its policy and program, attested both ways, and granted its keys. */

import { type Admission, parseAdmission } from "../proof/admission.ts";
import type { Fleet } from "../sandbox/fleet.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import { partAt } from "../sandbox/message.ts";
import { BrokerReplaced, type BrokerSeat } from "./broker-seat.ts";
import type { JobListener, StageRole } from "./events.ts";

/** A sandbox that knows its policy and program, and belongs to no job yet. */
export interface Candidate {
  readonly link: SandboxLink;
  readonly ready: Promise<unknown>;
}

/** A sandbox of a job. */
export interface Recruit {
  readonly link: SandboxLink;
  readonly certId: string;
  readonly evidence: string;
  /** The broker's signed word that it was let in, for a successor of that broker. */
  readonly admission: Admission;
  /** The broker that admitted it, and that alone can grant it anything. */
  readonly generation: number;
}

/** What every sandbox is started with. */
export interface Equipment {
  readonly fleet: Fleet;
  readonly platform: string;
  readonly policy: Uint8Array;
  readonly program: Uint8Array;
}

/** The job that a sandbox is brought into, as the broker knows it. */
export interface Joinable {
  readonly seat: BrokerSeat;
  /** What names the job in every message to the broker. */
  readonly job: { readonly jobId: string };
  readonly listener: JobListener;
}

export function startCandidate(role: StageRole, index: number, equipment: Equipment): Candidate {
  const { fleet, platform, policy, program } = equipment;
  const link = fleet.start(role, index);
  const ready = link.ask("init", { index, platform }, [policy, program]);
  ready.catch(() => undefined); // met again by whoever awaits it
  return { link, ready };
}

/**
 * The steps of mutual attestation, which the coordinator carries and cannot forge.
 * @throws {SealfoldError} EVIDENCE_*, CHANNEL_HANDSHAKE, DENIED_CAP
 */
export async function recruit({ link, ready }: Candidate, joinable: Joinable): Promise<Recruit> {
  const { seat, job, listener } = joinable;
  const { role, index } = link;
  await ready;
  const { generation } = seat;
  const challenge = (await seat.ask("challenge", job, [], generation)).body.text("nonce");
  const own = await link.ask("attest", { ...job, nonce: challenge });
  const evidence = own.body.text("evidence");
  const nonce = own.body.text("nonce");
  const admitted = await seat.ask("admit", { ...job, challenge, role, evidence, nonce }, [], generation);
  const certId = admitted.body.text("certId");
  const admission = parseAdmission(admitted.body.document("admission"));
  const member: Recruit = { link, certId, evidence, admission, generation };
  try {
    const hello = await link.ask("trust", { evidence: admitted.body.text("evidence") });
    const answer = await seat.ask("handshake", { ...job, certId }, [partAt(hello, 0)], generation);
    await link.ask("join", {}, answer.parts);
    listener({ kind: "attest", role, index, certId, evidence });
  } catch (error) {
    await retire(member, joinable);
    throw error;
  }
  return member;
}

/** Tells the broker that an admitted sandbox has ended: its place is free for a successor. */
export async function retire({ certId, generation }: Recruit, { seat, job }: Joinable): Promise<void> {
  try {
    await seat.ask("retire", { ...job, certId }, [], generation);
  } catch (error) {
    if (!(error instanceof BrokerReplaced)) throw error; // its successor never let that one in
  }
}
