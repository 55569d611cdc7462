/*
 * LEASES AND ACKNOWLEDGEMENTS                                                                  (X3)
 *
 * The rule: an answer "allowed" may be used for LEASE ticks of the asker's own clock, counted from when it sent the
 * question, and is read from the primary after the question arrived. A withdrawal's acknowledgement leaves HOLD ticks
 * after a commit of the publisher's own has returned that began after it saw the row, counted by the publisher's
 * clock. Both clocks count suspension. So no use of an answer begins after the acknowledgement of a withdrawal that
 * the answer does not know.
 *
 * Server 0 is the primary, server 1 its synchronous replica. A commit on 0 is flushed there first (nobody sees it),
 * then on 1, and then it is visible on 0. Server 1 may be promoted at any time without server 0 or its clients being
 * told. A restart of 0 makes visible what only its own disk had. The publisher may die; the next one finds the row and
 * counts anew. Messages take any time. A tick is 0.25 to 0.4 s.
 *
 * Switches that take a part of the rule out, or an assumption:
 *   NO_HOLD                the acknowledgement leaves as soon as the commit was seen
 *   FROM_ARRIVAL           the lease counts from the answer's arrival
 *   EARLIER_READ           the answer was read before the question came (a cache, an older snapshot)
 *   REPLICA_READ           the answer was read on the replica
 *   COUNT_FROM_ROW         the hold counts from the time in the row, not from when it was seen committed
 *   CLOCK_STOPS            the asker's clock does not count suspension
 *   STALL_BEFORE_USE       any time passes between the last look at the lease and the use (no rule helps)
 *   NOBODY_PROVES          neither gate nor publisher proves that its server is still the primary
 *   GATE_PROVES_ONLY       the gate does, the publisher does not
 *   PUBLISHER_PROVES_ONLY  the publisher does, the gate does not; holds with FENCED: server 0 is dead before server 1
 *                          is promoted
 *   ASYNC                  the replica is asynchronous: an acknowledged commit can be lost
 *   QUORUM_SPLIT           another synchronous replica goes on confirming to server 0 after the promotion
 */
#define LEASE 2
#define GAP 1             /* from the last look at the lease to the use */
#define HOLD 4            /* > LEASE + GAP */
#ifdef NO_HOLD
#undef HOLD
#define HOLD 0
#endif
#ifndef END
#define END 13            /* of time */
#endif
#define NEVER 99

byte now;
bit promoted, dead0;      /* server 1 is primary; server 0 answers nobody */
bit onDisk0, flushed1;    /* the withdrawal's commit record on server 0's disk, and on server 1's */
bit visible[2];           /* a statement on that server sees the withdrawal */
bit acked;
byte age = NEVER;         /* of the question, by the asker's clock */
byte sinceLook = NEVER;   /* since the asker looked at its lease and decided to go on */

/* A commit on server s, begun now, returns: its synchronous replica has it too. */
#if defined(QUORUM_SPLIT) || defined(ASYNC)
#define commits(s) (s == 1 -> promoted : !dead0)
#else
#define commits(s) (s == 1 -> promoted : (!promoted && !dead0))
#endif
/* ... and with it all that was written before. */
#ifdef ASYNC
#define prove(s) commits(s)
#else
#define prove(s) atomic { commits(s) -> if :: s == 0 && onDisk0 && !promoted -> flushed1 = 1 :: else fi }
#endif
#define usable(s) (s == 1 -> promoted : !dead0)

active proctype Time() {
    do
    :: atomic { now < END && (sinceLook == NEVER || sinceLook < GAP) ->
        now++; printf("-- %d --\n", now);
#ifdef CLOCK_STOPS
        if :: age != NEVER -> age++ :: skip fi;
#else
        if :: age != NEVER -> age++ :: else fi;
#endif
#ifndef STALL_BEFORE_USE
        if :: sinceLook != NEVER -> sinceLook++ :: else fi
#endif
    }
    :: now == END -> break
    od
}

active proctype Servers() {
end:
    do
#ifdef ASYNC
    :: atomic { onDisk0 && !visible[0] && !promoted && !dead0 -> visible[0] = 1 }
    :: atomic { onDisk0 && !flushed1 && !promoted -> flushed1 = 1 }
#else
    :: atomic { onDisk0 && !flushed1 && !promoted -> flushed1 = 1 }
    :: atomic { onDisk0 && flushed1 && !visible[0] && !promoted && !dead0 -> visible[0] = 1 }
#ifdef QUORUM_SPLIT
    :: atomic { onDisk0 && promoted && !visible[0] && !dead0 -> visible[0] = 1 }
#endif
#endif
    :: atomic { flushed1 && !visible[1] -> visible[1] = 1 }                       /* the replica applies it */
    :: atomic { !promoted -> promoted = 1; visible[1] = flushed1; printf("server 1 is promoted, knows=%d\n", flushed1);
#ifdef FENCED
        dead0 = 1
#endif
    }
    :: atomic { onDisk0 && !visible[0] && !dead0 -> visible[0] = 1 }                /* server 0 is started anew */
    od
}

active proctype Withdrawal() {
    byte written, seen, s;
    /* the transaction: the row carries the time at which it began */
    written = now;
    if :: atomic { !dead0 -> s = 0; onDisk0 = 1; printf("withdrawal on the disk of 0\n") }                                   /* on 0, primary or not */
       :: atomic { promoted -> s = 1; flushed1 = 1; visible[1] = 1; printf("withdrawal committed on 1\n") }
    fi;
again:
    if                                                                            /* a publisher sees the row committed */
    :: atomic { visible[0] && usable(0) -> s = 0; seen = now; printf("publisher sees it on 0\n") }
    :: atomic { visible[1] && usable(1) -> s = 1; seen = now; printf("publisher sees it on 1\n") }
    fi;
#if !defined(NOBODY_PROVES) && !defined(GATE_PROVES_ONLY)
    if :: prove(s) :: goto again fi;                                            /* a commit of its own after that */
#endif
#ifdef COUNT_FROM_ROW
    seen = written;
#endif
    if
    :: atomic { now >= seen + HOLD -> acked = 1; printf("ACKNOWLEDGED\n") }
    :: goto again                                                                 /* it died, and another one publishes */
    fi
}

active proctype AskerAndGate() {
    bit knows, s;
end:
    do
    :: atomic { age = 0; sinceLook = NEVER; knows = 0; printf("question\n") };       /* the question is sent */
#ifdef EARLIER_READ
        knows = visible[0]; skip; age = 0;
#endif
        if                                                                        /* arrives; the statement begins; reads */
#ifdef REPLICA_READ
        :: atomic { s = 1; knows = visible[1]; printf("read on 1: knows=%d\n", knows) }
#endif
#ifndef EARLIER_READ
        :: atomic { usable(0) -> s = 0; knows = visible[0]; printf("read on 0: knows=%d\n", knows) }
        :: atomic { usable(1) -> s = 1; knows = visible[1]; printf("read on 1: knows=%d\n", knows) }
#else
        :: s = 0
#endif
        fi;
#if !defined(NOBODY_PROVES) && !defined(PUBLISHER_PROVES_ONLY) && !defined(REPLICA_READ) && !defined(EARLIER_READ)
        if :: prove(s) :: goto done fi;                                         /* the gate's own commit, begun after */
#endif
#ifdef FROM_ARRIVAL
        atomic { age = 0 };
#endif
        if
        :: atomic { age <= LEASE && !knows -> sinceLook = 0; printf("look\n") };                    /* all but the end is sent; it looks */
            atomic { printf("use\n"); assert(!acked); sinceLook = NEVER; age = NEVER; goto done }  /* the use begins */
        :: atomic { age > LEASE || knows -> goto done }
        fi;
done:   atomic { age = NEVER; sinceLook = NEVER }
    od
}
