/**
 * A key store behind one function of numbers and strings, which throws nothing: what crosses from a program's realm to
 * that of its keys, and back.
 */

import { bytesOfText, textOfBytes, utf8OfText } from "./byte-text.ts";
import { KeyFault } from "./key-fault.ts";
import type { KeyReference, KeyStore } from "./key-store.ts";
import {
  broken,
  type Operation,
  operations,
  type VaultAnswer,
  type VaultArgument,
  type VaultCall,
} from "./vault-operations.ts";

/** @returns the only way to `store` */
export function vaultCall(store: KeyStore): VaultCall {
  return (operation, bits, ...given) => {
    try {
      expectStack(64, 0, 0, 0, 0, 0, 0, 0, 0);
      const perform = performers.get(operation);
      return perform === undefined ? broken : answerOf(perform(store, new Given(bits, given)));
    } catch (error) {
      return error instanceof KeyFault ? error.status : broken;
    }
  };
}

/** What an operation is given, by place. */
class Given {
  readonly #bits: number;
  readonly #given: readonly VaultArgument[];

  constructor(bits: number, given: readonly VaultArgument[]) {
    this.#bits = bits;
    this.#given = given;
  }

  text(place: number): string {
    const given = this.#given[place];
    return typeof given === "string" ? given : refuse();
  }

  number(place: number): number {
    const given = this.#given[place];
    return typeof given === "number" ? given : refuse();
  }

  key(place: number): KeyReference {
    return this.#given[place] ?? refuse();
  }

  bytes(place: number): Uint8Array {
    const text = this.text(place);
    return this.#isBytes(place) ? bytesOfText(text) : utf8OfText(text);
  }

  keyOrBytes(place: number): KeyReference | Uint8Array {
    return this.#isBytes(place) ? this.bytes(place) : this.key(place);
  }

  #isBytes(place: number): boolean {
    return (this.#bits & (1 << place)) !== 0;
  }
}

type Performed = Uint8Array | number | boolean | undefined;

const byOperation: Readonly<Record<Operation, (store: KeyStore, given: Given) => Performed>> = {
  hash: (store, given) => store.hash(given.text(0), given.bytes(1)),
  hmac: (store, given) => store.hmac(given.key(0), given.bytes(1)),
  hkdf: (store, given) => store.hkdf(given.key(0), given.bytes(1), given.number(2)),
  deriveKey: (store, given) => store.deriveKey(given.key(0), given.bytes(1), given.text(2)),
  generateKey: (store, given) => store.generateKey(given.text(0)),
  importKey: (store, given) => store.importKey(given.text(0), given.bytes(1)),
  publicKey: (store, given) => store.publicKey(given.key(0)),
  seal: (store, given) => store.seal(given.key(0), given.bytes(1), given.bytes(2)),
  open: (store, given) => store.open(given.key(0), given.bytes(1), given.bytes(2)),
  sign: (store, given) => store.sign(given.key(0), given.bytes(1)),
  verify: (store, given) => store.verify(given.keyOrBytes(0), given.bytes(1), given.bytes(2)),
  ecdh: (store, given) => store.ecdh(given.key(0), given.keyOrBytes(1)),
  random: (store, given) => store.random(given.number(0)),
  forget: (store) => {
    store.forget();
    return undefined;
  },
};

const performers = new Map(
  Object.entries(operations).map(([name, number]) => [number as number, byOperation[name as Operation]]),
);

function answerOf(performed: Performed): VaultAnswer {
  return typeof performed === "object" ? textOfBytes(performed) : performed;
}

function refuse(): never {
  throw new KeyFault("data");
}

/** Throws where the stack has no room for the work: a program that fills it must not stop an operation half way. */
function expectStack(depth: number, ...room: readonly number[]): number {
  return depth === 0 ? room.length : expectStack(depth - 1, ...room) + 1;
}
