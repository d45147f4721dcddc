/**
 * The defences of a job on a host that fails, floods or cheats: that what is announced is bounded before it is taken, that
 * nobody can push others out, that nothing grows with the input, and that nothing of another job, sandbox or attempt passes.
 */

import type { RowBy } from "./row.ts";

const channels = "lib/sandbox/roles/party-channels.ts";
const broker = "lib/sandbox/roles/broker.ts";
const frames = "lib/sandbox/process/frames.ts";
const commitSet = "lib/proof/commit-set.ts";
const members = "lib/sandbox/roles/job-members.ts";
const stage = "lib/coordinator/stage.ts";
const retry = "lib/coordinator/retry.ts";
const spill = "lib/coordinator/spill-store.ts";
const recovery = "lib/sandbox/roles/recovery.ts";
const partyRequests = "lib/sandbox/roles/party-requests.ts";
const transfer = "lib/proof/transfer.ts";

const successors = "test/claims/successors.test.ts";
const mapOutputs = "test/claims/map-outputs.test.ts";
const sandboxes = "test/claims/sandboxes.test.ts";
const sizes = "test/claims/sizes.test.ts";
const endless = "test/claims/endless.test.ts";
const channelTests = "test/sandbox/roles/party-channels.test.ts";
const stageTests = "test/coordinator/stage.test.ts";
const stragglers = "test/claims/stragglers.test.ts";
const stopping = "test/coordinator/stopping.test.ts";
const storeTests = "test/coordinator/spill-store.test.ts test/coordinator/free-space.test.ts";

export const failureRows: readonly RowBy[] = [
  // what is announced
  [
    "a frame's parts are counted before there is room for them",
    frames,
    "if (count > mostParts) throw",
    "if (false) throw",
    sizes,
  ],
  [
    "a frame to a process is bounded too",
    frames,
    "maxFrameBytes: number = 2 ** 31 + 2 ** 27",
    "maxFrameBytes: number = Infinity",
    sizes,
  ],
  [
    "a policy is bounded before it is copied",
    "lib/policy/policy.ts",
    "bytes.subarray(0, policyBytes + 1)",
    "bytes",
    sizes,
  ],
  [
    "a long message is bounded before it is opened",
    "lib/channel/transport.ts",
    "|| length > maxBytes) throw",
    ") throw",
    sizes,
  ],
  [
    "a stream's length is bounded by what is there",
    "lib/data/_blocks.ts",
    "if (end > padded.length || !isZero",
    "if (!isZero",
    sizes,
  ],
  // floods
  ["handshakes that nobody ends are bounded", channels, "this.#handshakes.size >= maxHandshakes", "false", endless],
  ["a party's channels are bounded", channels, "own.length >= maxChannels", "false", channelTests],
  ["a party pushes out its own channels alone", channels, "party === channel.party", "true", endless],
  ["jobs are bounded", broker, "this.#jobs.size >= maxJobs", "false", endless],
  ["a job at work does not give way", broker, "if (!job.isAtWork) return id;", "return id;", endless],
  [
    "challenges are bounded",
    "lib/sandbox/roles/job-members.ts",
    "this.#challenges.size >= maxChallenges",
    "false",
    endless,
  ],
  ["a party begins again when it was pushed out", "lib/party/party.ts", "left === 0 ||", "true ||", endless],
  // what grows
  [
    "sealing waits for the store",
    "lib/coordinator/coordinator.ts",
    "    await this.#store.put(name, sealed, { unkept });",
    "    void this.#store.put(name, sealed, { unkept });",
    "test/coordinator/bounded.test.ts",
  ],
  [
    "mapping waits for the store",
    "lib/coordinator/job.ts",
    "      await store.put(name, partAt(answer, i));",
    "      void store.put(name, partAt(answer, i));",
    "test/coordinator/bounded.test.ts",
  ],
  [
    "reducing waits for the reducer",
    "lib/coordinator/partition-cells.ts",
    'await link.ask("cell", {}, sealed, options);',
    'void link.ask("cell", {}, sealed, options);',
    "test/coordinator/bounded.test.ts",
  ],
  [
    "a pipe is waited for",
    frames,
    "if (!this.#pipe.writableNeedDrain) return;",
    "return;",
    "test/sandbox/process/frames.test.ts",
  ],
  [
    "a task's chunks are bounded in bytes",
    "lib/proof/plan.ts",
    "Math.floor(maxTaskBytes / (chunkBytes?.get(input) ?? 1))",
    "Math.floor(maxTaskBytes / 1)",
    "test/proof/plan.test.ts",
  ],
  [
    "a chunk that no input may have is not kept",
    "lib/coordinator/coordinator.ts",
    "index < declared.maxChunks) return declared;",
    "index < Infinity) return declared;",
    "test/coordinator/coordinator.test.ts",
  ],
  // what lies on the disk
  [
    "what does not fit into memory is spilled",
    spill,
    "const fits = held + bytes.length <= this.#memoryBytes;",
    "const fits = true;",
    storeTests,
  ],
  [
    "calls on the store take effect one after the other",
    spill,
    "this.#turn = done.catch(() => undefined);",
    "",
    storeTests,
  ],
  [
    "the temporary file loses its name",
    "lib/coordinator/temporary-file.ts",
    "await rm(path).then(",
    "await Promise.reject(new Error()).then(",
    storeTests,
  ],
  // what is shown to whom
  [
    "a manifest is of its own job",
    commitSet,
    "if (!equalBytes(fromBase64url(named, 32), jobId)) throw",
    "if (false) throw",
    mapOutputs,
  ],
  [
    "all partitions are of one commit set",
    commitSet,
    "if (document.commitSet !== toBase64url(commitSet)) throw",
    "if (false) throw",
    mapOutputs,
  ],
  [
    "a runtime is one that the policy names",
    "lib/identity/appraise.ts",
    "if (!acceptsMeasurement(policy, statement.measurement)) throw",
    "if (false) throw",
    sandboxes,
  ],
  ["a challenge is answered once", members, "this.#challenges.delete(toHex(asked));", "", sandboxes],
  [
    "sandboxes are no more than the policy allows",
    members,
    "expectSandboxes(this.#policy, role, alive.length + 1);",
    "",
    sandboxes,
  ],
  [
    "a slow reader of events loses the oldest",
    "lib/coordinator/event-buffer.ts",
    "if (this.#events.length <= this.#most) return;",
    "return;",
    "test/coordinator/event-buffer.test.ts",
  ],
  // what is signed
  [
    "nothing verifies under a key of small order",
    "lib/crypto/signature.ts",
    "|| isSmallOrder(key)) return false;",
    ") return false;",
    "test/crypto/signature.test.ts",
  ],
  [
    "no key of small order is taken",
    "lib/crypto/signature.ts",
    "if (isSmallOrder(bytes)) throw",
    "if (false) throw",
    "test/crypto/signature.test.ts",
  ],
  [
    "no key is taken that is not a point",
    "lib/crypto/signature.ts",
    "if (!isPoint(bytes)) throw",
    "if (false) throw",
    "test/crypto/signature.test.ts",
  ],
  [
    "a point has one spelling",
    "lib/crypto/edwards-point.ts",
    "if (y >= p) return false;",
    "",
    "test/crypto/edwards-point.test.ts",
  ],
  [
    "a point has an x",
    "lib/crypto/edwards-point.ts",
    "return power === 1n;",
    "return power !== 0n;",
    "test/crypto/edwards-point.test.ts",
  ],
  // who dies, hangs or is slow
  [
    "an item is committed once",
    stage,
    "if (item.done || this.#failed !== undefined) return",
    "if (false) return",
    stageTests,
  ],
  [
    "rivals of what is committed are ended",
    stage,
    "for (const rival of this.#rivals(running)) rival.stop.abort();",
    "",
    stageTests,
  ],
  ["what failed twice goes to another slot", stage, "return failedIn === slot &&", "return false &&", stageTests],
  ["a task's sandboxes may die so often and no more", retry, "SANDBOX_DIED: 3", "SANDBOX_DIED: 1e9", stageTests],
  [
    "what a program did wrong is not tried again",
    retry,
    "|| error instanceof SandboxFailure) return",
    ") return",
    stageTests,
  ],
  [
    "a sandbox that hangs is ended",
    "lib/coordinator/timely-fleet.ts",
    "          link.end(reason);",
    "",
    "test/coordinator/timely-fleet.test.ts",
  ],
  [
    "nothing is left of an attempt that came too late",
    "lib/coordinator/job.ts",
    "discard: ({ manifest }) => this.#forget(this.#cellsOf(manifest))",
    "discard: () => Promise.resolve()",
    stragglers,
  ],
  ["what was warmed is ended with its job", "lib/coordinator/coordinator.ts", "      this.#endWarm();", "", stopping],
  [
    "skipped records are counted for the receivers",
    "lib/sandbox/roles/check-counts.ts",
    "skipped: skippedRecords,",
    "skipped: 0,",
    "test/sandbox/roles/check-counts.test.ts",
  ],
  // a broker's successors
  [
    "a memory is what its broker signed",
    recovery,
    "if (toBase64url(sha256(plain)) !== document.memory) {",
    "if (false) {",
    successors,
  ],
  ["a broker takes one state", recovery, "|| memory.lineage.length > 0)", ")", successors],
  ["a broker that was provisioned takes no state", recovery, "if (!memory.untouched ||", "if (", successors],
  [
    "whoever provisions a broker ends its recovery",
    partyRequests,
    "this.#recovery.giveUp();\n    this.#broker.memory.keepDataKey(",
    "this.#broker.memory.keepDataKey(",
    successors,
  ],
  ["a job ends a broker's recovery", broker, "this.#recovery.giveUp();", "", successors],
  [
    "a state extends what parties know of",
    recovery,
    "for (const head of heads) memory.ledger.expectExtends(head);",
    "",
    successors,
  ],
  ["a request is moved to this very broker", transfer, "|| transfer.document.broker !== own)", ")", successors],
  ["a request that is moved is of this broker's line", transfer, "|| !before.includes(broker) ||", "||", successors],
  [
    "sandboxes are let in by a predecessor",
    "lib/proof/admission.ts",
    "if (!brokers.some(",
    "if (false && !brokers.some(",
    successors,
  ],
  [
    "sandboxes are let into this very job",
    "lib/proof/admission.ts",
    "|| jobId !== toBase64url(job.jobId)",
    "",
    successors,
  ],
  ["what was opened is closed", "lib/party/open-result.ts", "request.answered();", "", successors],
];
