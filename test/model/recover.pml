/*
 * A broker dies, or is said to, and others come after it: the same coordinator as in commit.pml keeps every sealed state,
 * and starts as many successors from whichever it likes, beside brokers that it calls dead. Of two recovery parties, both
 * of whom are needed, one is the coordinator's; so is a second receiver, whose request makes another query of the same
 * request. Broker 0 was provisioned; 1 and 2 are attested and know nothing yet. Nobody ever dies here: whoever is not
 * spoken to any more might as well be dead.
 */

/* Checks of the protocol; -DOUT=MOVED+CLOSED takes these two out. */
#define MEASUREMENT 1 /* Party: a share is handed to an attested broker */
#define STATE_SIGNED 2 /* a sealed state is signed, as a whole, by an attested broker */
#define RECOVER_ONCE 4 /* a broker takes one state */
#define UNTOUCHED 8 /* and none when it was provisioned anew */
#define TOLD 16 /* a state's ledger extends the heads that parties told */
#define LINEAGE 32 /* recipientsAt: a request that is moved was to a broker of this one's lineage */
#define MOVED 64 /* recipientsAt: a request to a predecessor is moved, or is not answered */
#define TRANSFER_BROKER 128 /* recipientsAt: it is moved to this very broker */
#define REQUEST_ONCE 256 /* ReleaseLedger: a request is answered once, whatever it is combined with */
#define QUERY_ONCE 512 /* ReleaseLedger: a query is released once */
#define KEY 1024 /* a request is moved under a new key, and the old one is forgotten */
#define CLOSED 2048 /* a request whose result was opened is neither moved nor asked anew */
#define RENEWED 4096 /* whoever asks anew forgets the old request's key */
#define BUDGET 8192 /* checkBudget: extendsHead */
#define ADMISSION_SIGNER 16384 /* verifyAdmission: signed by a broker */
#define ADMISSION_LINEAGE 32768 /* verifyAdmission: which is of this one's lineage */
#define ADMISSION_JOB 65536 /* verifyAdmission: to this job */
#define MANIFEST_JOB 131072 /* expectJob */

#ifndef OUT
#define OUT 0
#endif
#define out(check) (((OUT) & (check)) != 0)

/* What is claimed. */
#define OPENABLE 1 /* of the releases of one request, one at most could ever be opened with the key that its receiver has */
#define ANSWERED 2 /* a receiver opens one release at most for what it asked, moved or asked anew */
#define NOTICED 4 /* a receiver takes no receipt of a ledger that lacks a release that it opened */
#define ADMITTED 8 /* what is released was made by sandboxes that brokers of the lineage admitted to this job */
#define SECRET 16 /* the coordinator does not come to know a broker's memory */
#define HELD 32 /* a successor that the receiver helped has every release that the receiver then knew of */
#define ONE_SECRET 64 /* all that is released of a request is drawn from one broker's secret */
#define FORKED 128 /* … and once: this does not hold, as README says */
#ifndef CLAIMS
#define CLAIMS (OPENABLE + ANSWERED + NOTICED + ADMITTED + SECRET + HELD + ONE_SECRET)
#endif
#define claimed(claim) (((CLAIMS) & (claim)) != 0)

/* States that must be there, or a claim is empty: -DREACH=condition is claimed never to hold. */
#ifndef REACH
#define REACH false
#endif
#define BY_SUCCESSOR (opened[0] == 2 && lineage[1] == 1)
#define BY_GRANDCHILD (opened[0] == 3 && lineage[2] == 3)
#define ADMITTED_BEFORE (opened[0] == 2 && used == 1 && admittedBy[0] == 1)
#define BY_BOTH_FORKS (opened[0] == 2 && opened[1] == 3 && lineage[2] == 1)
#define BEGUN_ANEW (renewed && opened[0] == 2 && lineage[1] == 0)
#define RELEASED_TWICE (final[0] != 0 && final[4] != 0 && opened[0] == 2)

#ifndef COLLUDE /* the other recovery party is the coordinator's too: it can read the memory, and must not change it */
#define COLLUDE 0
#endif
#ifndef ANEW /* owners who are there hand their keys to any attested broker */
#define ANEW 1
#endif
#ifndef MEMBERS /* sandboxes that are admitted; with none, all work is as it should be */
#define MEMBERS 0
#endif
#ifndef COMBINED /* the other receiver asks too */
#define COMBINED 0
#endif
#ifndef ASKED /* the receiver has a second request, or asks anew */
#define ASKED 0
#endif
#ifndef TELLS /* the receiver is a recovery party, and tells the head that it knows */
#define TELLS 1
#endif
#ifndef HEAD_BY_LINEAGE /* a head is held only against ledgers of the broker's own line; not so in the protocol */
#define HEAD_BY_LINEAGE 0
#endif

#define BROKERS 3
#define NEW 9 /* no broker: a memory that the coordinator made up */
#define FORGED 2 /* no member: a key of the coordinator's */

/* Queries: 1 is request 0 alone, 2 is request 0 with the other receiver's, 3 is request 1. A job has the query's name. */
#define requestOf(query) ((query) == 3)
#define question(r) (renewed -> 0 : (r))

bool knows[BROKERS]; /* has a memory: provisioned, or recovered */
bool handed[BROKERS]; /* the honest recovery party's share */
byte told[BROKERS]; /* a ledger's head that was told with it */
byte lineage[BROKERS]; /* bits: predecessors */
byte ledger[BROKERS]; /* queries in order, two bits each; the last is lowest */
byte first[BROKERS]; /* the ledger that it began with */
bool recovered[BROKERS];

byte named[2]; /* the broker that a request names, from 1 on */
byte moved[2]; /* bits: brokers to which there is a transfer of it */
byte keys[2]; /* bits: brokers for which the receiver made a key that it still has */
bool renewed; /* request 1 asks anew what request 0 asked */
byte opened[2]; /* by request: the broker, from 1 on, whose release its receiver opened */
byte openedQueries; /* bits */
byte seen; /* the head of the ledger that the receiver saw last */
byte seenOf; /* at which broker, from 1 on */

byte final[9]; /* 3 (query - 1) … see at(): bits: for which keys there is a release */
byte finalLedger[9];
bool again[9]; /* released twice under one key */

byte admittedBy[2], admittedTo[2]; /* members: a broker, from 1 on; a job */
byte used; /* the member, from 1 on, whose manifest was released last */

byte b, c, k, q, r, m, p; /* what the coordinator picks; 0 again when it has */

#define at(b, q) (3 * (b) + (q) - 1)
#define bit(i) (1 << (i))

/* Whether a ledger went through a head. */
#define extends(ledger, head) ((head) == 0 || (ledger) == (head) || (ledger) >> 2 == (head) || (ledger) >> 4 == (head) || \
  (ledger) >> 6 == (head))
#define has(ledger, q) ((ledger & 3) == (q) || (ledger >> 2 & 3) == (q) || (ledger >> 4 & 3) == (q) || (ledger >> 6) == (q))
#define answered(ledger, q) ((q) == 3 -> has(ledger, 3) : (has(ledger, 1) || has(ledger, 2)))

/* recipientsAt: whether broker b answers request r to the key that was made for broker k. */
#define isOwn(b, r, k) (named[r] == (b) + 1 && (k) == (b))
#define isOfLine(b, r) (out(LINEAGE) || (lineage[b] & bit(named[r] - 1)))
#define isMovedTo(b, r, k) ((moved[r] & bit(k)) && ((k) == (b) || out(TRANSFER_BROKER)))
#define isUnmoved(r, k) (out(MOVED) && (k) == named[r] - 1)
#define isAnswered(b, r, k) (named[r] != 0 && (isOwn(b, r, k) || (isOfLine(b, r) && (isMovedTo(b, r, k) || isUnmoved(r, k)))))

/* Whether broker b believes member m in job q: it admitted it, or verifyAdmission. */
#define isMember(m, b, q) ((m) == FORGED -> (out(ADMISSION_SIGNER) || (lineage[b] & 8)) : \
  (admittedBy[m] != 0 && (admittedTo[m] == (q) || (admittedBy[m] != (b) + 1 && out(ADMISSION_JOB))) && \
   (admittedBy[m] == (b) + 1 || (lineage[b] & bit(admittedBy[m] - 1)) || out(ADMISSION_LINEAGE))))
#define isOfJob(m, q) ((m) == FORGED || admittedTo[m] == (q) || out(MANIFEST_JOB))

#define need(condition) if :: (condition) :: else -> goto refused fi

inline clear() { b = 0; c = 0; k = 0; q = 0; r = 0; m = 0; p = 0 }

inline pickBroker(z) {
  if
  :: z = 0
  :: z = 1
  :: z = 2
  fi
}

inline pickRequest() {
  if
  :: r = 0
  :: named[1] != 0 -> r = 1
  fi
}

inline pickQuery() {
  if
  :: q = 1
  :: COMBINED -> q = 2
  :: ASKED -> q = 3
  fi
}

/* The honest recovery party's share, to whoever is attested; a rogue broker is of the coordinator's own code. */
inline hand() {
  if
  :: b = 1
  :: b = 2
  :: out(MEASUREMENT) -> b = NEW
  fi;
  if
  :: b == NEW -> printf("a share goes to the coordinator's own code\n"); assert(!claimed(SECRET))
  :: else ->
    need(!handed[b] || (TELLS && told[b] != seen));
    need(!recovered[b] || out(TOLD) || extends(ledger[b], (TELLS -> seen : 0)));
    handed[b] = true;
    told[b] = (TELLS -> seen : 0);
    printf("broker %d: is handed the share, and told head %d\n", b, told[b])
  fi
}

/* A successor opens a sealed state: of broker c, and of when its ledger was as long as the coordinator likes. */
inline recover() {
  if
  :: b = 1
  :: b = 2
  fi;
  need(b == 1 || knows[1]); /* they are alike */
  need((handed[b] || COLLUDE) && (!recovered[b] || out(RECOVER_ONCE)) && (recovered[b] || !knows[b] || out(UNTOUCHED)));
  if
  :: c = 0
  :: c = 1
  :: c = 2
  :: COLLUDE && out(STATE_SIGNED) -> c = NEW
  fi;
  if
  :: c == NEW -> p = 0; m = 15
  :: else ->
    need(c != b && knows[c] && !(lineage[c] & bit(b)));
    if
    :: p = ledger[c]
    :: p = ledger[c] >> 2
    :: p = ledger[c] >> 4
    fi;
    need(p != 0 || first[c] == 0);
    need(extends(p, first[c]));
    m = lineage[c] | bit(c)
  fi;
  need(out(TOLD) || !handed[b] || extends(p, told[b]));
  assert(!claimed(HELD) || ((told[b] & 3) == 0 || has(p, told[b] & 3)) && ((told[b] >> 2 & 3) == 0 || has(p, told[b] >> 2 & 3)));
  knows[b] = true;
  recovered[b] = true;
  ledger[b] = p;
  first[b] = p;
  lineage[b] = m;
  printf("broker %d: goes on from a state of broker %d, ledger %d, lineage %d\n", b, c, p, m)
}

/* Party.provision by owners who are there. */
inline provision() {
  if
  :: b = 1
  :: b = 2
  fi;
  need(ANEW && !knows[b] && (b == 1 || knows[1]));
  knows[b] = true;
  printf("broker %d: is provisioned anew\n", b)
}

/* Moves a request, on the coordinator's word that its broker is dead. */
inline move() {
  pickRequest();
  pickBroker(b);
  need(keys[r] != 0 && !(moved[r] & bit(b)) && named[r] != b + 1);
  need(opened[question(r)] == 0 || out(CLOSED));
  moved[r] = moved[r] | bit(b);
  keys[r] = (out(KEY) -> keys[r] : 0) | bit(b);
  printf("receiver: moves request %d to broker %d\n", r, b)
}

/* Party.request, of whichever broker is attested: something else, or anew what request 0 asked. */
inline ask() {
  pickBroker(b);
  need(ASKED && named[1] == 0);
  if
  :: p = 0
  :: p = 1
  fi;
  need(p == 0 || opened[0] == 0 || out(CLOSED));
  renewed = p;
  keys[0] = (p == 1 && !out(RENEWED) -> 0 : keys[0]);
  named[1] = b + 1;
  keys[1] = bit(b);
  printf("receiver: asks broker %d; anew %d\n", b, p)
}

/* BrokerJob.#admit: what it signs is an admission. */
inline admit() {
  pickBroker(b);
  if
  :: MEMBERS > 0 -> m = 0
  :: MEMBERS > 1 && admittedBy[0] != 0 -> m = 1
  :: else -> goto refused
  fi;
  pickQuery();
  need(admittedBy[m] == 0 && knows[b] && isAnswered(b, requestOf(q), b));
  admittedBy[m] = b + 1;
  admittedTo[m] = q;
  printf("broker %d: admits sandbox %d to job %d\n", b, m, q)
}

#define openable(k, r) (keys[r] & bit(k))
#define isFinal(b, q, k) ((final[at(b, q)] & bit(k)) != 0)
#define isReleased(q, k) (isFinal(0, q, k) || isFinal(1, q, k) || isFinal(2, q, k))
#define isReleasedTo(r, k) ((r) == 0 -> (isReleased(1, k) || isReleased(2, k)) : isReleased(3, k))
/* Whose secret a broker's is: that of the first of its line. */
#define rootOf(b) ((lineage[b] & 1) -> 0 : ((lineage[b] & 2) -> 1 : (b)))
#define isReleasedBy(b, r) (answered(ledger[b], 1 + 2 * (r)))
#define isReleasedElsewhere(b, r) ((isReleasedBy(0, r) && rootOf(b) != rootOf(0)) || \
  (isReleasedBy(1, r) && rootOf(b) != rootOf(1)) || (isReleasedBy(2, r) && rootOf(b) != rootOf(2)))
/* What must be so: a broker of this one's true line admitted it to this job. */
#define isAdmitted(m, b, q) ((m) != FORGED && admittedTo[m] == (q) && \
  (admittedBy[m] == (b) + 1 || (lineage[b] & bit(admittedBy[m] - 1))))

inline release() {
  pickBroker(b);
  pickQuery();
  pickBroker(k);
  r = requestOf(q);
  need(knows[b] && ledger[b] < 64 && isAnswered(b, r, k));
  need(out(QUERY_ONCE) || !has(ledger[b], q));
  need(out(REQUEST_ONCE) || !answered(ledger[b], q));
  if
  :: m = 0
  :: MEMBERS > 1 -> m = 1
  :: MEMBERS > 0 -> m = FORGED
  fi;
  need(MEMBERS == 0 || (isMember(m, b, q) && isOfJob(m, q)));
  printf("broker %d: releases query %d to the key for broker %d, work of %d\n", b, q, k, m);
  assert(!claimed(OPENABLE) || !openable(k, r) || !isReleasedTo(r, k));
  assert(!claimed(ONE_SECRET) || !isReleasedElsewhere(b, r));
  assert(!claimed(FORKED) || !isReleasedTo(r, 0) && !isReleasedTo(r, 1) && !isReleasedTo(r, 2));
  assert(!claimed(ADMITTED) || MEMBERS == 0 || isAdmitted(m, b, q));
  again[at(b, q)] = isFinal(b, q, k);
  final[at(b, q)] = final[at(b, q)] | bit(k);
  ledger[b] = (ledger[b] << 2) | q;
  finalLedger[at(b, q)] = ledger[b];
  used = (MEMBERS > 0 -> m + 1 : 0)
}

#define isOfSeenLine(b) (!HEAD_BY_LINEAGE || seenOf == 0 || seenOf == (b) + 1 || (lineage[b] & bit(seenOf - 1)))

/* openResult: the receipt verifies, and the wrap opens. The same release again is nothing new. */
inline open() {
  pickBroker(b);
  pickQuery();
  pickBroker(k);
  r = requestOf(q);
  need(isFinal(b, q, k) && (keys[r] & bit(k)) && isAnswered(b, r, k));
  p = finalLedger[at(b, q)];
  need(out(BUDGET) || !isOfSeenLine(b) || extends(p, seen));
  need(!(openedQueries & bit(q)) || opened[question(r)] != b + 1 || again[at(b, q)]);
  printf("receiver: opens query %d, released by broker %d to the key for broker %d\n", q, b, k);
  assert(!claimed(ANSWERED) || opened[question(r)] == 0);
  assert(!claimed(NOTICED) || ((!(openedQueries & 2) || has(p, 1)) && (!(openedQueries & 4) || has(p, 2)) &&
    (!(openedQueries & 8) || has(p, 3))));
  opened[question(r)] = b + 1;
  openedQueries = openedQueries | bit(q);
  seen = p;
  seenOf = b + 1
}

init {
  atomic { knows[0] = true; named[0] = 1; keys[0] = 1 };
end:
  do
  :: atomic {
      if
      :: hand()
      :: recover()
      :: provision()
      :: move()
      :: ask()
      :: admit()
      :: release()
      :: open()
      fi;
      assert(!(REACH));
      refused:
      clear()
    }
  od
}
