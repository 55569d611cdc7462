"""A campaign of thousands while every service and the broker are killed: each recipient gets one mail or none, and
the counts add up (N2-N4, X5)."""

import collections, os, signal, uuid, sys

import pika

from harness import Suite, event, run, within
from walking import Sink, Walker, expect

SINK = Sink()
RUN = uuid.uuid4().hex[:8]
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000  # two requests name them: the first half by their ids, the rest by their list
NAMED = COUNT // 2
# By a contact's number: status, held opt-out, lists, and why no campaign may go there.
KINDS = [
    ("double-opt-in", None, ["news"], None), ("double-opt-in", None, ["news", "events"], None),
    ("double-opt-in", None, ["news"], None), ("double-opt-in", None, [], None),
    ("none", None, ["news"], "none"), ("single-opt-in-webform", None, ["news"], "single-opt-in-webform"),
    ("single-opt-in-user", None, [], "single-opt-in-user"), ("opt-out-user", None, ["news"], "opt-out-user"),
    ("opt-out-contact", None, [], "opt-out-contact"),
    ("single-opt-in-webform", "opt-out-contact", ["news"], "unconfirmed"),
]
# Who is killed, one after the other, each when so many mails more have come; notifier and opt-in before that once.
VICTIMS = ["vault", "broker", "notifier", "optin", "vault"]
MAILS_BETWEEN = COUNT * 35 // 1000
# Either crash of the notifier may leave the end of one mail of each of its four workers unknown (N3).
MOST_UNKNOWN = 4 * 2
TEXT = {"subject": "News for {{firstName}}", "text": "Dear {{firstName}}, there are news."}
CONTACTS = [f"c-{RUN}-{number}" for number in range(COUNT)]


def address(contact):
    return f"{contact}@example.com"


def prepare(suite):
    """Thousands of contacts, whose addresses the vault has"""
    suite.walker = Walker(suite)
    suite.ended = suite.collector("crm", "crm.ended", *[("facts", f"mail.{word}") for word in
                                                        ("sent", "suppressed", "failed")])
    suite.token_of_marketing = suite.token("mark", "marketing")
    crm = suite.client()
    crm.channel = crm.connection.channel()  # without confirms: what is missing is seen below
    for one in CONTACTS:
        crm.contacts(event("contact.created", one, {"email": address(one), "profile": {"firstName": "Ann"}}))
    # The vault has spoken on each, so that nothing is under way that saves the contact again (O12).
    settled = """SELECT count(*) FROM contact WHERE contact LIKE %s
        AND cardinality(undecided) = 0 AND cardinality(decided) = 0"""
    within(60, lambda: suite.sql("optin", settled, f"c-{RUN}-%")[0][0] == COUNT, "all contacts are known")
    for index, (status, held, lists, _) in enumerate(KINDS):
        suite.sql("optin", "UPDATE contact SET status = %s, held_opt_out = %s, lists = %s WHERE contact = ANY (%s)",
                  status, held, lists, CONTACTS[index::len(KINDS)])


def data(**more):
    return {"campaign": RUN, **TEXT, **more}


def expected():
    """By contact: why it gets no mail, or None; of those whom the two requests name."""
    reasons = {}
    for number, one in enumerate(CONTACTS):
        _, _, lists, reason = KINDS[number % len(KINDS)]
        if number < NAMED or "news" in lists:
            reasons[one] = reason
    return reasons


def kill(suite, name):
    """kill -9; the supervisor starts it again."""
    pid = suite.pid(name)
    os.kill(pid, signal.SIGKILL)
    within(30, lambda: suite.pid(name) != pid, f"the supervisor starts the {name}")


def progress(suite):
    return suite.walker.ok("mail.progress", "campaigns", {"campaign": RUN})


def all_are_killed(suite):
    """Named by their ids, then by their list, each service killed twice, the broker once: all is handed over"""
    crm, token = suite.walker.crm, suite.token_of_marketing
    def ask(**more): return crm.ask("mail.campaign", "campaigns", data(**more),
                                    headers={"authorization": f"Bearer {token}"})
    first = ask(contacts=CONTACTS[:NAMED])
    second = ask(list="news")
    for victim in ("notifier", "optin"):
        kill(suite, victim)
    for correlation in (first, second):
        answer, _ = crm.answer(correlation, 60)
        expect(answer["status"] == "ok", f"the request was answered {answer}")
    expect(answer["recipients"] == len(expected()), f"{answer['recipients']} recipients")
    for victim in VICTIMS:
        reached = len(SINK.ended) + MAILS_BETWEEN
        within(60, lambda: len(SINK.ended) >= reached, f"{MAILS_BETWEEN} mails more, before the {victim} is killed")
        kill(suite, victim)
    def connected():
        try:
            crm.connect()
            return True
        except (pika.exceptions.AMQPError, OSError):
            return False
    within(30, connected, "the broker is back")
    within(60, lambda: progress(suite)["queued"] == 0, "no mail waits")


def each_has_one(suite):
    """Each recipient who may has one mail or is counted as unknown, nobody else has any, and the counts add up"""
    reasons, counts = expected(), progress(suite)
    taken = collections.Counter(to for to, _, _ in SINK.ended)
    unknown = {one for one, in suite.sql("notifier", "SELECT contact FROM mail WHERE state = 'unknown'")}
    allowed = {one for one, reason in reasons.items() if reason is None}
    print(f"     {len(reasons)} recipients: {counts}, {sum(taken.values())} mails", flush=True)
    twice = [to for to, count in taken.items() if count > 1]
    expect(not twice, f"{len(twice)} have the mail twice")
    expect(set(taken) <= {address(one) for one in allowed}, "somebody has a mail who may not")
    missing = {one for one in allowed if address(one) not in taken}
    expect(missing <= unknown, f"{len(missing - unknown)} have no mail")
    expect(len(unknown) <= MOST_UNKNOWN, f"{len(unknown)} are unknown")
    suppressed = collections.Counter(reason for reason in reasons.values() if reason)
    expect(counts == {"status": "ok", "queued": 0, "sent": len(allowed) - len(unknown), "suppressed": dict(suppressed),
                      "failed": 0, "unknown": len(unknown)}, f"the counts: {counts}")


def each_is_told(suite):
    """One fact about each mail, as it ended"""
    reasons = expected()
    within(60, lambda: len(suite.ended.events()) >= len(reasons), "a fact for each mail")
    facts = suite.ended.events()
    expect(len(facts) == len({fact["data"]["mail"] for fact in facts}) == len(reasons), f"{len(facts)} facts")
    wrong = [fact for fact in facts if (fact["type"] == "mail.suppressed") != (reasons[fact["subject"]] is not None)
             or fact["data"].get("reason") not in (reasons[fact["subject"]], "unknown")]
    expect(not wrong, f"{len(wrong)} facts say something else, such as {wrong[:1]}")


def named_again(suite):
    """The same again adds nobody, and another text under that name is a conflict (N4)"""
    walker, before, ended = suite.walker, progress(suite), len(SINK.ended)
    for more in ({"contacts": CONTACTS[:NAMED]}, {"list": "news"}):
        answer = walker.ok("mail.campaign", "campaigns", data(**more), token=suite.token_of_marketing, timeout=60)
        expect(answer["recipients"] == len(expected()), f"{answer['recipients']} recipients")
    expect(progress(suite) == before and len(SINK.ended) == ended, "more mails")
    walker.refused("conflict", "mail.campaign", "campaigns", {**data(list="news"), "text": "Another."},
                   token=suite.token_of_marketing, pointer="/data/campaign")


if __name__ == "__main__":
    run(Suite(["optin", "vault", "notifier"], environment={"SMTP_URL": SINK.url}),
        prepare, all_are_killed, each_has_one, each_is_told, named_again)
