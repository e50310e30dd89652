/*
 * Turning a signing key under live verifiers: the model behind docs/adr/0012-leases-and-acks.md.
 *
 * For readers of Java: a `proctype` is a thread; `do :: a :: b od` is a loop in which any branch whose first statement
 * is true may be taken, and the checker (spin) tries every one of them, in every order of all threads; `d_step { }` is
 * one indivisible step. So "may be lost", "may be late", "may crash here" need no code: not being chosen is enough.
 * `assert` must hold in every order. ./check runs it all.
 *
 * What is left out, because it only makes things safer: a report under way is taken at the instant it is sent (a late
 * one carries an older epoch, and holds its sender to a lease that began earlier); a restarted verifier takes over the
 * lease of the one before (in truth the old one blocks until it lapses). Clocks run at one speed.
 *
 * Each -D switch named in a comment "broken by" takes one rule away. The letters (a)-(j) are the rules of the ADR.
 */

#define KEYSTORES 2
#ifndef VERIFIERS
#define VERIFIERS 2
#endif
#ifndef EVENTS
#define EVENTS 3        /* events in the log after the first state */
#endif
#ifndef FAULTS
#define FAULTS 3        /* crashes, outages, partitions, restarts, in any mixture */
#endif
#ifndef LEASE
#define LEASE 2         /* in ticks of the clock; with 1 it would stand still as soon as somebody is known */
#endif
#ifndef LAG
#define LAG 1           /* by how much the lease table may be behind a renewal that was answered */
#endif
#define SETTLE (2 * LEASE)  /* (h) */
#ifdef PLAN             /* nothing but the way to the end of one rotation */
#define ONE_ROTATION
#endif

/* Two keys. At first OLD signs and NEW does not exist. */
#define KEYS 2
#define OLD 0
#define NEW 1

/* The states of a key. */
#define UNKNOWN 0
#define ANNOUNCED 1
#define ACTIVE 2
#define VERIFY_ONLY 3
#define RETIRED 4
#define COMPROMISED 5

/* What is promised. Each is checked where it could become false. */
bool signedOnlyWhatIsHeld = true;
bool goodTokenNeverRefused = true;
bool oneHistoryAndOneActiveKey = true;
bool compromisedForEver = true;
bool retiredOnlyUnused = true;

/* The journal: the kid map after each epoch. A process that has applied an epoch knows exactly its row. */
byte head = 0;
byte map[(EVENTS + 1) * KEYS];
#define STATE(x, e) map[(e) * KEYS + (x)]
#define VERIFIES(x, e) (STATE(x, e) >= ANNOUNCED && STATE(x, e) <= VERIFY_ONLY)

/* The lease table: age and epoch of each verifier's newest written report. All ages stop counting when they are over. */
byte row[VERIFIERS] = LEASE + LAG;
byte rowEpoch[VERIFIERS];
bool dark;                             /* the database is away for everybody */

/* Keystores. */
bool up[KEYSTORES] = true;
byte seen[KEYSTORES];                  /* the epoch up to which it has read the journal */
byte readAge[KEYSTORES];               /* since it did */
byte upAge[KEYSTORES] = LEASE;         /* since its start, or since the database came back */
byte heard[KEYSTORES * VERIFIERS] = LEASE;    /* in memory: since a verifier's last report to it */
#define HEARD(k, v) heard[(k) * VERIFIERS + (v)]
byte plan[KEYSTORES];                  /* an activation decided upon and not appended yet: key + 1 */

/* Verifiers. */
byte epoch[VERIFIERS];
bool serves[VERIFIERS];                /* has read the log to its end once */
bool cut[VERIFIERS];                   /* reaches no keystore */
byte lease[VERIFIERS] = LEASE;         /* since its last answered report */
byte told[VERIFIERS];                  /* the head that the answer named, while not applied yet */
byte answering[VERIFIERS];             /* keystore + 1 that has written its report and not answered yet */
bool forged[VERIFIERS];                /* remembers that the kid of NEW was unknown at this epoch: a stranger asked */

/* Only for the promises: was known, and has been within reach ever since; was passed over by an operator. */
bool blameless[VERIFIERS];
bool waived[VERIFIERS];
#define COUNTS(v) (serves[v] && told[v] == 0 && (lease[v] < LEASE || blameless[v]))

/* Tokens. */
bool live[KEYS];                       /* the registry has a token of this key */
byte flying[KEYS] = LEASE;             /* signed and not stored yet: since */
byte idleFor[KEYS];                    /* since it idleFor signing */
bool unused[KEYS];                     /* a count that began late enough has found none */

byte faults;                           /* how many things have broken so far */

/* Scratch, not part of the state. */
hidden byte i, j;
hidden byte ok;

/* ---- The journal ---------------------------------------------------------------------------------------------- */

inline read(k) {
  if
  :: seen[k] != head -> seen[k] = head; plan[k] = 0   /* what was decided upon an older map is decided again */
  :: else
  fi;
#ifdef RETIREMENT
  readAge[k] = 0
#endif
  skip
}

/* Compare-and-append: the primary key of the journal lets an epoch be taken once. */
#ifdef NO_COMPARE               /* broken by NO_COMPARE: the later writer overwrites the epoch */
#define MAY_APPEND(k) (up[k] && !dark && seen[k] < EVENTS)
#define APPENDS_AFTER(k) seen[k]
#else
#ifdef BLIND_RETRY              /* broken by BLIND_RETRY: who loses the race appends the same event once more */
#define MAY_APPEND(k) (up[k] && !dark && head < EVENTS)
#define APPENDS_AFTER(k) head
#else
#define MAY_APPEND(k) (up[k] && !dark && head < EVENTS && seen[k] == head)
#define APPENDS_AFTER(k) head
#endif
#endif

inline append(k, x, to) {
  printf("keystore %d appends epoch %d: key %d becomes %d\n", k, APPENDS_AFTER(k) + 1, x, to);
  j = APPENDS_AFTER(k);
  oneHistoryAndOneActiveKey = (j == head);
  assert(oneHistoryAndOneActiveKey);
  compromisedForEver = (STATE(x, j) != COMPROMISED);
  assert(compromisedForEver);
  for (i : 0 .. KEYS - 1) {
    STATE(i, j + 1) = STATE(i, j);
    if
    :: to == ACTIVE && STATE(i, j) == ACTIVE -> STATE(i, j + 1) = VERIFY_ONLY; idleFor[i] = 0; unused[i] = false
    :: else
    fi
  }
  STATE(x, j + 1) = to;
  unused[x] = false;
  head = j + 1;
  read(k);
  oneHistoryAndOneActiveKey = !(STATE(OLD, head) == ACTIVE && STATE(NEW, head) == ACTIVE);
  assert(oneHistoryAndOneActiveKey);
}

proctype JournalReader(byte k) {
  do
  :: d_step { up[k] && !dark && (seen[k] != head || readAge[k] > 0) -> read(k); printf("keystore %d reads the journal to epoch %d\n", k, head) }
  od
}

/* ---- Verifiers: following ------------------------------------------------------------------------------------- */

inline applied(v, e) {
  printf("verifier %d has epoch %d\n", v, e);
  if
  :: epoch[v] != e -> epoch[v] = e; forged[v] = false
  :: else
  fi;
  if
  :: epoch[v] >= told[v] -> told[v] = 0
  :: else
  fi;
  if
  :: STATE(NEW, epoch[v]) != UNKNOWN -> waived[v] = false
  :: else
  fi
}

/* (i) A keystore answers a pull with the journal as it is now, or not at all. */
#ifdef READ_FROM_MEMORY         /* broken by READ_FROM_MEMORY: with what it has read some time */
#define MAY_PULL(v, k) (!cut[v] && up[k] && seen[k] >= epoch[v])
inline pull(v, k) { applied(v, seen[k]); serves[v] = true }
#else
#define MAY_PULL(v, k) (!cut[v] && up[k] && !dark)
inline pull(v, k) { read(k); applied(v, head); serves[v] = true }
#endif

proctype Puller(byte v) {
  byte k;
  do
#ifdef NEVER_PULLS              /* broken by NEVER_PULLS, while Kafka is lost */
  :: d_step { !serves[v] && MAY_PULL(v, 0) -> pull(v, 0) }
#else
  :: d_step { (!serves[v] || epoch[v] < head) && MAY_PULL(v, 0) -> pull(v, 0) }
  :: d_step { (!serves[v] || epoch[v] < head) && MAY_PULL(v, 1) -> pull(v, 1) }
#endif
  od
}

#ifndef PLAN                    /* there Kafka is lost for good */
proctype Kafka(byte v) {
  do
  :: d_step { epoch[v] < head -> applied(v, epoch[v] + 1) }
  od
}
#endif

/* ---- Reports: leases and acks --------------------------------------------------------------------------------- */

/* (a) Whoever this keystore has not heard for a lease, whoever has come to another epoch, and whoever the table knows
 * only by an old report, is written down before the answer. Others wait for the batch. */
#ifdef FIRST_BY_TABLE           /* broken by FIRST_BY_TABLE: known is who has a lease in the table, whoever wrote it */
#define IS_NEW(k, v) (row[v] >= LEASE && HEARD(k, v) >= LEASE)
#else
#define IS_NEW(k, v) (HEARD(k, v) >= LEASE)
#endif
#ifdef BATCHES_OF_ANY_AGE       /* broken by BATCHES_OF_ANY_AGE: a renewal waits for the batch in any case */
#define MAY_WAIT(v) true
#else
#define MAY_WAIT(v) (row[v] <= LAG)
#endif

inline write(v) { row[v] = 0; rowEpoch[v] = epoch[v] }

/* (f) The answer to a first report names the head as read after the lease was written. */
#ifdef HEAD_FROM_MEMORY         /* broken by HEAD_FROM_MEMORY */
inline readForAnswer(k) { skip }
#else
inline readForAnswer(k) { read(k) }
#endif

#define MAY_REPORT(v, k) (!cut[v] && up[k] && answering[v] == 0)

/* From now on the keystore takes it for known. */
inline greet(v, k, age) { readForAnswer(k); HEARD(k, v) = age }

/* The answer arrives. It names the head; whoever held no lease is known only when it has applied that. */
inline answered(v, k, age) {
  told[v] = (lease[v] >= LEASE && seen[k] > epoch[v] -> seen[k] : told[v]);
  lease[v] = age;
  if
  :: told[v] == 0 -> blameless[v] = true
  :: else
  fi;
  printf("verifier %d is answered by keystore %d: must have epoch %d\n", v, k, told[v])
}

inline report(v, k) {
  printf("verifier %d reports epoch %d to keystore %d\n", v, epoch[v], k);
  if
#ifdef ANSWER_BEFORE_STORE      /* broken by ANSWER_BEFORE_STORE: a first report goes with the batch too */
  :: IS_NEW(k, v) && !dark -> greet(v, k, 0); answered(v, k, 0)
#else
  :: IS_NEW(k, v) && !dark -> write(v); answering[v] = k + 1
#endif
  :: !IS_NEW(k, v) && (rowEpoch[v] != epoch[v] || !MAY_WAIT(v)) && !dark ->
     HEARD(k, v) = 0; write(v); answered(v, k, 0)
  :: !IS_NEW(k, v) && rowEpoch[v] == epoch[v] && MAY_WAIT(v) -> HEARD(k, v) = 0; answered(v, k, 0)
  :: else                              /* UNAVAILABLE */
  fi
}

proctype Reporter(byte v) {
  do
  :: d_step { MAY_REPORT(v, 0) && (lease[v] > 0 || rowEpoch[v] != epoch[v]) -> report(v, 0) }
  :: d_step { MAY_REPORT(v, 1) && (lease[v] > 0 || rowEpoch[v] != epoch[v]) -> report(v, 1) }
  od
}

/* The second half of a first report, some time later or never. The lease began when the report came. */
proctype Answers(byte v) {
  byte k;
  do
  :: d_step { answering[v] != 0 && !cut[v] && !dark && row[v] < LEASE ->
       k = answering[v] - 1; answering[v] = 0; greet(v, k, row[v]); answered(v, k, row[v]); k = 0 }
#ifndef PLAN
  :: d_step { answering[v] != 0 && !dark && row[v] < LEASE ->        /* the answer is lost */
       k = answering[v] - 1; answering[v] = 0; greet(v, k, row[v]); k = 0 }
#endif
  :: d_step { answering[v] != 0 && (cut[v] || dark || row[v] >= LEASE) -> answering[v] = 0 }
  od
}

proctype LeaseWriter(byte k) {
  do
  :: d_step { up[k] && !dark ->
       printf("keystore %d writes its batch\n", k);
       for (i : 0 .. VERIFIERS - 1) {
         if
         :: HEARD(k, i) < row[i] && HEARD(k, i) < LEASE -> row[i] = HEARD(k, i)
         :: else
         fi
       }
       skip }
  od
}

/* ---- An operator's commands ----------------------------------------------------------------------------------- */

/* (b) Live to a keystore: heard lately by itself, or in the table, which is read afresh. */
#define LIVE(k, v) (HEARD(k, v) < LEASE || row[v] < LEASE + LAG)
#define HAS_ACKED(v, x) (STATE(x, rowEpoch[v]) != UNKNOWN)
#define MAY_SIGN(x, e) (STATE(x, e) == ANNOUNCED || STATE(x, e) == VERIFY_ONLY)

#ifdef NO_START_GRACE           /* (c) broken by NO_START_GRACE */
#define KNOWS_ALL(k) true
#else
#define KNOWS_ALL(k) (upAge[k] >= LEASE)
#endif

/* (d) The gate. */
inline decide(k, x) {
  ok = true;
#ifndef NO_ACK_GATE             /* broken by NO_ACK_GATE */
  for (i : 0 .. VERIFIERS - 1) {
    ok = ok && (!LIVE(k, i) || HAS_ACKED(i, x))
  }
#endif
  if
  :: ok -> plan[k] = x + 1; printf("keystore %d decides to activate key %d\n", k, x)
  :: else
  fi
}

/* An operator, or a compromise (g), goes ahead without those that are deaf. */
inline override(k, x) {
  printf("an operator overrides\n");
  for (i : 0 .. VERIFIERS - 1) {
    waived[i] = waived[i] || !VERIFIES(x, epoch[i])
  }
  append(k, x, ACTIVE)
}

#ifdef RETIREMENT
inline retire(k, x) {
  retiredOnlyUnused = !live[x];
  assert(retiredOnlyUnused);
  append(k, x, RETIRED)
}
#endif

proctype Commands(byte k) {
  do
  :: d_step { MAY_APPEND(k) && STATE(NEW, seen[k]) == UNKNOWN -> append(k, NEW, ANNOUNCED) }
  :: d_step { up[k] && !dark && plan[k] == 0 && KNOWS_ALL(k) && MAY_SIGN(NEW, seen[k]) -> decide(k, NEW) }
  /* Anything may happen between the decision and its being appended. */
  :: d_step { MAY_APPEND(k) && plan[k] != 0 -> append(k, plan[k] - 1, ACTIVE) }
#ifndef ONE_ROTATION
  :: d_step { up[k] && !dark && plan[k] == 0 && KNOWS_ALL(k) && MAY_SIGN(OLD, seen[k]) -> decide(k, OLD) }
#ifdef RETIREMENT
  :: d_step { MAY_APPEND(k) && STATE(OLD, seen[k]) == VERIFY_ONLY && unused[OLD] -> retire(k, OLD) }
  :: d_step { MAY_APPEND(k) && STATE(NEW, seen[k]) == VERIFY_ONLY && unused[NEW] -> retire(k, NEW) }
#else
  :: d_step { MAY_APPEND(k) && MAY_SIGN(NEW, seen[k]) -> override(k, NEW) }
  :: d_step { MAY_APPEND(k) && MAY_SIGN(OLD, seen[k]) -> override(k, OLD) }
  :: d_step { MAY_APPEND(k) && VERIFIES(OLD, seen[k]) -> append(k, OLD, COMPROMISED) }
  :: d_step { MAY_APPEND(k) && VERIFIES(NEW, seen[k]) -> append(k, NEW, COMPROMISED) }
#endif
#endif
  od
}

/* ---- Tokens --------------------------------------------------------------------------------------------------- */

#ifdef NO_SIGN_LEASE            /* (e) broken by NO_SIGN_LEASE: a keystore signs however old its word is */
#define MAY_SIGN_NOW(k) (up[k])
#else
#define MAY_SIGN_NOW(k) (up[k] && readAge[k] < LEASE)
#endif

inline sign(k, x) {
  printf("keystore %d signs with key %d\n", k, x);
  for (i : 0 .. VERIFIERS - 1) {
    signedOnlyWhatIsHeld = !COUNTS(i) || waived[i] || STATE(x, epoch[i]) != UNKNOWN;
    assert(signedOnlyWhatIsHeld)
  }
  retiredOnlyUnused = (STATE(x, head) != RETIRED);
  assert(retiredOnlyUnused);
#ifdef RETIREMENT
  flying[x] = 0
#endif
  skip
}

#ifndef PLAN
proctype Signer(byte k) {
  do
  :: d_step { MAY_SIGN_NOW(k) && STATE(OLD, seen[k]) == ACTIVE -> sign(k, OLD) }
  :: d_step { MAY_SIGN_NOW(k) && STATE(NEW, seen[k]) == ACTIVE -> sign(k, NEW) }
  od
}

/* (j) That a kid was unknown a moment ago is remembered only while a lease runs. */
#ifdef UNKNOWN_FOR_EVERYBODY    /* broken by UNKNOWN_FOR_EVERYBODY */
#define REMEMBERS(v) true
#else
#define REMEMBERS(v) (told[v] == 0 && lease[v] < LEASE && !waived[v])
#endif

/* Unknown kid: pull, and judge again. Only who has the newest word may refuse. */
inline judge(v, x) {
  printf("verifier %d judges a token of key %d\n", v, x);
  if
  :: STATE(x, epoch[v]) == UNKNOWN && forged[v] && REMEMBERS(v) -> ok = false
  :: STATE(x, epoch[v]) == UNKNOWN && !(forged[v] && REMEMBERS(v)) ->
     if
     :: MAY_PULL(v, 0) -> pull(v, 0); ok = VERIFIES(x, epoch[v])
     :: MAY_PULL(v, 1) && !MAY_PULL(v, 0) -> pull(v, 1); ok = VERIFIES(x, epoch[v])
     :: else -> ok = true              /* UNAVAILABLE: the caller asks another */
     fi
  :: else -> ok = VERIFIES(x, epoch[v])
  fi;
  goodTokenNeverRefused = ok || STATE(x, head) == COMPROMISED;
  assert(goodTokenNeverRefused)
}

#ifdef RETIREMENT
#define IN_USE(x) live[x]
#else
#define IN_USE(x) (STATE(x, head) == ACTIVE || STATE(x, head) == VERIFY_ONLY)
#endif

proctype Judge(byte v) {
  do
  :: d_step { serves[v] && IN_USE(OLD) -> judge(v, OLD) }
  :: d_step { serves[v] && IN_USE(NEW) -> judge(v, NEW) }
#ifdef STRANGER
  /* A stranger sends a token with the next kid before there is such a key. */
  :: d_step { serves[v] && !forged[v] && epoch[v] == head && STATE(NEW, head) == UNKNOWN && (MAY_PULL(v, 0) || MAY_PULL(v, 1)) ->
       forged[v] = true }
#endif
  od
}
#endif

#ifdef RETIREMENT
/* An issuer has its token signed, writes it into the registry and hands it out: within a lease, or not at all. */
#ifdef COUNT_TOO_EARLY          /* (h) broken by COUNT_TOO_EARLY: counts when the key has not signed for one lease */
#define MAY_COUNT(x) (idleFor[x] >= LEASE)
#else
#define MAY_COUNT(x) (idleFor[x] >= SETTLE)
#endif

proctype Issuer(byte x) {
  do
  :: d_step { flying[x] < LEASE -> live[x] = true; flying[x] = LEASE;
       retiredOnlyUnused = (STATE(x, head) != RETIRED);
       assert(retiredOnlyUnused) }
  :: d_step { live[x] -> live[x] = false }     /* logged out, expired */
  :: d_step { STATE(x, head) == VERIFY_ONLY && MAY_COUNT(x) && !live[x] && !unused[x] -> unused[x] = true }
  od
}
#endif

/* ---- The world ------------------------------------------------------------------------------------------------ */

#define OLDER(age, most) age = (age < (most) -> age + 1 : age)

/* Who is within reach is answered in time: before its lease ends, and before a keystore that has just started believes
 * that it knows everybody. */
#define TRUSTS(k) (up[k] && upAge[k] >= LEASE - 1)
#define WAITS_FOR(v) (blameless[v] && lease[v] >= LEASE - 1)

#if VERIFIERS == 1
#define SOMEBODY_IS_WAITED_FOR WAITS_FOR(0)
#else
#define SOMEBODY_IS_WAITED_FOR (WAITS_FOR(0) || WAITS_FOR(1))
#endif
#define MAY_TICK (dark || !(TRUSTS(0) || TRUSTS(1)) || !SOMEBODY_IS_WAITED_FOR)

inline tick() {
  printf("a tick\n");
  for (i : 0 .. VERIFIERS - 1) {
    OLDER(row[i], LEASE + LAG);
    OLDER(lease[i], LEASE);
    if
    :: row[i] == LEASE + LAG -> rowEpoch[i] = 0
    :: else
    fi;
    forged[i] = false;
    for (j : 0 .. KEYSTORES - 1) {
      OLDER(HEARD(j, i), LEASE)
    }
  }
  for (i : 0 .. KEYSTORES - 1) {
    if
    :: up[i] -> OLDER(upAge[i], LEASE);
#ifdef RETIREMENT
       OLDER(readAge[i], LEASE)
#endif
    :: else
    fi
  }
#ifdef RETIREMENT
  for (i : 0 .. KEYS - 1) {
#ifndef STORES_LATE             /* broken by STORES_LATE */
    OLDER(flying[i], LEASE);
#endif
    if
    :: STATE(i, head) == VERIFY_ONLY -> OLDER(idleFor[i], SETTLE)
    :: else
    fi
  }
#endif
  skip
}

proctype Clock() {
  do
  :: d_step { MAY_TICK -> tick() }
  od
}

#define MAY_BREAK (faults < FAULTS)

inline crash(k) {
  printf("keystore %d crashes\n", k);
  up[k] = false; seen[k] = 0; readAge[k] = 0; upAge[k] = 0; plan[k] = 0;
  for (i : 0 .. VERIFIERS - 1) {
    HEARD(k, i) = LEASE;
    answering[i] = (answering[i] == k + 1 -> 0 : answering[i])
  }
  skip
}

inline start(k) { printf("keystore %d starts\n", k); up[k] = true; read(k) }

proctype KeystoreFate(byte k) {
  do
  :: d_step { MAY_BREAK && up[k] -> faults++; crash(k) }
  :: d_step { !up[k] && !dark -> start(k) }
  od
}

inline outageEnds() {
  printf("the database is back\n");
  dark = false;
#ifndef NO_GRACE_AFTER_OUTAGE   /* (c) broken by NO_GRACE_AFTER_OUTAGE */
  for (i : 0 .. KEYSTORES - 1) {
    upAge[i] = 0
  }
#endif
  skip
}

proctype DatabaseFate() {
  do
  :: d_step { MAY_BREAK && !dark -> faults++; dark = true; printf("the database goes away\n") }
  :: d_step { dark -> outageEnds() }
  od
}

inline restart(v) {
  printf("verifier %d restarts\n", v);
  epoch[v] = 0; serves[v] = false; lease[v] = LEASE; told[v] = 0; answering[v] = 0; forged[v] = false;
  blameless[v] = false; waived[v] = false
}

proctype VerifierFate(byte v) {
  do
  :: d_step { MAY_BREAK && !cut[v] -> faults++; printf("verifier %d is cut off\n", v); cut[v] = true; blameless[v] = false }
  :: d_step { cut[v] -> cut[v] = false; printf("verifier %d is back\n", v) }
  :: d_step { MAY_BREAK && (serves[v] || epoch[v] > 0) -> faults++; restart(v) }
  od
}

#ifdef PLAN
/* However things break: what has stopped breaking lets the rotation end. */
ltl planEnds { <> (STATE(NEW, head) == ACTIVE) }
#endif

init {
  byte n;
  d_step {
    STATE(OLD, 0) = ACTIVE
  }
  atomic {
    for (n : 0 .. KEYSTORES - 1) {
      run JournalReader(n); run LeaseWriter(n); run KeystoreFate(n);
#ifdef ONE_ROTATION
      if
      :: n == 0 -> run Commands(n)     /* the other one only hears verifiers */
      :: else
      fi;
#else
      run Commands(n);
#endif
#ifndef PLAN
      run Signer(n)
#endif
    }
#ifndef RETIREMENT              /* there nobody is waited for: that is the harder case */
    for (n : 0 .. VERIFIERS - 1) {
      run Puller(n); run Reporter(n); run Answers(n); run VerifierFate(n);
#ifndef PLAN
      run Kafka(n); run Judge(n)
#endif
    }
#else
    run Issuer(OLD); run Issuer(NEW);
#endif
    run Clock(); run DatabaseFate();
    n = 0
  }
}
