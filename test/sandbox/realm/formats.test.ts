import { expect } from "chai";

import { concat, utf8 } from "../../../lib/crypto/bytes.ts";
import type { RecordFormat } from "../../../lib/data/format.ts";
import { adding, failureOf, listing, openRealm, type Row, runRealm, script, textScript } from "./_realms.ts";

const show = script("(record, emit) => emit('all', record)");
const counting = script("(record, emit) => emit('all', 1)", adding);

describe("sandbox/realm: formats", () => {
  it("cuts lines at each end of line, keeps empty ones, and takes off one return", () => {
    const lines = (text: string): unknown => shown({ kind: "lines" }, text);
    expect(lines("b\n\na\n")).to.deep.equal(["", "a", "b"]);
    expect(lines("a\r\nb\r\r\n\r\n\rc\n")).to.deep.equal(["", "\rc", "a", "b\r"]);
    expect(lines("last")).to.deep.equal(["last"]);
    expect(lines("")).to.deep.equal([]);
    expect(lines("\ufeffa\u2028b\u0085\n")).to.deep.equal(["\ufeffa\u2028b\u0085"]);
  });

  it("cuts the same lines where they are read as text, however long they are", () => {
    const map = "(line, emit) => emit([String(line).length, String(line).slice(-9)], 1)";
    const ends = ["\n", "\r\n", "\r\r\n", "\n\n"];
    for (const length of [0, 1, 30, 31, 32, 33, 34, 64, 5000, 65_535, 65_536, 65_537]) {
      for (const end of ends) {
        const line = "é".repeat(length / 2) + "x".repeat(length % 2);
        for (const chunk of [`${line}${end}`, `a${end}${line}`, `${line}${end}b${end}${line}${end}`, `${line}\r`]) {
          const strings = runRealm(script(map, adding), chunk);
          expect(runRealm(textScript(map, adding), chunk), `${length} ${JSON.stringify(end)}`).to.deep.equal(strings);
        }
      }
    }
  });

  it("gives JSON as data, with no key that reaches a prototype", () => {
    expect(shown({ kind: "json" }, '{"b":1,"a":[null]}\n"x"\n')).to.deep.equal(["x", { a: [null], b: 1 }]);
    const map = "(record, emit) => emit('k', [Object.keys(record), record.polluted === undefined])";
    const [row] = runRealm(script(map), '{"__proto__":{"polluted":1}}\n', { format: { kind: "json" } });
    expect(row?.[1]).to.equal('[[["__proto__"],true]]');
  });

  it("gives CSV rows by column, whatever a column is called", () => {
    const columns = ["city", "__proto__", "constructor", "", "0"];
    const format: RecordFormat = { kind: "csv", columns };
    const map =
      "(row, emit) => emit('k', [Object.keys(row), row.city, row.__proto__, row.constructor, row[''], row[0]])";
    const [row] = runRealm(script(map), '["Bern","a","b","c","d"]\n', { format });
    const keys = ["0", "city", "__proto__", "constructor", ""];
    expect(JSON.parse(row?.[1] ?? "")).to.deep.equal([[keys, "Bern", "a", "b", "c", "d"]]);
  });

  it("gives bytes as a copy that leads to no other record", () => {
    const format: RecordFormat = { kind: "bytes" };
    const chunk = framed([1, 2, 3], [], [255]);
    const map =
      "(bytes, emit) => emit('k', [bytes.length, bytes.buffer.byteLength, ...bytes, bytes instanceof Uint8Array])";
    const [row] = runRealm(script(map), chunk, { format });
    expect(JSON.parse(row?.[1] ?? "")).to.have.deep.members([
      [3, 3, 1, 2, 3, true],
      [0, 0, true],
      [1, 1, 255, true],
    ]);
    const changing = script("(bytes, emit) => { bytes.fill(9); emit('k', bytes[0] ?? -1); }");
    expect(runRealm(changing, chunk, { format })).to.deep.equal([['"k"', "[-1,9,9]"]]);
    expect([...chunk.subarray(4, 7)]).to.deep.equal([1, 2, 3]);
  });

  it("takes chunks of any size one after the other", () => {
    const realm = openRealm(script("(bytes, emit) => emit('sum', bytes.reduce((a, b) => a + b, 0))", adding), {
      format: { kind: "bytes" },
    });
    for (const size of [10, 100_000, 0, 1]) expect(realm.mapChunk(framed(Array<number>(size).fill(1)))).to.equal(1);
    realm.drain((_kind, _key, values, state) => expect([values, state]).to.deep.equal([4, "100011"]));
  });

  it("refuses text that is not UTF-8", () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0x61, 0x0a, 0xc0, 0x80]]) {
      failureOf("DATA_ENCODING", () => openRealm(show).mapChunk(Uint8Array.from(bytes)));
    }
  });

  it("says which record is not in its format", () => {
    const wrong: readonly (readonly [RecordFormat, Uint8Array, number])[] = [
      [{ kind: "json" }, utf8("1\n{\n"), 2],
      [{ kind: "json" }, utf8("\n"), 1],
      [{ kind: "csv", columns: ["a"] }, utf8('["1"]\n["1"]\n["1","2"]\n'), 3],
      [{ kind: "csv", columns: ["a"] }, utf8("{}\n"), 1],
      [{ kind: "bytes" }, concat(framed([1]), Uint8Array.of(0, 0, 0)), 2],
      [{ kind: "bytes" }, Uint8Array.of(0, 0, 0, 2, 1), 1],
      [{ kind: "bytes" }, Uint8Array.of(255, 255, 255, 255, 1), 1],
    ];
    for (const [format, chunk, record] of wrong) {
      const error = failureOf("DATA_RECORD", () => openRealm(counting, { format }).mapChunk(chunk));
      expect(error.place).to.deep.equal({ stage: "map", record });
    }
  });
});

describe("sandbox/realm: bad records", () => {
  const map = "(line, emit) => { emit(line[0], 1); emit('all', 1); if (line.endsWith('!')) throw new Error(line); }";
  const failing = script(map, adding);

  it("are skipped and counted up to the cap, and leave nothing behind", () => {
    const realm = openRealm(failing, { limits: { badRecords: 2 } });
    expect(realm.mapChunk(utf8("a\nb!\nc\na!\na\n"))).to.equal(5);
    expect([realm.records, realm.skipped]).to.deep.equal([5, 2]);
    const rows: Row[] = [];
    realm.drain((_kind, key, values, state) => rows.push([key, `${values}:${state}`]));
    expect(rows).to.deep.equal([
      ["a", "2:2"],
      ["all", "3:3"],
      ["c", "1:1"],
    ]);
  });

  it("end the task when there is one too many, with its number", () => {
    const realm = openRealm(failing, { limits: { badRecords: 2 } });
    const error = failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("a!\nb\nc!\nd\ne!\nf\n")));
    expect(error.place.record).to.equal(5);
    expect(realm.failureText()).to.equal("Error: e!");
  });

  it("are also those on which the program emits what is no data", () => {
    const odd = script("(line, emit) => { emit('ok', line); emit('k', line === '2' ? NaN : 1); }");
    const realm = openRealm(odd, { limits: { badRecords: 1 } });
    realm.mapChunk(utf8("1\n2\n3\n"));
    const rows: Row[] = [];
    realm.drain((_kind, key, _values, state) => rows.push([key, state]));
    expect(rows).to.deep.equal([
      ["ok", '["1","3"]'],
      ["k", "[1,1]"],
    ]);
    failureOf("PROGRAM_VALUE", () => realm.mapChunk(utf8("2\n")));
  });

  it("are not the records that are malformed, nor an aggregate that throws", () => {
    const json = openRealm(show, { format: { kind: "json" }, limits: { badRecords: 9 } });
    failureOf("DATA_RECORD", () => json.mapChunk(utf8("{\n")));
    const throwing = adding.replace("(a, b) => a + b", "() => { throw new Error('add'); }");
    const realm = openRealm(script("(l, emit) => emit(l, 1)", throwing), { limits: { badRecords: 9 } });
    failureOf("PROGRAM_THREW", () => realm.mapChunk(utf8("x\n")));
  });

  it("give the same results, where there are none, as without a cap", () => {
    const text = Array.from({ length: 200 }, (_, at) => `${at * 7}\n`).join("");
    for (const reduce of [adding, listing]) {
      const program = script("(line, emit) => { emit(line[0], Number(line) / 8); emit(Number(line) % 3, 1); }", reduce);
      expect(runRealm(program, text, { limits: { badRecords: 3 } })).to.deep.equal(runRealm(program, text));
    }
  });
});

/** @returns the records as the program saw them, in the order of their JSON text. */
function shown(format: RecordFormat, text: string): unknown {
  const [row] = runRealm(show, text, { format });
  return row === undefined ? [] : JSON.parse(row[1]);
}

function framed(...records: readonly (readonly number[])[]): Uint8Array {
  const length = (size: number): Uint8Array => Uint8Array.of(size >>> 24, size >>> 16, size >>> 8, size);
  return concat(...records.map((record) => concat(length(record.length), Uint8Array.from(record))));
}
