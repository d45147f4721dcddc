import { readFileSync } from "node:fs";
import vm from "node:vm";

import { expect } from "chai";
import fc from "fast-check";

import { SealfoldError } from "../../lib/errors.ts";
import { canonicalProgram, maxProgramBytes } from "../../lib/program/canonical-program.ts";

const strict = (body: string): string => `"use strict";\n${body}`;

describe("program/canonical-program", () => {
  it("is its own canonical form", () => {
    for (const body of [
      "",
      "var a=1",
      "for(;;){}",
      "(()=>{/[/]\\/(?<a>x)/giu.test('a\\u{1F600}')})();",
      "a?.b?.[c]??d",
    ]) {
      const text = canonicalProgram(strict(body));
      expect(canonicalProgram(text)).to.equal(text);
    }
  });

  it("does not see comments, spaces and parentheses", () => {
    expect(canonicalProgram(strict("/* a */ var a = ((1)+(2)) // b"))).to.equal(canonicalProgram(strict("var a=1+2")));
  });

  it("tells apart what does different things", () => {
    const bodies = [
      "(a,b)",
      "a+(b+c)",
      "a+b+c",
      "(-1)**2",
      "(a?.b).c",
      "a?.b.c",
      "(a??b)||c",
      "a??(b||c)",
      "(()=>{})()",
    ];
    const texts = bodies.map((body) => canonicalProgram(strict(body)));
    expect(new Set(texts).size).to.equal(bodies.length);
  });

  it("computes the same after it was printed", () => {
    fc.assert(
      fc.property(expression(), (source) => {
        const value = evaluate(strict(source));
        fc.pre(value !== "SyntaxError" && !assignsToCall(strict(source)));
        expect(evaluate(canonicalProgram(strict(source)))).to.equal(value);
      }),
    );
  });

  for (const name of ["acorn/dist/acorn.js", "astring/dist/astring.js", "csv-parse/dist/cjs/sync.cjs"]) {
    it(`prints ${name} so that it can be printed again, the same`, () => {
      const source = readFileSync(new URL(`../../node_modules/${name}`, import.meta.url), "utf8");
      const text = canonicalProgram(strict(`(function(){${withoutImports(source)}\n})`));
      expect(canonicalProgram(text)).to.equal(text);
    });
  }

  it("prints a parser that still parses", () => {
    const source = readFileSync(new URL("../../node_modules/acorn/dist/acorn.js", import.meta.url), "utf8");
    const script = canonicalProgram(strict(`var exports = {}, module = {}; ${source}; module`));
    const sandbox = vm.createContext({ exports: {}, module: {} });
    const parser = vm.runInContext(`${script}; exports`, sandbox) as { parse(text: string, options: object): object };
    const parsed = parser.parse("a = /b(?<c>d)/u ?? class { #e = 1n }", { ecmaVersion: 2022 });
    expect(JSON.stringify(parsed, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value))).to.include(
      "PrivateIdentifier",
    );
  });

  for (const [name, source, line] of [
    ["import()", `\nimport("fs")`, 3],
    ["import() inside a template", "`${import('fs')}`", 2],
    ["import() behind a comment", "imp\\u006frt/**/('fs')", 2],
    ["import.meta", "import.meta", 2],
    ["an import", "import 'fs'", 2],
    ["an export", "export default 1", 2],
    ["with", "with (a) b", 2],
    ["a debugger statement", "debugger", 2],
    ["a return at the top", "return 1", 2],
    ["await at the top", "await 1", 2],
    ["a body that closes what is around it", "}); (() => {", 2],
    ["an unfinished text", "var a = (", 2],
    ["an octal literal", "010", 2],
    ["an unknown regular expression", "/(?<a>.)(?<a>.)/", 2],
    ["a hashbang", "#!/usr/bin/node", 2],
    ["syntax of a later edition", "using a = b", 2],
  ] as const) {
    it(`refuses ${name}, and says in which line`, () => {
      const error = refused(strict(source));
      expect(error.code).to.equal("PROGRAM_REFUSED");
      expect(error.message).to.match(new RegExp(`^line ${line}: `));
    });
  }

  it("refuses a text that is not strict", () => {
    for (const source of ["", "var a", `var a; "use strict"`, `("use strict")`, `"use\\x20strict"`, "`use strict`"]) {
      expect(refused(source).message, source).to.include("use strict");
    }
  });

  it("refuses a text nested too deep for a parser, without falling over", () => {
    expect(refused(strict(`${"(".repeat(200_000)}${")".repeat(200_000)}`)).code).to.equal("PROGRAM_REFUSED");
    expect(refused(strict(`${"[".repeat(200_000)}${"]".repeat(200_000)}`)).code).to.equal("PROGRAM_REFUSED");
  });

  it("refuses a text over its limit", () => {
    expect(refused(strict(" ".repeat(maxProgramBytes))).message).to.include("larger");
  });
});

function refused(source: string): SealfoldError {
  try {
    canonicalProgram(source);
  } catch (error) {
    if (error instanceof SealfoldError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** `f() = 1` is an early error of the language that V8 reports when it gets there; it is refused, and that is right. */
function assignsToCall(source: string): boolean {
  try {
    canonicalProgram(source);
    return false;
  } catch (error) {
    return (error as SealfoldError).message.includes("Assigning to rvalue");
  }
}

function withoutImports(source: string): string {
  return source.replaceAll(/\bimport\(/g, "load(");
}

function evaluate(script: string): unknown {
  try {
    return String(vm.runInNewContext(script, {}));
  } catch (error) {
    return (error as Error).name;
  }
}

/** Expressions with every kind of precedence. */
function expression(): fc.Arbitrary<string> {
  const leaf = fc.constantFrom(
    "1",
    "-2",
    "'a'",
    "`b`",
    "null",
    "[1, 2]",
    "({ c: 3 })",
    "0.5",
    "1n",
    "/x/y.source",
    "(() => 4)",
  );
  const binary = fc.constantFrom(
    "+",
    "-",
    "*",
    "**",
    "%",
    "<",
    ">>",
    "&",
    "|",
    "^",
    "==",
    "&&",
    "||",
    "??",
    ",",
    "in",
    "=",
  );
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie("tree"), binary, tie("tree")).map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
      fc
        .tuple(fc.constantFrom("-", "!", "~", "typeof ", "void ", "+", "- -"), tie("tree"))
        .map(([a, b]) => `${a}(${b})`),
      fc.tuple(tie("tree"), tie("tree"), tie("tree")).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
      tie("tree").map((a) => `(${a})?.length`),
      tie("tree").map((a) => `[...[${a}], { d: (${a}) }.d]`),
      tie("tree").map((a) => `((e = ${a}, ...f) => (e))()`),
      tie("tree").map((a) => `new (class { #g = (${a}); h() { return this.#g } })().h()`),
      tie("tree").map((a) => "`i${" + a + "}j`"),
    ),
  }));
  return tree;
}
