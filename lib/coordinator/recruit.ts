/** Brings one sandbox into a job: started, told its policy and program, attested both ways, and granted its keys. */

import { toBase64url } from "../crypto/bytes.ts";
import type { Digest } from "../crypto/hash.ts";
import type { Fleet } from "../sandbox/fleet.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import { partAt } from "../sandbox/message.ts";
import type { JobListener } from "./events.ts";

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
}

/** What every sandbox is started with. */
export interface Equipment {
  readonly fleet: Fleet;
  readonly platform: string;
  readonly policy: Uint8Array;
  readonly program: Uint8Array;
}

export function startCandidate(role: "mapper" | "reducer", index: number, equipment: Equipment): Candidate {
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
export async function recruit(
  { link, ready }: Candidate,
  broker: SandboxLink,
  jobId: Digest,
  listener: JobListener,
): Promise<Recruit> {
  const { role, index } = link;
  const job = { jobId: toBase64url(jobId) };
  await ready;
  listener({ kind: "started", role, index });
  const challenge = (await broker.ask("challenge", job)).body.text("nonce");
  const own = await link.ask("attest", { ...job, nonce: challenge });
  const evidence = own.body.text("evidence");
  const nonce = own.body.text("nonce");
  const admitted = await broker.ask("admit", { ...job, challenge, role, evidence, nonce });
  const certId = admitted.body.text("certId");
  try {
    const hello = await link.ask("trust", { evidence: admitted.body.text("evidence") });
    const answer = await broker.ask("handshake", { ...job, certId }, [partAt(hello, 0)]);
    await link.ask("join", {}, answer.parts);
    listener({ kind: "attested", role, index, evidence });
  } catch (error) {
    await retire(broker, jobId, certId);
    throw error;
  }
  return { link, certId, evidence };
}

/** Tells the broker that an admitted sandbox has ended: its place is free for a successor. */
export async function retire(broker: SandboxLink, jobId: Digest, certId: string): Promise<void> {
  await broker.ask("retire", { jobId: toBase64url(jobId), certId });
}
