/** What a sandbox has instead of each global that it lacks: nothing, and what to do about it. */

/** Why a global is missing, and what to do. */
export interface Advice {
  readonly why: string;
  readonly next: string;
  /** The capability that stands for it. */
  readonly capability?: string;
}

const clock: Advice = {
  why: "a sandbox has no clock",
  next: "put the time into the records, or need the capability clock and call tools.clock()",
  capability: "clock",
};
const random: Advice = {
  why: "a sandbox has no randomness, so that a job can be run again with the same answer",
  next: "need the capability random and call tools.random(), which gives the same when a job is run again",
  capability: "random",
};
const crypto: Advice = {
  why: "a sandbox's keys are out of a program's reach",
  next: "need the capability crypto and use tools.crypto, with keys that the policy names",
  capability: "crypto",
};
const timers: Advice = { why: "a map is synchronous", next: "do it at once, or leave it out" };
const network: Advice = { why: "a program has no network", next: "put what it needs into the records or the program" };
const node: Advice = { why: "a program runs without Node", next: "put what it needs into the records or the program" };
const output: Advice = {
  why: "what a program prints would leave the sandbox",
  next: "remove it; to look into a program, sealfold run --local with a debugger, or emit what you want to see",
};
const compiler: Advice = { why: "a program cannot compile code", next: "write the code itself" };
const shared: Advice = { why: "a program has one thread and shares no memory", next: "use an ArrayBuffer" };
const collector: Advice = { why: "when memory is collected depends on the machine", next: "use a Map or a WeakMap" };
const locale: Advice = {
  why: "results must not depend on the machine's locale",
  next: "use what the language itself has: toLowerCase(), < and >, regular expressions with \\p{…}",
};
const host: Advice = {
  why: "it is the host's, not the language's",
  next: "write it in the program, or import a package",
};

const families: readonly (readonly [names: string, advice: Advice])[] = [
  ["Date performance Temporal", clock],
  ["crypto Crypto CryptoKey SubtleCrypto", crypto],
  ["setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask scheduler", timers],
  ["fetch XMLHttpRequest WebSocket EventSource Request Response Headers FormData navigator", network],
  ["process Buffer require module exports global __dirname __filename Worker MessageChannel", node],
  ["console alert prompt confirm", output],
  ["eval WebAssembly", compiler],
  ["SharedArrayBuffer Atomics", shared],
  ["WeakRef FinalizationRegistry", collector],
  ["Intl", locale],
  ["window document self location localStorage sessionStorage", { ...host, why: "a program runs in no browser" }],
];

const byName: ReadonlyMap<string, Advice> = new Map(
  families.flatMap(([names, advice]) => names.split(" ").map((name) => [name, advice] as const)),
);

/** @returns why a realm has no global of this name, and what to do. */
export function adviceOn(name: string): Advice {
  return byName.get(name) ?? host;
}

export { compiler as adviceOnCompiling, locale as adviceOnLocales, random as adviceOnRandom };
