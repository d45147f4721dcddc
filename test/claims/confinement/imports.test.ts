/** Out of a realm by syntax: what is not a synchronous, strict script of plain ECMAScript is never compiled. */

import { expect } from "chai";

import { canonicalProgram } from "../../../lib/program/canonical-program.ts";
import { failureOf, openRealm, script } from "../../sandbox/realm/_realms.ts";
import { keepHostUntouched } from "./_attempts.ts";

const refused: Readonly<Record<string, readonly string[]>> = {
  "import(), in every spelling": [
    "import('fs')",
    "import(`fs`)",
    "import /* a */ ('fs')",
    "import\n('fs')",
    "(() => import('node:fs'))()",
    "[1].map((a) => import('data:text/javascript,1'))",
    "class A { static a = import('fs') }",
    "class A { [import('fs')] = 1 }",
    "`${import('fs')}`",
    "function a(b = import('fs')) {}",
    "({ a = import('fs') } = {})",
    "im\\u0070ort('fs')",
    "\\u{69}mport('fs')",
    "import('fs', { with: { type: 'json' } })",
    "import.defer('fs')",
    "import.source('fs')",
    "a?.[import('fs')]",
    "label: import('fs')",
    "for (const a of import('fs')) {}",
  ],
  "modules and what they know": [
    "import fs from 'fs'",
    "import 'fs'",
    "export default 1",
    "export * from 'fs'",
    "import.meta",
    "import.meta.url",
    "new.target",
  ],
  "sloppy code": ["with ({}) {}", "delete a", "010", "arguments = 1", "function a(b, b) {}", "yield: 1", "return 1"],
  "asynchronous code": [
    "async function a() {}",
    "async () => {}",
    "async function* a() {}",
    "({ async a() {} })",
    "({ async *a() {} })",
    "class A { async a() {} }",
    "class A { static async *a() {} }",
    "(async function () {})",
    "async () => { await 1; }",
    "async () => { for await (const a of []) {} }",
    "await 1",
    "for await (const a of []) {}",
    "await using a = 1",
  ],
  "what closes a wrapper around it": ["}); import('fs'); ((", "*/ import('fs') /*", ")(0); (", "`; import('fs'); `}"],
  "other leftovers": ["debugger", "#!/usr/bin/env node", "%DebugPrint(1)", "let a\u2028import('fs')", "using a = 1"],
};

describe("claims/confinement: syntax that leads out", () => {
  keepHostUntouched();
  for (const [title, sources] of Object.entries(refused)) {
    it(`refuses ${title} (${sources.length})`, () => {
      for (const source of sources) {
        const text = `"use strict"; ${source};`;
        failureOf("PROGRAM_REFUSED", () => canonicalProgram(text));
        // a hostile provider's bytes do not come from a build
        failureOf("PROGRAM_REFUSED", () => openRealm(text));
      }
    });
  }

  it("refuses a script that is not strict, or not strict at its beginning", () => {
    for (const text of ["1;", "'use strict' + 1;", "0; 'use strict';", "('use strict');", "'use\\x20strict';"]) {
      failureOf("PROGRAM_REFUSED", () => openRealm(text));
    }
  });

  it("says of import() what it is, and where", () => {
    const error = failureOf("PROGRAM_REFUSED", () => canonicalProgram('"use strict";\n import("fs");'));
    expect(error.message).to.equal("line 2: import() is not allowed in a program");
    expect(error.cause).to.deep.equal({ line: 2, column: 1 });
  });

  it("says why asynchronous code is refused, and where", () => {
    const error = failureOf("PROGRAM_REFUSED", () => canonicalProgram('"use strict";\nconst a = async () => 1;'));
    expect(error.message).to.contain("line 2").and.to.contain("synchronous");
    expect(error.cause).to.deep.equal({ line: 2, column: 10 });
  });

  it("lets V8 see only what it printed itself: no byte more, no comment, no second spelling", () => {
    const text = script("(line, emit) => emit(line, 1)");
    const spellings = [
      `${text} `,
      `\ufeff${text}`,
      text.replace(";", ";;"),
      text.replace(/\n/, "\r\n"),
      `${text}// a`,
      `${text}<!-- import('fs')`,
      `${text}\n--> import('fs')`,
      text.replace("line", "l\\u0069ne"),
    ];
    for (const spelling of spellings) failureOf("PROGRAM_REFUSED", () => openRealm(spelling));
    expect(openRealm(text).records).to.equal(0);
  });

  it("keeps text that looks like code as text", () => {
    const source = "\"use strict\"; const a = \"import('fs')\", b = `} import('fs') {`, c = /import\\(/;";
    expect(canonicalProgram(canonicalProgram(source))).to.equal(canonicalProgram(source));
  });
});
