import { expect } from "chai";

import { utf8 } from "../../../lib/crypto/bytes.ts";
import { PairWriter } from "../../../lib/data/pairs.ts";
import { adding, openRealm, script } from "./_realms.ts";

const words = script("(line, emit) => { for (const word of line.split(' ')) emit(word, 1); }", adding);

describe("sandbox/realm: keys that are expected", () => {
  it("comes to the same, whatever number of keys it was told to expect", () => {
    const mapper = openRealm(words);
    mapper.mapChunk(utf8(Array.from({ length: 3000 }, (_, i) => `w${i % 2000}\n`).join("")));
    const writer = new PairWriter(1, new Uint8Array(16));
    mapper.drainPacked((portion, share) => writer.addPacked(portion, share));
    const [stream] = writer.finish();
    const results = [0, 7, 2 ** 17, 2 ** 50].map((pairs) => {
      const reducer = openRealm(words);
      reducer.expect({ pairs, bytes: pairs });
      const rows: string[] = [];
      for (let cell = 0; cell < 2; cell++) reducer.mergePacked(stream!, "");
      reducer.finish((_kind, key, values, _owners, result) => rows.push(`${key} ${values} ${result}`));
      return rows.join();
    });
    expect(new Set(results).size).to.equal(1);
    expect(results[0]).to.match(/^w0 4 4,w1 4 4,w10 4 4,w100 4 4,/);
  });
});
