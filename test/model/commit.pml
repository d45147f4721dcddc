/*
 * One query from map to receipt, under a coordinator that holds no key and is bound by nothing else: whatever was once
 * answered it knows, keeps, drops, repeats, reorders, swaps and mixes as it likes. See README.md for what each
 * transition stands for. A role answers one message at a time, so every transition is atomic.
 *
 * A message that is refused changes nothing; so a transition here is a message that is accepted.
 */

/* Checks of the protocol; -DOUT=SLOT+INPUTS takes these two out. */
#define MEASUREMENT 1 /* appraise: the code that evidence is of */
#define EVIDENCE_JOB 2 /* appraise: the job that evidence is for */
#define LENGTH 4 /* checkMapManifests, checkReduceManifests: as many as slots */
#define JOB 8 /* expectJob */
#define SLOT 16 /* checkMapManifests: document.task === index */
#define SIGNER 32 /* expectSigned */
#define INPUTS 64 /* readsTask */
#define LEAVES 128 /* expectLeaves of the manifests' inputs */
#define PARTITION 256 /* checkReduceManifests: document.partition === index, and signerOf's index */
#define COMMIT_SET 512 /* checkReduceManifests: document.commitSet */
#define COUNTS 1024 /* checkCounts */
#define LEDGER 2048 /* ReleaseLedger */
#define RELEASED 4096 /* Broker.#released */
#define DIGEST 8192 /* Reducer.#openCell: the digest in the manifest */
#define CELL_NAMES 16384 /* the names in a cell's key and associated data */
#define CELL_ORDER 32768 /* Reducer.#merge: the next cell or nothing */
#define CELL_ALL 65536 /* Reducer.#finish: every cell of the set */
#define LEAF 131072 /* Mapper.#mapChunk: the chunk's leaf */
#define CHUNK_NAMES 262144 /* the names in a chunk's key and associated data */
#define FINAL_SIGNER 524288 /* checkFinal: signed by the attested broker */
#define FINAL_JOB 1048576 /* checkFinal: jobId, queryId */
#define FINAL_SET 2097152 /* checkFinal: commitSet */
#define FINAL_REDUCE 4194304 /* checkFinal: reduce, outputs.digest */
#define OUTPUT 8388608 /* checkOutputs */
#define NONCE 16777216 /* checkTerms: my request is in the job */
#define BUDGET 33554432 /* checkBudget: extendsHead */
#define AT_BROKER 67108864 /* release asks neither checkMapManifests nor checkReduceManifests */
#define AT_RECEIPT 134217728 /* verifyReceipt asks neither */
#define AT_REDUCER 268435456 /* Reducer.#begin does not ask checkMapManifests */

#ifndef OUT
#define OUT 0
#endif
#define out(check) (((OUT) & (check)) != 0)

/* The second place in which keys are made; each place is one job at one broker. */
#define NOBODY 0
#define BROKER 1 /* another broker, the same job */
#define PLAN 2 /* the same broker and query, another plan */
#define QUERY 3 /* the same broker, another request of the same receiver */
#define SUCCESSOR 4 /* a broker with the first one's memory, the same job; recover.pml shows how it came to it */
#ifndef OTHER
#define OTHER NOBODY
#endif

/* What is claimed. */
#define RECEIPT 1 /* a receipt that verifies: every task's one commit, the same in all partitions, and released */
#define RELEASE 2 /* what the broker releases: the same */
#define ONCE 4 /* a query's key is released once */
#define NOTICED 8 /* a receiver that keeps the ledger's head does not take two releases of one query */
#define OPENED 16 /* a receiver opens one release of a query at most */
#ifndef CLAIMS
#define CLAIMS (RECEIPT + RELEASE + (OTHER == SUCCESSOR -> OPENED : ONCE))
#endif
#define claimed(claim) (((CLAIMS) & (claim)) != 0)

/* States that must be there, or a claim is empty: -DREACH=condition is claimed never to hold. */
#ifndef REACH
#define REACH false
#endif

#define UNDISTURBED (verified == 1 && failures == 0 && duplicates == 0)
#define MAPPER_REPLACED (verified == 1 && mapperDead[0] && duplicates == 1 && signer[final[0].set[1]] == 3)
#define REDUCER_REPLACED (verified == 1 && failures == 1 && alive[0] && reducer[0] && reducer[1] && \
  !mapperDead[0] && !mapperDead[1])
#define SECOND_ATTEMPT (verified == 1 && final[0].set[0] == 2)
#define BY_SUCCESSOR (verified == 2 && !alive[0])
#define BY_OTHER (verified == 2)
#define BOTH (verified == 3)
#define HANDED_DOWN (verified == 2 && placeOf(final[1].set[0]) == 0 && placeOf(final[1].set[1]) == 1)
#define REDUCED_BEFORE (verified == 2 && placeOf(final[1].reduce[0]) == 0 && placeOf(final[1].reduce[1]) == 1)
#define SPECULATED (verified == 1 && now[0].next == 2 && now[4].next == 1 && duplicates == 1)

#ifndef FAILURES
#define FAILURES 1
#endif
#ifndef ANYBODY /* whether anybody may die, or the broker alone */
#define ANYBODY 1
#endif
#ifndef DUPLICATES
#define DUPLICATES 1
#endif
#ifndef IN_TURN /* whether a reducer begins only when no other is at work; README says why that loses nothing */
#define IN_TURN 0
#endif
#ifndef PUBLIC_KEYS /* whether the coordinator can seal cells of its own to a partition */
#define PUBLIC_KEYS 1
#endif
#ifndef HANDED_AGAIN /* whether owners hand their data keys to a second broker */
#define HANDED_AGAIN 1
#endif
#ifndef REQUEST_NAMES_BROKER /* recipientsAt */
#define REQUEST_NAMES_BROKER 1
#endif
#ifndef HEAD_NAMES_BROKER /* not so in the protocol as it is */
#define HEAD_NAMES_BROKER 0
#endif

#ifndef REDUCERS /* of each partition at once */
#define REDUCERS 1
#endif
#define brokerAt(w) ((OTHER == BROKER || OTHER == SUCCESSOR) -> (w) : 0)
#define jobAt(w) ((OTHER == NOBODY || OTHER == SUCCESSOR || (OTHER == BROKER && !REQUEST_NAMES_BROKER)) -> 0 : (w))
#define queryAt(w) ((OTHER == QUERY || (OTHER == BROKER && REQUEST_NAMES_BROKER)) -> (w) : 0)
/* The other plan has the two tasks in the other order. */
#define chunkAt(w, task) ((OTHER == PLAN) -> ((w) ^ (task)) : (task))

/* Map manifests: 1 + 4 place + 2 task + attempt; 9 and 10 are signed by a key of the coordinator's for task 0 and 1. */
#define isForged(m) ((m) >= 9)
#define placeOf(m) (((m) - 1) / 4)
#define taskOf(m) (isForged(m) -> (m) - 9 : (((m) - 1) / 2) % 2)
/* Reduce manifests: 1 + 4 place + 2 partition + attempt. */
#define partitionOf(r) ((((r) - 1) / 2) % 2)

#define FORGED_CELL 31
#define OTHER_PARTITION 16

bool alive[2]; /* brokers */
bool opened[2]; /* places: BrokerJob */
byte mapper[3]; /* the place it joined, from 1 on */
bool mapperDead[3];
bool rogue[2]; /* code of the coordinator's was admitted there */
bool reducer[4 * REDUCERS]; /* 2 place + partition, then the second ones: a sandbox has joined and lives */
byte failures, duplicates;

byte signer[9]; /* of each map manifest that there is: its mapper, from 1 on */
byte read[9]; /* the chunk that the attempt really read */

typedef Reduction { byte set[2]; byte next; byte cell[2]; }
Reduction now[4 * REDUCERS]; /* what each reducer is at */
Reduction reduced[9]; /* what each reduce manifest that there is says, and what its output is of */

typedef Final { byte set[2]; byte reduce[2]; bool released; }
Final final[2]; /* places */
byte verified; /* bits: receipts of these places */
byte kept; /* whose ledger's head the receiver kept, from 1 on */
bool moved; /* the receiver has moved its request to the successor, under a new key */

/* What the coordinator picks; 0 again when it has. */
byte w, i, m, x, y, a, b, f, p, q;

/* A successor takes the work of those whom its predecessor admitted, but not the other way round. */
#define isOf(v, w) ((v) == (w) || (OTHER == SUCCESSOR && (v) == 0))
/* Keys of jobs come from the broker's memory. */
#define hasKeysOf(v, w) ((v) == (w) || OTHER == SUCCESSOR)

/* Whom the reducers and the broker of a place believe: signerOf. Whom a receipt's reader believes: appraiseCast. */
#define isMember(m, w) (isForged(m) -> rogue[w] : isOf(placeOf(m), w))
#define isInCast(m, w) (isForged(m) -> out(MEASUREMENT) : (out(EVIDENCE_JOB) || jobAt(placeOf(m)) == jobAt(w)))
#define believed(m, w, receipt) (out(SIGNER) || ((receipt) -> isInCast(m, w) : isMember(m, w)))

/* checkMapManifests, for one slot; 0 is no manifest. In leavesOf, each says itself where its leaves belong. */
#define chunkOf(m, w) (isForged(m) -> chunkAt(w, taskOf(m)) : chunkAt(placeOf(m), taskOf(m)))
#define mapHolds(m, i, w, receipt) ((m) == 0 -> out(LENGTH) : \
  ((out(JOB) || isForged(m) || jobAt(placeOf(m)) == jobAt(w)) && \
   (out(SLOT) || taskOf(m) == (i)) && \
   believed(m, w, receipt) && \
   (out(INPUTS) || chunkOf(m, w) == chunkAt(w, i))))

#define leavesHold(x, y, w) (out(LEAVES) || \
  ((x) != 0 && (y) != 0 && chunkOf(x, w) != chunkOf(y, w)))

/* checkReduceManifests, for one slot. */
#define reduceHolds(r, i, w, x, y, receipt) ((r) == 0 -> out(LENGTH) : \
  ((out(JOB) || jobAt(placeOf(r)) == jobAt(w)) && \
   (out(PARTITION) || partitionOf(r) == (i)) && \
   (out(SIGNER) || ((receipt) -> (out(EVIDENCE_JOB) || jobAt(placeOf(r)) == jobAt(w)) : isOf(placeOf(r), w))) && \
   (out(COMMIT_SET) || (reduced[r].set[0] == (x) && reduced[r].set[1] == (y)))))

/* checkCounts: each attempt sent one pair to each partition. Counts open only if sealed under a key of that place. */
#define countsOpen(m, w) ((m) == 0 || (isForged(m) -> rogue[w] : hasKeysOf(placeOf(m), w)))
#define countsHold(r, x, y, w) (out(COUNTS) || (countsOpen(x, w) && countsOpen(y, w) && \
  ((r) == 0 || (hasKeysOf(placeOf(r), w) && reduced[r].next == ((x) != 0) + ((y) != 0)))))

/* What must be so: two attempts of this place, one per task, over the tasks' own chunks; every partition of just these. */
#define isCommit(m, i, w) ((m) != 0 && !isForged(m) && isOf(placeOf(m), w) && taskOf(m) == (i) && \
  read[m] == chunkAt(w, i))
#define isOutputOf(r, i, x, y) ((r) != 0 && partitionOf(r) == (i) && reduced[r].next == 2 && \
  ((reduced[r].cell[0] == (x) && reduced[r].cell[1] == (y)) || \
   (reduced[r].cell[0] == (y) && reduced[r].cell[1] == (x))))
#define isWhole(x, y, a, b, w) ( \
  ((isCommit(x, 0, w) && isCommit(y, 1, w)) || (isCommit(x, 1, w) && isCommit(y, 0, w))) && \
  isOutputOf(a, 0, x, y) && isOutputOf(b, 1, x, y))

#define ledgerHas(w) (final[0].released && brokerAt(0) == brokerAt(w) && queryAt(0) == queryAt(w) || \
  final[1].released && brokerAt(1) == brokerAt(w) && queryAt(1) == queryAt(w))
#define wasReleased(w) (final[0].released && queryAt(0) == queryAt(w) || final[1].released && queryAt(1) == queryAt(w))
/* extendsHead: with one query at each broker, a ledger goes through the kept one where the queries are the same. */
#define extendsKept(w) (out(BUDGET) || kept == 0 || kept == 1 + (w) || \
  (brokerAt(kept - 1) == brokerAt(w) || (!HEAD_NAMES_BROKER && queryAt(kept - 1) == queryAt(w))))

/* A message that is refused changes nothing. */
#define need(condition) if :: (condition) :: else -> goto refused fi

inline pickPlace() {
  if
  :: w = 0
  :: OTHER != NOBODY -> w = 1
  fi
}

/* One of the manifests that the coordinator can show in slot `slot`, or none. */
inline pickMap(z, slot, unchecked, receipt) {
  if
  :: signer[1] && (unchecked || mapHolds(1, slot, w, receipt)) -> z = 1
  :: signer[2] && (unchecked || mapHolds(2, slot, w, receipt)) -> z = 2
  :: signer[3] && (unchecked || mapHolds(3, slot, w, receipt)) -> z = 3
  :: signer[4] && (unchecked || mapHolds(4, slot, w, receipt)) -> z = 4
  :: signer[5] && (unchecked || mapHolds(5, slot, w, receipt)) -> z = 5
  :: signer[6] && (unchecked || mapHolds(6, slot, w, receipt)) -> z = 6
  :: signer[7] && (unchecked || mapHolds(7, slot, w, receipt)) -> z = 7
  :: signer[8] && (unchecked || mapHolds(8, slot, w, receipt)) -> z = 8
  :: (unchecked || mapHolds(9, slot, w, receipt)) -> z = 9
  :: (unchecked || mapHolds(10, slot, w, receipt)) -> z = 10
  :: (unchecked || mapHolds(0, slot, w, receipt)) -> z = 0
  :: else -> goto refused
  fi
}

#define isThere(r) (reduced[r].next != 0 || reduced[r].set[0] != 0)

inline pickReduce(z, slot, unchecked, receipt) {
  if
  :: isThere(1) && (unchecked || reduceHolds(1, slot, w, x, y, receipt)) -> z = 1
  :: isThere(2) && (unchecked || reduceHolds(2, slot, w, x, y, receipt)) -> z = 2
  :: isThere(3) && (unchecked || reduceHolds(3, slot, w, x, y, receipt)) -> z = 3
  :: isThere(4) && (unchecked || reduceHolds(4, slot, w, x, y, receipt)) -> z = 4
  :: isThere(5) && (unchecked || reduceHolds(5, slot, w, x, y, receipt)) -> z = 5
  :: isThere(6) && (unchecked || reduceHolds(6, slot, w, x, y, receipt)) -> z = 6
  :: isThere(7) && (unchecked || reduceHolds(7, slot, w, x, y, receipt)) -> z = 7
  :: isThere(8) && (unchecked || reduceHolds(8, slot, w, x, y, receipt)) -> z = 8
  :: (unchecked || reduceHolds(0, slot, w, x, y, receipt)) -> z = 0
  :: else -> goto refused
  fi
}

/* What the coordinator hands out as partition `slot` of the result, next to reduce manifest `r`: checkOutputs. */
inline pickOutput(z, r) {
  if
  :: r != 0 -> z = r
  :: out(OUTPUT) && isThere(1) -> z = 1
  :: out(OUTPUT) && isThere(2) -> z = 2
  :: out(OUTPUT) && isThere(3) -> z = 3
  :: out(OUTPUT) && isThere(4) -> z = 4
  :: else -> goto refused
  fi
}

inline pickReducer() {
  pickPlace();
  if
  :: p = 0
  :: p = 1
  fi;
  if
  :: i = 2 * w + p
  :: REDUCERS > 1 -> i = 4 + 2 * w + p
  fi
}

inline clear() { w = 0; i = 0; m = 0; x = 0; y = 0; a = 0; b = 0; f = 0; p = 0; q = 0 }

inline forget(z) { z.set[0] = 0; z.set[1] = 0; z.next = 0; z.cell[0] = 0; z.cell[1] = 0 }

/* A second manifest of the same task or partition. An attempt that dies before its manifest leaves nothing. */
inline again(n) {
  if
  :: n == 0
  :: n == 1 && duplicates < DUPLICATES -> duplicates++
  :: else -> goto refused
  fi
}

/* Party.provision and Broker.#openJob; a successor is started when the coordinator likes. */
inline openJob() {
  pickPlace();
  need(!opened[w] && alive[brokerAt(w)] && (out(LEDGER) || !ledgerHas(w)));
  need(OTHER != BROKER || HANDED_AGAIN || !opened[1 - w]);
  need(OTHER != SUCCESSOR || w == 0 || moved);
  opened[w] = true;
  printf("broker %d: opens job %d of query %d\n", brokerAt(w), jobAt(w), queryAt(w))
}

/* recruit: BrokerJob.#admit, #handshake, Member.trust, join. join.pml has it step by step. */
inline joinMapper() {
  pickPlace();
  need(opened[w] && alive[brokerAt(w)] && !final[w].released);
  if
  :: mapper[0] == 0 -> i = 0
  :: mapper[0] != 0 && mapper[1] == 0 -> i = 1
  :: mapper[1] != 0 && mapper[2] == 0 && (mapperDead[0] || mapperDead[1]) -> i = 2
  :: else -> goto refused
  fi;
  mapper[i] = 1 + w;
  printf("mapper %d: joins job %d at broker %d\n", i, jobAt(w), brokerAt(w))
}

inline joinRogue() {
  pickPlace();
  need(opened[w] && out(MEASUREMENT) && !rogue[w]);
  rogue[w] = true;
  printf("the coordinator's own code joins job %d as a mapper\n", jobAt(w))
}

inline joinReducer() {
  pickReducer();
  need(opened[w] && alive[brokerAt(w)] && !final[w].released && !reducer[i]);
  need(i < 4 || reducer[i - 4]); /* they are alike */
  reducer[i] = true;
  printf("reducer %d: joins job %d at broker %d\n", p, jobAt(w), brokerAt(w))
}

/* BrokerJob.#grantTask, Mapper.#map: the coordinator names the task and brings the chunk. */
inline map() {
  if
  :: i = 0
  :: i = 1
  :: i = 2
  fi;
  need(mapper[i] != 0 && !mapperDead[i]);
  w = mapper[i] - 1;
  if
  :: p = 0
  :: p = 1
  fi;
  m = 1 + 4 * w + 2 * p;
  if
  :: signer[m] == 0
  :: signer[m] != 0 -> m++
  fi;
  need(signer[m] == 0);
  again((m - 1) % 2);
  if
  :: q = chunkAt(w, p)
  :: out(LEAF) && out(CHUNK_NAMES) -> q = 1 - chunkAt(w, p)
  fi;
  signer[m] = 1 + i;
  read[m] = q;
  printf("mapper %d: does task %d, manifest %d\n", i, p, m)
}

/* Of the first and of the second reducers alike. */
#define isIdle(other, i) ((other) == (i) || now[other].set[0] + now[other].set[1] == 0)

/* Reducer.#begin: a set replaces the one before. */
inline begin() {
  pickReducer();
  need(reducer[i]);
  need(!IN_TURN || (isIdle(0, i) && isIdle(1, i) && isIdle(2, i) && isIdle(3, i)));
  pickMap(x, 0, out(AT_REDUCER), false);
  pickMap(y, 1, out(AT_REDUCER), false);
  need(x + y > 0);
  forget(now[i]);
  now[i].set[0] = x;
  now[i].set[1] = y;
  printf("reducer %d of place %d: begins on manifests %d, %d\n", p, w, x, y)
}

/* Reducer.#merge, #openCell. The cell's key is of its place and partition. */
inline merge() {
  pickReducer();
  need(reducer[i] && now[i].set[0] + now[i].set[1] != 0 && now[i].next < 2);
  if
  :: q = now[i].next
  :: out(CELL_ORDER) -> q = 1 - now[i].next
  fi;
  m = now[i].set[q];
  need(m != 0);
  if
  :: !isForged(m) && hasKeysOf(placeOf(m), w) -> x = m
  :: PUBLIC_KEYS && (out(DIGEST) || isForged(m)) -> x = FORGED_CELL
  :: out(DIGEST) && out(CELL_NAMES) && signer[1 + 4 * w] -> x = 1 + 4 * w
  :: out(DIGEST) && out(CELL_NAMES) && signer[2 + 4 * w] -> x = 2 + 4 * w
  :: out(DIGEST) && out(CELL_NAMES) && signer[3 + 4 * w] -> x = 3 + 4 * w
  :: out(DIGEST) && out(CELL_NAMES) && signer[4 + 4 * w] -> x = 4 + 4 * w
  :: else -> goto refused
  fi;
  now[i].cell[now[i].next] = x;
  now[i].next++;
  printf("reducer %d of place %d: merges the cell of manifest %d\n", p, w, x)
}

/* Reducer.#finish */
inline finish() {
  pickReducer();
  need(reducer[i] && now[i].set[0] + now[i].set[1] != 0);
  need(now[i].next == (now[i].set[0] != 0) + (now[i].set[1] != 0) || out(CELL_ALL));
  a = 1 + 2 * (2 * w + p);
  if
  :: !isThere(a)
  :: isThere(a) -> a++
  fi;
  need(!isThere(a));
  again((a - 1) % 2);
  reduced[a].set[0] = now[i].set[0];
  reduced[a].set[1] = now[i].set[1];
  reduced[a].next = now[i].next;
  reduced[a].cell[0] = now[i].cell[0];
  reduced[a].cell[1] = now[i].cell[1];
  forget(now[i]);
  printf("reducer %d of place %d: finishes, reduce manifest %d\n", p, w, a)
}

/* release, in the broker */
inline release() {
  pickPlace();
  need(opened[w] && alive[brokerAt(w)]);
  need(out(RELEASED) || !final[w].released);
  need(out(LEDGER) || !ledgerHas(w));
  pickMap(x, 0, out(AT_BROKER), false);
  pickMap(y, 1, out(AT_BROKER), false);
  need(leavesHold(x, y, w));
  pickReduce(a, 0, out(AT_BROKER), false);
  pickReduce(b, 1, out(AT_BROKER), false);
  need(countsHold(a, x, y, w) && countsHold(b, x, y, w));
  printf("broker %d: releases query %d in job %d: map manifests %d, %d and reduce manifests %d, %d\n",
    brokerAt(w), queryAt(w), jobAt(w), x, y, a, b);
  assert(!claimed(RELEASE) || isWhole(x, y, a, b, w));
  assert(!claimed(ONCE) || !wasReleased(w));
  final[w].set[0] = x;
  final[w].set[1] = y;
  final[w].reduce[0] = a;
  final[w].reduce[1] = b;
  final[w].released = true
}

/* verifyReceipt, for the receiver whose request is query 0 (or, in the other place, that place's). */
inline verify() {
  pickPlace(); /* the terms that the receipt shows: of place w */
  q = queryAt(w);
  if
  :: f = 0 /* the final manifest is of place f */
  :: OTHER != NOBODY -> f = 1
  :: out(FINAL_SIGNER) -> f = 2
  fi;
  need(f == 2 || final[f].released);
  need(OTHER != SUCCESSOR || f == moved); /* the key that the receiver still has */
  if
  :: p = q /* the query of the receiver's request */
  :: out(NONCE) -> p = 1 - q
  fi;
  pickMap(x, 0, out(AT_RECEIPT), true);
  pickMap(y, 1, out(AT_RECEIPT), true);
  need(leavesHold(x, y, w));
  pickReduce(a, 0, out(AT_RECEIPT), true);
  pickReduce(b, 1, out(AT_RECEIPT), true);
  if
  :: f == 2
  :: else ->
    need(out(FINAL_JOB) || jobAt(f) == jobAt(w));
    need(out(FINAL_SET) || (final[f].set[0] == x && final[f].set[1] == y));
    need(out(FINAL_REDUCE) || (final[f].reduce[0] == a && final[f].reduce[1] == b));
    need(extendsKept(f))
  fi;
  pickOutput(i, a);
  pickOutput(m, b);
  printf("receipt verifies: terms of place %d, final manifest of place %d, map %d, %d, reduce %d, %d, outputs %d, %d\n",
    w, f, x, y, a, b, i, m);
  assert(!claimed(RECEIPT) || (f != 2 && p == queryAt(f) && final[f].released && isWhole(x, y, i, m, f) &&
    final[f].set[0] == x && final[f].set[1] == y && final[f].reduce[0] == a && final[f].reduce[1] == b));
  assert(!claimed(OPENED) || verified == 0 || verified == 1 << f);
  assert(!claimed(NOTICED) || kept == 0 || kept == 1 + f || queryAt(kept - 1) != queryAt(f));
  if
  :: f != 2 -> verified = verified | (1 << f); kept = (claimed(NOTICED) -> 1 + f : 0)
  :: else
  fi
}

/* On the coordinator's word that the broker died; recover.pml shows what is asked before. */
inline move() {
  need(OTHER == SUCCESSOR && !moved && verified == 0);
  moved = true;
  printf("receiver: moves its request to the successor\n")
}

/* A sandbox ends wherever it is. What it has signed stays good; what it was at is lost. */
inline die() {
  need(failures < FAILURES);
  if
  :: ANYBODY && mapper[0] != 0 -> mapperDead[0] = true
  :: ANYBODY && mapper[1] != 0 -> mapperDead[1] = true
  :: ANYBODY && reducer[0] -> reducer[0] = false; forget(now[0])
  :: ANYBODY && reducer[1] -> reducer[1] = false; forget(now[1])
  :: ANYBODY && reducer[2] -> reducer[2] = false; forget(now[2])
  :: ANYBODY && reducer[3] -> reducer[3] = false; forget(now[3])
  :: ANYBODY && REDUCERS > 1 && reducer[4 * REDUCERS - 4] -> reducer[4 * REDUCERS - 4] = false; forget(now[4 * REDUCERS - 4])
  :: alive[0] -> alive[0] = false
  :: else -> goto refused
  fi;
  failures++;
  printf("dies: mapper 0 %d, mapper 1 %d, broker 0 %d, or a reducer\n", mapperDead[0], mapperDead[1], !alive[0])
}

init {
  atomic { alive[0] = true; alive[1] = true };
end:
  do
  :: atomic {
      if
      :: openJob()
      :: joinMapper()
      :: joinRogue()
      :: joinReducer()
      :: map()
      :: begin()
      :: merge()
      :: finish()
      :: release()
      :: verify()
      :: w = 0; move()
      :: die()
      fi;
      assert(!(REACH));
      refused:
      clear()
    }
  od
}
