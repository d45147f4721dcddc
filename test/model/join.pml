/*
 * How sandboxes come to a job: mutual attestation, the channel, and what is sent on it, under the same coordinator as
 * in commit.pml. Mappers 0 to 2 run the right code and mapper 3 the coordinator's; at one broker there are two jobs,
 * and beside it a false broker of the coordinator's. One of the sandboxes dies.
 */

/* Checks of the protocol; -DOUT=NONCE+ENDED takes these two out. */
#define MEASUREMENT 1 /* appraise: the code that evidence is of */
#define EVIDENCE_JOB 2 /* appraise: the job that evidence is for */
#define NONCE 4 /* appraise: the nonce that evidence answers, which is the challenge */
#define CHALLENGE 8 /* BrokerJob.#admit: the challenge is one of this job's */
#define CHALLENGE_ONCE 16 /* BrokerJob.#admit: a challenge is answered once */
#define CAP 32 /* JobMembers.expectRoom */
#define ENDED 64 /* JobMembers.of: a sandbox that was retired */
#define BROKER_NONCE 128 /* Member.trust: the broker's evidence answers the member's nonce */
#define PROLOGUE 256 /* memberPrologue: job, broker's and member's evidence */
#define TRANSPORT_ONCE 512 /* BrokerJob.#handshake: one channel per admission */
#define ATTEST_ONCE 1024 /* Member.attest: one job, one evidence */
#define TRUST_ONCE 2048 /* Member.trust: one handshake */
#define JOIN_ONCE 4096 /* Member.join: one channel */
#define COUNTER 8192 /* CipherState: the nonce of a channel's message counts up */

#ifndef OUT
#define OUT 0
#endif
#define out(check) (((OUT) & (check)) != 0)

/* What is claimed. */
#define MEASURED 1 /* only a sandbox of the right code, attested for this job, has a channel in it */
#define FRESH 2 /* evidence is admitted once, and was made after the challenge that it answers */
#define AGREED 4 /* who has joined, and the broker, mean the same job and each other's evidence */
#define RETIRED 8 /* a sandbox that was retired gets no further grant */
#define ROOM 16 /* no more sandboxes are admitted and not retired than the policy allows */
#define GRANTED 32 /* a grant is taken once, and only if it was made */
#ifndef CLAIMS
#define CLAIMS (MEASURED + FRESH + AGREED + RETIRED + ROOM + GRANTED)
#endif
#define claimed(claim) (((CLAIMS) & (claim)) != 0)

/* States that must be there, or a claim is empty: -DREACH=condition is claimed never to hold. */
#ifndef REACH
#define REACH false
#endif
#define BOTH_JOINED (taken[0] == 1 && taken[1] == 1)
#define REPLACED (dead[0] && retired[0] && mapper[1].joined && taken[1] == 1)

#ifndef JOBS
#define JOBS 1
#endif
#ifndef CAME /* mappers of the right code that there are in all */
#define CAME 3
#endif
#define MAPPERS 4
#define ROGUE 3
#define FALSE_BROKER 4 /* in place of whose nonce a broker's evidence answers */
#define NOBODY 5
#ifndef SANDBOXES /* the policy's limits.mappers */
#define SANDBOXES 2
#endif

typedef Mapper {
  bool attested;
  byte job; /* that its evidence is for */
  byte answers; /* that its evidence answers: 1 + 2 job + number; 0 is none that was ever issued */
  byte broker; /* whose nonce the broker's evidence that it trusts answers */
  bool trusts;
  bool joined;
}
Mapper mapper[MAPPERS];
bool dead[MAPPERS];

typedef Member { bool admitted; bool ended; byte broker; bool channel; }
typedef Job { Member at[MAPPERS]; }
Job job[2];
bool issued[5], answered[5]; /* challenges */
byte older[5]; /* bits: mappers whose evidence was there before the challenge */
byte admissions[MAPPERS];
bool retired[MAPPERS];
byte sent[MAPPERS], received[MAPPERS], taken[MAPPERS];

byte s, j, c, n; /* what the coordinator picks; 0 again when it has */

#define need(condition) if :: (condition) :: else -> goto refused fi
#define room(j) (job[j].at[0].admitted && !job[j].at[0].ended) + (job[j].at[1].admitted && !job[j].at[1].ended) + \
  (job[j].at[2].admitted && !job[j].at[2].ended) + (job[j].at[3].admitted && !job[j].at[3].ended)

inline clear() { s = 0; j = 0; c = 0; n = 0 }

inline pickMapper(z) {
  if
  :: z = 0
  :: CAME > 1 -> z = 1
  :: CAME > 2 -> z = 2
  :: out(MEASUREMENT) -> z = ROGUE
  fi
}

inline pickJob() {
  if
  :: j = 0
  :: JOBS > 1 -> j = 1
  fi
}

inline pickChallenge(z) {
  if
  :: z = 1
  :: z = 2
  :: z = 3
  fi
}

#define jobOf(answered) ((JOBS == 1) -> 0 : ((answered) - 1) / 2)

/* JobMembers.challenge: three for job 0, or two and one for job 1. */
inline challenge() {
  pickChallenge(c);
  need(!issued[c]);
  issued[c] = true;
  older[c] = mapper[0].attested + 2 * mapper[1].attested + 4 * mapper[2].attested;
  printf("broker: challenge %d for job %d\n", c, jobOf(c))
}

/* Member.attest: for whatever job and nonce it is told. */
inline attest() {
  pickMapper(s);
  need(!dead[s] && (!mapper[s].attested || out(ATTEST_ONCE)));
  need(s == 0 || s == ROGUE || mapper[s - 1].attested); /* one after the other: they are alike */
  pickJob();
  if
  :: c = 0
  :: issued[1] -> c = 1
  :: issued[2] -> c = 2
  :: issued[3] -> c = 3
  fi;
  need(mapper[s].job != j || mapper[s].answers != c || !mapper[s].attested);
  mapper[s].attested = true;
  mapper[s].job = j;
  mapper[s].answers = c;
  printf("mapper %d: evidence for job %d and challenge %d\n", s, j, c)
}

/* BrokerJob.#admit: with evidence of the broker's for whatever nonce it is told, a mapper's or none. */
inline admit() {
  pickMapper(s);
  need(mapper[s].attested);
  pickJob();
  pickChallenge(c);
  need(issued[c] && (!answered[c] || out(CHALLENGE_ONCE)) && (jobOf(c) == j || out(CHALLENGE)));
  need(s != ROGUE || out(MEASUREMENT));
  need(mapper[s].job == j || s == ROGUE || out(EVIDENCE_JOB));
  need(mapper[s].answers == c || s == ROGUE || out(NONCE));
  need(room(j) < SANDBOXES || out(CAP));
  if
  :: n = s
  :: s != 0 -> n = 0
  :: n = NOBODY
  fi;
  answered[c] = true;
  admissions[s]++;
  job[j].at[s].admitted = true;
  job[j].at[s].ended = false;
  job[j].at[s].broker = n;
  job[j].at[s].channel = false;
  printf("broker: mapper %d admitted to job %d by challenge %d, own evidence for nonce of %d\n", s, j, c, n);
  assert(!claimed(FRESH) || (admissions[s] == 1 && (s == ROGUE || !(older[c] & (1 << s)))));
  assert(!claimed(ROOM) || room(j) <= SANDBOXES)
}

/* Member.trust: evidence of the broker's, which attests to whoever asks, or of the false one's. */
inline trust() {
  pickMapper(s);
  need(s != ROGUE && !dead[s] && mapper[s].attested && (!mapper[s].trusts || out(TRUST_ONCE)));
  if
  :: n = s
  :: s != 0 && out(BROKER_NONCE) -> n = 0
  :: out(BROKER_NONCE) -> n = NOBODY
  :: out(MEASUREMENT) -> n = FALSE_BROKER
  fi;
  need(!mapper[s].trusts || mapper[s].broker != n);
  mapper[s].trusts = true;
  mapper[s].broker = n;
  printf("mapper %d: trusts the broker's evidence for nonce of %d\n", s, n)
}

/* BrokerJob.#handshake: message 1 of Noise KK is a mapper's own; the coordinator can make one for the rogue alone. */
inline handshake() {
  pickMapper(s);
  pickJob();
  need(job[j].at[s].admitted && (!job[j].at[s].ended || out(ENDED)));
  need(!job[j].at[s].channel || out(TRANSPORT_ONCE));
  need(s == ROGUE || (mapper[s].trusts && mapper[s].broker != FALSE_BROKER &&
    (out(PROLOGUE) || (mapper[s].job == j && mapper[s].broker == job[j].at[s].broker))));
  job[j].at[s].channel = true;
  sent[s] = 0;
  printf("broker: channel with mapper %d in job %d\n", s, j);
  assert(!claimed(MEASURED) || (s != ROGUE && mapper[s].job == j));
  assert(!claimed(AGREED) || mapper[s].broker == job[j].at[s].broker)
}

/* Member.join: message 2 of Noise KK; the false broker has its own. */
inline join() {
  pickMapper(s);
  need(s != ROGUE && !dead[s] && mapper[s].trusts && (!mapper[s].joined || out(JOIN_ONCE)));
  pickJob();
  need(mapper[s].broker == FALSE_BROKER || (job[j].at[s].channel &&
    (out(PROLOGUE) || (mapper[s].job == j && mapper[s].broker == job[j].at[s].broker))));
  mapper[s].joined = true;
  received[s] = 0;
  printf("mapper %d: joined in job %d\n", s, j);
  assert(!claimed(AGREED) || (mapper[s].broker == s && mapper[s].job == j))
}

/* BrokerJob.#grantTask */
inline grant() {
  pickMapper(s);
  pickJob();
  need(job[j].at[s].admitted && job[j].at[s].channel && (!job[j].at[s].ended || out(ENDED)) && sent[s] < 2);
  sent[s]++;
  printf("broker: grant %d to mapper %d\n", sent[s], s);
  assert(!claimed(RETIRED) || !retired[s])
}

/* Member.open: a grant on its own channel. Another channel's does not open: its key is another. */
inline open() {
  pickMapper(s);
  need(s != ROGUE && !dead[s] && mapper[s].joined && mapper[s].broker != FALSE_BROKER);
  if
  :: n = 1
  :: n = 2
  fi;
  need(n <= sent[s] && (n == received[s] + 1 || out(COUNTER)) && taken[s] < 3);
  received[s] = n;
  taken[s]++;
  printf("mapper %d: took grant %d\n", s, n);
  assert(!claimed(GRANTED) || taken[s] <= sent[s])
}

/* JobMembers.retire, on the coordinator's word; the channel is closed. */
inline retire() {
  pickMapper(s);
  pickJob();
  need(job[j].at[s].admitted && !job[j].at[s].ended);
  job[j].at[s].ended = true;
  job[j].at[s].channel = out(ENDED) && job[j].at[s].channel;
  retired[s] = true;
  printf("broker: mapper %d retired from job %d\n", s, j)
}

inline die() {
  need(!dead[0] && !dead[1] && !dead[2]);
  pickMapper(s);
  need(s != ROGUE && mapper[s].attested);
  dead[s] = true;
  printf("mapper %d: dies\n", s)
}

init {
  atomic { mapper[ROGUE].attested = true };
end:
  do
  :: atomic {
      if
      :: challenge()
      :: attest()
      :: admit()
      :: trust()
      :: handshake()
      :: join()
      :: grant()
      :: open()
      :: retire()
      :: die()
      fi;
      assert(!(REACH));
      refused:
      clear()
    }
  od
}
