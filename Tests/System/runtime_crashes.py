"""kill -9 between every two steps of a batch: each form takes effect once, facts keep their order (X5)."""

import collections, json

import psycopg

from harness import Suite, event, form, run, within

FORMS, CONTACTS = 300, 60


def outcome(suite, ids):
    """Waits until all that was published is done and published on."""
    def done():
        rows = suite.sql("optin", "SELECT count(*) FROM inbox WHERE id = ANY (%s::uuid[])", ids)
        return rows[0][0] == len(ids) and suite.sql("optin", "SELECT count(*) FROM outbox")[0][0] == 0
    within(30, done, "all is in the inbox and nothing in the outbox")


def check(suite, contacts, ids):
    outcome(suite, ids)
    rows = suite.sql("optin", "SELECT contact, number, to_status FROM status_change WHERE contact = ANY (%s)", contacts)
    assert sorted(rows) == sorted((contact, 1, "single-opt-in-webform") for contact in contacts), "one change a contact"
    within(10, lambda: len(suite.facts.events("optin.changed", contacts)) >= len(contacts), "a fact a contact")
    within(10, lambda: len(suite.mails.events(None, contacts)) >= len(contacts), "a mail order a contact")
    for name, events in (("fact", suite.facts.events("optin.changed", contacts)),
                         ("mail order", suite.mails.events("internal.mail", contacts))):
        counts = collections.Counter(event["subject"] for event in events)
        assert counts == collections.Counter(contacts), f"not exactly one {name} for each contact"
    assert len({event["data"]["mail"] for event in suite.mails.events(None, contacts)}) == len(contacts)


def crash(point, visit):
    def case(suite):
        prefix = f"{point}.{visit}"
        contacts = [f"{prefix}.{number}" for number in range(CONTACTS)]
        doomed = suite.instance("optin", ASSENT_CRASH_AT=f"{point}:{visit}")
        publisher, ids = suite.client(), []
        for number in range(FORMS):
            ids.append(publisher.contacts(form(contacts[number % CONTACTS]))["id"])
        assert doomed.wait(timeout=10) == -9, "the crash point was not reached"
        survivor = suite.instance("optin")
        check(suite, contacts, ids)
        suite.kill(survivor)
    case.__name__ = f"crash_{point}_{visit}".replace("-", "_")
    case.__doc__ = f"{FORMS} forms, killed {point} for the {visit}. time and started again: each takes effect once"
    return case


def late_commit(suite):
    """A commit that the database ends only after its process was killed: what it left goes out before what follows."""
    contact, publisher = "late", suite.client()
    doomed = suite.instance("optin")
    publisher.contacts(form(contact))
    within(10, lambda: suite.facts.events("optin.changed", [contact]), "the first fact")
    suite.kill(doomed)
    queues = [f"optin.{number}" for number in range(8)]
    publisher.contacts(event("contact.updated", contact, {"email": "late.2@example.com"}))
    queue = within(10, lambda: next((queue for queue in queues if suite.waiting(queue)), None), "it waits")
    partition = int(queue.split(".")[1])
    with psycopg.connect(suite.env["OPTIN_DATABASE_OWNER_URL"]) as dying:
        number, = dying.execute("SELECT next_number FROM partition WHERE number = %s FOR UPDATE", [partition]).fetchone()
        fact = event("optin.changed", contact, {"from": "none", "to": "none", "by": "suite", "reason": "user"},
                     source="/assent/optin", sequence=f"{number:020}")
        dying.execute(
            "INSERT INTO outbox VALUES (%s, %s, %s, 'facts', %s, %s, NULL, NULL, false, now(), %s)",
            [partition, number, fact["id"], fact["type"], contact, json.dumps(fact).encode()])
        dying.execute("UPDATE partition SET next_number = %s WHERE number = %s", [number + 1, partition])
        survivor = suite.start("optin", suite.port + 15)
        within(15, lambda: suite.sql("optin", "SELECT 1 FROM pg_locks WHERE NOT granted"), "the survivor waits")
    within(10, lambda: len(suite.facts.events("optin.changed", [contact])) >= 3, "all facts")
    sequences = [fact["sequence"] for fact in suite.facts.events("optin.changed", [contact])]
    assert sequences == sorted(sequences), "the fact of the late commit came behind a later one"
    suite.kill(survivor)


def order_of_facts(suite, doomed, survive, prefix):
    """Statuses that change with each message, across a crash; facts of a contact must come in their order."""
    contacts = [f"{prefix}.{number}" for number in range(24)]
    publisher, ids = suite.client(), []
    for turn in range(8):
        for contact in contacts:
            address = f"{contact}.{turn // 2}@example.com"
            message = form(contact, address) if turn % 2 == 0 else event(
                "contact.updated", contact, {"email": f"{contact}.{turn // 2 + 1}@example.com"})
            ids.append(publisher.contacts(message)["id"])
    assert doomed.wait(timeout=10) == -9, "the crash point was not reached"
    survive()
    outcome(suite, ids)
    wanted = ["single-opt-in-webform", "none"] * 4
    within(10, lambda: len(suite.facts.events("optin.changed", contacts)) >= 8 * len(contacts), "all facts")
    told = collections.defaultdict(list)
    for fact in suite.facts.events("optin.changed", contacts):
        told[fact["subject"]].append((fact["sequence"], fact["data"]["to"]))
    for contact in contacts:
        stored = [row[0] for row in suite.sql(
            "optin", "SELECT to_status FROM status_change WHERE contact = %s ORDER BY number", contact)]
        assert stored == wanted, f"the history of {contact} is {stored}"
        assert [to for _, to in told[contact]] == wanted, f"facts of {contact} came as {told[contact]}"
        assert [one for one, _ in told[contact]] == sorted({one for one, _ in told[contact]}), "sequence must rise"


def restarted_keeps_order(suite):
    """Facts of a contact come in their order when the only instance is killed after a commit and started again."""
    started = []
    doomed = suite.instance("optin", ASSENT_CRASH_AT="after-commit:3")
    order_of_facts(suite, doomed, lambda: started.append(suite.instance("optin")), "again")
    suite.kill(started[0])


def stand_by_keeps_order(suite):
    """Facts of a contact come in their order when another instance, waiting in line, takes over from the killed one."""
    # The first in line gets all partitions; the second lines up behind it and is looked at before the load begins.
    doomed = suite.instance("optin", ASSENT_CRASH_AT="after-commit:4")
    waiting = suite.instance("optin", 1)
    within(10, lambda: sum(1 for one in suite.management("consumers/assent")
                           if one["queue"]["name"].startswith("optin.") and one["queue"]["name"][6:].isdigit()) == 16,
           "both instances are in line for every partition")
    order_of_facts(suite, doomed, lambda: None, "stand-by")
    suite.kill(waiting)


CASES = [crash(point, visit) for point in ("before-commit", "after-commit", "after-publish") for visit in (1, 4)]


if __name__ == "__main__":
    run(Suite([]), *CASES, late_commit, restarted_keeps_order, stand_by_keeps_order)
