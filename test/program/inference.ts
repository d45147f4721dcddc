/** Not run: what must compile, and what must not. `types.test.ts` compiles it. */

import {
  type Aggregate,
  count,
  distinct,
  type Emit,
  type Key,
  mean,
  minMaxMean,
  type MinMaxMean,
  program,
  type Program,
  sum,
  type Text,
  topK,
  words as wordsOf,
} from "../../lib/program/index.ts";

const url = import.meta.url;

/** Holds when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function holds<T extends true>(): T | undefined {
  return undefined;
}

const words = program(url, {
  map(line: string, emit) {
    for (const word of line.match(/\p{L}+/gu) ?? []) emit(word, 1);
  },
  reduce: sum,
});
holds<Same<typeof words, Program<string, number>>>();

const means = program(url, {
  map: (row: { readonly city: string; readonly celsius: string }, emit) => {
    emit([row.city, 7, true], Number(row.celsius));
  },
  reduce: minMaxMean,
});
holds<Same<typeof means, Program<{ readonly city: string; readonly celsius: string }, MinMaxMean>>>();

const viewed = program(url, {
  records: "text",
  map(line, emit) {
    holds<Same<typeof line, Text>>();
    for (const word of wordsOf(line)) emit(word, 1);
    emit([line, 1, true], line.number());
    // @ts-expect-error: not a number
    emit(line, line);
    emit.each(wordsOf(line), 1);
    emit.each(["a", 1, [true, line]], 1);
    emit.each(new Set([1]), 1);
    // @ts-expect-error: not a number
    emit.each(wordsOf(line), line);
    // @ts-expect-error: a number cannot be iterated
    emit.each(1, 1);
    // @ts-expect-error: an object is no key
    emit.each([{}], 1);
  },
  reduce: sum,
});
holds<Same<typeof viewed, Program<string, number>>>();

const textValues = program(url, {
  records: "text",
  *map(line) {
    yield [line.slice(1), line] as const;
  },
  reduce: (key: Key, values: readonly string[]) => `${String(key)}: ${values.join()}`,
});
holds<Same<typeof textValues, Program<string, string>>>();

// @ts-expect-error: no other way to read records
program(url, { records: "bytes", map: (line: Text, emit) => emit(line, 1), reduce: sum });
// @ts-expect-error: a record that is read as text is no string
program(url, { records: "text", map: (line: string, emit) => emit(line, 1), reduce: sum });
// @ts-expect-error: a record is a string where nothing is said of it
program(url, { map: (line: string, emit) => emit(wordsOf(line), 1), reduce: sum });

const each = program(url, {
  map: (line: string, emit) => emit.each(line.split(" "), line),
  reduce: (key: Key, values: readonly string[]) => `${String(key)}: ${values.join()}`,
});
holds<Same<typeof each, Program<string, string>>>();

const generated = program(url, {
  *map(line: string) {
    yield [line, 1] as const;
    yield [line.length, 2] as const;
  },
  reduce: mean,
});
holds<Same<typeof generated, Program<string, number>>>();

const listed = program(url, {
  map: (line: string, emit) => emit(line.length, line),
  reduce: (key: Key, values: readonly string[]) => `${String(key)}: ${values.join()}`,
});
holds<Same<typeof listed, Program<string, string>>>();

const longest: Aggregate<string, { best: string }, number> = {
  zero: () => ({ best: "" }),
  add: (state, value) => ({ best: value.length > state.best.length ? value : state.best }),
  merge: (a, b) => (a.best.length < b.best.length ? b : a),
  finish: (state) => state.best.length,
};
const own = program(url, { map: (line: Uint8Array, emit) => emit("all", String(line)), reduce: longest });
holds<Same<typeof own, Program<Uint8Array, number>>>();

const typed = program(url, {
  map: (line: string, emit: Emit<string>) => emit(line.length, line),
  reduce: (_key, values) => values.length,
});
holds<Same<typeof typed, Program<string, number>>>();

program(url, { map: (line: string, emit) => emit("any", { line }), reduce: count });
program(url, { map: (line: string, emit) => emit("top", [line.length, line]), reduce: topK<[number, string]>(3) });
program(url, { map: (line: string, emit) => emit(true, line), reduce: distinct<string>() });

// @ts-expect-error -- sum takes numbers, not strings
program(url, { map: (line: string, emit) => emit(line, line), reduce: sum });
// @ts-expect-error -- mean takes numbers, not booleans
program(url, { map: (line: string, emit) => emit(line, true), reduce: mean });
program(url, {
  // @ts-expect-error -- a generator that yields strings cannot be summed
  *map(line: string) {
    yield [line, "1"] as const;
  },
  reduce: sum,
});
// @ts-expect-error -- an object is no key
program(url, { map: (line: string, emit) => emit({ line }, 1), reduce: sum });
// @ts-expect-error -- null is no key
program(url, { map: (_line: string, emit) => emit(null, 1), reduce: sum });
// @ts-expect-error -- an array of arrays is no key
program(url, { map: (line: string, emit) => emit([[line]], 1), reduce: sum });
// @ts-expect-error -- a map is synchronous
program(url, { map: async (line: string, emit) => emit(line, 1), reduce: sum });
// @ts-expect-error -- there is no reduce
program(url, { map: (line: string, emit) => emit(line, 1) });
// @ts-expect-error -- an aggregate has four parts
program(url, { map: (line: string, emit) => emit(line, 1), reduce: { zero: () => 0, add: (a: number) => a } });
program(url, {
  map: (line: string, emit: Emit<number>) => emit(line, 1),
  // @ts-expect-error -- a list of strings does not come from numbers
  reduce: (_key: Key, values: readonly string[]) => values,
});

const counted = program(url, {
  needs: ["crypto", "counters"],
  map(line: string, emit, tools) {
    if (line === "") tools.counters.add("empty");
    emit([...tools.crypto.hmac("pseudonym", line)].join(), 1);
  },
  reduce: sum,
});
holds<Same<typeof counted, Program<string, number>>>();

const narrowing = program(url, {
  needs: ["policy.narrow", "clock"],
  map: (line: string, emit) => emit(line, 1),
  reduce: {
    zero: () => 0,
    add: (state: number, value: number) => state + value,
    merge: (a: number, b: number) => a + b,
    finish(state, tools) {
      tools.policy.narrow({ receivers: ["hospital"] });
      return state + tools.clock();
    },
  },
});
holds<Same<typeof narrowing, Program<string, number>>>();

const drawn = program(url, {
  needs: ["random"],
  map: (line: string, emit: Emit<string>) => emit("all", line),
  reduce: (_key, values, tools) => values[(tools.random(1)[0] ?? 0) % values.length] ?? "",
});
holds<Same<typeof drawn, Program<string, string>>>();

// @ts-expect-error -- there is no such capability
program(url, { needs: ["network"], map: (line: string, emit) => emit(line, 1), reduce: sum });
// @ts-expect-error -- what is not needed is not there
program(url, { map: (line: string, emit, tools) => emit(line, tools.clock()), reduce: sum });
program(url, {
  needs: ["policy.query"],
  // @ts-expect-error -- to read a policy is not to narrow it
  map: (line: string, emit, tools) => emit(line, tools.policy.narrow({}) ?? 1),
  reduce: sum,
});
