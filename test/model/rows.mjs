/**
 * What is asked of the models, and what must be answered: "holds" (every reachable state was looked at), "violated"
 * (Spin found a run that breaks the claim) or "reached" (there is such a state, so that the claims are not empty).
 */

/** Worlds: constants that a model is compiled with. README.md says what each is for. */
const alone = {};
const inTurn = { IN_TURN: 1, FAILURES: 0 };
const successor = { OTHER: "BROKER", IN_TURN: 1, ANYBODY: 0 };
const handedDown = { OTHER: "SUCCESSOR", IN_TURN: 1, ANYBODY: 0, DUPLICATES: 0 };
const rivals = { REDUCERS: 2, FAILURES: 0 };
const otherPlan = { OTHER: "PLAN", ...inTurn };
const otherQuery = { OTHER: "QUERY", ...inTurn };
const calm = { ...inTurn };
const short = { ...successor, DUPLICATES: 0 };
const twoJobs = { JOBS: 2, CAME: 2 };
const oneSeat = { JOBS: 1, CAME: 2, SANDBOXES: 1 };
const twoRequests = { ASKED: 1, COMBINED: 1 };
const members = { MEMBERS: 2, COMBINED: 1 };
const colluding = { COLLUDE: 1 };
const oneReducer = { REDUCERS: 1 };

const commit = (world, answer, what) => ({ model: "commit.pml", world, answer, what });
const join = (world, answer, what) => ({ model: "join.pml", world, answer, what });
const recover = (world, answer, what) => ({ model: "recover.pml", world, answer, what });
const narrow = (world, answer, what) => ({ model: "narrow.pml", world, answer, what });

/** The protocol as it is. */
const protocol = [
  commit(alone, "holds", "commit: a sandbox or the broker dies, one duplicate"),
  commit(successor, "holds", "commit: a second broker, when the first dies or beside it"),
  commit(otherPlan, "holds", "commit: the query has a second job, of another plan"),
  commit(otherQuery, "holds", "commit: the receiver has a second query"),
  commit({ ...short, HANDED_AGAIN: 0 }, "holds", "commit: a second broker, owners hand their keys to one alone"),
  commit(rivals, "holds", "commit: two reducers of each partition at once"),
  commit(handedDown, "holds", "commit: a successor with the first broker's memory, when that dies or beside it"),
  join(twoJobs, "holds", "join: two mappers, two jobs, one dies"),
  join(oneSeat, "holds", "join: one mapper and its successor"),
  recover(twoRequests, "holds", "recover: two successors, two requests and one combined anew"),
  recover({ ...twoRequests, TELLS: 0 }, "holds", "recover: … the receiver keeps no share, and tells no head"),
  recover({ MEMBERS: 2, ASKED: 1 }, "holds", "recover: two sandboxes, admitted by whichever broker"),
  recover({ ...colluding, ASKED: 1 }, "holds", "recover: both recovery parties are the coordinator's"),
  recover({ ...colluding, ...members }, "holds", "recover: … and sandboxes are admitted"),
  narrow({}, "holds", "narrow: two reducers of each partition at once, one dies"),
].map((row) => ({ ...row, isLong: true }));

/** What the models found: before a request named its broker, and what a successor's ledger is and is not. */
const unnamed = { ...short, REQUEST_NAMES_BROKER: 0 };
const found = [
  commit({ ...unnamed, CLAIMS: "ONCE" }, "violated", "a request that names no broker: each broker releases it"),
  commit({ ...unnamed, CLAIMS: "NOTICED" }, "violated", "… and a receiver that kept the ledger's head does not notice"),
  commit({ ...unnamed, CLAIMS: "NOTICED", HEAD_NAMES_BROKER: 1 }, "holds", "… unless the head named its broker"),
  commit(short, "holds", "a request that names its broker: released once"),
  recover(
    { ...twoRequests, HEAD_BY_LINEAGE: 1 },
    "violated",
    "heads held against ledgers of their broker's line alone: a sibling's ledger lacks what was opened",
  ),
  recover({ ...twoRequests, CLAIMS: "FORKED" }, "violated", "brokers of one line answer a request more than once"),
  recover(
    { ...twoRequests, CLAIMS: "ONE_SECRET", OUT: "KEY+CLOSED+RENEWED" },
    "holds",
    "… from one secret, also where its receiver keeps all keys",
  ),
];

/** States that must be there. */
const reached = [
  [alone, "UNDISTURBED", "a receipt verifies"],
  [alone, "MAPPER_REPLACED", "… after a mapper died and its successor signed"],
  [alone, "REDUCER_REPLACED", "… after a reducer died"],
  [alone, "SECOND_ATTEMPT", "… over a duplicate, not the first attempt"],
  [short, "BY_SUCCESSOR", "… of a second broker, the first being dead"],
  [{ ...otherPlan, DUPLICATES: 0 }, "BY_OTHER", "… of the other plan"],
  [{ ...otherQuery, DUPLICATES: 0 }, "BOTH", "… of both queries"],
]
  .map(([world, state, what]) => commit({ ...world, REACH: state }, "reached", what))
  .concat([
    join({ ...twoJobs, REACH: "BOTH_JOINED" }, "reached", "both mappers have joined, and taken a grant"),
    commit(
      { ...rivals, REACH: "SPECULATED" },
      "reached",
      "a partition's second reducer is at work, its first one begins anew",
    ),
    commit(
      { ...handedDown, REACH: "HANDED_DOWN" },
      "reached",
      "map output from before the broker died, and from after",
    ),
    commit({ ...handedDown, REACH: "REDUCED_BEFORE" }, "reached", "… a reducer's, too"),
    join({ ...oneSeat, REACH: "REPLACED" }, "reached", "a mapper died, and its successor took a grant"),
    ...[
      [twoRequests, "BY_SUCCESSOR", "a successor releases, and its receiver opens"],
      [twoRequests, "BY_GRANDCHILD", "… the successor of a successor"],
      [twoRequests, "RELEASED_TWICE", "… what the first broker had released too: that opens for nobody"],
      [twoRequests, "BY_BOTH_FORKS", "two successors of one state: a request is opened of each"],
      [twoRequests, "BEGUN_ANEW", "a broker that was provisioned anew answers what was asked anew"],
      [{ ...members, MEMBERS: 1 }, "ADMITTED_BEFORE", "a successor releases the work of its predecessor's sandbox"],
    ].map(([world, state, what]) => recover({ ...world, REACH: state }, "reached", what)),
    narrow({ REACH: "RELEASED" }, "reached", "a narrowed job is released"),
    narrow({ REACH: "RELEASED_AFTER_DEATH" }, "reached", "… after a reducer died that held its result"),
    narrow({ REACH: "WRONGLY_SEALED" }, "reached", "… and a result is there that was sealed under less than the join"),
  ]);

/** Without a check: what others still hold, and where it is the last that does. */
const without = [
  [commit, alone, "MEASUREMENT", "violated", "code of the coordinator's is a mapper"],
  [commit, { ...calm, DUPLICATES: 0 }, "SIGNER", "holds", "a manifest by an unattested key: its counts do not open"],
  [commit, { ...calm, DUPLICATES: 0 }, "SIGNER+COUNTS", "violated", "… and now it is taken"],
  [commit, calm, "LENGTH", "violated", "a partition is left out"],
  [commit, { ...calm, DUPLICATES: 0 }, "SLOT", "holds", "one task twice: its inputs are another slot's"],
  [commit, { ...calm, DUPLICATES: 0 }, "SLOT+INPUTS", "holds", "… its leaves do not make the owner's root"],
  [commit, { ...calm, DUPLICATES: 0 }, "SLOT+LEAVES", "holds", "… its inputs are another slot's"],
  [commit, { ...calm, DUPLICATES: 0 }, "INPUTS+LEAVES", "holds", "… its slot is signed"],
  [
    commit,
    { ...calm, DUPLICATES: 0 },
    "SLOT+INPUTS+LEAVES",
    "violated",
    "… and now one task is dropped and one doubled",
  ],
  [commit, calm, "PARTITION", "violated", "partitions change places"],
  [commit, calm, "COMMIT_SET", "violated", "reducers are shown different attempts"],
  [commit, calm, "CELL_ORDER", "violated", "a cell is merged twice, in place of another"],
  [commit, calm, "CELL_ALL", "holds", "a cell is kept back: the counts tell"],
  [commit, calm, "CELL_ALL+COUNTS", "violated", "… and now they do not"],
  [commit, calm, "DIGEST", "violated", "a cell that the coordinator sealed itself"],
  [commit, { ...calm, PUBLIC_KEYS: 0 }, "DIGEST", "holds", "a cell of another attempt: it is under other names"],
  [commit, { ...calm, PUBLIC_KEYS: 0 }, "DIGEST+CELL_NAMES", "violated", "… and now it opens"],
  [commit, calm, "LEAF", "holds", "another chunk than the task's: it is under other names"],
  [commit, calm, "LEAF+CHUNK_NAMES", "violated", "… and now it opens"],
  [
    commit,
    { ...calm, DUPLICATES: 0 },
    "AT_REDUCER",
    "holds",
    "reducers believe any set: the broker and the receipt ask again",
  ],
  [commit, { ...calm, CLAIMS: "RELEASE" }, "AT_BROKER", "violated", "the broker asks nothing of manifests"],
  [commit, { ...calm, CLAIMS: "RECEIPT" }, "AT_BROKER", "holds", "… the receipt's reader asks again"],
  [commit, calm, "AT_RECEIPT", "holds", "the receipt's reader does not: the broker signed what it asked"],
  [commit, { ...calm, CLAIMS: "RECEIPT" }, "AT_BROKER+AT_RECEIPT", "violated", "… neither asks"],
  [commit, { ...calm, CLAIMS: "RECEIPT" }, "FINAL_SIGNER", "violated", "a final manifest of the coordinator's own"],
  [commit, calm, "FINAL_SET", "holds", "another commit set: the reduce manifests name theirs"],
  [commit, calm, "FINAL_REDUCE", "violated", "another reduce manifest of the same set: not what was released"],
  [commit, { ...calm, CLAIMS: "RECEIPT" }, "OUTPUT", "violated", "another partition's result"],
  [commit, calm, "LEDGER", "holds", "the same job again: it is known as released"],
  [commit, calm, "LEDGER+RELEASED", "violated", "… and now it is not"],
  [commit, { ...otherPlan, DUPLICATES: 0 }, "RELEASED", "holds", "the same query in another job: it is in the ledger"],
  [commit, { ...otherPlan, DUPLICATES: 0 }, "LEDGER", "violated", "… and now it is not"],
  [commit, { ...otherQuery, DUPLICATES: 0 }, "NONCE", "violated", "an old receipt for a new request"],
  [
    commit,
    { ...otherQuery, DUPLICATES: 0 },
    "FINAL_JOB",
    "holds",
    "another query's final manifest: its hashes name other manifests",
  ],
  [
    commit,
    { ...otherQuery, DUPLICATES: 0, CLAIMS: "RECEIPT" },
    "AT_RECEIPT+FINAL_JOB",
    "violated",
    "… and the reader compares nothing with the plan",
  ],
  [commit, { ...unnamed, CLAIMS: "NOTICED", HEAD_NAMES_BROKER: 1 }, "BUDGET", "violated", "the ledger is set back"],
  [join, twoJobs, "MEASUREMENT", "violated", "code of the coordinator's is admitted"],
  [join, twoJobs, "NONCE", "violated", "evidence that is older than the challenge"],
  [join, twoJobs, "CHALLENGE_ONCE", "violated", "evidence is shown again when its sandbox was retired"],
  [join, { ...twoJobs, CAME: 1 }, "EVIDENCE_JOB", "holds", "evidence for another job: the prologue names the job"],
  [join, { ...twoJobs, CAME: 1 }, "EVIDENCE_JOB+PROLOGUE", "violated", "… and now it joins"],
  [join, twoJobs, "PROLOGUE", "violated", "the two ends mean different evidence"],
  [join, twoJobs, "BROKER_NONCE", "violated", "the broker's evidence is not for this mapper"],
  [join, twoJobs, "ATTEST_ONCE", "violated", "one sandbox in two jobs"],
  [join, twoJobs, "JOIN_ONCE", "violated", "message 2 and the grants are shown again"],
  [join, twoJobs, "COUNTER", "violated", "a grant is shown again"],
  [join, twoJobs, "ENDED", "violated", "a retired sandbox asks for keys"],
  [join, oneSeat, "CAP", "violated", "more sandboxes than the policy allows"],
  [recover, twoRequests, "MEASUREMENT", "violated", "a share for the coordinator's own code"],
  [recover, { ASKED: 1 }, "STATE_SIGNED", "holds", "a state that nobody signed: its key is not the coordinator's"],
  [recover, { ...colluding, ...members }, "STATE_SIGNED", "violated", "… unless the recovery parties are"],
  [recover, twoRequests, "RECOVER_ONCE", "violated", "a second, older state"],
  [recover, twoRequests, "UNTOUCHED", "violated", "a state in place of what was done since"],
  [recover, twoRequests, "TOLD", "violated", "an older state than a party knows of"],
  [recover, twoRequests, "BUDGET", "violated", "… and than a receiver knows of"],
  [recover, twoRequests, "LINEAGE", "violated", "a request is moved to a broker that knows nothing of it"],
  [recover, twoRequests, "MOVED", "violated", "two brokers answer one request under one key"],
  [recover, twoRequests, "TRANSFER_BROKER", "violated", "two successors answer one request under one key"],
  [recover, twoRequests, "REQUEST_ONCE", "violated", "a request is answered again, with another receiver's"],
  [recover, twoRequests, "QUERY_ONCE", "holds", "a query again: its requests were answered"],
  [recover, twoRequests, "KEY", "violated", "what was released before the request was moved opens too"],
  [recover, twoRequests, "CLOSED", "violated", "a request is moved whose result was opened"],
  [recover, twoRequests, "RENEWED", "violated", "what was asked anew is answered twice"],
  [recover, members, "ADMISSION_SIGNER", "violated", "an admission by nobody"],
  [recover, members, "ADMISSION_LINEAGE", "violated", "an admission by another successor"],
  [recover, members, "ADMISSION_JOB", "holds", "an admission to another job: the manifest names its own"],
  [recover, members, "ADMISSION_JOB+MANIFEST_JOB", "violated", "… and now it is taken"],
  [narrow, { ...oneReducer, SETS: 1 }, "OWN", "holds", "a reducer is told less of itself: its manifest tells"],
  [
    narrow,
    oneReducer,
    "SIGNED",
    "holds",
    "a manifest says what was told of a partition: that was held to what it narrowed",
  ],
  [narrow, oneReducer, "OWN+SIGNED", "violated", "… and now it is not"],
  [narrow, oneReducer, "HELD_ONCE", "holds", "one result is sealed under several narrowings: one opens"],
  [narrow, oneReducer, "KEY_NARROWING", "violated", "… all open"],
  [narrow, oneReducer, "KEY_SET", "violated", "what was made of another commit set opens"],
  [narrow, oneReducer, "JOIN", "violated", "a reducer applied less than was narrowed"],
  [narrow, oneReducer, "COMMIT_SET", "violated", "reducers narrowed by different commit sets"],
  [narrow, oneReducer, "PARTITION", "violated", "one partition's narrowing is left out"],
  [narrow, oneReducer, "ONCE", "violated", "released again, of the other commit set"],
].map(([model, world, out, answer, what]) => ({
  ...model({ ...world, OUT: out }, answer, what),
  out,
  isLong: answer === "holds",
}));

/** Larger worlds, for `--deep`. */
const deep = [
  commit({ DUPLICATES: 2 }, "holds", "commit: anybody dies, two duplicates"),
  commit({ OTHER: "BROKER", IN_TURN: 1, CLAIMS: "RECEIPT+RELEASE" }, "holds", "commit: a second broker, anybody dies"),
  commit({ OTHER: "PLAN", IN_TURN: 1 }, "holds", "commit: another plan, anybody dies"),
  commit({ OTHER: "QUERY", IN_TURN: 1 }, "holds", "commit: a second query, anybody dies"),
  commit({ OTHER: "QUERY", FAILURES: 0 }, "holds", "commit: a second query, all reducers at work at once"),
  commit(
    { ...handedDown, DUPLICATES: 1 },
    "holds",
    "commit: a successor with the first broker's memory, one duplicate",
  ),
  recover({ ...twoRequests, ...members, ...colluding }, "holds", "recover: all of it at once"),
].map((row) => ({ ...row, isLong: true }));

export const groups = [
  { title: "The protocol as it is", rows: protocol },
  { title: "What was found", rows: found },
  { title: "States that there are, so that the claims are not empty", rows: reached },
  { title: "Without a check", rows: without },
];

export const deepGroups = [{ title: "Larger worlds", rows: deep }];
