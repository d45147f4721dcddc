// Shows what it is given: per record what its task has, and per key what its partition has.
import { type Emit, type Key, program, type Tools } from "sealfold/program";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

type Needs = "crypto" | "random" | "clock" | "policy.query";

function shown(tools: Tools<Needs>): readonly (readonly [string, string])[] {
  const { purpose } = tools.policy.query() as { purpose: string };
  return [
    ["clock", `${tools.clock()}`],
    ["random", hex(tools.random(8))],
    ["job key", hex(tools.crypto.hmac("job", "text"))],
    ["party key", hex(tools.crypto.hmac("party", "text"))],
    ["public key", hex(tools.crypto.publicKey("public"))],
    ["policy", purpose],
  ];
}

export default program(import.meta.url, {
  needs: ["crypto", "random", "clock", "policy.query"],
  map(_: string, emit: Emit<string>, tools) {
    for (const [what, text] of shown(tools)) emit(what, text);
  },
  reduce(what: Key, values: readonly string[], tools) {
    const here = shown(tools).find(([name]) => name === what)?.[1] ?? "";
    return { mapped: [...new Set(values)], reduced: here };
  },
});
