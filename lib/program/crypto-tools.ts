/**
 * The tools `crypto` and `random` inside a program's realm. They take what a program gives apart by functions that were
 * there before it, and ask a vault, which is in another realm: of that one nothing but numbers and strings is seen here.
 */

import { isWellFormed, lengthOf, tagOf, typeError } from "./_intrinsics.ts";
import { bytesOfText, textOfBytes } from "./byte-text.ts";
import { keyFaults } from "./key-fault.ts";
import { maxInput } from "./key-limits.ts";
import type { CryptoTools } from "./tools.ts";
import {
  broken,
  type Operation,
  operations,
  type VaultAnswer,
  type VaultArgument,
  type VaultCall,
} from "./vault-operations.ts";
import { status, type Verdict } from "./verdict.ts";

/** What else is sealed may be opened: a nonce and a tag longer. */
const longest = maxInput + 28;

const { unknown, use, size, full, data } = keyFaults;

export class CryptoUser {
  readonly #call: VaultCall;
  readonly #verdict: Verdict;
  readonly #expectWorking: () => void;
  #hasKeys = false;

  constructor(call: VaultCall, verdict: Verdict, expectWorking: () => void) {
    this.#call = call;
    this.#verdict = verdict;
    this.#expectWorking = expectWorking;
  }

  readonly random = (length: number): Uint8Array => this.#bytes(this.#ask("random", 0, numberOf(length)));

  functions(): CryptoTools {
    return {
      hash: (algorithm, input) => this.#bytes(this.#ask("hash", bit(input, 1), textOf(algorithm), take(input))),
      hmac: (key, input) => this.#bytes(this.#ask("hmac", bit(input, 1), keyOf(key), take(input))),
      hkdf: (key, info, length) =>
        this.#bytes(this.#ask("hkdf", bit(info, 1), keyOf(key), take(info), numberOf(length))),
      deriveKey: (key, info, type) =>
        this.#handle(this.#ask("deriveKey", bit(info, 1), keyOf(key), take(info), textOf(type))),
      generateKey: (type) => this.#handle(this.#ask("generateKey", 0, textOf(type))),
      importKey: (type, bytes) => this.#handle(this.#ask("importKey", bit(bytes, 1), textOf(type), take(bytes))),
      publicKey: (key) => this.#bytes(this.#ask("publicKey", 0, keyOf(key))),
      seal: (key, plaintext, associated = "") =>
        this.#bytes(
          this.#ask("seal", bit(plaintext, 1) | bit(associated, 2), keyOf(key), take(plaintext), take(associated)),
        ),
      open: (key, sealed, associated = "") => {
        const bits = bit(sealed, 1) | bit(associated, 2);
        const opened = this.#ask("open", bits, keyOf(key), take(sealed), take(associated));
        return opened === undefined ? undefined : this.#bytes(opened);
      },
      sign: (key, input) => this.#bytes(this.#ask("sign", bit(input, 1), keyOf(key), take(input))),
      verify: (key, input, signature) => {
        const bits = keyBit(key, 0) | bit(input, 1) | bit(signature, 2);
        return this.#ask("verify", bits, keyOrBytes(key), take(input), take(signature)) === true;
      },
      ecdh: (key, peer) => this.#handle(this.#ask("ecdh", keyBit(peer, 1), keyOf(key), keyOrBytes(peer))),
    };
  }

  /** Keys that were made die with their record. */
  forget(): void {
    if (!this.#hasKeys) return;
    this.#hasKeys = false;
    this.#call(operations.forget, 0);
  }

  #ask(operation: Operation, bits: number, a?: VaultArgument, b?: VaultArgument, c?: VaultArgument): VaultAnswer {
    this.#expectWorking();
    let answer: VaultAnswer;
    try {
      answer = this.#call(operations[operation], bits, a, b, c);
    } catch {
      // The stack is full, and what says so is of the vault's realm.
      answer = broken;
    }
    return typeof answer === "number" && answer < 0 ? this.#refuse(answer) : answer;
  }

  #bytes(answer: VaultAnswer): Uint8Array {
    return typeof answer === "string" ? bytesOfText(answer) : this.#refuse(broken);
  }

  #handle(answer: VaultAnswer): number {
    if (typeof answer !== "number") return this.#refuse(broken);
    this.#hasKeys = true;
    return answer;
  }

  #refuse(fault: number): never {
    if (fault === unknown[0]) throw typeError(unknown[1]);
    if (fault === use[0]) throw typeError(use[1]);
    if (fault === size[0]) throw typeError(size[1]);
    if (fault === full[0]) throw typeError(full[1]);
    if (fault === data[0]) throw typeError(data[1]);
    return this.#verdict.refuse(status.threw, "a tool found the stack full");
  }
}

/** @returns the characters that stand for what a program gave as bytes */
function take(value: unknown): string {
  if (typeof value === "string") {
    if (!isWellFormed(value)) throw typeError("a string has half of a surrogate pair");
    return value.length > maxInput ? tooLong() : value;
  }
  if (tagOf(value) !== "Uint8Array") throw typeError("expected a Uint8Array or a string");
  const bytes = value as Uint8Array;
  return lengthOf(bytes) > longest ? tooLong() : textOfBytes(bytes);
}

function tooLong(): never {
  throw typeError(size[1]);
}

/** @returns what tells the vault that its argument at `place` is bytes, and not text */
function bit(value: unknown, place: number): number {
  return typeof value === "string" ? 0 : 1 << place;
}

function keyOf(key: unknown): string | number {
  return typeof key === "number" ? key : textOf(key);
}

function keyBit(key: unknown, place: number): number {
  return typeof key === "object" ? 1 << place : 0;
}

function keyOrBytes(key: unknown): string | number {
  return typeof key === "object" ? take(key) : keyOf(key);
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw typeError("expected a string");
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number") throw typeError("expected a number");
  return value;
}
