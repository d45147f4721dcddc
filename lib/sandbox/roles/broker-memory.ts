/**
 * What a broker must not forget: the secret that all its keys come from, the keys that parties handed over, and what was
 * released. A successor that is given it goes on where its predecessor ended.
 */

import { fromUtf8, type RandomSource, toBase64url, utf8 } from "../../crypto/bytes.ts";
import { type DealtSecret, shareLength } from "../../crypto/shares.ts";
import { type VerifyingKey, verifyingKey } from "../../crypto/signature.ts";
import type { Json } from "../../data/canonical.ts";
import { SealfoldError } from "../../errors.ts";
import { maxLineage } from "../../proof/manifest.ts";
import { Body } from "../message.ts";
import { ReleaseLedger } from "./release-ledger.ts";

/** Data keys that owners may leave here: one for each epoch of each input. */
const maxDataKeys = 65_536;

/** Bytes of a memory in text: all its lists full. */
export const maxMemoryBytes: number = 192 * 1024 * 1024;

export class BrokerMemory {
  /** Root of every key and seed that the broker makes, 32 bytes. */
  readonly secret: Uint8Array;
  readonly ledger: ReleaseLedger;
  /** Signing keys of the brokers that had this memory before, oldest first. */
  readonly lineage: readonly VerifyingKey[];
  /** The secret that seals this memory for a successor, and everybody's share of it; undefined before it is needed. */
  dealt: DealtSecret | undefined;
  readonly #dataKeys = new Map<string, Uint8Array>();
  /** A policy names at most 64. */
  readonly #programKeys = new Map<string, Uint8Array>();

  private constructor(secret: Uint8Array, ledger: ReleaseLedger, lineage: readonly VerifyingKey[]) {
    this.secret = secret;
    this.ledger = ledger;
    this.lineage = lineage;
  }

  /** @param releases - how many the policy allows */
  static begin(releases: number, random: RandomSource): BrokerMemory {
    return new BrokerMemory(random(32), new ReleaseLedger(releases), []);
  }

  /** Whether no party has handed over anything yet. */
  get untouched(): boolean {
    return this.#dataKeys.size === 0 && this.#programKeys.size === 0;
  }

  /** @returns the key that an owner provisioned for this input and epoch. */
  dataKey(owner: string, input: string, epoch: number): Uint8Array | undefined {
    return this.#dataKeys.get(JSON.stringify([owner, input, epoch]));
  }

  /** @throws {SealfoldError} DENIED_CAP */
  keepDataKey(
    place: { readonly owner: string; readonly input: string; readonly epoch: number },
    key: Uint8Array,
  ): void {
    const { owner, input, epoch } = place;
    const name = JSON.stringify([owner, input, epoch]);
    if (this.#dataKeys.size >= maxDataKeys && !this.#dataKeys.has(name)) {
      throw new SealfoldError("DENIED_CAP", `a broker keeps at most ${maxDataKeys} data keys`, { party: owner });
    }
    this.#dataKeys.get(name)?.fill(0);
    this.#dataKeys.set(name, key);
  }

  /** @returns the key of the policy that its party handed over, 32 bytes. */
  programKey(name: string): Uint8Array | undefined {
    return this.#programKeys.get(name);
  }

  /** @param name - of a key of the policy: there are no more than it names */
  keepProgramKey(name: string, key: Uint8Array): void {
    this.#programKeys.get(name)?.fill(0);
    this.#programKeys.set(name, key);
  }

  /** @returns everything, in clear: to be sealed at once and overwritten. */
  encode(): Uint8Array {
    const text = JSON.stringify({
      secret: toBase64url(this.secret),
      lineage: this.lineage.map(toBase64url),
      dataKeys: entriesOf(this.#dataKeys),
      programKeys: entriesOf(this.#programKeys),
      queries: this.ledger.entries.map(toBase64url),
      requests: this.ledger.requests.map(toBase64url),
      ...(this.dealt && { dealt: encodeDealt(this.dealt) }),
    });
    return utf8(text);
  }

  /**
   * @param bytes - what {@link BrokerMemory.encode} gave to the broker of signing key `from`
   * @throws {SealfoldError} BROKER_STATE when the line of brokers is too long; MESSAGE_FORMAT when they are not
   */
  static decode(bytes: Uint8Array, from: VerifyingKey, releases: number): BrokerMemory {
    const body = Body.of(JSON.parse(fromUtf8(bytes)) as unknown, "memory");
    const lineage = [...body.bytesList("lineage", 32).map(verifyingKey), from];
    if (lineage.length > maxLineage) throw new SealfoldError("BROKER_STATE", `more than ${maxLineage} brokers died`);
    const ledger = ReleaseLedger.of(releases, body.bytesList("queries", 32), body.bytesList("requests", 32));
    const memory = new BrokerMemory(body.bytes("secret", 32), ledger, lineage);
    memory.dealt = parseDealt(body.record("dealt"));
    for (const { name, key } of parseEntries(body, "dataKeys")) memory.#dataKeys.set(name, key);
    for (const { name, key } of parseEntries(body, "programKeys")) memory.#programKeys.set(name, key);
    return memory;
  }
}

function entriesOf(keys: ReadonlyMap<string, Uint8Array>): readonly { readonly name: string; readonly key: string }[] {
  return [...keys].map(([name, key]) => ({ name, key: toBase64url(key) }));
}

function encodeDealt({ secret, commitments, shares }: DealtSecret): { readonly [field: string]: Json } {
  return {
    secret: toBase64url(secret),
    commitments: commitments.map(toBase64url),
    shares: shares.map(toBase64url),
  };
}

function parseDealt(dealt: Body): DealtSecret {
  return {
    secret: dealt.bytes("secret", shareLength),
    commitments: dealt.bytesList("commitments", shareLength),
    shares: dealt.bytesList("shares", shareLength),
  };
}

function parseEntries(body: Body, name: string): readonly { readonly name: string; readonly key: Uint8Array }[] {
  return body.records(name).map((entry) => ({ name: entry.text("name"), key: entry.bytes("key", 32) }));
}
