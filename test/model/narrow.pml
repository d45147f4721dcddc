/*
 * Reducing in two steps, where the program may narrow the policy: each reducer finishes, says what it narrowed and waits;
 * told what all narrowed, it applies the join and seals. The coordinator carries what is told, shows reducers either of
 * two commit sets, runs two reducers of a partition at once, and lets some die. The receiver is its accomplice: with the
 * key that was released it tries to open whatever was ever sealed.
 */

/* Checks of the protocol; -DOUT=JOIN+OWN takes these two out. */
#define OWN 1 /* Reducer.#sealHeld: what is told of this partition is what it narrowed */
#define HELD_ONCE 2 /* Reducer.#sealHeld: what is held is sealed once */
#define SIGNED 4 /* Reducer.#seal: the manifest says what this partition narrowed, not what was told of it */
#define JOIN 8 /* joinedNarrowing: every reducer applied the join */
#define COMMIT_SET 16 /* checkReduceManifests: document.commitSet */
#define PARTITION 32 /* checkReduceManifests: document.partition === index */
#define KEY_NARROWING 64 /* releasedKey: the narrowing */
#define KEY_SET 128 /* releasedKey: the commit set */
#define ONCE 256 /* ReleaseLedger */

#ifndef OUT
#define OUT 0
#endif
#define out(check) (((OUT) & (check)) != 0)

/* What is claimed. */
#define RELEASE 1 /* what is released is of one commit set, and has the join of what its partitions narrowed applied */
#define SEALED 2 /* of all that was ever sealed, the released key opens nothing else */
#ifndef CLAIMS
#define CLAIMS (RELEASE + SEALED)
#endif
#define claimed(claim) (((CLAIMS) & (claim)) != 0)

/* States that must be there, or a claim is empty: -DREACH=condition is claimed never to hold. */
#ifndef REACH
#define REACH false
#endif
#define RELEASED (released[0] != 0)
#define RELEASED_AFTER_DEATH (released[1] != 0 && failures == 1)
#define WRONGLY_SEALED (released[0] != 0 && sealed[manifest(0, 0, 1, 1)])

#ifndef FAILURES
#define FAILURES 1
#endif
#ifndef REDUCERS /* at once, of each partition */
#define REDUCERS 2
#endif

#ifndef SETS
#define SETS 2
#endif

/* What the program narrows, as bits: in set 0 each partition something else, in set 1 the second partition alone. */
#define narrowedBy(partition, set) ((set) == 0 -> 1 + (partition) : 2 * (partition))
#define truth(set) (narrowedBy(0, set) | narrowedBy(1, set))

/* A manifest: 32 partition + 16 set + 4 narrowed + applied, and what was sealed with it. */
#define manifest(partition, set, narrowed, applied) (32 * (partition) + 16 * (set) + 4 * (narrowed) + (applied))
#define partitionOf(m) ((m) / 32)
#define setOf(m) (((m) / 16) % 2)
#define narrowedIn(m) (((m) / 4) % 4)
#define appliedIn(m) ((m) % 4)

byte held[4]; /* reducer 2 partition + number: the set that it finished, from 1 on */
bool sealed[64];
byte released[2]; /* of each set: the narrowing of which the key was released, from 1 on */
byte failures;

byte i, p, q, s, t, u, m, n; /* what the coordinator picks; 0 again when it has */

#define need(condition) if :: (condition) :: else -> goto refused fi

inline clear() { i = 0; p = 0; q = 0; s = 0; t = 0; u = 0; m = 0; n = 0 }

inline pickReducer() {
  if
  :: p = 0
  :: p = 1
  fi;
  if
  :: i = 2 * p
  :: REDUCERS > 1 -> i = 2 * p + 1
  fi
}

inline pickNarrowing(z) {
  if
  :: z = 0
  :: z = 1
  :: z = 2
  :: z = 3
  fi
}

/* Reducer.#begin to #finish: a new set replaces what was held. */
inline finish() {
  pickReducer();
  pickSet(s);
  need(held[i] != s + 1);
  held[i] = s + 1;
  printf("reducer %d of partition %d: finishes set %d, narrows %d\n", i % 2, p, s, narrowedBy(p, s))
}

/* Reducer.#sealHeld */
inline seal() {
  pickReducer();
  need(held[i] != 0);
  s = held[i] - 1;
  pickNarrowing(t);
  pickNarrowing(u);
  n = (p == 0 -> t : u); /* what is told of this partition */
  need(out(OWN) || n == narrowedBy(p, s));
  n = (out(SIGNED) -> n : narrowedBy(p, s));
  sealed[manifest(p, s, n, t | u)] = true;
  held[i] = (out(HELD_ONCE) -> held[i] : 0);
  printf("reducer %d of partition %d: is told %d, %d, seals set %d, narrowed %d, applied %d\n", i % 2, p, t, u, s, n, t | u)
}

inline pickSet(z) {
  if
  :: z = 0
  :: SETS > 1 -> z = 1
  fi
}

/* One of those that were sealed. */
inline pickManifest(z, slot) {
  if
  :: p = slot
  :: out(PARTITION) -> p = 1 - slot
  fi;
  pickSet(s);
  pickNarrowing(t);
  if
  :: u = narrowedBy(p, s)
  :: out(SIGNED) -> pickNarrowing(u)
  fi;
  z = manifest(p, s, u, t);
  need(sealed[z])
}

/* release: joinedNarrowing, releasedKey. */
inline release() {
  pickManifest(m, 0);
  pickManifest(n, 1);
  need(out(ONCE) || (released[0] == 0 && released[1] == 0));
  s = setOf(m);
  need(setOf(n) == s || out(COMMIT_SET));
  t = narrowedIn(m) | narrowedIn(n);
  need((appliedIn(m) == t && appliedIn(n) == t) || out(JOIN));
  printf("broker: releases set %d, narrowing %d, manifests %d, %d\n", s, t, m, n);
  assert(!claimed(RELEASE) || (partitionOf(m) == 0 && partitionOf(n) == 1 && setOf(n) == s && t == truth(s) &&
    appliedIn(m) == t && appliedIn(n) == t));
  assert(!claimed(RELEASE) || (released[0] == 0 && released[1] == 0));
  released[s] = t + 1
}

/* The receiver, with the key of a release, and whatever was sealed. */
inline open() {
  pickSet(q);
  need(released[q] != 0);
  if
  :: pickManifest(m, 0)
  :: pickManifest(m, 1)
  fi;
  need((setOf(m) == q || out(KEY_SET)) && (appliedIn(m) == released[q] - 1 || out(KEY_NARROWING)));
  printf("receiver: opens partition %d of set %d, applied %d\n", partitionOf(m), setOf(m), appliedIn(m));
  assert(!claimed(SEALED) || (setOf(m) == q && appliedIn(m) == truth(q)))
}

inline die() {
  pickReducer();
  need(held[i] != 0 && failures < FAILURES);
  held[i] = 0;
  failures++;
  printf("reducer %d of partition %d: dies\n", i % 2, p)
}

init {
end:
  do
  :: atomic {
      if
      :: finish()
      :: seal()
      :: release()
      :: open()
      :: die()
      fi;
      assert(!(REACH));
      refused:
      clear()
    }
  od
}
