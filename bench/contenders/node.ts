/** What one writes first: one thread, lines as strings, a Map. */

import { createReadStream } from "node:fs";

import type { Answer, Question, Task } from "./contender.ts";

const add: Readonly<Record<Question, (line: string, into: Groups) => void>> = {
  letters: (line, into) => {
    for (const word of line.toLowerCase().match(/\p{L}+/gu) ?? []) into.add(word, 1);
  },
  fields: (line, into) => {
    for (const word of line.split(" ")) if (word !== "") into.add(word, 1);
  },
  means: addRow,
  sums: addRow,
};

interface Group {
  sum: number;
  count: number;
}

class Groups {
  readonly all = new Map<string, Group>();

  add(key: string, value: number): void {
    const group = this.all.get(key);
    if (group === undefined) this.all.set(key, { sum: value, count: 1 });
    else {
      group.sum += value;
      group.count++;
    }
  }
}

export async function answer({ question, file }: Task): Promise<Answer> {
  const groups = new Groups();
  const addLine = add[question];
  let rest = "";
  const stream = createReadStream(file, { encoding: "utf8", highWaterMark: 1 << 20 });
  for await (const piece of stream as AsyncIterable<string>) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) addLine(line, groups);
  }
  if (rest !== "") addLine(rest, groups);
  const isMean = question === "means";
  return new Map([...groups.all].map(([key, { sum, count }]) => [key, isMean ? sum / count : sum]));
}

function addRow(row: string, into: Groups): void {
  const [key = "", value] = row.split(";");
  into.add(key, Number(value));
}
