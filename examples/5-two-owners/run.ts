// Two companies, their union and a host, each with a key of its own, here in one process.
import { buildProgram, Coordinator, openResult, Output, Party, records, SigningKey, ThreadFleet } from "sealfold";

import { payPolicy } from "./policy.ts";

const key = (): SigningKey => SigningKey.generate();
const keys = { north: key(), south: key(), union: key(), host: key() };
const program = await buildProgram(new URL("./mean-pay.ts", import.meta.url));
const fleet = await ThreadFleet.open({ platformKey: keys.host, memoryMiB: 256, threads: 5 });
try {
  const policy = payPolicy(keys, program, fleet.measurement);
  const north = new Party("north", policy, keys.north);
  const south = new Party("south", policy, keys.south);
  const union = new Party("union", policy, keys.union);
  const host = new Party("host", policy, keys.host);
  const signatures = [north, south, union, host].map((party) => party.signPolicy());
  const coordinator = await Coordinator.open({ policy, signatures, program: program.bytes, fleet });

  const welders = (...pay: number[]) => pay.map((euros) => ({ job: "welder", euros }));
  const ours = await north.seal(
    "north",
    records([...welders(4100, 4300), { job: "director", euros: 19500 }]),
    coordinator,
  );
  await north.provision(ours, coordinator); // checks the broker's evidence, then hands it the data key
  const theirs = await south.seal("south", records(welders(3700, 4000)), coordinator);
  await south.provision(theirs, coordinator);

  const request = await union.request(coordinator);
  const result = await coordinator.run({ requests: [request.signed], mappers: 2, partitions: 2 });
  const { outputs, summary } = openResult(request, result); // verifies the receipt, then opens
  console.log(Output.fromPartitions<number>(outputs.get("means") ?? []).toMap());
  console.log(`${summary.sandboxes.length} sandboxes attested; owners: ${summary.owners.join(", ")}`);
} finally {
  await fleet.close();
}
