import { MessageChannel, type MessagePort } from "node:worker_threads";

import { expect } from "chai";
import fc from "fast-check";

import { SealfoldError } from "../../lib/errors.ts";
import { encodeMessage, maxParts, type Message, parseMessage } from "../../lib/sandbox/message.ts";
import { portAttester } from "../../lib/sandbox/port-attester.ts";
import { type Launch, Sandbox, SandboxFailure } from "../../lib/sandbox/sandbox.ts";
import { type Handler, serve } from "../../lib/sandbox/serve.ts";
import { digest } from "../../lib/crypto/hash.ts";
import { codeOf } from "./_code-of.ts";

type Behaviour = (port: MessagePort, message: Message, platform: MessagePort) => void;

/** A sandbox without a thread: `behave` answers as it likes, until it is ended. */
function sandbox(behave: Behaviour, quoter: (data: Uint8Array) => string = () => "a.b.c"): Sandbox {
  const launch: Launch = ({ port, platform }, end) =>
    new Promise((_, reject) => {
      port.on("message", (received: unknown) => behave(port, parseMessage(received), platform));
      end.addEventListener("abort", () => {
        port.close();
        platform.close();
        reject(new Error("ended"));
      });
    });
  return new Sandbox("mapper", 0, launch, quoter);
}

const never: Behaviour = () => undefined;
const echo: Behaviour = (port, { id, parts }) => port.postMessage(encodeMessage(id, "ok", { echoed: true }, parts));
const answering = (frames: (id: number) => unknown): Sandbox => sandbox((port, { id }) => port.postMessage(frames(id)));
const failing = (fields: Record<string, unknown>): Sandbox =>
  answering((id) => encodeMessage(id, "error", fields as Record<string, never>));

async function endedCode(link: Sandbox, timeout?: number): Promise<string> {
  const code = await codeOf(() => link.ask("k", {}, [], { timeout }));
  link.end();
  await link.ended;
  return code;
}

describe("sandbox/sandbox: a link", () => {
  it("gives each question its answer, and copies parts so that they can be sent again", async () => {
    const link = sandbox(echo);
    const part = Uint8Array.of(1, 2, 3);
    const answers = await Promise.all([link.ask("a", {}, [part]), link.ask("b", {}, [part]), link.ask("c", {})]);
    expect(answers.map(({ parts }) => parts.length)).to.deep.equal([1, 1, 0]);
    expect(part).to.deep.equal(Uint8Array.of(1, 2, 3));
    link.end();
    await link.ended;
  });

  it("ends a sandbox that takes too long", async () => {
    expect(await endedCode(sandbox(never), 1)).to.equal("LIMIT_TIME");
  });

  it("fails what was asked and not answered when it is ended, and what is asked later", async () => {
    const link = sandbox(never);
    const open = [codeOf(() => link.ask("a", {})), codeOf(() => link.ask("b", {}, [], { timeout: 100_000 }))];
    link.end(new SealfoldError("CANCELLED"));
    expect(await Promise.all(open)).to.deep.equal(["CANCELLED", "CANCELLED"]);
    expect(await codeOf(() => link.ask("c", {}))).to.equal("CANCELLED");
    await link.ended;
  });

  it("keeps the first reason for which it was ended", async () => {
    const link = sandbox(never);
    link.end(new SealfoldError("LIMIT_TIME"));
    link.end(new SealfoldError("CANCELLED"));
    expect(await codeOf(() => link.ask("k", {}))).to.equal("LIMIT_TIME");
    await link.ended;
  });

  it("calls it a death when the thread ends by itself, and a limit when it ran out of memory", async () => {
    const quoter = (): string => "";
    const over = new Sandbox("mapper", 0, () => Promise.resolve(), quoter);
    expect(await codeOf(() => over.ask("k", {}))).to.equal("SANDBOX_DIED");
    const crashed = new Sandbox("mapper", 0, () => Promise.reject(new Error("crash")), quoter);
    expect(await codeOf(() => crashed.ask("k", {}))).to.equal("SANDBOX_DIED");
    const full = Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" });
    const fat = new Sandbox("mapper", 0, () => Promise.reject(full), quoter);
    expect(await codeOf(() => fat.ask("k", {}))).to.equal("LIMIT_MEMORY");
  });

  it("does not send what the other side would refuse for its size", async () => {
    const link = sandbox(echo);
    const many = Array.from({ length: maxParts + 1 }, () => new Uint8Array());
    expect(await codeOf(() => link.ask("k", {}, many))).to.equal("MESSAGE_FORMAT");
    expect((await link.ask("k", {})).body.document("echoed")).to.equal(true);
    link.end();
    await link.ended;
  });
});

describe("sandbox/sandbox: memory that was given", () => {
  type Memory = readonly Uint8Array[];
  /** Answers after `memory` of the parts it was given went back. */
  const returning = (memory: (parts: Memory) => Memory): Sandbox =>
    sandbox((port, { id, parts }) => {
      const back = memory(parts);
      port.postMessage({ id, memory: back }, [...new Set(back.map(({ buffer }) => buffer as ArrayBuffer))]);
      port.postMessage(encodeMessage(id, "ok", {}));
    });
  /** @returns what came back before the answer, and the answer's code */
  const asked = async (link: Sandbox, given = true): Promise<{ code: string; sizes: number[]; left: number[] }> => {
    const parts = [new Uint8Array(100).subarray(0, 90), new Uint8Array(50)];
    const sizes: number[] = [];
    const back = (memory: Memory): void => void sizes.push(...memory.map(({ buffer }) => buffer.byteLength));
    const code = await codeOf(() => link.ask("k", {}, parts, { given, back }));
    link.end();
    await link.ended;
    return { code, sizes, left: parts.map(({ length }) => length) };
  };

  it("goes as whole buffers, and comes back as such before the answer", async () => {
    const { code, sizes, left } = await asked(returning((parts) => parts));
    expect([code, sizes, left]).to.deep.equal(["none", [100, 50], [0, 0]]);
  });

  it("does not come back where it was only lent", async () => {
    const link = returning((parts) => parts);
    expect(await asked(link, false)).to.deep.equal({ code: "none", sizes: [], left: [90, 50] });
  });

  for (const [what, memory] of [
    ["larger than any that was given", () => [new Uint8Array(101)]],
    ["of more buffers than were given", () => [1, 2, 3].map((length) => new Uint8Array(length))],
    ["the same twice", ([part]: Memory) => [part!.subarray(0, 1), part!.subarray(1)]],
  ] as const) {
    it(`ends a sandbox that gives back memory ${what}`, async () => {
      expect(await asked(returning(memory))).to.deep.include({ code: "MESSAGE_FORMAT", sizes: [] });
    });
  }

  it("is dropped where nobody asked for it, or asked anything", async () => {
    const link = returning((parts) => parts);
    expect(await codeOf(() => link.ask("k", {}, [new Uint8Array(5)], { given: true }))).to.equal("none");
    link.end();
    await link.ended;
    const other = sandbox((port, { id }) => {
      port.postMessage({ id: id + 1, memory: [new Uint8Array(9)] });
      port.postMessage(encodeMessage(id, "ok", {}));
    });
    expect(await asked(other)).to.deep.include({ code: "none", sizes: [] });
  });
});

describe("sandbox/sandbox: what a sandbox answers", () => {
  it("is taken apart when it fails: a code, a place, and sealed texts", async () => {
    const sealed = [{ reader: "carol", text: "AAAA" }];
    const link = failing({ code: "PROGRAM_THREW", place: { stage: "map", task: 3, record: 10 }, sealed });
    const error = await link.ask("k", {}).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).to.be.instanceOf(SandboxFailure);
    expect(error).to.include({ code: "PROGRAM_THREW" });
    expect((error as SandboxFailure).place).to.deep.equal({ stage: "map", task: 3, record: 10 });
    expect((error as SandboxFailure).sealed).to.deep.equal(sealed);
    link.end();
    await link.ended;
  });

  it("brings no other field of a place across the wall", async () => {
    const link = failing({ code: "BUG", place: { file: "/secret", other: 1, stage: "map" }, sealed: [] });
    const error = await link.ask("k", {}).then(
      () => undefined,
      (failure: unknown) => failure as SandboxFailure,
    );
    expect(error?.place).to.deep.equal({ stage: "map" });
    link.end();
    await link.ended;
  });

  for (const [what, fields] of [
    ["no code", {}],
    ["a code that is none", { code: "NO_SUCH_CODE", place: {}, sealed: [] }],
    ["a code that every object has", { code: "constructor", place: {}, sealed: [] }],
    ["a place that is text", { code: "BUG", place: "here", sealed: [] }],
    ["a place with a record that is no number", { code: "BUG", place: { record: "10" }, sealed: [] }],
    ["no sealed texts", { code: "BUG", place: {} }],
    ["sealed texts of numbers", { code: "BUG", place: {}, sealed: [1] }],
    ["a sealed text without a reader", { code: "BUG", place: {}, sealed: [{ text: "" }] }],
  ] as const) {
    it(`ends a sandbox whose failure has ${what}`, async () => {
      expect(await endedCode(failing(fields))).to.equal("MESSAGE_FORMAT");
    });
  }

  it("ends a sandbox that does not speak the protocol, whatever it says", () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), fc.array(fc.uint8Array(), { maxLength: 2 })), async (said) => {
        expect(await endedCode(answering(() => said))).to.equal("MESSAGE_FORMAT");
      }),
      { numRuns: 50 },
    ));

  it("is ignored when nobody asked for it", async () => {
    const link = sandbox((port, { id }) => {
      port.postMessage(encodeMessage(id + 100, "ok", {}));
      port.postMessage(encodeMessage(id, "ok", { right: true }));
      port.postMessage(encodeMessage(id, "ok", { right: false }));
    });
    expect((await link.ask("k", {})).body.document("right")).to.equal(true);
    expect((await link.ask("k", {})).body.document("right")).to.equal(true);
    link.end();
    await link.ended;
  });
});

describe("sandbox/sandbox: quotes for its platform", () => {
  const reportData = digest(new Uint8Array(32));
  const quoting: Behaviour = (port, { id }, platform) => {
    portAttester("software", platform)
      .quote(reportData)
      .then(
        (quote) => port.postMessage(encodeMessage(id, "ok", { quote })),
        () => port.postMessage(encodeMessage(id, "error", { code: "EVIDENCE_PLATFORM", place: {}, sealed: [] })),
      );
  };

  it("are asked for over a port of their own", async () => {
    const link = sandbox(quoting);
    expect((await link.ask("k", {})).body.text("quote")).to.equal("a.b.c");
    link.end();
    await link.ended;
  });

  it("are refused when they are no tokens", async () => {
    for (const quote of ["", "a b", "\ud800", "x".repeat(20_000)]) {
      expect(await endedCode(sandbox(quoting, () => quote))).to.equal("EVIDENCE_PLATFORM");
    }
  });

  it("fail with a code when the platform cannot quote", async () => {
    const broken = sandbox(quoting, () => {
      throw new Error("no key");
    });
    expect(await endedCode(broken)).to.equal("EVIDENCE_PLATFORM");
  });

  it("are not asked of platforms that cannot be named", async () => {
    const { port1 } = new MessageChannel();
    for (const name of ["", "A", "\ud800", "x".repeat(65)]) {
      expect(await codeOf(() => portAttester(name, port1))).to.equal("EVIDENCE_PLATFORM");
    }
    port1.close();
  });
});

describe("sandbox/serve: the inside of a wall", () => {
  /** The real inside, in this thread. */
  const served = (handle: Handler): Sandbox =>
    new Sandbox(
      "mapper",
      0,
      ({ port }, end) => {
        end.addEventListener("abort", () => port.close());
        return serve(port, handle);
      },
      () => "",
    );

  it("answers in order, one after the other", async () => {
    const seen: string[] = [];
    const link = served(async ({ kind }) => {
      seen.push(`${kind} begins`);
      await Promise.resolve();
      seen.push(`${kind} ends`);
      return { body: {} };
    });
    await Promise.all(["a", "b"].map((kind) => link.ask(kind, {})));
    expect(seen).to.deep.equal(["a begins", "a ends", "b begins", "b ends"]);
    link.end();
    await link.ended;
  });

  it("gives a part's whole buffer away where it is told so, and else copies what is a part of more", async () => {
    for (const given of [true, false]) {
      const part = new Uint8Array(new ArrayBuffer(80), 8, 40).fill(7);
      const link = served(() => ({ body: {}, parts: [part], given }));
      const [answered] = (await link.ask("k", {})).parts;
      expect([...answered!]).to.deep.equal([...new Uint8Array(40).fill(7)]);
      expect(part.buffer.byteLength).to.equal(given ? 0 : 80);
      link.end();
      await link.ended;
    }
  });

  it("says no more than BUG of what it did not foresee", async () => {
    const link = served(() => Promise.reject(new Error("secret")));
    const error = await link.ask("k", {}).then(
      () => undefined,
      (failure: unknown) => failure as SandboxFailure,
    );
    expect(error?.code).to.equal("BUG");
    expect(error?.message).to.not.contain("secret");
    expect(error?.sealed).to.deep.equal([]);
    link.end();
    await link.ended;
  });
});
