"""Mails that arrive once: the suite with a mail server that greylists, refuses, drops the connection at every stage,
answers slowly and offers no TLS, and a notifier that is killed in the middle of its dialogues (N1, N2, N3, X3)."""

import contextlib, os, random, signal, threading, time

import psycopg

from harness import Suite, run, within
from mail_server import MailServer
from stopped_notifier import parsed
from walking import Walker, campaign, changed_configuration, expect, fresh, one_click, post

SERVER = MailServer()
MANY = 300
# More than the buffers on the way: a mail server that stops reading has not got the end.
LONG_TEXT = "A line of a long text.\n" * 30_000
FIRST_PAUSE, SECOND_PAUSE = 5, 30  # seconds; RetrySchedule's
PERMISSION, LOCK_WAIT = 1, 2.2  # seconds
DROPS = ["RCPT", "DATA", "middle", "end"]
EARLY_DROPS = ["banner", "EHLO", "STARTTLS", "EHLO-TLS", "MAIL"]
NO_TLS = {"none": "no STARTTLS offered", "refused": "STARTTLS refused", "unknown": "a certificate of nobody's",
          "other-name": "another server's certificate"}
LATER, NEVER = "451 4.7.1 come back later", "550 5.1.1 no such mailbox"


def address(contact):
    return f"{contact}@example.com"


def mails(contact, **more):
    return SERVER.mails(address(contact), **more)


def ids(contact):
    """Message-IDs of all whose end came, in order."""
    return [mail.message_id for mail in mails(contact, taken=False)]


def order(suite, kind, contacts, *steps, text="A text."):
    """Has a mail sent to each contact; the mail server is told its steps first."""
    contacts = [contacts] if isinstance(contacts, str) else contacts
    for contact in contacts:
        if steps:
            SERVER.script(address(contact), *steps)
        if kind == "double-opt-in":
            suite.walker.submit(contact)
    if kind == "campaign":
        campaign(suite.walker, contacts, text=text, token=suite.marketing)


def ends(suite, kind, contacts):
    """[(fact's type, reason)] of the contacts' mails."""
    return [(fact["type"], fact["data"].get("reason")) for name in ("mail.sent", "mail.suppressed", "mail.failed")
            for fact in suite.walker.facts.events(name, set(contacts)) if fact["data"]["category"] == kind]


def known(suite, count):
    """Contacts whose double-opt-in mail has come; a campaign may go to them."""
    contacts = [fresh() for _ in range(count)]
    order(suite, "double-opt-in", contacts)
    within(60, lambda: all(mails(contact) for contact in contacts), "the double-opt-in mails")
    within(20, lambda: len(ends(suite, "double-opt-in", contacts)) == count, "their facts")
    SERVER.forget(map(address, contacts))
    return contacts


def start_notifier(suite, index=0):
    process = suite.instance("notifier", index, **SERVER.environment)
    expect(process.poll() is None, "the notifier does not start")
    return process


def rows(suite, contacts):
    """What the notifier knows of mails, for a failed test's message."""
    return suite.sql("notifier", "SELECT contact, kind, state, attempts, due_at - now() FROM mail"
                     " WHERE contact = ANY (%s)", list(contacts))


def log(suite):
    return "".join(file.read_text() for file in suite.folder.glob("notifier-*.log"))


# --- cases


def prepare(suite):
    """A notifier that knows the mail server, and contacts that campaigns may go to"""
    suite.walker, suite.marketing = Walker(suite), suite.token("mark", "marketing")
    suite.notifier = start_notifier(suite)
    suite.many, suite.spare = known(suite, MANY), known(suite, 30)


def connections_are_shared(suite):
    """A campaign to 300 with 20 ms to each answer: several connections at once, each used for many mails (N1)"""
    SERVER.hang_up()
    before, SERVER.most_open, SERVER.delay = SERVER.connections, 0, 0.02
    begun = time.monotonic()
    order(suite, "campaign", suite.many)
    within(60, lambda: all(mails(contact) for contact in suite.many), "the campaign's mails")
    SERVER.delay = 0
    opened = SERVER.connections - before
    print(f"     {time.monotonic() - begun:.1f} s, {opened} connections, {SERVER.most_open} at once")
    expect(SERVER.most_open >= 2, "one connection at a time")
    expect(opened <= 8, f"{opened} connections for {MANY} mails")
    within(10, lambda: ends(suite, "campaign", suite.many) == [("mail.sent", None)] * MANY, "each sent once")
    expect(all(len(ids(contact)) == 1 for contact in suite.many), "each delivered once")


def slow_ones_have_links(suite):
    """Contacts have a campaign's mail, whose link opts out"""
    suite.slow = [suite.spare.pop() for _ in range(4)]
    order(suite, "campaign", suite.slow)
    within(20, lambda: len(ends(suite, "campaign", suite.slow)) == 4, "the campaign")


def dropped_before_the_recipient(suite):
    """Dropped at banner, EHLO, STARTTLS, EHLO under TLS, MAIL: each mail arrives once, at the next attempt"""
    SERVER.hang_up()
    SERVER.early = EARLY_DROPS * 2
    new, old = [fresh() for _ in EARLY_DROPS], [suite.spare.pop() for _ in EARLY_DROPS]
    order(suite, "campaign", old)
    order(suite, "double-opt-in", new)
    within(45, lambda: all(mails(contact) for contact in new + old), "all mails")
    expect(not SERVER.early, f"not reached: {SERVER.early}")
    within(5, lambda: ends(suite, "campaign", old) == [("mail.sent", None)] * len(old), "the campaign's facts")
    expect(all(len(ids(contact)) == 1 for contact in new + old), "once each")


def nothing_in_the_clear(suite):
    """TLS not offered, refused, or a wrong certificate: nothing is said in the clear, the mail waits and goes later"""
    contacts = {}
    for mode in NO_TLS:
        SERVER.mode = mode
        SERVER.hang_up()
        contacts[mode] = fresh()
        order(suite, "double-opt-in", contacts[mode])
        within(10, lambda: suite.sql("notifier", "SELECT state, attempts FROM mail WHERE contact = %s AND attempts > 0"
                                     " AND state = 'queued'", contacts[mode]), f"an attempt with {NO_TLS[mode]}")
    expect(not any(mails(contact, taken=False) for contact in contacts.values()), "nothing was delivered")
    SERVER.mode = "good"
    SERVER.hang_up()
    within(45, lambda: all(mails(contact) for contact in contacts.values()), "what waited")
    expect(all(len(ids(contact)) == 1 for contact in contacts.values()), "once each")
    expect(SERVER.clear == [], f"said in the clear: {SERVER.clear}")
    expect("TLS" in log(suite), "the log does not say that TLS is missing")


def all_that_is_tried_again(suite):
    """Mails whose first attempts will fail are on their way"""
    suite.plan = plan = {}
    for kind in ("campaign", "double-opt-in"):
        for stage in DROPS:
            plan[kind, "drop", stage] = [f"drop@{stage}"]
        for stage in ("RCPT", "end"):
            plan[kind, "later", stage] = [f"{LATER}@{stage}"]
            plan[kind, "never", stage] = [f"{NEVER}@{stage}"]
    plan["double-opt-in", "later", "twice"] = [f"{LATER}@RCPT"] * 2
    plan["campaign", "closing", "end"] = ["421 4.3.2 closing@end"]
    suite.contacts = {key: fresh() if key[0] == "double-opt-in" else suite.spare.pop() for key in plan}
    for key, steps in plan.items():
        SERVER.script(address(suite.contacts[key]), *steps)
    order(suite, "campaign", [contact for key, contact in suite.contacts.items() if key[0] == "campaign"],
          text=LONG_TEXT)
    order(suite, "double-opt-in", [contact for key, contact in suite.contacts.items() if key[0] == "double-opt-in"])
    within(20, lambda: all(SERVER.attempts[address(contact)] for contact in suite.contacts.values()), "an attempt each")


def arrived(suite, key, attempts):
    """The mail of a planned case was taken once, with so many attempts under one Message-ID; returns the pauses."""
    contact = suite.contacts[key]
    within(50, lambda: mails(contact), f"{key}: the mail")
    within(5, lambda: ends(suite, key[0], [contact]) == [("mail.sent", None)], f"{key}: its fact")
    times = SERVER.attempts[address(contact)]
    expect(len(times) == attempts, f"{key}: {len(times)} attempts")
    expect(len(mails(contact)) == 1, f"{key}: taken {len(mails(contact))} times")
    expect(len(set(ids(contact))) == 1, f"{key}: another Message-ID")
    return [later - earlier for earlier, later in zip(times, times[1:])]


def dropped_after_the_recipient(suite):
    """Dropped at RCPT, DATA, in the data: tried again; after the end: a campaign's is unknown, an opt-in's goes on"""
    for kind in ("campaign", "double-opt-in"):
        for stage in DROPS[:-1]:
            arrived(suite, (kind, "drop", stage), 2)
            expect(len(ids(suite.contacts[kind, "drop", stage])) == 1, f"{kind} dropped at {stage}: a second end")
    arrived(suite, ("double-opt-in", "drop", "end"), 2)
    contact = suite.contacts["campaign", "drop", "end"]
    within(5, lambda: ends(suite, "campaign", [contact]) == [("mail.failed", "unknown")], "unknown")
    expect(len(ids(contact)) == 1, "not sent again")


def greylisted(suite):
    """451 at RCPT or at the end, 421 at the end: taken at the next attempt, 5 s later, with the same Message-ID (N3)"""
    for key in suite.plan:
        if key[1] in ("later", "closing") and key[2] != "twice":
            pauses = arrived(suite, key, 2)
            expect(FIRST_PAUSE <= pauses[0] < FIRST_PAUSE + 5, f"{key}: {pauses}")


def refused(suite):
    """550 at RCPT or at the end: told as `mail.failed` with its code, and never tried again"""
    for key in (key for key in suite.plan if key[1] == "never"):
        contact = suite.contacts[key]
        within(5, lambda: ends(suite, key[0], [contact]) == [("mail.failed", "smtp-550")], f"{key}: the fact")
        expect(not mails(contact) and len(SERVER.attempts[address(contact)]) == 1, f"{key}: tried again")


def other_scripts(suite):
    """A domain goes as A-labels; a local part that is not ASCII ends as failed where SMTPUTF8 is not offered (N1)"""
    domain, local = fresh(), fresh()
    suite.walker.submit(domain, f"{domain}@Bücher.example")
    suite.walker.submit(local, f"ü{local}@example.com")
    within(20, lambda: SERVER.mails(f"{domain}@xn--bcher-kva.example"), "the mail to the A-label")
    within(10, lambda: ends(suite, "double-opt-in", [local]) == [("mail.failed", "smtputf8-not-offered")], "its reason")
    expect(not any("ü" in name for name in SERVER.attempts), "named to a mail server that cannot take it")


def one_of_two_fails(suite):
    """The first mail to an address that two contacts have is refused for good: the other goes, and only that one (N4)"""
    email, contacts = f"{fresh()}@example.com", [fresh(), fresh()]
    for contact in contacts:
        suite.walker.tell("contact.created", contact, {"email": email})
        suite.walker.ok("optin.set", contact, {"status": "single-opt-in-user"}, token=suite.marketing)
    SERVER.script(email, f"{NEVER}@end")
    campaign(suite.walker, contacts, token=suite.marketing)
    within(20, lambda: sorted(ends(suite, "campaign", contacts)) == [("mail.failed", "smtp-550"), ("mail.sent", None)],
           "one failed, the other was sent")
    expect(len(SERVER.mails(email)) == 1, f"{len(SERVER.mails(email))} mails")


def killed(suite):
    """kill -9 in the data, between note and end, before and after the answer, and a new start"""
    kinds = ("campaign", "double-opt-in")
    held = {(kind, point): suite.spare.pop() if kind == "campaign" else fresh()
            for point in ("noted", "middle", "end", "answered") for kind in kinds}
    within(15, lambda: len(SERVER.attempts[address(suite.contacts["double-opt-in", "later", "twice"])]) == 2,
           "no mail is due")
    others = [start_notifier(suite, 1)]  # as many workers as mails are held
    optin = suite.pid("optin")
    with contextlib.ExitStack() as stack:
        for (kind, point), contact in held.items():
            stage = {"noted": "RCPT", "answered": "end"}.get(point, point)
            before = SERVER.reached[address(contact), stage]
            order(suite, kind, contact, f"hold@{stage}", text=LONG_TEXT)
            within(20, lambda: SERVER.reached[address(contact), stage] > before, f"{kind} held at {stage}")
        begun = time.monotonic()
        within(5, lambda: time.monotonic() > begun + PERMISSION, "the permissions are over")
        # Noted, but the permission is over and nobody gives a new one: the end is not sent.
        noted, answered = ([contact for (_, point), contact in held.items() if point == wanted]
                           for wanted in ("noted", "answered"))
        os.kill(optin, signal.SIGSTOP)
        stack.callback(os.kill, optin, signal.SIGCONT)
        for contact in noted:
            SERVER.release(address(contact))
        within(10, lambda: [row[2] for row in rows(suite, noted)].count("handing") == len(noted), "noted")
        # Answered, but not written down: the rows are locked.
        lock = stack.enter_context(psycopg.connect(suite.env["NOTIFIER_DATABASE_OWNER_URL"]))
        lock.execute("SELECT id FROM mail WHERE contact = ANY (%s) AND state = 'handing' FOR UPDATE", [answered])
        for contact in answered:
            SERVER.release(address(contact))
        within(4, lambda: all(mails(contact) for contact in answered), "answered")
        for process in [suite.notifier, *others]:
            suite.kill(process)
        killed_at = time.monotonic()
        within(5, lambda: time.monotonic() > killed_at + LOCK_WAIT, "what waits for the rows has given up")
    before = {contact: ids(contact) for contact in held.values()}
    expect([len(before[held["campaign", point]]) for point in ("middle", "noted", "end", "answered")] == [0, 0, 1, 1],
           f"held elsewhere than meant: {before}")
    suite.notifier, suite.held = start_notifier(suite), held


def answers_slowly(suite):
    """Each answer takes 1–2 s: a campaign's mail never comes after the acknowledgement of an opt-out (X3)"""
    stages = {"RCPT": "mail.suppressed", "DATA": "mail.suppressed", "end": "mail.sent", None: "mail.sent"}
    contacts = {stage: suite.slow.pop() for stage in stages}
    SERVER.hang_up()
    links = {contact: one_click(parsed(mails(contact)[-1].content)) for contact in contacts.values()}
    acknowledged, threads = {}, []
    SERVER.forget(map(address, contacts.values()))

    def opt_out(stage, contact):
        within(30, lambda: SERVER.reached[address(contact), stage], f"the dialogue at {stage}")
        answer = post(links[contact], {"List-Unsubscribe": "One-Click"})
        acknowledged[contact] = time.monotonic() if answer.status_code == 200 else None

    SERVER.delay = lambda: random.uniform(1, 2)
    try:
        for stage, contact in contacts.items():
            order(suite, "campaign", contact)
            if stage:
                threads.append(threading.Thread(target=opt_out, args=[stage, contact]))
                threads[-1].start()
            # A worker takes all that waits: each of these is to have one of its own.
            within(15, lambda: [state for _, kind, state, *_ in rows(suite, [contact])
                                if kind == "campaign" and state != "queued"][1:], "a worker has it")
        for thread in threads:
            thread.join(40)
        for stage, contact in contacts.items():
            # The first was the campaign that brought the link.
            within(30, lambda: len(ends(suite, "campaign", [contact])) == 2, f"the end of the mail held at {stage}")
            expect((stages[stage] == "mail.sent") == (len(ids(contact)) == 1), f"{stage}: {len(ids(contact))} ends")
            expect(dict.fromkeys(ends(suite, "campaign", [contact])).keys() >= {
                (stages[stage], "opt-out-contact" if stages[stage] == "mail.suppressed" else None)}, f"{stage}: its end")
            if stage:
                expect(acknowledged.get(contact), f"{stage}: the opt-out was not acknowledged")
                expect(all(mail.at < acknowledged[contact] for mail in mails(contact, taken=False)),
                       f"{stage}: a mail came after the acknowledgement")
    finally:
        SERVER.delay = 0


def what_was_held_when_killed(suite):
    """Mails in whose dialogues the notifier was killed: opt-in mails arrive, campaigns' do not come twice"""
    for (kind, point), contact in suite.held.items():
        told = ("mail.failed", "unknown") if kind == "campaign" and point != "middle" else ("mail.sent", None)
        within(30, lambda: ends(suite, kind, [contact]) == [told], f"{kind} killed at {point}: {told}")
        ended = ids(contact)
        expect(len(set(ended)) == (0 if (kind, point) == ("campaign", "noted") else 1), f"{kind} {point}: {ended}")
        again = point in ("end", "answered")
        wanted = {"campaign": 0 if point == "noted" else 1, "double-opt-in": 2 if again else 1}[kind]
        expect(len(ended) == wanted, f"{kind} killed at {point}: {len(ended)} ends")


def pauses_grow(suite):
    """Twice 451: the second pause is longer than the first, the third attempt delivers"""
    first, second = arrived(suite, ("double-opt-in", "later", "twice"), 3)
    expect(first >= FIRST_PAUSE and second >= SECOND_PAUSE, f"pauses of {first:.1f} and {second:.1f} s")


def nothing_more_came(suite):
    """No campaign's mail came twice, nothing was said in the clear, the log names nobody, facts are as published"""
    within(10, lambda: not suite.sql("notifier", "SELECT 1 FROM mail WHERE ended_at IS NULL"), "all ended")
    for key, contact in suite.contacts.items():
        expect(key[0] != "campaign" or len(mails(contact)) <= 1, f"{key}: taken twice")
    twice = [mail.message_id for mail in SERVER.ended if mail.is_taken]
    twice = [one for one in set(twice) if twice.count(one) > 1]
    # The one that was answered while its answer could not be written down.
    expect(len(twice) == 1, f"{len(twice)} mails were taken twice")
    expect(SERVER.clear == [], f"said in the clear: {SERVER.clear}")
    expect("@example.com" not in log(suite), "the log names an address")
    suite.walker.check_schemas()


if __name__ == "__main__":
    # Whoever sent a form may get campaigns: nobody has to press a button first.
    configuration = changed_configuration("/tmp", ("policy: double ", "policy: any "))
    suite = Suite(["consent", "optin", "vault"], environment={"ASSENT_CONFIG": configuration, "SMTP_URL": SERVER.url})
    try:
        run(suite, prepare, connections_are_shared, slow_ones_have_links, dropped_before_the_recipient,
            nothing_in_the_clear, all_that_is_tried_again, refused, dropped_after_the_recipient, greylisted,
            other_scripts, one_of_two_fails, killed, answers_slowly, what_was_held_when_killed, pauses_grow, nothing_more_came)
    finally:
        os.unlink(configuration)
        SERVER.stop()
