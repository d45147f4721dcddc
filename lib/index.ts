/** sealfold: privacy-preserving map-reduce. What is exported here is the API; programs import `sealfold/program`. */

export { Coordinator, type CoordinatorOptions, type RunOptions, type SealedResult } from "./coordinator/coordinator.ts";
export type { JobEvent, JobListener } from "./coordinator/events.ts";
export { MemoryStore, type Store } from "./coordinator/store.ts";
export { SigningKey } from "./crypto/signature.ts";
export { asInput, type Input, type InputSource, records } from "./data/input.ts";
export { bytes } from "./data/read-bytes.ts";
export { csv } from "./data/read-csv.ts";
export { jsonl } from "./data/read-json.ts";
export { lines } from "./data/read-lines.ts";
export { type ErrorCode, errorTable, SealfoldError } from "./errors.ts";
export { mapReduce, type MapReduceOptions, type MapReduceResult } from "./map-reduce.ts";
export { Output } from "./output.ts";
export { openResult, type OpenedResult, type OpenOptions } from "./party/open-result.ts";
export { Party, type PartyOptions, type Dataset, type SealOptions } from "./party/party.ts";
export { ResultRequest } from "./party/result-request.ts";
export { type DraftOptions, draftPolicy } from "./policy/draft.ts";
export { explainPolicy } from "./policy/explain.ts";
export type { Limits } from "./policy/limits.ts";
export { makePolicy, parsePolicy, type Policy, type PolicyDocument } from "./policy/policy.ts";
export { type PolicySignature, signPolicy, verifyPolicySignatures } from "./policy/sign.ts";
export { type BuiltProgram, buildProgram } from "./program/bundle.ts";
export type { ProgressListener, ProgressStep, Stage } from "./progress.ts";
export { parseReceipt, type Receipt } from "./proof/receipt.ts";
export { type ReceiptSummary, verifyReceipt } from "./proof/verify-receipt.ts";
export { type Fleet, ThreadFleet, type ThreadFleetOptions } from "./sandbox/fleet.ts";
export type { SandboxLink } from "./sandbox/sandbox.ts";
