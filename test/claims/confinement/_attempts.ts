/**
 * How the attacks on a program's realm are written: as source. Most are a function that runs inside a map and whose
 * answer, as text, is emitted; what it throws is answered by its name. After each of them this process is looked at.
 */

import { expect } from "chai";

import { emitted } from "../../sandbox/realm/_realms.ts";

/** A name, the source of a function, and its answer. */
export type Attempt = readonly [name: string, work: string, wanted: string | RegExp];

/**
 * The attacker's own tools. `foreign`: an object or function of another realm; the engine's lists have no prototype.
 * `reach`: up to what makes functions of text, and through it to Node.
 */
export const tools: string = `
  const foreign = (value) => value !== null && (typeof value === "object" || typeof value === "function")
    && !(value instanceof Object) && Object.getPrototypeOf(value) !== null;
  const attempt = (work) => {
    try { return String(work()); } catch (error) { return foreign(error) ? "FOREIGN" : String(error?.name ?? error); }
  };
  const reach = (value) => value.constructor.constructor("return typeof process")();
  const kind = (value) => foreign(value) ? "FOREIGN " + attempt(() => reach(value)) : attempt(() => reach(value));
  const dive = (work, depth = 0) => { try { return dive(work, depth + 1); } catch (error) { return work(error, depth); } };
  const log = [];`;

/** @returns what `work`, the source of a function, answered inside a map. */
export function answerOf(work: string, before = ""): unknown {
  const [value] = emitted(`(line, emit) => emit("k", attempt(${work}))`, "x\n", `${tools}${before}`);
  return value;
}

/** Makes a test of each attempt. */
export function describeAttempts(title: string, attempts: readonly Attempt[], before = ""): void {
  describe(`claims/confinement: ${title}`, () => {
    keepHostUntouched();
    for (const [name, work, wanted] of attempts) {
      it(name, () => {
        const answer = answerOf(work, before);
        if (typeof wanted === "string") expect(answer).to.equal(wanted);
        else expect(answer).to.match(wanted);
      });
    }
  });
}

/** Every built-in object of this process that a program could want to change. */
const shared: readonly object[] = [
  globalThis,
  ...Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^[A-Z]/.test(name))
    .map((name) => (globalThis as unknown as Record<string, unknown>)[name])
    .filter((value): value is object => typeof value === "function" || typeof value === "object")
    .flatMap((value) => [value, (value as { readonly prototype?: object }).prototype ?? value]),
  Object.getPrototypeOf([][Symbol.iterator]()) as object,
  Object.getPrototypeOf(function* () {}) as object,
  Object.getPrototypeOf(Uint8Array) as object,
];

/** What is on them, by identity. */
function snapshot(): readonly unknown[] {
  return shared.flatMap((object) =>
    Reflect.ownKeys(object)
      // the test runner keeps its own state there
      .filter((key) => object !== globalThis || typeof key === "symbol" || /^[A-Z]/.test(key))
      .flatMap((key) => {
        const { value, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {};
        return [key, typeof value === "number" ? undefined : value, get, set];
      }),
  );
}

/** After each test of the suite: nothing that this process shares was changed, and no promise was left rejected. */
export function keepHostUntouched(): void {
  let before: readonly unknown[] = [];
  const rejections: unknown[] = [];
  const note = (): void => void rejections.push(true);
  beforeEach(() => {
    before = snapshot();
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    const after = snapshot();
    expect(after.length).to.equal(before.length);
    expect(after.every((value, at) => Object.is(value, before[at]))).to.equal(true);
    expect(rejections).to.have.lengthOf(0);
  });
}
