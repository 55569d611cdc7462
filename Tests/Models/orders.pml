/*
 * ORDERS BETWEEN SERVICES WHEN A DATABASE LOSES ITS LAST COMMITS                      (C1, X3, X5)
 *
 * The rule: an order carries its sequence (epoch, number), the id of its decision and the id of the order that it
 * follows. The receiver applies it only if the sequence is above its highest, the epoch is not older than the newest
 * one heard from the orderer, and the predecessor is the one in force; it answers with what is in force and with its
 * own epoch. An answer settles only if id and sequence in force are those of the order that is waited for. A service
 * whose database came back begins a new epoch before it decides anything, gives waiting orders new numbers, and asks
 * the other service what it heard; until it is told, the orderer decides and orders nothing, and the receiver serves
 * and takes nothing. A withdrawal that was forgotten is taken over, a grant is not.
 *
 * One contact, one field. Consent keeps the decision, the vault keeps the lock. An order is repeated until answered,
 * and the next decision about the field is ordered only after that. Numbers are the partition's: other contacts use
 * some of them. Each database may come back as its last replica or backup knew it. Normally this shows: the row's
 * "incarnation" (server start, timeline, system, database) differs. With UNSEEN_C or UNSEEN_V it may not show. Queues
 * are first in, first out and lose nothing; a stalled publisher can hold one message per direction, or a copy of it,
 * and publish it at any later time. Each step is one transaction; a crash between steps changes nothing.
 *
 * Safety    (a) after a revocation was acknowledged, the vault serves no unlocked field until the contact decided on
 *               a later grant, unless both databases lost the revocation
 *           (c) no sequence stands for two decisions in the two services' memory
 * Progress  (b) when nothing happens any more, decision and lock agree and nothing waits; there is no endless loop
 *
 * Each switch that check.sh names takes a part of the rule out.
 */
#ifndef DECISIONS
#define DECISIONS 2
#endif
#ifndef OTHERS
#define OTHERS 1
#endif
#ifndef LOSS_C
#define LOSS_C 1
#endif
#ifndef LOSS_V
#define LOSS_V 1
#endif
#ifndef STALLS
#define STALLS 1
#endif

mtype = { ORDER, ASK, TOLD, ANSWER };
#define above(e1, n1, e2, n2) ((e1) > (e2) || ((e1) == (e2) && (n1) > (n2)))

typedef ConsentRow {      /* what consent has committed */
    byte epoch, number;   /* the last sequence given out */
    byte id;              /* the decision that counts; ids rise in real time; 0: none, so locked */
    bit grant;
    byte e, n;            /* the sequence under which it is ordered */
    bit waits;            /* ... and not yet answered */
    byte hE, hN, hId;     /* the order that the vault said last is in force: what was heard */
    bit hOpen;
    byte seen;            /* the database's incarnation that this row remembers */
    bit asking;           /* an epoch began, and the vault has not told yet what it heard */
    byte vaultEpoch       /* the vault's newest epoch that was heard of */
};
typedef VaultRow {        /* what the vault has committed */
    byte e, n, id;        /* the order in force */
    bit open;             /* unlocked by it */
    byte fence;           /* consent's newest epoch that was heard of: older orders are void */
    byte epoch, seen;
    bit asking
};
typedef Message { mtype kind; byte e, n, id, x, y; bit open };

ConsentRow c, cCopy;      /* the database, and what is left of it after a loss */
VaultRow v, vCopy;
bit cDirty, vDirty;       /* committed since the copy was taken */
byte cIncarnation, vIncarnation;

/* kind, sequence, decision, open, x, y. An order: x the order that it follows.  An answer: x the vault's epoch,
 * y the decision asked for.  ASK: x the asker's epoch.  TOLD: x the vault's epoch, y the epoch that asked. */
chan toVault = [3] of { mtype, byte, byte, byte, bit, byte, byte };
chan toConsent = [3] of { mtype, byte, byte, byte, bit, byte, byte };
Message stalledV, stalledC;
bit holdsV, holdsC;

/* Seen by the observer only. */
byte decided = 1, lastGrant = 1;  /* decisions so far, and the last that was a grant */
byte leaving, acked;      /* a revocation's acknowledgement on its way, and arrived */
byte fresh;               /* makes epochs that never come again */
byte others, lossC, lossV, stalls;
bit begun, quiet;                /* the world does nothing more */

inline nextNumber() { c.number++; c.e = c.epoch; c.n = c.number; c.waits = 1; cDirty = 1 }

inline newEpochC() {
#ifdef EPOCH_PLUS_ONE
    c.epoch++;
#else
    fresh++; c.epoch = fresh;
#endif
    c.number = 0; printf("consent begins epoch %d\n", c.epoch);
#ifndef NO_ASKING
    c.asking = 1;
#endif
#ifndef KEEP_NUMBER
    if :: c.waits -> nextNumber() :: else fi;
#endif
    cDirty = 1
}

/* The first statement of every transaction. */
inline lookC() {
#ifndef COUNTER_ONLY
    if :: c.seen != cIncarnation -> c.seen = cIncarnation; newEpochC() :: else fi
#else
    skip
#endif
}
inline lookV() {
#ifndef COUNTER_ONLY
    if :: v.seen != vIncarnation ->
            v.seen = vIncarnation; fresh++; v.epoch = fresh; vDirty = 1; printf("vault begins epoch %d\n", v.epoch);
#ifndef NO_ASKING
            v.asking = 1
#endif
       :: else
    fi
#else
    skip
#endif
}

inline hear() { c.hE = e; c.hN = n; c.hId = id; c.hOpen = open; cDirty = 1 }
inline settle() { printf("consent settles %d grant=%d\n", c.id, c.grant); c.waits = 0; cDirty = 1; if :: !c.grant && c.id > leaving -> leaving = c.id :: else fi }
inline forget() { e = 0; n = 0; id = 0; open = 0; x = 0; y = 0 }
inline hearEpoch() { if :: x > c.vaultEpoch -> c.vaultEpoch = x; cDirty = 1 :: else fi }

/* An unanswered message is sent again when nothing is under way; the stalled publisher adds copies that come sooner. */
#define idle (empty(toVault) && empty(toConsent))

#ifdef DECIDE_WHILE_ASKING
#define mayDecide (!c.waits)
#else
#define mayDecide (!c.waits && !c.asking && c.seen == cIncarnation)
#endif
#ifdef ORDER_WHILE_ASKING
#define mayOrder (c.waits)
#else
#define mayOrder (c.waits && !c.asking && c.seen == cIncarnation)
#endif
#ifdef COUNTER_ONLY
#undef mayDecide
#undef mayOrder
#define mayDecide (!c.waits)
#define mayOrder (c.waits)
#endif

/* It begins with a grant that both services know. */
inline begin() {
    c.number = 1; c.id = 1; c.grant = 1; c.n = 1; c.hN = 1; c.hId = 1; c.hOpen = 1; copyC(cCopy, c);
    v.n = 1; v.id = 1; v.open = 1; copyV(vCopy, v)
}

active proctype Consent() {
    byte e, n, id, x, y; bit open;
    begun;
end:
    do
    :: atomic { !quiet && mayDecide && decided <= DECISIONS ->          /* the contact decides */
        lookC(); decided++; c.id = decided;
        if :: c.grant = 1; lastGrant = decided :: c.grant = 0 fi;
        nextNumber();
        printf("contact decides %d: grant=%d as (%d,%d)\n", c.id, c.grant, c.e, c.n) }
    :: atomic { !quiet && !c.asking && others < OTHERS ->              /* another contact decides */
        lookC(); others++; c.number++; cDirty = 1; printf("another contact takes (%d,%d)\n", c.epoch, c.number) }
    :: atomic { mayOrder && idle ->                          /* the order, for the first time or again */
        lookC(); toVault!ORDER(c.e, c.n, c.id, c.grant, c.hId, 0);
        printf("consent orders %d (%d,%d) grant=%d after %d\n", c.id, c.e, c.n, c.grant, c.hId) }
    :: atomic { c.asking && idle -> lookC(); toVault!ASK(0, 0, 0, 0, c.epoch, 0) }
#ifndef COUNTER_ONLY
    :: atomic { c.seen != cIncarnation -> lookC() }
#endif
    :: atomic { toConsent?ANSWER(e, n, id, open, x, y) ->
        lookC();
#ifdef COUNTER_ONLY
        if :: c.waits && y == c.id -> settle() :: else fi;             /* "done" */
#else
        if
        :: c.asking                                                    /* it must be told first */
#ifndef LOST_ANSWERS
        :: !c.asking && x < c.vaultEpoch                               /* said in a history that the vault has lost */
#define answerCounts (!c.asking && x >= c.vaultEpoch)
#else
#define answerCounts (!c.asking)
#endif
        :: answerCounts ->
            hearEpoch();
            if
#ifdef BY_NUMBER_ONLY                                                  /* compares what is in force by number alone */
            :: above(e, n, c.epoch, c.number) -> newEpochC()
            :: !above(e, n, c.epoch, c.number) && c.waits && y == c.id ->
                hear();
                if :: open == c.grant -> settle()
                   :: else -> nextNumber()
                fi
            :: else
#else
            :: id == c.id && c.waits ->
#ifdef SETTLE_BY_ID
                hear(); settle()
#else
                hear();
                if :: e == c.e && n == c.n -> settle()                 /* carried out, as this order said it */
                   :: else                                             /* carried out under an older number: order it again */
                fi
#endif
            :: id != c.id && above(e, n, c.hE, c.hN) -> newEpochC()    /* an unknown order: this database went back */
            :: id != c.id && !above(e, n, c.hE, c.hN) && c.waits && y == c.id -> hear()   /* it followed another */
#ifndef COMPARE_OWN_ONLY
            :: id != c.id && !above(e, n, c.hE, c.hN) && !c.waits -> nextNumber()         /* something else is in force: order it again */
#endif
            :: else
#endif
            fi
        fi;
#endif
        forget() }
    :: atomic { toConsent?TOLD(e, n, id, open, x, y) ->                /* what the vault heard last */
        lookC();
        if
        :: c.asking && y == c.epoch && x >= c.vaultEpoch ->
            printf("consent is told: in force %d (%d,%d) open=%d; it heard last %d (%d,%d), has %d\n", id, e, n, open, c.hId, c.hE, c.hN, c.id);
            hearEpoch(); c.asking = 0; cDirty = 1;
            if
#ifdef TAKE_ALL
            :: above(e, n, c.hE, c.hN) && id != c.id -> hear(); assert(!open || id > c.id); c.id = id; c.grant = open; nextNumber()
            :: else -> hear(); if :: !c.waits && (id != c.id || open != c.grant) -> nextNumber() :: else fi
#else
            :: above(e, n, c.hE, c.hN) && id != c.id && !open ->       /* a forgotten withdrawal is taken over */
                hear(); c.grant = 0; if :: id > c.id -> c.id = id :: else fi;
                nextNumber()
            :: else ->                                                 /* else the own decision is ordered again */
                hear(); if :: !c.waits && (id != c.id || open != c.grant) -> nextNumber() :: else fi
#endif
            fi
        :: else
        fi;
        forget() }
    :: atomic { nfull(toVault) && toConsent?[ASK, e, n, id, open, x, y] ->
        toConsent?ASK(e, n, id, open, x, y);                 /* the vault asks what consent heard from it */
        lookC(); hearEpoch();
if
#ifdef TELL_DECISION
        :: c.waits -> toVault!TOLD(c.e, c.n, c.id, c.grant, x, c.epoch)
        :: else ->
#elif defined(TELL_SETTLED_ONLY)
        ::
#else
        :: c.waits && !c.grant ->                                      /* a withdrawal under way is told as well */
            toVault!TOLD(c.e, c.n, c.id, 0, x, c.epoch)
        :: else ->
#endif
            toVault!TOLD(c.hE, c.hN, c.hId, c.hOpen, x, c.epoch)
        fi;
        printf("consent tells: decision %d grant=%d, waits=%d; heard last %d (%d,%d) open=%d\n", c.id, c.grant, c.waits, c.hId, c.hE, c.hN, c.hOpen);
        forget() }
    od
}

#ifdef NO_BASE
#define follows 1
#else
#define follows (x == v.id)
#endif

#if defined(ORDERS_BEHIND) || defined(COUNTER_ONLY)
#define behind 0
#else
#define behind v.asking
#endif
#if defined(NO_FENCE) || defined(COUNTER_ONLY)
#define inForce 1
#else
#define inForce (e >= v.fence)
#endif

active proctype Vault() {
    byte e, n, id, x, y; bit open;
    begun;
end:
    do
    :: atomic { v.asking && idle -> lookV(); toConsent!ASK(0, 0, 0, 0, v.epoch, 0) }
#ifndef COUNTER_ONLY
    :: atomic { v.seen != vIncarnation -> lookV() }
#endif
    :: atomic { nfull(toConsent) && toVault?[ORDER, e, n, id, open, x, y] ->
        toVault?ORDER(e, n, id, open, x, y);
        lookV();
        if
        :: behind -> toConsent!ASK(0, 0, 0, 0, v.epoch, 0)             /* it takes no order, which is repeated, and asks */
        :: !behind ->
            if :: e > v.fence -> v.fence = e; vDirty = 1 :: else fi;
            if :: above(e, n, v.e, v.n) && follows && inForce -> v.e = e; v.n = n; v.id = id; v.open = open; vDirty = 1
               :: else
            fi;
            toConsent!ANSWER(v.e, v.n, v.id, v.open, v.epoch, id);
            printf("vault took order %d (%d,%d) after %d; in force %d (%d,%d) open=%d\n", id, e, n, x, v.id, v.e, v.n, v.open)
        fi;
        forget() }
    :: atomic { nfull(toConsent) && toVault?[ASK, e, n, id, open, x, y] ->
        toVault?ASK(e, n, id, open, x, y);
        lookV(); if :: x > v.fence -> v.fence = x; vDirty = 1 :: else fi;
        if
#ifdef TELL_BEHIND
        :: true ->
#else
        :: v.asking -> toConsent!ASK(0, 0, 0, 0, v.epoch, 0)           /* it is behind itself: it asks first */
        :: !v.asking ->
#endif
            toConsent!TOLD(v.e, v.n, v.id, v.open, v.epoch, x);
            printf("vault tells: in force %d (%d,%d) open=%d\n", v.id, v.e, v.n, v.open)
        fi;
        forget() }
    :: atomic { nfull(toConsent) && toVault?[TOLD, e, n, id, open, x, y] ->
        toVault?TOLD(e, n, id, open, x, y);
        lookV();
        if :: v.asking && x == v.epoch ->
                v.asking = 0; vDirty = 1; printf("vault is told: %d (%d,%d) open=%d\n", id, e, n, open);
                if :: y > v.fence -> v.fence = y :: else fi;
                if :: above(e, n, v.e, v.n) -> v.e = e; v.n = n; v.id = id; v.open = open :: else fi
           :: else
        fi;
        forget() }
    od
}

inline copyC(to, from) {
    to.epoch = from.epoch; to.number = from.number; to.id = from.id; to.grant = from.grant; to.e = from.e;
    to.n = from.n; to.waits = from.waits; to.hE = from.hE; to.hN = from.hN; to.hId = from.hId;
    to.hOpen = from.hOpen; to.seen = from.seen; to.asking = from.asking; to.vaultEpoch = from.vaultEpoch
}
inline copyV(to, from) {
    to.e = from.e; to.n = from.n; to.id = from.id; to.open = from.open; to.epoch = from.epoch;
    to.seen = from.seen; to.asking = from.asking; to.fence = from.fence
}
inline excuse() {                                                       /* both have lost it */
    if :: acked && c.id < acked && v.id < acked -> acked = 0 :: else fi;
    if :: leaving && c.id < leaving && v.id < leaving -> leaving = 0 :: else fi
}
#define put(m) m.kind, m.e, m.n, m.id, m.open, m.x, m.y

active proctype World() {
    atomic { begin(); begun = 1 };
end:
    do
    :: atomic { cDirty && lossC < LOSS_C -> copyC(cCopy, c); cDirty = 0 }           /* replica or backup catches up */
    :: atomic { vDirty && lossV < LOSS_V -> copyV(vCopy, v); vDirty = 0 }
    :: atomic { !quiet && cDirty && lossC < LOSS_C -> lossC++; copyC(c, cCopy); cDirty = 0; printf("CONSENT GOES BACK to %d, number (%d,%d)\n", c.id, c.epoch, c.number);
#ifdef UNSEEN_C
        if :: cIncarnation++ :: skip fi;
#else
        cIncarnation++;
#endif
        excuse() }
    :: atomic { !quiet && vDirty && lossV < LOSS_V -> lossV++; copyV(v, vCopy); vDirty = 0; printf("VAULT GOES BACK to %d (%d,%d) open=%d\n", v.id, v.e, v.n, v.open);
#ifdef UNSEEN_V
        if :: vIncarnation++ :: skip fi;
#else
        vIncarnation++;
#endif
        excuse() }
    :: atomic { !quiet && !holdsV && stalls < STALLS && nempty(toVault) -> stalls++; holdsV = 1; printf("a message to the vault is held\n");
        if :: toVault?<put(stalledV)> :: toVault?put(stalledV) fi }            /* a copy, or the message itself */
    :: atomic { !quiet && !holdsC && stalls < STALLS && nempty(toConsent) -> stalls++; holdsC = 1; printf("a message to consent is held\n");
        if :: toConsent?<put(stalledC)> :: toConsent?put(stalledC) fi }
    :: atomic { holdsV && nfull(toVault) -> toVault!put(stalledV); holdsV = 0; printf("held message %d goes to the vault\n", stalledV.id);
        stalledV.kind = 0; stalledV.e = 0; stalledV.n = 0; stalledV.id = 0; stalledV.open = 0; stalledV.x = 0; stalledV.y = 0 }
    :: atomic { holdsC && nfull(toConsent) -> toConsent!put(stalledC); holdsC = 0; printf("held message %d goes to consent\n", stalledC.id);
        stalledC.kind = 0; stalledC.e = 0; stalledC.n = 0; stalledC.id = 0; stalledC.open = 0; stalledC.x = 0; stalledC.y = 0 }
    :: atomic { leaving ->                                                           /* the contact reads it */
        if :: leaving > acked -> acked = leaving; printf("CONTACT IS TOLD revocation %d\n", acked) :: else fi;
        leaving = 0 }
    :: atomic { !quiet -> quiet = 1 }
    od
}

#ifdef SERVE_BEHIND
#define serves 1
#else
#define serves (v.seen == vIncarnation && !v.asking)
#endif

active proctype Observer() {
    begun;
end:
    do
    :: atomic { acked && lastGrant < acked && serves && v.open -> printf("(a) unlocked after an acknowledged revocation\n"); assert(false) }
#if !defined(UNSEEN_C) && !defined(UNSEEN_V)
    :: atomic { c.n && c.e == v.e && c.n == v.n && c.id != v.id -> printf("(c) one number, two decisions\n"); assert(false) }
#endif
    :: atomic { timeout ->
#if defined(UNSEEN_C) || defined(UNSEEN_V)                       /* nothing shows it until they next talk */
        if :: lossC || lossV -> break :: else fi;
#endif
        if :: v.open == c.grant && !c.waits && !c.asking && !v.asking -> break
           :: else -> printf("(b) they do not agree\n"); assert(false)
        fi }
    od
}
