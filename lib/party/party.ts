/**
 * What an owner and a receiver do: check the broker's evidence themselves, seal and commit their records, hand their
 * data key to the broker alone, ask for a result, and open it once its receipt verifies.
 */

import { equalBytes, expectLength, fromBase64url, type RandomSource, toBase64url } from "../crypto/bytes.ts";
import { ExchangeKey } from "../crypto/exchange.ts";
import type { Digest } from "../crypto/hash.ts";
import { isShare } from "../crypto/shares.ts";
import { systemRandom } from "../crypto/random.ts";
import type { SigningKey } from "../crypto/signature.ts";
import { canonicalJson } from "../data/canonical.ts";
import type { Input, PlainChunk, SurveyedChunk } from "../data/input.ts";
import { merkleRoot } from "../data/merkle.ts";
import { SealfoldError } from "../errors.ts";
import { appraise, type Attested } from "../identity/appraise.ts";
import type { Policy, PolicyInput } from "../policy/policy.ts";
import { expectChunkBytes, inputNamed, keyOfParty, partyKey, shareHolder } from "../policy/questions.ts";
import { type PolicySignature, signPolicy } from "../policy/sign.ts";
import { signCommitment } from "../proof/commitment.ts";
import { type Request, signRequest } from "../proof/request.ts";
import { requestHash, signTransfer, type Transfer } from "../proof/transfer.ts";
import { ChunkSealing } from "./seal-chunks.ts";
import { BrokerChannel, type Told } from "./broker-channel.ts";
import type { BrokerLink, Depository } from "./broker-link.ts";
import { ResultRequest } from "./result-request.ts";

export interface PartyOptions {
  readonly random?: RandomSource;
  /** @returns seconds since 1970 */
  readonly clock?: () => number;
}

export interface SealOptions {
  /** Counts up with every new version of the data; a receiver refuses an older one than it saw. Default 1. */
  readonly epoch?: number;
  /** 32 secret bytes that seal this epoch, where they must be kept before anything is sealed. Default: drawn. */
  readonly key?: Uint8Array | undefined;
  /** Plaintext bytes per chunk. Default: 1 MiB, 2 of files of 64 MiB and 4 of 128 MiB and more; at most what the policy allows. */
  readonly chunkBytes?: number | undefined;
  /**
   * Whether this process stays until the job is over, and its files as they are: then what is large is not deposited, but
   * sealed when it is wanted, where the depository takes that. Default: no; all is deposited, and the owner may go.
   */
  readonly stays?: boolean | undefined;
  /** Threads of this process that help with what is large. Default: two, and one where all is deposited and there are not three cores. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with bytes read so far, and in all where that is known. */
  readonly onProgress?: ((read: number, total: number | undefined) => void) | undefined;
}

/** A sealed dataset's key and name: what its owner keeps. */
export interface Dataset {
  readonly input: string;
  readonly epoch: number;
  readonly key: Uint8Array;
  readonly records: number;
}

const leastChunkBytes = 1024 * 1024;
const mostChunkBytes = 4 * leastChunkBytes;
/** Chunks are not larger than that an input has so many. */
const manyChunks = 32;

/** Channels that a party opens to say one thing, before it gives up. */
const maxTries = 5;

export class Party {
  readonly name: string;
  readonly policy: Policy;
  readonly #key: SigningKey;
  readonly #random: RandomSource;
  readonly #clock: () => number;

  /** @throws {SealfoldError} DENIED_PARTY unless the policy names this party with this key */
  constructor(name: string, policy: Policy, key: SigningKey, { random, clock }: PartyOptions = {}) {
    if (!equalBytes(partyKey(policy, name), key.publicKey)) {
      throw new SealfoldError("DENIED_PARTY", "the policy names another key for this party", { party: name });
    }
    this.name = name;
    this.policy = policy;
    this.#key = key;
    this.#random = random ?? systemRandom;
    this.#clock = clock ?? (() => Math.floor(Date.now() / 1000));
  }

  /** Agrees to the policy. */
  signPolicy(): PolicySignature {
    return signPolicy(this.policy, this.name, this.#key);
  }

  /**
   * Checks that the broker runs what the policy names, now.
   * @throws {SealfoldError} EVIDENCE_*
   */
  async attest(link: BrokerLink): Promise<Attested> {
    const nonce = this.#random(32);
    const evidence = await link.attest(nonce);
    return appraise(evidence, { policy: this.policy, role: "broker", nonce, now: this.#clock() });
  }

  /**
   * Cuts the input into chunks, seals each under a key of its own and signs a commitment to them all.
   * @throws {SealfoldError} DENIED_PARTY, DATA_*, LIMIT_*; DATA_FORMAT when the policy names another format or columns
   */
  async seal<R>(name: string, input: Input<R>, to: Depository, options: SealOptions = {}): Promise<Dataset> {
    const declared = inputNamed(this.policy, name);
    if (declared?.owner !== this.name) {
      throw new SealfoldError("DENIED_PARTY", `input "${name}" is not this party's`, { party: this.name });
    }
    await expectFormat(declared, input);
    const { epoch = 1, chunkBytes, stays, threads, signal, onProgress } = options;
    const { key = this.#random(32) } = options;
    expectLength("key", key, 32);
    const offer = stays === true ? to.offerChunk?.bind(to) : undefined;
    const sealing = new ChunkSealing({
      dataset: { owner: this.name, input: name, epoch },
      key,
      random: this.#random,
      threads,
      deposit: ({ index }, sealed, unkept) => to.putChunk(name, epoch, index, sealed, unkept),
      offer: offer && (({ index }, length, shelf) => offer(name, epoch, index, length, shelf)),
    });
    const reading = {
      chunkBytes: Math.min(chunkBytes ?? (await chunkBytesFor(input)), declared.maxChunkBytes),
      recordBytes: this.policy.document.limits.recordBytes,
      memory: sealing.plain,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    };
    const isSurveyed = offer !== undefined && threads !== 0;
    const chunks = (isSurveyed ? input.surveyed?.(sealing, reading) : undefined) ?? input.chunks(reading);
    const leaves = await this.#sealAll(chunks, sealing, declared);
    const document = {
      policyHash: toBase64url(this.policy.hash),
      owner: this.name,
      input: name,
      epoch,
      chunks: leaves.length,
      root: toBase64url(merkleRoot(leaves)),
    };
    await to.commit(signCommitment(document, this.#key), Uint8Array.from(Buffer.concat(leaves)));
    return { input: name, epoch, key, records: sealing.records };
  }

  async #sealAll(
    chunks: AsyncIterable<PlainChunk | SurveyedChunk>,
    sealing: ChunkSealing,
    declared: PolicyInput,
  ): Promise<readonly Digest[]> {
    const { name, maxChunks } = declared;
    let count = 0;
    try {
      for await (const chunk of chunks) {
        if (++count > maxChunks) {
          throw new SealfoldError("LIMIT_INPUT", `input "${name}" has more than ${maxChunks} chunks`);
        }
        expectChunkBytes(declared, ("bytes" in chunk ? chunk.bytes : chunk.source).length);
        await sealing.add(chunk);
      }
      const leaves = await sealing.finish();
      if (!sealing.hasOffered) await sealing.close();
      return leaves;
    } catch (error) {
      await sealing.close();
      throw error;
    }
  }

  /**
   * Attests the broker and hands it the data key, over Noise XX. The owner may then go offline.
   * @throws {SealfoldError} EVIDENCE_*, CHANNEL_*; CHANNEL_CLOSED when others push every channel out of the broker
   */
  async provision(dataset: Dataset, link: BrokerLink): Promise<void> {
    const { input, epoch, key } = dataset;
    await this.#tell({ kind: "provision", input, epoch, key: toBase64url(key) }, link);
  }

  /**
   * Attests the broker and hands it a key that the policy lets the program use and nobody read. A later one takes its
   * place for later jobs.
   * @param name - of a key of the policy whose source is this party
   * @param key - 32 secret bytes; for `ed25519` the seed (RFC 8032), for `x25519` the scalar (RFC 7748)
   * @throws {SealfoldError} DENIED_PARTY when the policy has no such key of this party; EVIDENCE_*, CHANNEL_*
   */
  async provisionKey(name: string, key: Uint8Array, link: BrokerLink): Promise<void> {
    if (keyOfParty(this.policy, this.name, name) === undefined) {
      throw new SealfoldError("DENIED_PARTY", `the policy has no key "${name}" of this party`, { party: this.name });
    }
    expectLength("key", key, 32);
    await this.#tell({ kind: "provision key", name, key: toBase64url(key) }, link);
  }

  /**
   * Attests the broker, then signs a request with a fresh nonce and a fresh key for the result.
   * @throws {SealfoldError} EVIDENCE_*
   */
  async request(link: BrokerLink): Promise<ResultRequest> {
    const { signed, key } = await this.#ask(link);
    return new ResultRequest(this.name, this.policy, signed, key);
  }

  /**
   * Asks again where `asked` came to nothing: the broker died, and its successor could not be given its memory. What the
   * first may still release opens for nobody; `asked` opens what the new one releases.
   * @returns the new request
   * @throws {SealfoldError} EVIDENCE_*; REQUEST when its result was opened already
   */
  async renew(asked: ResultRequest, link: BrokerLink): Promise<Request> {
    const { signed, key } = await this.#ask(link);
    asked.renew(signed, key);
    return signed;
  }

  /**
   * Moves `asked` to a successor that was given its broker's memory. What the first may still release opens for nobody.
   * @returns what tells the successor so
   * @throws {SealfoldError} EVIDENCE_*; REQUEST when its result was opened already
   */
  async transfer(asked: ResultRequest, link: BrokerLink): Promise<Transfer> {
    const broker = await this.attest(link);
    if (asked.transfer?.document.broker === toBase64url(broker.signingKey)) return asked.transfer; // under one key, once
    const key = ExchangeKey.generate(this.#random);
    const transfer = signTransfer(
      {
        policyHash: toBase64url(this.policy.hash),
        request: requestHash(asked.signed),
        broker: toBase64url(broker.signingKey),
        key: toBase64url(key.publicKey),
      },
      this.#key,
    );
    asked.move(transfer, key);
    return transfer;
  }

  /**
   * Attests the broker, and asks it for this party's share of its memory. The share stays good for all its successors.
   * @throws {SealfoldError} EVIDENCE_*, CHANNEL_*; DENIED_PARTY when the policy gives this party none; RECOVERY_SHARE when
   *   the broker's own commitments do not hold for what it gave
   */
  async keepShare(link: BrokerLink): Promise<RecoveryShare> {
    const holder = shareHolder(this.policy, this.name);
    if (holder === undefined) throw new SealfoldError("DENIED_PARTY", undefined, { party: this.name });
    const { share, commitments } = await this.#tell({ kind: "keep share" }, link);
    if (typeof share !== "string" || !(await isShareOf(holder, share, commitments))) {
      throw new SealfoldError("RECOVERY_SHARE", "the broker gave a share that is none", { party: this.name });
    }
    return { policyHash: toBase64url(this.policy.hash), party: this.name, share };
  }

  /**
   * Attests a broker's successor, and hands it this party's share of its predecessor's memory.
   * @param head - the newest head of the ledger of releases that this party has seen: an older memory is refused
   * @throws {SealfoldError} EVIDENCE_*, CHANNEL_*; RECOVERY_SHARE; BROKER_STATE when the shares are enough and the memory
   *   does not open; BUDGET_ROLLED_BACK when it is older than what this or another party has seen
   */
  async recover(share: RecoveryShare, link: BrokerLink, head?: Uint8Array): Promise<void> {
    if (share.policyHash !== toBase64url(this.policy.hash) || share.party !== this.name) {
      throw new SealfoldError("RECOVERY_SHARE", "a share is of another policy or party", { party: this.name });
    }
    const told = { kind: "hand share", share: share.share, ...(head && { head: toBase64url(head) }) };
    await this.#tell(told, link);
  }

  async #ask(link: BrokerLink): Promise<{ readonly signed: Request; readonly key: ExchangeKey }> {
    const broker = await this.attest(link);
    const key = ExchangeKey.generate(this.#random);
    const signed = signRequest(
      {
        policyHash: toBase64url(this.policy.hash),
        broker: toBase64url(broker.signingKey),
        receiver: this.name,
        nonce: toBase64url(this.#random(32)),
        key: toBase64url(key.publicKey),
      },
      this.#key,
    );
    return { signed, key };
  }

  /**
   * Says one thing to the attested broker alone, and hears that it was done. Strangers may begin handshakes without end,
   * so that this one gives way, and a broker may die: then it begins again.
   */
  async #tell(request: Told, link: BrokerLink): Promise<Readonly<Record<string, unknown>>> {
    for (let left = maxTries - 1; ; left--) {
      try {
        return await this.#tellOnce(request, link);
      } catch (error) {
        if (left === 0 || !(error instanceof SealfoldError && error.code === "CHANNEL_CLOSED")) throw error;
      }
    }
  }

  async #tellOnce(request: Told, link: BrokerLink): Promise<Readonly<Record<string, unknown>>> {
    const broker = await this.attest(link);
    const { name, policy } = this;
    const channel = await BrokerChannel.open({ name, policy, key: this.#key, random: this.#random }, broker, link);
    try {
      return await channel.tell(request);
    } finally {
      channel.close();
    }
  }
}

/** What a party is given of the broker's memory: of use to a successor, together with as many others as the policy says. */
export interface RecoveryShare {
  readonly policyHash: string;
  readonly party: string;
  /** 32 bytes in base64url, to be kept secret. */
  readonly share: string;
}

/** Cells read under another column's name, or text under another layout, would be wrong without a sign of it. */
async function expectFormat(declared: PolicyInput, { format }: Input<unknown>): Promise<void> {
  const actual = typeof format === "function" ? await format() : format;
  if (canonicalJson(actual) === canonicalJson(declared.format)) return;
  const detail = `input "${declared.name}" is of format ${actual.kind}; the policy names ${declared.format.kind} for it`;
  const columns = "the columns of a CSV input are not those that the policy names";
  throw new SealfoldError("DATA_FORMAT", actual.kind === declared.format.kind ? columns : detail, {
    party: declared.owner,
  });
}

/** Bytes of a chunk: fewer and larger ones take less time, and of few there would not be as many for each mapper. */
async function chunkBytesFor(input: Input<unknown>): Promise<number> {
  const files = (await input.marks?.()) ?? [];
  const bytes = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
  let chunkBytes = leastChunkBytes;
  while (chunkBytes < mostChunkBytes && bytes >= 2 * chunkBytes * manyChunks) chunkBytes *= 2;
  return chunkBytes;
}

/** @param commitments - from the broker, in base64url */
async function isShareOf(holder: number, share: string, commitments: unknown): Promise<boolean> {
  if (!Array.isArray(commitments)) return false;
  try {
    const points = commitments.map((point) => fromBase64url(point as string, 32));
    return await isShare(fromBase64url(share, 32), holder, points);
  } catch {
    return false; // no bytes of that length
  }
}
