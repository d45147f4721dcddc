import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import type { Capability } from "../../../lib/data/capabilities.ts";
import { checkProgram, type Realm } from "../../../lib/sandbox/realm/realm.ts";
import { adding, type Differences, failureOf, grant, listing, openRealm, optionsFor, script } from "./_realms.ts";

/** What a program that needs `needs` emits, or answers, and what it left in its tools. */
function run(needs: readonly Capability[], map: string, differences: Differences = {}, reduce = listing) {
  const realm = openRealm(script(map, reduce, "", JSON.stringify(needs)), { tools: grant(), ...differences });
  realm.mapChunk(utf8("a\n\nbb\n"));
  const results: unknown[] = [];
  realm.finish((_kind, _key, _values, _owners, result) => results.push(JSON.parse(result)));
  return { results, counts: realm.counts(), narrowings: realm.narrowings(), realm };
}

const one = "() => 1";

describe("sandbox/realm: the tools of a program", () => {
  it("are those that it needs, and no others", () => {
    for (const [needs, members] of [
      [["clock"], ["clock"]],
      [
        ["counters", "clock"],
        ["clock", "counters"],
      ],
      [["policy.query"], ["policy"]],
    ] as const) {
      const { results } = run(needs, "(line, emit, tools) => emit('k', Reflect.ownKeys(tools))");
      expect(results[0]).to.deep.equal([members, members, members]);
    }
    const { results } = run(["policy.query"], "(line, emit, { policy }) => emit('k', Reflect.ownKeys(policy))");
    expect(results[0]).to.deep.include(["query"]);
  });

  it("are no argument at all where it needs nothing", () => {
    const count = "function (...all) { all[1]('k', all.length); }";
    expect(run([], count).results).to.deep.equal([[2, 2, 2]]);
    const finish = "{ zero: () => 0, add: (a) => a, merge: (a) => a, finish: (...all) => all.length }";
    expect(run([], "(line, emit) => emit('k', 1)", {}, finish).results).to.deep.equal([1]);
    expect(run([], "(line, emit) => emit('k', 1)", {}, "(...all) => all.length").results).to.deep.equal([2]);
  });

  it("refuse a program that needs what is not granted, and name it", () => {
    for (const need of ["crypto", "random", "clock", "counters", "policy.query", "policy.narrow"] as const) {
      const text = script("() => {}", listing, "", JSON.stringify([need]));
      const others = grant().capabilities.filter((granted) => granted !== need);
      const error = failureOf("DENIED_CAPABILITY", () => openRealm(text, { tools: grant({ capabilities: others }) }));
      expect(error.message).to.include(need);
      failureOf("DENIED_CAPABILITY", () => openRealm(text));
    }
  });

  it("are asked for by names of capabilities alone", () => {
    const odd = ["1", "'clock'", "['network']", "{ length: 1, 0: 'clock' }", "[['clock']]", "Array(9).fill('clock')"];
    for (const needs of [...odd, "{ get length() { throw 1; } }", "null", "[, 'clock']"]) {
      failureOf("PROGRAM_EXPORT", () => openRealm(script("() => {}", listing, "", needs), { tools: grant() }));
    }
    openRealm(script("() => {}", listing, "", "['clock', 'clock', 'counters']"), { tools: grant() });
  });

  it("tell the time of the grant", () => {
    const { results } = run(["clock"], "(line, emit, { clock }) => emit('k', clock())");
    expect(results).to.deep.equal([[1_700_000_040, 1_700_000_040, 1_700_000_040]]);
  });

  it("read the policy, as a copy each time", () => {
    const map = "(line, emit, { policy }) => { policy.query().title = 'mine'; emit('k', policy.query()); }";
    const title = { title: "a policy" };
    expect(run(["policy.query"], map).results).to.deep.equal([[title, title, title]]);
  });

  it("count what good records add, and what a reduce adds", () => {
    const map = "(line, emit, { counters }) => { if (line === '') counters.add('empty'); emit('k', 1); }";
    expect(run(["counters"], map).counts).to.deep.equal([1, 0]);
    const throwing = "(line, emit, { counters }) => { counters.add('long', line.length); if (line === 'a') throw 1; }";
    expect(run(["counters"], throwing, { limits: { badRecords: 1 } }).counts).to.deep.equal([0, 2]);
    const reduce = "(key, values, { counters }) => { counters.add('long', values.length); return 0; }";
    expect(run(["counters"], "(line, emit) => emit(line, 1)", {}, reduce).counts).to.deep.equal([0, 3]);
    expect(run(["clock"], "() => {}").counts).to.deep.equal([0, 0]);
  });

  it("refuse a counter that is not there, and what is no whole number", () => {
    const odd = ["'other'", "'__proto__'", "0", "'empty', NaN", "'empty', -1", "'empty', 0.5", "'empty', 2 ** 53"];
    for (const given of [...odd, "'empty', '1'", "'empty', null", "'empty', Infinity", "{ toString: () => 'empty' }"]) {
      const map = `(line, emit, { counters }) => {
        try { counters.add(${given}); emit('k', 0); } catch (error) { emit('k', error instanceof TypeError ? 1 : 2); }
      }`;
      expect(run(["counters"], map), given).to.deep.include({ results: [[1, 1, 1]], counts: [0, 0] });
    }
    const full = "(line, emit, { counters }) => { counters.add('empty', 2 ** 53 - 1); emit('k', 1); }";
    const { results, counts } = run(["counters"], full, { limits: { badRecords: 2 } });
    expect([results, counts]).to.deep.equal([[[1]], [Number.MAX_SAFE_INTEGER, 0]]);
  });

  it("narrow in a reduce or finish, each narrowing once", () => {
    const narrow = "policy.narrow({ receivers: ['a'] }), policy.narrow({ outputs: ['b'] })";
    const reduce = `(key, values, { policy }) => (${narrow}, 1)`;
    const asked = [{ receivers: ["a"] }, { outputs: ["b"] }];
    const emit = "(line, emit) => emit(line, 1)";
    expect(run(["policy.narrow"], emit, {}, reduce).narrowings).to.deep.equal(asked);
    const finish = `{ zero: ${one}, add: ${one}, merge: ${one}, finish: (state, { policy }) => (${narrow}, 1) }`;
    expect(run(["policy.narrow"], emit, {}, finish).narrowings).to.deep.equal(asked);
    expect(run([], emit).narrowings).to.deep.equal([]);
  });

  it("do not narrow in a map", () => {
    const map = "(line, emit, { policy }) => policy.narrow({ receivers: [] })";
    failureOf("PROGRAM_THREW", () => run(["policy.narrow"], map));
  });

  it("fail a program whose narrowing cannot be heard, even where it goes on", () => {
    const emit = "(line, emit) => emit(line, 1)";
    for (const [given, code] of [
      ["1", "PROGRAM_VALUE"],
      ["null", "PROGRAM_VALUE"],
      ["[]", "PROGRAM_VALUE"],
      ["{ outputs: [() => 1] }", "PROGRAM_VALUE"],
      ["{ outputs: ['a'.repeat(70000)] }", "LIMIT_VALUE"],
    ] as const) {
      const reduce = `(key, values, { policy }) => { try { policy.narrow(${given}); } catch {} return 1; }`;
      failureOf(code, () => run(["policy.narrow"], emit, {}, reduce));
    }
    const many = "(key, values, { policy }) => { for (let i = 0; i < 257; i++) policy.narrow({ outputs: [`${i}`] }); }";
    failureOf("LIMIT_OUTPUT", () => run(["policy.narrow"], emit, {}, many));
  });

  it("work only while their record is mapped, or their key reduced", () => {
    const keep = "let kept; globalThis.kept = () => kept;";
    const map = `(line, emit, tools) => { ${keep} globalThis.tools ??= tools; emit('k', 1); }`;
    const use = "(() => { try { return globalThis.tools.clock(); } catch (error) { return error.name; } })()";
    const add = `{ zero: () => [], add: (a) => [...a, ${use}], merge: (a) => a, finish: (a) => [a, ${use}] }`;
    const { results } = run(["clock"], map, {}, add);
    expect(results).to.deep.equal([[["TypeError", "TypeError", "TypeError"], 1_700_000_040]]);
  });
});

describe("sandbox/realm: batches", () => {
  it("give a sign of life before each", () => {
    for (const [bytes, batches] of [
      [0, 0],
      [1, 1],
      [65_536, 1],
      [65_537, 2],
      [655_360, 10],
    ] as const) {
      let pulses = 0;
      const realm = openRealm(script("(line, emit) => emit('k', 1)", adding), { pulse: () => pulses++ });
      expect(realm.mapChunk(utf8("x".repeat(15).concat("\n").repeat(40_960).slice(0, bytes)))).to.equal(
        Math.ceil(bytes / 16),
      );
      expect(pulses).to.equal(batches);
    }
  });

  it("cut no record", () => {
    const lines = ["a".repeat(65_535), "b".repeat(65_536), "", "c".repeat(200_000), "d"];
    const text = script("(line, emit) => emit(line.length, 1)", adding);
    const realm = openRealm(text, { limits: { keyBytes: 1e6 } });
    expect(realm.mapChunk(utf8(lines.map((line) => `${line}\n`).join("")))).to.equal(5);
    const keys: string[] = [];
    realm.drain((_kind, key) => keys.push(key));
    expect(keys).to.deep.equal(["65535", "65536", "0", "200000", "1"]);
    const records = lines.map((line) => Buffer.concat([Buffer.from([0, 0, 0, 0]), utf8(line)]));
    records.forEach((record) => new DataView(record.buffer, record.byteOffset).setUint32(0, record.length - 4));
    const bytes = openRealm(text, { format: { kind: "bytes" } });
    expect(bytes.mapChunk(Buffer.concat(records))).to.equal(5);
  });
});

describe("sandbox/realm: another task in the same realm", () => {
  const text = script(
    "(line, emit, { counters }) => { globalThis.seen = (globalThis.seen ?? 0) + 1; counters.add('long'); emit('k', seen); }",
    listing,
    "",
    "['counters']",
  );

  it("forgets what was gathered, and not what the program keeps", () => {
    const realm = openRealm(text, { tools: grant() });
    realm.mapChunk(utf8("a\nb\n"));
    expect([realm.records, realm.counts()]).to.deep.equal([2, [0, 2]]);
    realm.renew(optionsFor({ tools: grant({ counters: ["other", "long", "more"] }), format: { kind: "json" } }));
    expect([realm.records, realm.skipped, realm.counts(), realm.failureText()]).to.deep.equal([0, 0, [0, 0, 0], ""]);
    realm.drain(() => expect.fail("nothing is left"));
    realm.mapChunk(utf8("1\n"));
    const states: string[] = [];
    realm.drain((_kind, _key, _values, state) => states.push(state));
    expect([states, realm.counts()]).to.deep.equal([["[3]"], [0, 1, 0]]);
  });

  it("finds again all that the program left in its realm, and nothing of a realm of its own", () => {
    const kept = [
      ["a variable", "own", "own = 1"],
      ["a global", "globalThis.a", "globalThis.a = 1"],
      ["a prototype's member", "Object.prototype.a", "Object.prototype.a = 1"],
      ["a changed built-in", "Math.max.changed", "Math.max.changed = 1"],
      ["a symbol's name", "names.has(Symbol.for('a')) || undefined", "names.add(Symbol.for('a'))"],
      ["a table", "table.get('a')", "table.set('a', line)"],
    ] as const;
    for (const [name, look, leave] of kept) {
      const map = `(line, emit) => { emit("k", String(${look})); ${leave}; }`;
      const program = checkProgram(script(map, listing, "let own; const names = new Set(), table = new Map();"));
      const run = (realm: Realm): string => {
        realm.mapChunk(utf8("1\n"));
        let state = "";
        realm.drain((...row) => (state = row[3]));
        return state;
      };
      const realm = openRealm(program);
      expect(run(realm), name).to.equal('["undefined"]');
      realm.renew(optionsFor());
      expect(run(realm), name).to.match(/^\["(?:1|true)"\]$/);
      expect(run(openRealm(program)), name).to.equal('["undefined"]');
    }
  });

  it("forgets narrowings, bad records and limits", () => {
    const reduce = "(key, values, { policy }) => { policy.narrow({ outputs: [key] }); return 1; }";
    const map = "(line, emit) => { if (line === 'bad') throw 1; emit(line, 1); }";
    const realm = openRealm(script(map, reduce, "", "['policy.narrow']"), {
      tools: grant(),
      limits: { badRecords: 1, keyBytes: 3 },
    });
    realm.mapChunk(utf8("bad\na\n"));
    realm.finish(() => undefined);
    expect([realm.skipped, realm.narrowings()]).to.deep.equal([1, [{ outputs: ["a"] }]]);
    realm.renew(optionsFor({ tools: grant(), limits: { badRecords: 1, keyBytes: 5 } }));
    expect([realm.skipped, realm.narrowings()]).to.deep.equal([0, []]);
    realm.mapChunk(utf8("bad\nlong\n"));
    expect(realm.skipped).to.equal(1);
  });

  it("needs to be granted what the program needs", () => {
    const realm = openRealm(text, { tools: grant() });
    failureOf("DENIED_CAPABILITY", () => realm.renew(optionsFor()));
  });

  it("leaves an emit and tools of the task before without effect", () => {
    const keep = `(line, emit, tools) => {
      globalThis.old ??= { emit, tools };
      try { old.emit('k', 1); } catch (error) { emit('emit', error.name); }
      try { old.tools.counters.add('long'); } catch (error) { emit('add', error.name); }
    }`;
    const realm = openRealm(script(keep, listing, "", "['counters']"), { tools: grant() });
    realm.mapChunk(utf8("a\n"));
    realm.renew(optionsFor({ tools: grant() }));
    realm.mapChunk(utf8("a\n"));
    const rows: string[] = [];
    realm.drain((_kind, key, _values, state) => rows.push(key, state));
    expect([rows, realm.counts()]).to.deep.equal([
      ["emit", '["TypeError"]', "add", '["TypeError"]'],
      [0, 0],
    ]);
  });
});
