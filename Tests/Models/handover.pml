/*
 * A PARTITION CHANGES HANDS                                   (docs: "The way of a message"; X5)
 *
 * The rule: the transaction in which an instance takes over a partition locks the partition's row, writes its
 * connection's id there as the writer, and reads the outbox rows that are left, which are published first. Every
 * later batch locks the row, goes on only if the writer is still its own, and reads the inbox after that. A message
 * that was judged has an inbox row, refused events included. Facts for which no acknowledgement waits are also looked
 * for on a timer.
 *
 * Two instances, one partition, one contact, messages 1..N in queue order. The broker serves one consumer at a time
 * and may serve the other at any moment: the first stands still, or is dead. Unacknowledged messages go back in their
 * order. A process may stand still between any two steps (SIGSTOP), may die and come back with an empty memory, and
 * the server may end its idle transaction.
 *
 * Message 1 is an event that is refused as long as message 2 has not taken effect: judged again later, it would be
 * accepted. Each message that takes effect leaves one fact in the outbox, numbered under the partition's lock.
 *
 * Safety    each message is judged once and in queue order; fact k leaves for the first time only when all below it
 *           have left (repetitions may follow)
 * Progress  when nothing moves any more, every message is judged and acknowledged, and every fact is out
 *
 * Switches that take a part of the rule out:
 *   NO_ROW_IF_REFUSED   a refused event leaves no inbox row
 *   NO_LOCK             the partition's row is not locked
 *   EARLY_LOOK          the inbox is read before the lock is had (one snapshot for the transaction)
 *   NO_TAKE_OVER        a new owner does not publish first what is left
 *   UNLOCKED_TAKE_OVER  it does, but does not wait for the lock
 *   NO_WRITER           the row names no writer, so that the former owner can commit once more
 *   ACK_FIRST           acknowledgements do not wait for facts; needs TICK, the timer
 *   ANY_ORDER_OF_FACTS  takes the check of the facts' order out, not a rule
 */
#ifndef N
#define N 3
#endif
#ifndef SWITCHES
#define SWITCHES 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define NOBODY 99

/* the broker */
byte served = 0;          /* the instance whose consumer is served */
byte session;             /* of the consumer: acknowledgements from an older session count for nothing */
byte next = 1;            /* the next message to deliver */
byte ackedTo;             /* all up to here are acknowledged */
byte switches, deaths;

/* the database */
byte lock = NOBODY;       /* the instance that holds the partition's row */
bit inbox[N + 2];
bit accepted[N + 2];      /* the contact's state: the messages that took effect */
byte number;              /* the last of the outbox */
byte writer = NOBODY;     /* the session that the partition's row names; NOBODY: none yet */

/* the observer */
byte judgedTo;            /* messages judged, in order */
bit refused1;
byte publishedTo;         /* facts that have gone out, without a gap */
bit confirmed[N + 2];     /* rows that may be deleted: their publisher had the broker's confirm */

inline publish(k) {
    printf("%d publishes fact %d\n", me, k);
#ifndef ANY_ORDER_OF_FACTS
    assert(k <= publishedTo + 1);                              /* in the order of numbers */
#endif
    if :: k > publishedTo -> publishedTo = k :: else fi;
    confirmed[k] = 1
}

proctype Instance(byte me) {
    byte mine, first, last, m, out, until, s;   /* session; batch; loop; rows to publish; what the inbox said */
    bit fresh = 1; bit seen1, seen2, seen3, ok, isNew;
restart:
end:
    do
    :: atomic { served == me && next <= N && (mine == 0 || mine == session) ->          /* a batch of one or two */
        if :: mine == 0 -> mine = session; fresh = 1 :: else fi;
        first = next;
        if :: last = next :: next < N -> last = next + 1 fi;
        next = last + 1; printf("%d gets %d..%d in session %d\n", me, first, last, mine) }
        /* a new owner puts its name on the partition's row, and publishes first what is left */
        if
#ifndef NO_TAKE_OVER
        :: fresh ->
#ifndef UNLOCKED_TAKE_OVER
            atomic { lock == NOBODY -> lock = me };
#endif
#ifndef NO_WRITER
            writer = mine;
#endif
            atomic { out = 1; until = number };
#ifndef UNLOCKED_TAKE_OVER
            lock = NOBODY;
#endif
            do :: out <= until -> atomic { if :: !confirmed[out] -> publish(out) :: else fi; out++ }
               :: else -> break
            od
#endif
        :: else
        fi;
        fresh = 0;
transaction:
#ifdef EARLY_LOOK
        atomic { seen1 = inbox[1]; seen2 = inbox[2]; seen3 = inbox[3] };
#endif
#ifndef NO_LOCK
        atomic { lock == NOBODY -> lock = me };
#endif
#ifndef NO_WRITER
        if :: writer != mine && writer != NOBODY -> atomic { lock = NOBODY; goto lost } :: else fi;
#endif
#ifndef EARLY_LOOK
        atomic { seen1 = inbox[1]; seen2 = inbox[2]; seen3 = inbox[3] };
#endif
        if
        :: atomic { lock == me && served != me -> lock = NOBODY; goto lost }            /* idle too long: rolled back */
        :: atomic {                                                                     /* commit */
            out = number + 1;
            m = first;
            do
            :: m <= last ->
                isNew = (m == 1 && !seen1) || (m == 2 && !seen2) || (m == 3 && !seen3);
                if
                :: isNew ->
                    ok = (m != 1 || accepted[2]);
                    assert(!accepted[m]);                                               /* once */
                    assert(!(m == 1 && refused1 && ok));                                /* judged once */
                    assert(m == 1 && refused1 || m == judgedTo + 1);                    /* in queue order */
                    printf("%d commits message %d: takes effect=%d\n", me, m, ok);
                    if :: m > judgedTo -> judgedTo = m :: else fi;
                    if
                    :: ok -> accepted[m] = 1; inbox[m] = 1; number++
                    :: !ok -> refused1 = 1;
#ifndef NO_ROW_IF_REFUSED
                        inbox[m] = 1
#endif
                    fi
                :: else
                fi;
                m++
            :: else -> break
            od;
            until = number;
            if :: lock == me -> lock = NOBODY :: else fi }
        fi;
        /* publish what was committed, then acknowledge; with ACK_FIRST the facts leave by a relay of their own */
#ifndef ACK_FIRST
        do :: out <= until -> atomic { publish(out); out++ }
           :: atomic { out <= until && deaths < DEATHS -> deaths++; goto die }
           :: else -> break
        od;
#endif
        atomic {
            if :: mine == session && served == me -> if :: last > ackedTo -> ackedTo = last :: else fi
               :: else -> goto lost
            fi };
#ifdef ACK_FIRST
        do :: out <= until -> atomic { publish(out); out++ }
           :: atomic { out <= until && deaths < DEATHS -> deaths++; goto die }
           :: else -> break
        od
#endif
#ifdef TICK
        /* on a timer the partition's owner looks for facts that are left, with or without deliveries */
    :: atomic { publishedTo < number -> out = 1; until = number };
        do :: out <= until -> atomic { if :: !confirmed[out] -> publish(out) :: else fi; out++ }
           :: else -> break
        od
#endif
    :: atomic { mine != 0 && mine != session -> goto lost }                             /* learns that it was replaced */
    :: atomic { deaths < DEATHS && served == me -> deaths++; goto die }
    od;
die:atomic { printf("%d dies\n", me); if :: lock == me -> lock = NOBODY :: else fi;
        if :: served == me -> served = 1 - me; session++; next = ackedTo + 1 :: else fi };
lost:                                                          /* closes its connection and subscribes anew */
    atomic { if :: lock == me -> lock = NOBODY :: else fi;
        if :: served == me && mine == session -> session++; next = ackedTo + 1;
                if :: served = 1 - me :: skip fi
           :: else
        fi;
        mine = 0; fresh = 1; first = 0; last = 0; m = 0; out = 0;
        until = 0; seen1 = 0; seen2 = 0; seen3 = 0; ok = 0; isNew = 0 };
    goto restart
}

active proctype Broker() {
end:
    do
    :: atomic { switches < SWITCHES -> switches++; served = 1 - served; printf("the broker serves %d now\n", served); session++; next = ackedTo + 1 }
    :: atomic { timeout -> assert(ackedTo == N && judgedTo == N && publishedTo == number) ; break }
    od
}

init { atomic { session = 1; run Instance(0); run Instance(1) } }
