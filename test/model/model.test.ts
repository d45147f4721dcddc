import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

interface Row {
  readonly what: string;
  readonly out?: string;
  readonly answer: string;
  readonly found: string;
}

/** A bounded share: `npm run model` also asks for states that there are, and for each claim without a check. */
const tables = ["the protocol as it is", "what was found"];
const missing = ["spin", "cc"].find((tool) => spawnSync(tool, ["--help"], { stdio: "ignore" }).error !== undefined);

/** The protocol is the same whatever it is built with: once, from the sources, is enough. */
const built = import.meta.url.includes("/test-built/");

/** Without the loader that tests are run with. */
async function rowsOf(table: number): Promise<readonly Row[]> {
  const script = fileURLToPath(new URL("run.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, "--group", String(table)], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const text = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text.out += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text.err += part));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code, text.err).to.equal(0);
  return JSON.parse(text.out) as readonly Row[];
}

if (!built) describe("test/model: the protocol's states, searched by Spin", searches);

function searches(this: Mocha.Suite): void {
  this.timeout(600_000); // a few seconds each; a machine may be busy

  tables.forEach((title, table) => {
    if (missing !== undefined) {
      it.skip(`${title} (not run: "${missing}" is not here; apt-get install spin gcc)`);
      return;
    }
    it(title, async () => {
      const rows = await rowsOf(table);
      expect(rows.length).to.be.greaterThan(3);
      const name = ({ out = "", what }: Row): string => `${out} ${what}`.trim();
      expect(rows.map((row) => `${name(row)}: ${row.found}`)).to.deep.equal(
        rows.map((row) => `${name(row)}: ${row.answer}`),
      );
    });
  });
}
