import { expect } from "chai";

import type { Store } from "../../lib/coordinator/store.ts";
import { toBase64url } from "../../lib/crypto/bytes.ts";
import { SigningKey } from "../../lib/crypto/signature.ts";
import { signManifest } from "../../lib/proof/manifest.ts";
import type { Message } from "../../lib/sandbox/message.ts";
import { type Asked, changed, codeUnder } from "./_world.ts";

type SignedManifest = { document: { task: number; attempt: string; certId: string; jobId: string }; signature: string };

/** Changes the commit set on its way to the reducers. */
function withManifests(change: (manifests: readonly SignedManifest[]) => readonly unknown[]) {
  return {
    ask: ({ kind, body, forward }: Asked) =>
      kind === "reduce" ? forward({ ...body, manifests: change(body["manifests"] as SignedManifest[]) }) : forward(),
  };
}

/** Changes sealed cells on their way out of the store. */
function withCells(change: (name: string, store: Store) => Promise<Uint8Array>) {
  return {
    get: (name: string, store: Store) => (/^cell\/.*\/[01]$/.test(name) ? change(name, store) : store.get(name)),
  };
}

describe("claims: what mappers wrote is what reducers read", () => {
  it("catches an altered batch", async () => {
    const cheat = withCells(async (name, store) => {
      const cell = Uint8Array.from(await store.get(name));
      cell[9] = (cell[9] ?? 0) ^ 1;
      return cell;
    });
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("catches a dropped batch", async () => {
    expect(await codeUnder({ cheat: withCells(async () => new Uint8Array()) })).to.equal("BATCH_ALTERED");
  });

  it("catches a batch that is sent twice", async () => {
    const cheat = withCells(async (name, store) => {
      const cell = await store.get(name);
      return Uint8Array.from(Buffer.concat([cell, cell]));
    });
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("catches one partition's cell in another's place", async () => {
    const cheat = withCells((name, store) =>
      store.get(name.endsWith("/0") ? name.replace(/0$/, "1") : name.replace(/1$/, "0")),
    );
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("catches cells of two tasks that changed places", async () => {
    const seen: string[] = [];
    const cheat = withCells((name, store) => {
      if (!seen.includes(name)) seen.push(name);
      const first = seen.find((other) => other.endsWith(name.slice(-2)) && other !== name);
      return store.get(first ?? name);
    });
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("catches map outputs that are kept from a reducer", async () => {
    const cheat = {
      ask: ({ kind, forward }: Asked) =>
        kind === "cell" ? Promise.resolve({ id: 0, kind: "ok", parts: [] } as never as Message) : forward(),
    };
    expect(await codeUnder({ cheat })).to.equal("BATCH_ALTERED");
  });

  it("refuses a commit set from which a manifest was dropped", async () => {
    expect(await codeUnder({ cheat: withManifests((all) => all.slice(1)) })).to.equal("MANIFEST_SLOT");
  });

  it("refuses a commit set in which a manifest stands twice", async () => {
    expect(await codeUnder({ cheat: withManifests(([first, , ...rest]) => [first, first, ...rest]) })).to.equal(
      "MANIFEST_SLOT",
    );
  });

  it("refuses a commit set in another order", async () => {
    expect(await codeUnder({ cheat: withManifests((all) => [...all].reverse()) })).to.equal("MANIFEST_SLOT");
  });

  it("refuses a manifest that was edited", async () => {
    const cheat = withManifests(([first, ...rest]) => [
      { ...first, document: { ...first?.document, attempt: toBase64url(new Uint8Array(16)) } },
      ...rest,
    ]);
    expect(await codeUnder({ cheat })).to.equal("MANIFEST_SIGNATURE");
  });

  it("refuses a manifest of an unattested key", async () => {
    const cheat = withManifests(([first, ...rest]) => [
      signManifest("map manifest", first?.document as never, SigningKey.generate()),
      ...rest,
    ]);
    expect(await codeUnder({ cheat })).to.equal("MANIFEST_SIGNATURE");
  });

  it("does not release when reducers were shown different attempts at one task", async () => {
    const fork = new Fork();
    expect(await codeUnder({ cheat: { ask: (asked) => fork.ask(asked) } })).to.equal("COMMIT_SET");
    expect(fork.shown).to.equal(true);
  });

  it("catches a mapper's answer that was replaced by another task's", async () => {
    let first: Message | undefined;
    const cheat = {
      ask: async ({ kind, forward }: Asked): Promise<Message> => {
        const answer = await forward();
        if (kind !== "map") return answer;
        first ??= answer;
        return changed(answer, { manifest: first.body.document("manifest") }, first.parts);
      },
    };
    expect(await codeUnder({ cheat })).to.equal("MANIFEST_SLOT");
  });
});

/** Has one task mapped twice, and shows reducer 1 the second attempt where reducer 0 saw the first. */
class Fork {
  shown = false;
  /** Who asked for each grant. */
  readonly #grants = new Map<Uint8Array, Asked>();
  #begun = false;
  #second:
    { readonly task: number; readonly manifest: SignedManifest; readonly parts: readonly Uint8Array[] } | undefined;
  #cells = 0;

  async ask(asked: Asked): Promise<Message> {
    if (asked.kind === "task") return this.#remember(asked);
    if (asked.kind === "map" && !this.#begun) return this.#mapTwice(asked);
    if (asked.link.role !== "reducer" || asked.link.index !== 1 || this.#second === undefined) return asked.forward();
    const { task, manifest, parts } = this.#second;
    if (asked.kind === "reduce") {
      const manifests = (asked.body["manifests"] as SignedManifest[]).map((one) =>
        one.document.task === task ? manifest : one,
      );
      this.shown = true;
      return asked.forward({ ...asked.body, manifests });
    }
    if (asked.kind === "cell" && this.#cells++ === task) return asked.forward(asked.body, parts.slice(2, 4));
    return asked.forward();
  }

  async #remember(asked: Asked): Promise<Message> {
    const answer = await asked.forward();
    this.#grants.set(answer.parts[0] as Uint8Array, asked);
    return answer;
  }

  async #mapTwice({ link, parts, forward }: Asked): Promise<Message> {
    this.#begun = true;
    const first = await forward();
    const { link: broker, body } = this.#grants.get(parts[0] as Uint8Array) as Asked;
    const grant = await broker.ask("task", body as never);
    const second = await link.ask("map", {}, [grant.parts[0] as Uint8Array, ...parts.slice(1)]);
    const manifest = second.body.document("manifest") as SignedManifest;
    this.#second = { task: manifest.document.task, manifest, parts: second.parts };
    return first;
  }
}
