/** One broker as the coordinator holds it: started, told its policy, and asked. */

import { toBase64url } from "../crypto/bytes.ts";
import type { Json } from "../data/canonical.ts";
import { type Message, partAt } from "../sandbox/message.ts";
import type { SandboxLink } from "../sandbox/sandbox.ts";
import type { PartyLink } from "./attendant.ts";

/** Who a broker is, and what it says of its memory. */
export interface Standing {
  /** Its signing key, in base64url, as requests name it. */
  readonly key: string;
  /** Those of the brokers whose memory it has. */
  readonly lineage: readonly string[];
  /** Parties whose shares it has while it waits for more; undefined when it waits for none. */
  readonly given: readonly string[] | undefined;
}

export class BrokerPost implements PartyLink {
  readonly link: SandboxLink;

  constructor(link: SandboxLink) {
    this.link = link;
  }

  /** @throws {SealfoldError} the broker's own code, or what it died of */
  ask(
    kind: string,
    body: { readonly [field: string]: Json } = {},
    parts: readonly Uint8Array[] = [],
  ): Promise<Message> {
    return this.link.ask(kind, body, parts);
  }

  async standing(): Promise<Standing> {
    const { body } = await this.ask("standing");
    const texts = (name: string): readonly string[] => body.list(name).map(String);
    return { key: body.text("key"), lineage: texts("lineage"), given: body.has("given") ? texts("given") : undefined };
  }

  /** @returns its memory, sealed for a successor; nothing where the policy has no recovery */
  async state(): Promise<Uint8Array | undefined> {
    return (await this.ask("state")).parts[0];
  }

  async attest(nonce: Uint8Array): Promise<string> {
    return (await this.ask("attest", { nonce: toBase64url(nonce) })).body.text("evidence");
  }

  async openChannel(message: Uint8Array): Promise<{ readonly channel: number; readonly message: Uint8Array }> {
    const answer = await this.ask("open", {}, [message]);
    return { channel: answer.body.integer("channel"), message: partAt(answer, 0) };
  }

  async say(channel: number, message: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.ask("say", { channel }, [message])).parts[0];
  }
}
