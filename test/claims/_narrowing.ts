// Counts words. A record is the JSON of a word and of what the program shall narrow for it.
import { type Emit, type Key, type NarrowingRequest, program } from "sealfold/program";

export default program(import.meta.url, {
  needs: ["policy.narrow", "counters"],
  map(record: string, emit: Emit<NarrowingRequest | null>, tools) {
    const [word, narrowing] = JSON.parse(record) as [string, NarrowingRequest | null];
    tools.counters.add("words");
    emit(word, narrowing);
  },
  reduce(_: Key, narrowings: readonly (NarrowingRequest | null)[], tools) {
    tools.counters.add("keys");
    for (const narrowing of narrowings) if (narrowing !== null) tools.policy.narrow(narrowing);
    return narrowings.length;
  },
});
