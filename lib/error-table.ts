/** Every code that sealfold fails with: its exit status, what it says, and what to do next. README shows this table. */

/** A line of the table: the command's exit status, what the code says, and what to do next. */
export interface ErrorLine {
  readonly exit: number;
  readonly says: string;
  readonly next: string;
}

/** What each code means and what to do next. `exit` is the status with which the command ends. */
export const errorTable = {
  BUG: {
    exit: 1,
    says: "sealfold itself is wrong",
    next: "run again with SEALFOLD_DEBUG=1, and report what is printed then",
  },
  SANDBOX_DIED: {
    exit: 1,
    says: "a sandbox ended before its work",
    next: "run again; if it repeats, lower the load or raise limits.memoryMiB",
  },
  MESSAGE_FORMAT: {
    exit: 1,
    says: "a message across a sandbox's wall is malformed",
    next: "the host sent or received something sealfold never says; do not trust this host",
  },

  USAGE: { exit: 2, says: "the command line is wrong", next: "see sealfold --help" },

  POLICY_FORMAT: {
    exit: 3,
    says: "the policy is not canonical JSON within its bounds",
    next: "write the `bytes` of what makePolicy() gives, and send them unchanged",
  },
  POLICY_FIELD: {
    exit: 3,
    says: "the policy has a field that is unknown, missing or of the wrong kind",
    next: "correct the named field",
  },
  POLICY_VALUE: { exit: 3, says: "the policy contradicts itself", next: "correct the named field" },
  POLICY_SIGNATURE: {
    exit: 3,
    says: "a party's signature on the policy is missing or wrong",
    next: "have the named party sign this very policy",
  },
  POLICY_TIME: {
    exit: 3,
    says: "the policy is not in force now",
    next: "check the clock, or agree on a policy for this time",
  },

  EVIDENCE_FORMAT: {
    exit: 4,
    says: "the evidence is not a well-formed EAT",
    next: "do not trust the sandbox that sent it",
  },
  EVIDENCE_SIGNATURE: {
    exit: 4,
    says: "the evidence or its platform's quote is not signed by whom it says",
    next: "do not trust the sandbox that sent it",
  },
  EVIDENCE_PLATFORM: {
    exit: 4,
    says: "the policy does not accept this attestation platform",
    next: "name the platform in the policy's runtime, or use another host",
  },
  EVIDENCE_MEASUREMENT: {
    exit: 4,
    says: "the sandbox runs code that the policy does not name",
    next: "compare `sealfold program measure` and the runtime measurement with the policy",
  },
  EVIDENCE_ROLE: {
    exit: 4,
    says: "the sandbox attests another role than it is used in",
    next: "do not trust this host",
  },
  EVIDENCE_NONCE: {
    exit: 4,
    says: "the evidence does not answer this challenge",
    next: "ask for evidence again with a new nonce",
  },
  EVIDENCE_TIME: {
    exit: 4,
    says: "the evidence is too old or from the future",
    next: "check the clock, and ask for evidence again",
  },
  EVIDENCE_DEBUG: { exit: 4, says: "the sandbox can be debugged", next: "run it without a debugger attached" },
  EVIDENCE_BINDING: {
    exit: 4,
    says: "the evidence is for another policy, program or job",
    next: "do not trust this host",
  },

  CHANNEL_HANDSHAKE: {
    exit: 5,
    says: "a channel's handshake failed",
    next: "do not trust whoever answers; start again with fresh evidence",
  },
  CHANNEL_MESSAGE: {
    exit: 5,
    says: "a message on a channel was altered, repeated, reordered or cut",
    next: "do not trust what carries the messages",
  },
  CHUNK_ALTERED: {
    exit: 5,
    says: "a sealed chunk is not the one its owner committed to",
    next: "send the owner's chunks unchanged and in their places",
  },
  BATCH_ALTERED: {
    exit: 5,
    says: "sealed map output is not the one its manifest names",
    next: "do not trust what carries or stores map outputs",
  },
  COMMITMENT: {
    exit: 5,
    says: "an owner's signed commitment is missing, wrong or does not match the chunks",
    next: "ask the named owner to commit again",
  },
  EPOCH_STALE: {
    exit: 5,
    says: "an owner's data is older than data seen before",
    next: "use the owner's latest commitment",
  },
  REQUEST: {
    exit: 5,
    says: "a receiver's signed request is missing or wrong",
    next: "ask the named receiver for a new request",
  },
  PLAN: {
    exit: 5,
    says: "the plan does not cover every committed chunk exactly once",
    next: "do not trust this coordinator",
  },
  MANIFEST_FORMAT: { exit: 5, says: "a manifest is malformed", next: "do not trust what carries manifests" },
  MANIFEST_SIGNATURE: {
    exit: 5,
    says: "a manifest is not signed by an attested sandbox of this job in the right role",
    next: "do not trust this coordinator",
  },
  MANIFEST_JOB: { exit: 5, says: "a manifest belongs to another job", next: "do not trust this coordinator" },
  MANIFEST_SLOT: {
    exit: 5,
    says: "a manifest stands in the wrong place, twice or not at all",
    next: "do not trust this coordinator",
  },
  MANIFEST_INPUTS: {
    exit: 5,
    says: "a manifest's inputs are not the chunks of its task",
    next: "do not trust this coordinator",
  },
  COMMIT_SET: {
    exit: 5,
    says: "reducers worked on different sets of map outputs",
    next: "do not trust this coordinator",
  },
  NARROWING: {
    exit: 5,
    says: "reducers were told different narrowings of the policy",
    next: "do not trust this coordinator",
  },
  COUNTS: { exit: 5, says: "records sent and records received differ", next: "do not trust this coordinator" },
  OUTPUT_ALTERED: {
    exit: 5,
    says: "a sealed result was altered, cut, swapped or sent to somebody else",
    next: "ask for the result again; the receipt says what it must be",
  },
  RECEIPT_FORMAT: { exit: 5, says: "the receipt is malformed", next: "ask for the receipt again" },
  RECEIPT_POLICY: {
    exit: 5,
    says: "the receipt is for another policy",
    next: "verify it against the policy you signed",
  },
  RECEIPT_NONCE: {
    exit: 5,
    says: "the receipt does not answer your request",
    next: "an old receipt is shown again; do not accept it",
  },
  RECEIPT_FINAL: {
    exit: 5,
    says: "the receipt's parts do not add up to its final manifest",
    next: "do not accept the result",
  },
  RECOVERY_SHARE: {
    exit: 5,
    says: "a share is not the one that the broker gave to this party",
    next: "hand over the share that was kept last for this policy",
  },
  BROKER_STATE: {
    exit: 5,
    says: "what a broker left behind was forged or altered, or is of another policy",
    next: "do not trust what carries or stores it; owners and receivers can begin anew with the new broker",
  },
  BUDGET_ROLLED_BACK: {
    exit: 5,
    says: "the release ledger does not extend the one seen before",
    next: "do not accept the result; the broker was set back",
  },

  DENIED_CAP: { exit: 6, says: "the policy allows no more of these", next: "ask for less, or agree on another policy" },
  DENIED_CAPABILITY: {
    exit: 6,
    says: "the program needs a capability that the policy does not grant",
    next: "agree on a policy that names it in capabilities, or take it out of the program's needs",
  },
  DENIED_PARTY: { exit: 6, says: "the policy does not let this party do this", next: "agree on another policy" },
  DENIED_RELEASE: {
    exit: 6,
    says: "the broker does not release this result",
    next: "a query is released once, and within the policy's number of releases",
  },
  DENIED_NARROWED: {
    exit: 6,
    says: "the program took this result away from its receiver",
    next: "see the receipt's narrowing, and ask the program's provider what the result depends on",
  },

  PROGRAM_BUILD: { exit: 7, says: "the program does not compile", next: "correct the named line" },
  PROGRAM_EXPORT: {
    exit: 7,
    says: "the file has no usable default export",
    next: "write: export default program(import.meta.url, { map, reduce })",
  },
  PROGRAM_IMPORT: {
    exit: 7,
    says: "a program may import sealfold/program, its own files and plain packages only",
    next: "move what needs Node or sealfold itself out of the program's file",
  },
  PROGRAM_REFUSED: {
    exit: 7,
    says: "a program's syntax, or a module's import or export, is not allowed",
    next: "correct what is named; `sealfold program check` finds it before a run",
  },
  PROGRAM_MEASUREMENT: {
    exit: 7,
    says: "the program's bytes are not those that the policy names",
    next: "compare `sealfold program measure` with the policy",
  },
  PROGRAM_THREW: {
    exit: 7,
    says: "the program threw",
    next: "find it with sealfold run --local, which shows the stack",
  },
  PROGRAM_VALUE: {
    exit: 7,
    says: "the program emitted a key or value that is not data",
    next: "emit strings, finite numbers, booleans, null, and arrays or plain objects of these; keys are strings, numbers, booleans or arrays of these",
  },

  LIMIT_TIME: {
    exit: 8,
    says: "a task took longer than the policy allows",
    next: "look for an endless loop, or raise limits.taskSeconds",
  },
  LIMIT_MEMORY: {
    exit: 8,
    says: "a sandbox used more memory than the policy allows",
    next: "use smaller tasks, or raise limits.memoryMiB",
  },
  LIMIT_RECORD: {
    exit: 8,
    says: "a record is larger than the policy allows",
    next: "cut the record, or raise limits.recordBytes",
  },
  LIMIT_KEY: {
    exit: 8,
    says: "a key is larger than the policy allows",
    next: "emit shorter keys, or raise limits.keyBytes",
  },
  LIMIT_VALUE: {
    exit: 8,
    says: "a value is larger than the policy allows",
    next: "emit smaller values, or raise limits.valueBytes",
  },
  LIMIT_OUTPUT: {
    exit: 8,
    says: "more was emitted than the policy allows",
    next: "emit less, or raise limits.outputMiB",
  },
  LIMIT_INPUT: {
    exit: 8,
    says: "an input is larger than the policy allows",
    next: "send less, or raise the input's maxChunks",
  },

  DATA_FILE: {
    exit: 65,
    says: "a file is missing, or cannot be read or written",
    next: "check the name, the rights and the room on the disk",
  },
  DATA_CHANGED: {
    exit: 65,
    says: "a file was changed while its records were in use",
    next: "run it again when nobody writes to the file",
  },
  DATA_EMPTY: { exit: 65, says: "there is nothing to read", next: "check that the inputs hold records" },
  DATA_ENCODING: {
    exit: 65,
    says: "an input is not valid UTF-8",
    next: "convert it (iconv -t UTF-8), or read it with bytes()",
  },
  DATA_FORMAT: {
    exit: 65,
    says: "an input is not of the format that the policy names, or that the program reads",
    next: "read it with the reader and the columns that the policy names; with lines() where the program reads text",
  },
  DATA_RECORD: { exit: 65, says: "a record is malformed", next: "correct the record at the named place" },

  STATE_FORMAT: { exit: 65, says: "the state directory is not this job's", next: "name this job's, or a new one" },
  STATE_DAMAGED: { exit: 65, says: "the state directory is damaged", next: "remove it, and start the job anew" },
  STATE_IN_USE: { exit: 75, says: "another process uses this state directory", next: "wait until it has ended" },

  CHANNEL_CLOSED: {
    exit: 75,
    says: "the broker does not keep this channel any more",
    next: "try again; if it repeats, somebody floods the broker with handshakes, or the host hides its answers",
  },
  NOT_READY: {
    exit: 75,
    says: "something that the job needs is not there yet",
    next: "try again when the named party has done its part",
  },
  BROKER_LOST: {
    exit: 75,
    says: "the broker died, and its successor lacks what the named parties have",
    next: "have the named parties connect and do what is said, then run again",
  },
  CANCELLED: { exit: 130, says: "the job was stopped", next: "start it again when you like" },
} as const;

/** Every condition has one of these codes. */
export type ErrorCode = keyof typeof errorTable;
