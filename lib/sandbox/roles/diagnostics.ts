/** A program's failure text goes to the policy's diagnostics readers, sealed; everybody else sees a code and a place. */

import { toBase64url } from "../../crypto/bytes.ts";
import { exchangePublicKey, type ExchangePublicKey } from "../../crypto/exchange.ts";
import { sealOneWay } from "../../channel/one-way.ts";
import { SealfoldError } from "../../errors.ts";
import { diagnosticsPrologue } from "../../identity/channel-binding.ts";
import type { ProgramRealm } from "../realm/program-realm.ts";
import type { Body } from "../message.ts";
import { SealedFailure } from "../serve.ts";
import type { Member } from "./member.ts";

/** Failure texts are cut to this length before they are sealed, and padded to it: their size says nothing. */
const textBytes = 8192;

export class Diagnostics {
  readonly #readers: readonly { readonly name: string; readonly key: ExchangePublicKey }[];
  readonly #member: Member;
  #realm: ProgramRealm | undefined;

  /** @param readers - each with `name` and X25519 `key`, as the broker granted them */
  constructor(readers: readonly Body[], member: Member) {
    this.#member = member;
    this.#readers = readers.map((reader) => ({
      name: reader.text("name"),
      key: exchangePublicKey(reader.bytes("key", 32)),
    }));
  }

  /** The realm whose failure text is to be reported. */
  watch(realm: ProgramRealm): void {
    this.#realm = realm;
  }

  /** Runs `work`; what it throws leaves with its text sealed. */
  around<T>(task: number | undefined, work: () => T): T {
    this.#realm = undefined;
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SealfoldError)) throw error;
      const place = { stage: this.#member.role, ...error.place, ...(task === undefined ? {} : { task }) };
      throw new SealedFailure(new SealfoldError(error.code, undefined, place), this.#seal(this.#failureText(error)));
    }
  }

  /** A realm says what failed in it; a program that failed while it was loaded has left no realm to ask. */
  #failureText({ cause }: SealfoldError): string {
    return this.#realm?.failureText() || (typeof cause === "string" ? cause : "");
  }

  #seal(text: string): SealedFailure["sealed"] {
    if (text === "") return [];
    const padded = new Uint8Array(textBytes);
    new TextEncoder().encodeInto(text, padded); // never cuts a character in two
    return this.#readers.map(({ name, key }) => ({
      reader: name,
      text: toBase64url(sealOneWay(key, diagnosticsPrologue(this.#member.jobId, name), padded, this.#member.random)),
    }));
  }
}
