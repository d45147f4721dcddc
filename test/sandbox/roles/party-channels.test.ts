import { expect } from "chai";

import { initiate } from "../../../lib/channel/handshake.ts";
import type { Transport } from "../../../lib/channel/transport.ts";
import { toBase64url, utf8 } from "../../../lib/crypto/bytes.ts";
import { ExchangeKey } from "../../../lib/crypto/exchange.ts";
import { systemRandom } from "../../../lib/crypto/random.ts";
import { SigningKey } from "../../../lib/crypto/signature.ts";
import { partyKeyContext, partyPrologue } from "../../../lib/identity/channel-binding.ts";
import { draftNames, draftPolicy } from "../../../lib/policy/draft.ts";
import { makePolicy } from "../../../lib/policy/policy.ts";
import { encodeMessage, type Message, parseMessage } from "../../../lib/sandbox/message.ts";
import { BrokerMemory } from "../../../lib/sandbox/roles/broker-memory.ts";
import type { BrokerState } from "../../../lib/sandbox/roles/broker-state.ts";
import { PartyChannels } from "../../../lib/sandbox/roles/party-channels.ts";
import { PartyRequests } from "../../../lib/sandbox/roles/party-requests.ts";
import { Recovery } from "../../../lib/sandbox/roles/recovery.ts";
import { codeOf } from "../_code-of.ts";

const ownerKey = SigningKey.fromSeed(new Uint8Array(32).fill(1));
const policy = makePolicy(
  draftPolicy({
    key: ownerKey.publicKey,
    platformKey: ownerKey.publicKey,
    programMeasurement: new Uint8Array(32),
    runtimeMeasurement: new Uint8Array(32),
    format: { kind: "lines" },
    now: 1_700_000_000,
    capabilities: ["crypto"],
    keys: [
      { name: "mine", type: "hmac-sha256", source: { kind: "party", party: "you" } },
      { name: "job", type: "hmac-sha256", source: { kind: "job" } },
    ],
  }),
);
const owner = policy.document.host;
const dataKey = new Uint8Array(32).fill(7);

function messageOf(body: Record<string, string | number>, part: Uint8Array): Message {
  return parseMessage(encodeMessage(1, "k", body, [part]));
}

/** A broker's channels, and somebody at the other end of one. */
class Meeting {
  readonly channels: PartyChannels;
  readonly memory: BrokerMemory;
  readonly #brokerKey = ExchangeKey.generate();
  #channel = 0;

  constructor() {
    const memory = BrokerMemory.begin(1, systemRandom);
    const broker = { policy, channelKey: this.#brokerKey, random: systemRandom, memory } as unknown as BrokerState;
    this.memory = memory;
    this.channels = new PartyChannels(broker, new PartyRequests(broker, new Recovery(broker)).obey);
  }

  /** Carries a message, and says what came of it. */
  say(part: Uint8Array, channel = this.#channel): Promise<string> {
    return codeOf(() => this.channels.say(messageOf({ channel }, part)));
  }

  /** @returns message 3 with `credentials`, and the channel that it would open. */
  hello(credentials: (claim: Uint8Array) => unknown): { message3: Uint8Array; transport: Transport } {
    const staticKey = ExchangeKey.generate();
    const handshake = initiate({ pattern: "XX", prologue: partyPrologue(policy.hash), staticKey });
    const opened = this.channels.open(messageOf({}, handshake.writeMessage()));
    this.#channel = opened.body["channel"] as number;
    handshake.readMessage(opened.parts?.[0] as Uint8Array);
    const claim = partyKeyContext(policy.hash, owner, staticKey.publicKey, this.#brokerKey.publicKey);
    const message3 = handshake.writeMessage(utf8(JSON.stringify(credentials(claim))));
    return { message3, transport: handshake.finish() };
  }

  get channel(): number {
    return this.#channel;
  }
}

const honest = (claim: Uint8Array): unknown => ({ party: owner, signature: toBase64url(ownerKey.sign(claim)) });
const provision = (fields: Record<string, unknown> = {}): Uint8Array =>
  utf8(JSON.stringify({ kind: "provision", input: draftNames.input, epoch: 1, key: toBase64url(dataKey), ...fields }));

describe("sandbox/roles/party-channels", () => {
  it("take a data key from its owner, and from nobody's replay", async () => {
    const meeting = new Meeting();
    const { message3, transport } = meeting.hello(honest);
    expect(await meeting.say(message3)).to.equal("none");
    const request = transport.send(provision());
    expect(await meeting.say(request)).to.equal("none");
    expect(meeting.memory.dataKey(owner, draftNames.input, 1)).to.deep.equal(dataKey);
    expect(meeting.memory.dataKey(owner, draftNames.input, 2)).to.equal(undefined);
    expect(await meeting.say(request)).to.equal("CHANNEL_MESSAGE");
    expect(await meeting.say(message3)).to.equal("CHANNEL_MESSAGE");
  });

  it("are not disturbed by noise: the right message is still read after it", async () => {
    const meeting = new Meeting();
    const { message3, transport } = meeting.hello(honest);
    for (const noise of [new Uint8Array(), new Uint8Array(200), message3.subarray(1)]) {
      expect(await meeting.say(noise)).to.equal("CHANNEL_HANDSHAKE");
    }
    expect(await meeting.say(message3)).to.equal("none");
    const request = transport.send(provision());
    expect(await meeting.say(new Uint8Array(100))).to.equal("CHANNEL_MESSAGE");
    expect(await meeting.say(request)).to.equal("none");
  });

  const stranger = SigningKey.fromSeed(new Uint8Array(32).fill(2));
  for (const [what, code, credentials] of [
    ["a stranger's signature", "CHANNEL_HANDSHAKE", (claim) => ({ party: owner, signature: sign(stranger, claim) })],
    [
      "a signature of something else",
      "CHANNEL_HANDSHAKE",
      () => ({ party: owner, signature: sign(ownerKey, dataKey) }),
    ],
    ["a party that the policy does not name", "DENIED_PARTY", () => ({ party: "eve", signature: "" })],
    ["a party that cannot be spelt", "DENIED_PARTY", () => ({ party: "\ud800", signature: "" })],
    ["no signature", "MESSAGE_FORMAT", () => ({ party: owner })],
    ["a signature of another length", "MESSAGE_FORMAT", () => ({ party: owner, signature: "AAAA" })],
    ["no object at all", "MESSAGE_FORMAT", () => null],
  ] as [string, string, (claim: Uint8Array) => unknown][]) {
    it(`are closed to ${what}, and there is no second try`, async () => {
      const meeting = new Meeting();
      const { message3, transport } = meeting.hello(credentials);
      expect(await meeting.say(message3)).to.equal(code);
      expect(await meeting.say(message3)).to.equal("CHANNEL_CLOSED");
      expect(await meeting.say(transport.send(provision()))).to.equal("CHANNEL_CLOSED");
      expect(meeting.memory.dataKey(owner, draftNames.input, 1)).to.equal(undefined);
    });
  }

  for (const [what, code, fields] of [
    ["for an input that is not the party's", "DENIED_PARTY", { input: "other" }],
    ["that is no key", "MESSAGE_FORMAT", { key: "AAAA" }],
    ["for an epoch before the first", "MESSAGE_FORMAT", { epoch: -1 }],
    ["under another verb", "MESSAGE_FORMAT", { kind: "forget" }],
  ] as const) {
    it(`refuse a data key ${what}, and go on`, async () => {
      const meeting = new Meeting();
      const { message3, transport } = meeting.hello(honest);
      await meeting.say(message3);
      expect(await meeting.say(transport.send(provision(fields)))).to.equal(code);
      expect(await meeting.say(transport.send(provision()))).to.equal("none");
    });
  }

  it("take a key for the program from the party that the policy names, and the last one counts", async () => {
    const meeting = new Meeting();
    const { message3, transport } = meeting.hello(honest);
    await meeting.say(message3);
    expect(meeting.memory.programKey("mine")).to.equal(undefined);
    for (const fill of [1, 2]) {
      const key = new Uint8Array(32).fill(fill);
      const fields = { kind: "provision key", name: "mine", key: toBase64url(key) };
      expect(await meeting.say(transport.send(provision(fields)))).to.equal("none");
      expect(meeting.memory.programKey("mine")).to.deep.equal(key);
    }
  });

  for (const [what, code, fields] of [
    ["that the broker makes by itself", "DENIED_PARTY", { name: "job" }],
    ["that the policy does not name", "DENIED_PARTY", { name: "other" }],
    ["of another length", "MESSAGE_FORMAT", { name: "mine", key: "AAAA" }],
    ["without a name", "MESSAGE_FORMAT", {}],
  ] as const) {
    it(`refuse a key for the program ${what}`, async () => {
      const meeting = new Meeting();
      const { message3, transport } = meeting.hello(honest);
      await meeting.say(message3);
      const request = provision({ kind: "provision key", ...fields });
      expect(await meeting.say(transport.send(request))).to.equal(code);
      for (const name of ["mine", "job", "other"]) expect(meeting.memory.programKey(name)).to.equal(undefined);
    });
  }

  it("are not opened by a key of small order", async () => {
    const meeting = new Meeting();
    const { channel } = meeting;
    expect(await codeOf(() => meeting.channels.open(messageOf({}, new Uint8Array(32))))).to.equal("CHANNEL_HANDSHAKE");
    expect(await meeting.say(new Uint8Array(100), channel + 1)).to.equal("CHANNEL_CLOSED");
  });

  it("are begun so many at once: the oldest handshake gives way", async () => {
    const meeting = new Meeting();
    const first = meeting.hello(honest);
    const { channel } = meeting;
    for (let i = 0; i < 255; i++) meeting.hello(() => null);
    expect(await meeting.say(new Uint8Array(), channel)).to.equal("CHANNEL_HANDSHAKE");
    meeting.hello(() => null);
    expect(await meeting.say(first.message3, channel)).to.equal("CHANNEL_CLOSED");
  });

  it("stay open to a party, whatever strangers begin", async () => {
    const meeting = new Meeting();
    const { message3, transport } = meeting.hello(honest);
    const { channel } = meeting;
    await meeting.say(message3);
    for (let i = 0; i < 300; i++) meeting.hello(() => null);
    expect(await meeting.say(transport.send(provision()), channel)).to.equal("none");
  });

  it("are four for each party: its own oldest gives way", async () => {
    const meeting = new Meeting();
    const open = async (): Promise<(request: Uint8Array) => Promise<string>> => {
      const { message3, transport } = meeting.hello(honest);
      const { channel } = meeting;
      expect(await meeting.say(message3)).to.equal("none");
      return (request) => meeting.say(transport.send(request), channel);
    };
    const first = await open();
    const second = await open();
    await open();
    await open();
    expect(await first(provision())).to.equal("none");
    await open();
    expect(await first(provision())).to.equal("CHANNEL_CLOSED");
    expect(await second(provision())).to.equal("none");
  });
});

function sign(key: SigningKey, claim: Uint8Array): string {
  return toBase64url(key.sign(claim));
}
