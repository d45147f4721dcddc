import { type Key, program } from "sealfold/program";

// Pseudonyms under a key that the program cannot read; a record asks for what shall be narrowed.
export default program(import.meta.url, {
  needs: ["crypto", "counters", "policy.narrow"],
  map(line: string, emit, tools) {
    tools.counters.add("lines");
    const pseudonym = tools.crypto.hmac("pseudonyms", line);
    emit(Array.from(pseudonym, (byte) => byte.toString(16).padStart(2, "0")).join(""), line === "nobody");
  },
  reduce(_: Key, nobody: readonly unknown[], tools) {
    if (nobody.includes(true)) tools.policy.narrow({ receivers: [] });
    return nobody.length;
  },
});
