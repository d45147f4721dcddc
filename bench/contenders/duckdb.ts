/** DuckDB in this process, on as many threads, by the fastest SQL that was found: lines as one column, split at spaces. */

import type { Entry } from "../answer.ts";
import type { Answer, Question, Task } from "./contender.ts";
import { importPeer } from "./peer.ts";

interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  runAndReadAll(sql: string): Promise<{ getColumnsJS(): readonly [keys: string[], values: number[]] }>;
}

const read = (file: string, columns: string, delimiter: string): string =>
  `read_csv('${file}', columns={${columns}}, delim='${delimiter}', quote='', escape='', header=false, auto_detect=false)`;
const lines = (file: string): string => read(file, "'line': 'VARCHAR'", "\u0001");
const rows = (file: string, type: string): string => read(file, `'k': 'VARCHAR', 'v': '${type}'`, ";");

const queries: Readonly<Record<Question, (file: string) => string>> = {
  letters: (file) => `SELECT w, count(*)::DOUBLE
    FROM (SELECT unnest(regexp_extract_all(lower(line), '[a-z]+')) AS w FROM ${lines(file)}) GROUP BY w`,
  fields: (file) => `SELECT w, count(*)::DOUBLE
    FROM (SELECT unnest(string_split(line, ' ')) AS w FROM ${lines(file)}) WHERE w <> '' GROUP BY w`,
  means: (file) => `SELECT k, avg(v)::DOUBLE FROM ${rows(file, "DECIMAL(8,1)")} GROUP BY k`,
  sums: (file) => `SELECT k, sum(v)::DOUBLE FROM ${rows(file, "INTEGER")} GROUP BY k`,
};

export async function answer({ question, file, threads, peers }: Task): Promise<Answer> {
  const { DuckDBInstance } = await importPeer<DuckDb>(peers, "@duckdb/node-api");
  const options = { threads: String(threads), preserve_insertion_order: "false" };
  const connection = await (await DuckDBInstance.create(":memory:", options)).connect();
  const [keys, values] = (await connection.runAndReadAll(queries[question](file))).getColumnsJS();
  return { [Symbol.iterator]: () => keys.map((key, at): Entry => [key, values[at] as number]).values() };
}
