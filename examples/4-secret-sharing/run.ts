// Two of three shares give the secret, and to the heir alone; one share gives nothing to anybody.
import { buildProgram, Coordinator, openResult, Output, Party, records, SigningKey, ThreadFleet } from "sealfold";

import { type Keys, owners, vaultPolicy } from "./policy.ts";
import type { Share } from "./reconstruct.ts";
import { split } from "./split.ts";

const names = [...owners, "heir", "notary", "host"] as const;
const keys = Object.fromEntries(names.map((name) => [name, SigningKey.generate()])) as Keys;
const program = await buildProgram(new URL("./reconstruct.ts", import.meta.url));
const fleet = await ThreadFleet.open({ platformKey: keys.host, memoryMiB: 256, threads: 5 });
const policy = vaultPolicy(keys, program, fleet.measurement);
const parties = Object.fromEntries(names.map((name) => [name, new Party(name, policy, keys[name])]));
const signatures = Object.values(parties).map((party) => party.signPolicy());

async function openWith(title: string, shares: readonly Share[]): Promise<void> {
  const coordinator = await Coordinator.open({ policy, signatures, program: program.bytes, fleet });
  for (const [i, share] of shares.entries()) {
    const owner = parties[owners[i] ?? ""] as Party;
    await owner.provision(await owner.seal(owner.name, records([share]), coordinator), coordinator);
  }
  const receivers = [parties["heir"] as Party, parties["notary"] as Party];
  const requests = await Promise.all(receivers.map((party) => party.request(coordinator)));
  const result = await coordinator.run({ requests: requests.map(({ signed }) => signed), mappers: 2, partitions: 2 });
  for (const request of requests) {
    const secret = openResult(request, result).outputs.get("secret"); // undefined where the program left nothing
    const [found] = secret === undefined ? [] : [...Output.fromPartitions<number[]>(secret)];
    console.log(`${title}, ${request.receiver}: ${found ? Buffer.from(found[1]).toString() : "nothing"}`);
  }
  await coordinator.close();
}

const secret = new TextEncoder().encode("the vault opens with 4711");
const shares = split(secret, 3, { needed: 2, receivers: ["heir"] });
await openWith("two shares", shares.slice(0, 2));
await openWith("one share", shares.slice(0, 1));
await fleet.close();
