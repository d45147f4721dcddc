import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { expect } from "chai";
import { build } from "esbuild";

import { bundlePlugins } from "../../../lib/sandbox/bundle-plugins.ts";
import { script } from "./_realms.ts";

interface Shown {
  readonly attacks: Readonly<Record<string, unknown>>;
  readonly uses: Readonly<Record<string, unknown>>;
  readonly received: number;
  readonly aborted: string;
  readonly drained: readonly string[];
}

describe("sandbox/realm/harden, in the bundle of a thread", () => {
  let shown: Shown;

  before(async () => {
    const worker = new Worker(await bundle(), { eval: true, execArgv: [], env: {} });
    worker.postMessage(script("(line, emit) => { for (const word of line.split(' ')) emit(word, 1); }"));
    [shown] = (await once(worker, "message")) as [Shown];
    await worker.terminate();
  });

  it("refuses to make functions from text, and to change what all code shares", () => {
    for (const [name, outcome] of Object.entries(shown.attacks)) expect(outcome, name).to.equal("TypeError");
  });

  it("leaves working what a sandbox needs", () => {
    expect(shown.uses).to.deep.equal({
      hash: 32,
      keys: "public3",
      noble: "object",
      json: '{"a":[null],"b":1}',
      errors: "N: m",
      override: "mine",
      buffers: "c3a900",
      clone: 2,
      regexp: "a<1>b<22>",
      frozen: true,
      eval: "undefined",
    });
    expect(shown.received).to.equal(2);
    expect(shown.aborted).to.equal("AbortError");
  });

  it("runs programs, with the text of the realm's first script inside the bundle", () => {
    expect(shown.drained).to.deep.equal(["a:1:[1]", "b:2:[1,1]"]);
  });
});

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("_hardened.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    plugins: [...bundlePlugins],
  });
  const text = outputFiles[0]?.text ?? "";
  // Nothing of esbuild's is in it: the realm's script was made when the bundle was.
  expect(text).not.to.match(/require\("esbuild"\)|buildSync/);
  return text;
}
