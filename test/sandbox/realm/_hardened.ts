/** A thread that closes its own realm, and then shows what still works and what no longer does. */

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { MessageChannel, parentPort } from "node:worker_threads";

import { canonicalJson } from "../../../lib/data/canonical.ts";
import { SigningKey } from "../../../lib/crypto/signature.ts";
import { harden } from "../../../lib/sandbox/realm/harden.ts";
import { Realm } from "../../../lib/sandbox/realm/realm.ts";

const attacks: Readonly<Record<string, () => unknown>> = {
  "Function()": () => Reflect.construct(globalThis.Function, ["return 1"]),
  "by a constructor": () => makerOf(globalThis)("return 1"),
  "by a host error": () => makerOf(new RangeError("a"))("return 1"),
  "of a generator": () => (function* () {}.constructor as FunctionConstructor)("yield 1"),
  "of an async function": () => (async () => 1).constructor("1") as unknown,
  "Object.prototype": () => Reflect.set(Object.prototype, "a", 1) || refused(),
  "Array.prototype": () => Reflect.set(Array.prototype, "push", 1) || refused(),
  "Map.prototype": () => Reflect.defineProperty(Map.prototype, "get", { value: 1 }) || refused(),
  "Uint8Array.prototype": () =>
    Reflect.set(Object.getPrototypeOf(Uint8Array.prototype) as object, "set", 1) || refused(),
  "Promise.prototype": () => Reflect.set(Promise.prototype, "then", 1) || refused(),
  "Function.prototype": () => Reflect.set(Function.prototype, "call", 1) || refused(),
  "Error.prepareStackTrace": () => Reflect.set(Error, "prepareStackTrace", () => 1) || refused(),
  "JSON.parse": () => Reflect.set(JSON, "parse", 1) || refused(),
  "an iterator's next": () =>
    Reflect.set(Object.getPrototypeOf([][Symbol.iterator]()) as object, "next", 1) || refused(),
};

const uses: Readonly<Record<string, () => unknown>> = {
  hash: () => createHash("sha256").update("a").digest().length,
  keys: () => generateKeyPairSync("x25519").publicKey.type + randomBytes(3).length,
  noble: () => typeof SigningKey.generate(),
  json: () => canonicalJson({ b: 1, a: [null] }),
  errors: () => String(Object.assign(new Error("a"), { name: "N", message: "m" })),
  override: () => String.prototype.concat.call("", assigned()),
  buffers: () => Buffer.concat([Buffer.from("é"), new Uint8Array(1)]).toString("hex"),
  clone: () => structuredClone(new Map([[1, [2]]])).get(1)?.[0],
  regexp: () => "a1b22".replaceAll(/\d+/g, (digits) => `<${digits}>`),
  frozen: () =>
    [
      Object,
      Function,
      Array,
      Map,
      Promise,
      Uint8Array,
      Int32Array,
      DataView,
      Object.getPrototypeOf(Int32Array) as object,
    ]
      .flatMap((shared) => [shared, (shared as { prototype: object }).prototype])
      .every((shared) => Object.isFrozen(shared)),
  eval: () => typeof Reflect.get(globalThis, "eval"),
};

async function show(programText: string): Promise<void> {
  harden();
  await Promise.reject(new Error("handled")).catch(() => undefined);
  void Promise.reject(new Error("not handled"));
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(new Uint8Array(2));
  const [received] = (await once(port2, "message")) as [Uint8Array];
  port2.close();
  const stop = new AbortController();
  const waiting = once(port1, "never", { signal: stop.signal }).catch((error: unknown) => (error as Error).name);
  stop.abort();
  const limits = { keyBytes: 100, valueBytes: 1000, outputBytes: 10_000, badRecords: 0 };
  const realm = Realm.open(programText, { format: { kind: "lines" }, limits });
  realm.mapChunk(Buffer.from("a b\nb\n"));
  const drained: string[] = [];
  realm.drain((_kind, key, values, state) => drained.push(`${key}:${values}:${state}`));
  const results = {
    attacks: outcomes(attacks),
    uses: outcomes(uses),
    received: received.length,
    aborted: await waiting,
    drained,
  };
  parentPort?.postMessage(results);
}

function outcomes(works: Readonly<Record<string, () => unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(works).map(([name, work]) => {
      try {
        return [name, work()];
      } catch (error) {
        return [name, (error as Error).name];
      }
    }),
  );
}

/** What made what made `value`: where text becomes a function. */
function makerOf(value: object): (text: string) => unknown {
  return Reflect.get(value.constructor, "constructor") as (text: string) => unknown;
}

/** An object with a method of the same name as one that is frozen. */
function assigned(): string {
  const made: { toString?: () => string } = {};
  made.toString = () => "mine";
  return made as string;
}

function refused(): never {
  throw new TypeError("refused");
}

parentPort?.once("message", (text: string) => void show(text));
