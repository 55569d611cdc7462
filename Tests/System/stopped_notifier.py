"""The notifier is stopped (SIGSTOP) at every stage of an SMTP dialogue, the contact opts out and is told so, the
notifier
goes on (SIGCONT): the end of no mail comes after the acknowledgement (X3, N2)."""

import contextlib, email, email.policy, os, pathlib, signal, sys, time

import psycopg

from harness import Suite, run, within
from walking import Sink, Walker, campaign, changed_configuration, confirm, expect, fresh, one_click, post, press

SINK = Sink()
# More than a mail server's buffer: a mail server that stops reading in the middle has not got the end.
LONG_TEXT = "A line of a long text.\n" * 3_000
KINDS = ["campaign", "double-opt-in"]


def parsed(content):
    return email.message_from_bytes(content.replace(b"\r\n..", b"\r\n."), policy=email.policy.default)


def arrived(address, count=1):
    return within(15, lambda: (mails := SINK.mails(address)) and len(mails) >= count and parsed(mails[count - 1][1]),
                  f"mail {count} at the mail server")


def prepare(suite):
    """Everybody a case needs: confirmed, with a campaign's mail (its link opts out) and a pending link."""
    suite.walker = walker = Walker(suite)
    suite.token_of_marketing = suite.token("mark", "marketing")
    suite.ready = [fresh() for _ in range(2 * 2 * len(SINK.STAGES) + 8)]
    for contact in suite.ready:
        walker.submit(contact)
    for contact in suite.ready:
        expect(confirm(suite, arrived(f"{contact}@example.com")).status_code == 200, "confirmed")
    campaign(walker, suite.ready, html="<p>A text.</p>", token=suite.token_of_marketing)
    suite.one_click, suite.pending = {}, {}
    for contact in suite.ready:
        suite.one_click[contact] = one_click(arrived(f"{contact}@example.com", 2))
    for contact in suite.ready:  # a list beside: it waits for a confirmation of its own
        walker.submit(contact, lists=["news"])
    for contact in suite.ready:
        suite.pending[contact] = suite.link(arrived(f"{contact}@example.com", 3))


def halt(process):
    """SIGSTOP, and waits until it holds: the threads go on until one of them has taken the signal, which takes a while
    on a busy machine."""
    os.kill(process, signal.SIGSTOP)
    threads = pathlib.Path(f"/proc/{process}/task")
    within(5, lambda: all(task.read_text().rsplit(") ", 1)[1][0] == "T" for task in threads.glob("*/stat")), "stopped")


def begin(suite, kind, contact):
    """Has a mail sent; returns nothing, for the mail is about to be held."""
    if kind == "campaign":
        campaign(suite.walker, [contact], text=LONG_TEXT, html="<p>A text.</p>", token=suite.token_of_marketing)
    else:
        suite.walker.submit(contact, lists=["news", "events"])


def opt_out(suite, contact, way):
    """As the contact does; returns the answer."""
    if way == "one-click":
        return post(suite.one_click[contact], {"List-Unsubscribe": "One-Click"})
    return press(suite.pending[contact], "decline")


@contextlib.contextmanager
def stopped(suite, kind, contact, stage):
    """The notifier, stopped while a mail to the contact is at the stage; goes on behind the block."""
    address, notifier = f"{contact}@example.com", suite.pid("notifier")
    SINK.hang_up()
    at_end = stage in ("middle", "last")
    first = SINK.stop_at("RCPT", address) if at_end else None
    stop = SINK.stop_at(stage, address)
    begin(suite, kind, contact)
    try:
        if first:
            # The note of a hand-over (N3) comes between a mail's last byte and its end: a lock on the row holds the
            # notifier exactly there.
            first.wait()
            with psycopg.connect(suite.env["NOTIFIER_DATABASE_OWNER_URL"]) as lock:
                lock.execute("SELECT id FROM mail WHERE contact = %s AND state = 'claimed' FOR UPDATE", [contact])
                first.go.set()
                stop.wait()
                halt(notifier)
        else:
            stop.wait()
            halt(notifier)
        expect(len(SINK.mails(address)) == 3, "the mail was held too late")
        yield
    finally:
        SINK.release()
        os.kill(notifier, signal.SIGCONT)


def ended(suite, kind, contact, seconds=15):
    """The fact about the mail that was held."""
    def found():
        category = [fact for name in ("mail.sent", "mail.suppressed", "mail.failed")
                    for fact in suite.walker.facts.events(name, {contact}) if fact["data"]["category"] == kind]
        return len(category) == (2 if kind == "campaign" else 3) and category[-1]
    return within(seconds, found, f"the {kind} mail's end")


def stop_case(kind, stage, way):
    def case(suite):
        contact = suite.ready.pop()
        with stopped(suite, kind, contact, stage):
            begun = time.monotonic()
            answer = opt_out(suite, contact, way)
            acknowledged = time.monotonic()
            expect(answer.status_code == 200, f"the opt-out was answered {answer.status_code}")
            expect(acknowledged - begun >= 1.0, "acknowledged while a permission to send could be in use")
            expect(suite.walker.status(contact) == "opt-out-contact", "opted out")
        fact = ended(suite, kind, contact)
        late = [at for at, _ in SINK.mails(f"{contact}@example.com") if at > acknowledged]
        expect(not late, "a mail was delivered after the acknowledgement")
        expect(fact["type"] == "mail.suppressed", f"the mail ended as {fact['type']} {fact['data'].get('reason')}")
    case.__name__ = f"{kind}_{stage}_{way}"
    case.__doc__ = f"{kind} mail, stopped at {stage}, opt-out by {way}: nothing comes after its acknowledgement"
    return case


def control_case(kind, stage):
    def case(suite):
        contact, other = suite.ready.pop(), suite.ready.pop()
        with stopped(suite, kind, contact, stage):
            # Another's opt-out takes as long as a permission lives.
            expect(opt_out(suite, other, "decline").status_code == 200, "the other opted out")
        fact = ended(suite, kind, contact)
        expect(fact["type"] == "mail.sent", f"the mail ended as {fact['type']} {fact['data'].get('reason')}")
        expect(len(SINK.mails(f"{contact}@example.com")) == 4, "delivered once")
    case.__name__ = f"control_{kind}_{stage}"
    case.__doc__ = f"{kind} mail, stopped at {stage}, no opt-out: delivered exactly once"
    return case


def facts_are_as_published(suite):
    """Every fact and reply of all this is as published"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    # A mail for every form: a second link can be pending while a mail is on its way.
    configuration = changed_configuration("/tmp", ("mailEvery: 24h", "mailEvery: 0s"))
    suite = Suite(environment={"SMTP_URL": SINK.url, "ASSENT_CONFIG": configuration})
    cases = [stop_case(kind, stage, "decline") for kind in KINDS for stage in SINK.STAGES]
    cases += [stop_case(kind, stage, "one-click") for kind in KINDS for stage in SINK.STAGES]
    cases += [control_case(kind, stage) for kind in KINDS for stage in ("middle", "last")]
    chosen = [case for case in cases if not sys.argv[1:] or any(word in case.__name__ for word in sys.argv[1:])]

    def first(suite):
        """Contacts are confirmed and have mails"""
        prepare(suite)
    try:
        run(suite, first, *chosen, facts_are_as_published)
    finally:
        os.unlink(configuration)
