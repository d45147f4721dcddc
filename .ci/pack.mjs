/**
 * Packs the library, installs the tarball in an empty folder, and runs README's example there three ways: as plain
 * JavaScript, as TypeScript through tsx, and as TypeScript on a Node that needs no loader. All must print the same,
 * and measure the same program and the same runtime as the checkout. The programs of ABI.md are compiled against what is
 * installed, and run: that in C only where there is clang. The demonstration's attacks are caught. Then publint looks at the package.
 *
 * `node .ci/pack.mjs <a Node of 22.18 or newer>`
 */

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
if (process.argv[2] === undefined) throw new TypeError("which Node runs TypeScript without a loader? name its file");
const newNode = resolve(process.argv[2]);

const folder = mkdtempSync(join(tmpdir(), "sealfold-pack-"));
try {
  install();
  const files = await writeExample();
  const ways = {
    JavaScript: run(process.execPath, ["run.mjs"]),
    "TypeScript through tsx": run(process.execPath, ["--import", import.meta.resolve("tsx"), "run.ts"]),
    "TypeScript without a loader": run(newNode, ["run.ts"]),
  };
  same("output of README's example", ways);
  console.log(ways.JavaScript.trimEnd());
  const programs = ["word-count.ts", "word-count.mjs"].map((file) => [file, cli("program", "measure", file, "--json")]);
  const program = same(
    "program",
    Object.fromEntries(programs.map(([file, text]) => [file, JSON.parse(text).measurement])),
  );
  const runtimes = [process.execPath, newNode].map((node) => [node, runtimeUnder(node)]);
  const built = createHash("sha256")
    .update(readFileSync(join(root, "dist/workers/sandbox.cjs")))
    .digest("base64url");
  const runtime = same("runtime", { ...Object.fromEntries(runtimes), "the checkout's build": built });
  for (const text of compiledPrograms()) console.log(text);
  console.log(builtinPrograms());
  for (const node of [process.execPath, newNode]) console.log(attacked(node));
  console.log(`program ${program}\nruntime ${runtime}\n${files.length} files of README's example ran three ways`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
execFileSync(join(root, "node_modules/.bin/publint"), ["--strict"], { cwd: root, stdio: "inherit" });

function install() {
  npm(root, "pack", "--silent", "--pack-destination", folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  npm(folder, "install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", `./${tarball}`);
}

/** README's code blocks whose first line names a file, as they are and with their types taken off; and two books. */
async function writeExample() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n(\/\/ ([\w-]+)\.ts\b.*?)^```/gms)];
  for (const [, code, name] of blocks) {
    writeFileSync(join(folder, `${name}.ts`), code);
    const { code: plain } = await transform(code, { loader: "ts", target: "es2022" });
    writeFileSync(join(folder, `${name}.mjs`), plain.replaceAll(/"(\.\/[\w-]+)\.ts"/g, '"$1.mjs"'));
  }
  const names = blocks.map(([, , name]) => name);
  if (!names.includes("word-count") || !names.includes("run"))
    throw new Error("README has no word-count.ts and run.ts");
  mkdirSync(join(folder, "books"));
  writeFileSync(join(folder, "books/a.txt"), "The sea, the sea!\nA sealed fold.\n");
  writeFileSync(join(folder, "books/b.txt"), "Fold the sea; seal it.\n");
  return names;
}

/** The programs that ABI.md shows, by the commands that it shows. @returns what came of each */
function compiledPrograms() {
  const folderOfAbi = cli("program", "abi").trimEnd();
  const page = readFileSync(join(folderOfAbi, "ABI.md"), "utf8");
  const block = /^```(?:ts|c)\n(\/\/ (lines\.\w+)\n.*?)^```\n\n```sh\n([^\n]*)\n```/gms;
  const programs = [...page.matchAll(block)];
  if (programs.length !== 2) throw new Error(`ABI.md has ${programs.length} programs with commands`);
  return programs.map(([, code, file, command]) => {
    const [compiler, ...args] = command
      .replace("npx asc", "asc")
      .replace('"$(npx sealfold program abi)"', folderOfAbi)
      .split(" ");
    if (compiler === "clang" && !hasClang()) return `${file}: not compiled, for there is no clang with wasm-ld`;
    writeFileSync(join(folder, file), code);
    if (compiler === "asc") run(process.execPath, [join(root, "node_modules/assemblyscript/bin/asc.js"), ...args]);
    else run(compiler, args);
    const lines = ["books/a.txt", "--json", "--quiet"];
    const counted = cli("run", "lines.wasm", ...lines);
    const wanted = ["A sealed fold.", "The sea, the sea!"]
      .map((key) => `${JSON.stringify({ key, value: 1 })}\n`)
      .join("");
    same(`output of ${file}`, {
      wanted,
      counted,
      "counted with --local": cli("run", "--local", "lines.wasm", ...lines),
    });
    return `${file}: compiled by ${compiler} against the package, and run`;
  });
}

/** The built-in word count counts what README's does, as the command and as the API have it. @returns what came of it */
function builtinPrograms() {
  const counted = ["word-count.mjs", "word-count"].map((program) => [
    program,
    cli("run", program, "books/a.txt", "books/b.txt", "--json", "--quiet"),
  ]);
  const measured = JSON.parse(cli("program", "measure", "word-count", "--json")).measurement;
  const code = `import { builtin } from "sealfold"; console.log(Buffer.from(builtin.wordCount().measurement).toString("base64url"));`;
  same("output of the built-in word count", Object.fromEntries(counted));
  same("built-in word count", {
    command: measured,
    API: run(process.execPath, ["--input-type=module", "-e", code]).trim(),
  });
  return "the built-in word count gives what word-count.mjs gives";
}

/** Attacks from the installed package, whose program lies in it; the command fails where one is not caught. */
function attacked(node) {
  const names = ["own-policy", "altered-chunk", "forked-commit-set"];
  const lines = cliUnder(node, "demo", "--evil-host", "--json", "--only", ...names)
    .trimEnd()
    .split("\n");
  const [honest, ...attacks] = lines.map((line) => JSON.parse(line));
  same("attacks that were caught", {
    wanted: names.join(),
    caught: attacks.flatMap(({ attack, caught }) => (honest.right && caught ? [attack] : [])).join(),
  });
  return `sealfold demo --evil-host: ${names.length} attacks caught, on ${node}`;
}

function hasClang() {
  return ["clang", "wasm-ld"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
}

function runtimeUnder(node) {
  const receipt = join(folder, "receipt.json.gz");
  cliUnder(node, "run", "word-count.ts", "books/a.txt", "books/b.txt", "--json", "--quiet", "--receipt", receipt);
  return JSON.parse(cliUnder(node, "verify", receipt, "--json")).runtime;
}

function cli(...args) {
  return cliUnder(process.execPath, ...args);
}

function cliUnder(node, ...args) {
  return run(node, [join(folder, "node_modules/sealfold/dist/lib/cli/main.js"), ...args]);
}

function run(command, args) {
  return execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function npm(cwd, ...args) {
  execFileSync("npm", args, { cwd, stdio: ["ignore", process.stderr, "inherit"], shell: process.platform === "win32" });
}

function same(what, values) {
  const [first, ...others] = Object.entries(values);
  for (const [name, value] of others) {
    if (value !== first[1]) throw new Error(`the ${what} differs:\n${first[0]}: ${first[1]}\n${name}: ${value}`);
  }
  return first[1];
}
