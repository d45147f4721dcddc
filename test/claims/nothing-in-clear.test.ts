import { expect } from "chai";

import { type Asked, attempt, type Cheat, type WorldOptions } from "./_world.ts";

const recordMarker = "zebraquartzmarker";
const keyMarker = "narwhalonyxmarker";
const records = {
  alice: Array.from({ length: 200 }, (_, i) => `${recordMarker} ${keyMarker}${i % 2 === 0 ? "a" : "b"}`),
  bob: [`${recordMarker} ${keyMarker}`],
};

/** Keeps everything that passes through the coordinator's hands: ports both ways, and the store. */
class Recorder implements Cheat {
  readonly seen: Uint8Array[] = [];

  async ask({ kind, body, parts, forward }: Asked): Promise<never> {
    this.#keep(`${kind}${JSON.stringify(body)}`, parts);
    const answer = await forward();
    this.#keep(JSON.stringify(rawBody(answer)), answer.parts);
    return answer as never;
  }

  async get(name: string, store: Parameters<NonNullable<Cheat["get"]>>[1]): Promise<Uint8Array> {
    const bytes = await store.get(name);
    this.#keep(name, [bytes]);
    return bytes;
  }

  /** Everything as text, in each spelling in which a marker could stand. */
  holds(marker: string): boolean {
    const spellings = [marker, marker.toUpperCase(), Buffer.from(marker).toString("hex")].map((text) =>
      Buffer.from(text),
    );
    const base64 = [0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(marker)]).toString("base64url");
      return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, -3));
    });
    const utf16 = Buffer.from(marker, "utf16le");
    return this.seen.some((bytes) =>
      [...spellings, ...base64, utf16].some((text) => Buffer.from(bytes).includes(text)),
    );
  }

  #keep(text: string, parts: readonly Uint8Array[]): void {
    this.seen.push(Buffer.from(text), ...parts.map((part) => Uint8Array.from(part)));
  }
}

function rawBody(answer: { body: { document(name: string): unknown } }): unknown {
  const names = ["evidence", "manifest", "final", "nonce", "certId", "jobId", "queryId", "commitSet"];
  return names.map((name) => {
    try {
      return answer.body.document(name);
    } catch {
      return null; // this answer has no such field
    }
  });
}

async function record(options: WorldOptions): Promise<{ recorder: Recorder; error: unknown }> {
  const recorder = new Recorder();
  const cheat: Cheat = { ask: (asked) => recorder.ask(asked), get: (name, store) => recorder.get(name, store) };
  const error = await attempt({ ...options, cheat, records }, async (world) => world.run(await world.request())).then(
    (sealed) => {
      recorder.seen.push(Buffer.from(JSON.stringify(sealed.receipt)), ...[...sealed.outputs.values()].flat());
      return undefined;
    },
    (failure: unknown) => failure,
  );
  return { recorder, error };
}

describe("claims: nothing in clear in the coordinator's hands", () => {
  it("shows it no record, key or result of a job", async () => {
    const { recorder, error } = await record({});
    expect(error).to.equal(undefined);
    expect(recorder.seen.length).to.be.above(40);
    expect(recorder.holds(recordMarker)).to.equal(false);
    expect(recorder.holds(keyMarker)).to.equal(false);
  });

  it("would notice: the recorder finds what is there", async () => {
    const { recorder } = await record({});
    expect(recorder.holds('"partition":0')).to.equal(true);
    recorder.seen.push(Buffer.from(`x${Buffer.from(`ab${keyMarker}`).toString("base64url")}`));
    expect(recorder.holds(keyMarker)).to.equal(true);
  });

  it("shows it no record when the program throws one", async () => {
    const program = new URL("./_throws.ts", import.meta.url).pathname;
    const { recorder, error } = await record({ program });
    expect((error as { code: string }).code).to.equal("PROGRAM_THREW");
    const described = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack ?? ""}`;
    expect(described).to.not.contain(recordMarker);
    expect(recorder.holds(recordMarker)).to.equal(false);
  });
});
