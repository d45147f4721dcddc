// The same in one call, for files of your own: it reads books/*.txt in the folder where it is run.
import { writeFile } from "node:fs/promises";

import { encodeReceipt, lines, mapReduce } from "sealfold";
import wordCount from "./word-count.ts";

const { output, receipt } = await mapReduce(wordCount, lines("books/*.txt"));
for await (const [word, count] of output) console.log(word, count);
await writeFile("receipt.json.gz", encodeReceipt(receipt));
