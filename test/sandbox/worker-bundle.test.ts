import { fileURLToPath } from "node:url";

import { tokenizer } from "acorn";
import { expect } from "chai";

import { fromUtf8, toHex } from "../../lib/crypto/bytes.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { bundleWorker } from "../../lib/sandbox/worker-bundle.ts";

/** A bundle is made of sources, which is what the package was built from. */
const built = import.meta.url.includes("/test-built/");

if (!built) describe("sandbox/worker-bundle", bundles);

function bundles(): void {
  it("makes the same bytes each time, and nothing in them says where they were made", async () => {
    const [one, other] = [await bundleWorker("sandbox"), await bundleWorker("sandbox")];
    expect(toHex(sha256(one))).to.equal(toHex(sha256(other)));
    expect(fromUtf8(one)).not.to.include(fileURLToPath(new URL("../../", import.meta.url)));
  });

  it("has what few sandboxes need as texts, which none reads through that does not need it", async () => {
    const script = fromUtf8(await bundleWorker("sandbox"));
    const tokens: Iterable<object> = tokenizer(script, { ecmaVersion: "latest" });
    const names = new Set(Array.from(tokens, (token) => ("value" in token ? token.value : undefined)));
    expect(names.has("expectBare"), "a name of our own").to.equal(true);
    for (const [name, of] of [
      ["allowSuperOutsideMethod", "acorn"],
      ["createFROST", "@noble/curves"],
    ] as const) {
      expect(script, of).to.include(name);
      expect(names.has(name), of).to.equal(false);
    }
  });
}
