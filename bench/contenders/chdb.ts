/** ClickHouse in this process (chDB), on as many threads. */

import { entriesOf } from "../answer.ts";
import type { Answer, Question, Task } from "./contender.ts";
import { importPeer } from "./peer.ts";

interface ChDb {
  query(sql: string, format: string): string;
}

const lines = (file: string): string => `file('${file}', 'LineAsString', 'line String')`;
const rows = (file: string, type: string): string => `file('${file}', 'CSV', 'k String, v ${type}')`;

const queries: Readonly<Record<Question, (file: string) => string>> = {
  letters: (file) => `SELECT arrayJoin(extractAll(lower(line), '[a-z]+')) AS w, count() FROM ${lines(file)} GROUP BY w`,
  fields: (file) =>
    `SELECT w, count() FROM (SELECT arrayJoin(splitByChar(' ', line)) AS w FROM ${lines(file)}) WHERE w != '' GROUP BY w`,
  means: (file) => `SELECT k, avg(v) FROM ${rows(file, "Float64")} GROUP BY k`,
  sums: (file) => `SELECT k, sum(v) FROM ${rows(file, "Int32")} GROUP BY k`,
};

export async function answer({ question, file, threads, peers }: Task): Promise<Answer> {
  const { query } = await importPeer<ChDb>(peers, "chdb");
  const settings = `max_threads=${threads}, format_csv_delimiter=';', input_format_csv_detect_header=0`;
  const text = query(`${queries[question](file)} SETTINGS ${settings}`, "TSVRaw");
  return { [Symbol.iterator]: () => entriesOf(text) };
}
