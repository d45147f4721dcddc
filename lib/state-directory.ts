/**
 * The folder in which a job of one person's outlasts its process: `coordinator/` holds what an untrusted coordinator may
 * see, sealed or public; `party/` holds the person's own keys, and is for nobody else.
 */

import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { DiskStore } from "./coordinator/disk-store.ts";
import { JobRecords } from "./coordinator/job-records.ts";
import { bytesOf, countOf, fieldsOf, textOf } from "./coordinator/kept-fields.ts";
import { getIfThere } from "./coordinator/store.ts";
import { toBase64url } from "./crypto/bytes.ts";
import { SigningKey } from "./crypto/signature.ts";
import { canonicalBytes, canonicalJson, type Json, parseCanonical } from "./data/canonical.ts";
import { fileFault } from "./data/paths.ts";
import { SealfoldError } from "./errors.ts";
import type { Dataset, RecoveryShare } from "./party/party.ts";
import { ResultRequest } from "./party/result-request.ts";
import { makePolicy, type Policy, type PolicyDocument } from "./policy/policy.ts";

/** What the one party keeps. */
type Piece = "key" | "input" | "dataset" | "share" | "request";

/** A piece is a key or a signed document or two. */
const maxPieceBytes = 16 * 1024 * 1024;

export class StateDirectory implements AsyncDisposable {
  readonly folder: string;
  /** Sealed and public things. */
  readonly store: DiskStore;
  readonly #party: DiskStore;

  /** @throws {SealfoldError} STATE_FORMAT, STATE_IN_USE, DATA_FILE */
  static async open(folder: string): Promise<StateDirectory> {
    await expectOwn(folder);
    const store = await DiskStore.open(join(folder, "coordinator"));
    try {
      return new StateDirectory(folder, store, await DiskStore.open(join(folder, "party")));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private constructor(folder: string, store: DiskStore, party: DiskStore) {
    this.folder = folder;
    this.store = store;
    this.#party = party;
  }

  /** The person's signing key: made when it is asked for first. @throws {SealfoldError} STATE_DAMAGED */
  async key(): Promise<SigningKey> {
    const kept = await this.#read("key");
    if (kept !== undefined) return this.#kept("the key", () => SigningKey.fromSeed(bytesOf(kept, 32)));
    if ((await JobRecords.policyIn(this.store)) !== undefined) throw this.#damaged("the key");
    const key = SigningKey.generate();
    await this.#keep("key", toBase64url(key.exportSeed()));
    return key;
  }

  /** @returns the policy of the job that was begun here */
  keptPolicy(): Promise<Policy | undefined> {
    return JobRecords.policyIn(this.store);
  }

  /**
   * @param draft - what this job's policy would be if it began now
   * @param marks - what tells this job's input from another
   * @returns the policy that the job began with
   * @throws {SealfoldError} STATE_FORMAT when what was begun here is another job; STATE_DAMAGED
   */
  async policy(draft: PolicyDocument, marks: Json): Promise<Policy> {
    const kept = await this.keptPolicy();
    if (kept === undefined) {
      const policy = makePolicy(draft);
      await this.#keep("input", marks);
      await new JobRecords(this.store, policy).keepPolicy();
      return policy;
    }
    const { notBefore, notAfter } = kept.document;
    const differing = differences(kept.document, { ...draft, notBefore, notAfter });
    const other = canonicalJson((await this.#read("input")) ?? null) === canonicalJson(marks) ? [] : ["input files"];
    if (differing.length + other.length === 0) return kept;
    const what = [...differing, ...other].join(", ");
    throw new SealfoldError("STATE_FORMAT", `${this.folder} is of another job: the ${what} are others`, {
      file: this.folder,
    });
  }

  /** @throws {SealfoldError} STATE_DAMAGED */
  async dataset(): Promise<Dataset | undefined> {
    const kept = await this.#read("dataset");
    if (kept === undefined) return undefined;
    return this.#kept("the input's key", () => {
      const { input, epoch, key, records } = fieldsOf(kept, ["input", "epoch", "key", "records"]);
      return { input: textOf(input), epoch: countOf(epoch), key: bytesOf(key, 32), records: countOf(records) };
    });
  }

  async keepDataset({ key, ...rest }: Dataset): Promise<void> {
    await this.#keep("dataset", { ...rest, key: toBase64url(key) });
  }

  /** @throws {SealfoldError} STATE_DAMAGED */
  async share(): Promise<RecoveryShare | undefined> {
    const kept = await this.#read("share");
    if (kept === undefined) return undefined;
    return this.#kept("the share", () => {
      const { policyHash, party, share } = fieldsOf(kept, ["policyHash", "party", "share"]);
      bytesOf(share, 32);
      return { policyHash: textOf(policyHash), party: textOf(party), share: textOf(share) };
    });
  }

  async keepShare(share: RecoveryShare): Promise<void> {
    await this.#keep("share", { ...share });
  }

  /** @throws {SealfoldError} STATE_DAMAGED */
  async request(receiver: string, policy: Policy): Promise<ResultRequest | undefined> {
    const kept = await this.#read("request");
    if (kept === undefined) return undefined;
    return this.#kept("the request", () => ResultRequest.of(receiver, policy, kept));
  }

  async keepRequest(request: ResultRequest): Promise<void> {
    await this.#keep("request", request.export());
  }

  async close(): Promise<void> {
    await this.#party.close();
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #keep(piece: Piece, value: Json): Promise<void> {
    await this.#party.put(piece, canonicalBytes(value), { commit: true });
  }

  async #read(piece: Piece): Promise<Json | undefined> {
    const bytes = await getIfThere(this.#party, piece);
    return bytes && parseCanonical(bytes, { code: "STATE_DAMAGED", maxBytes: maxPieceBytes, what: piece });
  }

  /** @throws {SealfoldError} STATE_DAMAGED whatever `parse` throws */
  #kept<T>(what: string, parse: () => T): T {
    try {
      return parse();
    } catch (cause) {
      throw this.#damaged(what, cause);
    }
  }

  #damaged(what: string, cause?: unknown): SealfoldError {
    const place = { file: join(this.folder, "party") };
    return new SealfoldError("STATE_DAMAGED", `${what} that was kept cannot be used`, place, { cause });
  }
}

/** A folder of somebody's is no place for state, even where it has room for it. */
async function expectOwn(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const names = await readdir(folder);
    if (names.every((name) => name === "coordinator" || name === "party")) return;
  } catch (cause) {
    throw fileFault(folder, cause);
  }
  throw new SealfoldError("STATE_FORMAT", `${folder} holds other things, and is no state directory`, { file: folder });
}

/** @returns names of the policy's fields that are not alike */
function differences(a: PolicyDocument, b: PolicyDocument): readonly string[] {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]);
  const text = (document: PolicyDocument, field: string): string =>
    canonicalJson((document as unknown as Readonly<Record<string, Json | undefined>>)[field] ?? null);
  return [...fields].filter((field) => text(a, field) !== text(b, field));
}
