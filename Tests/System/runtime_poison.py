"""Messages that cannot be carried out: the culprit is found and kept, its neighbours take effect once."""

import collections

from harness import Suite, event, form, run, within

GOOD = 200


def took_effect(suite, contacts):
    rows = suite.sql("optin", "SELECT contact FROM status_change WHERE contact = ANY (%s)", contacts)
    return collections.Counter(row[0] for row in rows)


def once(suite, contacts, seconds=20):
    """Waits until each contact's form took effect, and sees that it did so once, in the facts too."""
    within(seconds, lambda: len(took_effect(suite, contacts)) == len(contacts), "all neighbours take effect")
    assert took_effect(suite, contacts) == collections.Counter(contacts), "one took effect twice"
    within(15, lambda: len(suite.facts.events("optin.changed", contacts)) >= len(contacts), "a fact each")
    assert len(suite.facts.events("optin.changed", contacts)) == len(contacts), "a fact too many"


def dead(suite, count):
    found = []
    within(10, lambda: found.extend(suite.dead()) or len(found) >= count, f"{count} dead letters")
    assert len(found) == count, [headers for headers, _, _ in found]
    return found


def malformed(suite):
    """Five malformed messages among 200 good ones: dead with their reason, told as facts, the others done."""
    contacts = [f"good-{number}" for number in range(GOOD)]
    wrong = [b"{", b"", b"[]", b"\xff" * 40, b'{"specversion":"1.0"}']
    for number, contact in enumerate(contacts):
        suite.crm.contacts(form(contact))
        if number % 40 == 20:
            suite.crm.contacts(form(contact), body=wrong[number // 40])
    once(suite, contacts)
    letters = dead(suite, 5)
    for headers, properties, body in letters:
        assert headers["x-error-code"] == "malformed" and headers["x-error-message"], headers
        assert headers["x-original-exchange"] == "contacts" and headers["x-original-user-id"] == "crm"
        assert body in wrong and properties.content_type == "application/cloudevents+json"
    assert {body for _, _, body in letters} == set(wrong)
    within(10, lambda: len(suite.facts.events("message.refused")) >= 5, "the publisher is told")
    told = suite.facts.events("message.refused")
    known = {"service": "optin", "messageType": "webform.submitted", "code": "malformed"}
    assert all(fact["data"].items() >= known.items() for fact in told), [fact["data"] for fact in told]
    assert sorted((fact["subject"], fact["data"].get("pointer")) for fact in told) == sorted(
        (headers["partitionkey"], headers["x-error-pointer"]) for headers, _, _ in letters), told


def outlived(suite, id, done):
    """Starts optin, which the message of this id ends each time, until `done`: the process that is left."""
    for starts in range(1, 21):
        process = suite.start("optin", suite.port + 15, ASSENT_CRASH_ON=id)
        within(15, lambda: process.poll() is not None or done(), "it ends or is done")
        if process.poll() is None:
            break
    print(f"     {starts} starts")
    assert starts <= 13, f"{starts} starts"
    return process


def deadly(suite):
    """A message that ends the process each time is dead as `failed` after at most 13 starts; others are done."""
    suite.kill(suite.optin)
    contacts = [f"near-{number}" for number in range(60)]
    deadly = form("deadly")
    for number, contact in enumerate(contacts):
        suite.crm.contacts(form(contact))
        if number == 30:
            suite.crm.contacts(deadly)
    asked = suite.crm.ask("optin.show", "near-59", {})
    process = outlived(suite, deadly["id"], lambda: suite.sql("optin", "SELECT 1 FROM dead_letter"))
    headers, properties, body = dead(suite, 1)[0]
    assert properties.message_id == deadly["id"] and headers["x-error-code"] == "failed", headers
    once(suite, contacts)
    suite.crm.answers([asked])
    assert not suite.sql("optin", "SELECT 1 FROM status_change WHERE contact = 'deadly'")
    assert not suite.sql("optin", "SELECT 1 FROM trial"), "a trial is left"
    suite.kill(process)
    suite.optin = suite.instance("optin")


def deadly_again(suite):
    """A letter that ends the process when it is judged again is given up after 13 starts at most, and stays one."""
    suite.kill(suite.optin)
    deadly = form("deadly-again")
    suite.crm.contacts(deadly)
    process = outlived(suite, deadly["id"], lambda: suite.sql("optin", "SELECT 1 FROM dead_letter"))
    letter = str(suite.sql("optin", "SELECT id FROM dead_letter")[0][0])
    suite.client("operator").ask("dead.redrive", "-", {"service": "optin", "letters": [letter]})
    within(15, lambda: process.poll() is not None, "it is tried")
    asked = suite.crm.ask("optin.show", "deadly-again", {})

    def answered():
        suite.crm.connection.process_data_events(time_limit=0.1)
        return asked in suite.crm.replies

    suite.kill(outlived(suite, deadly["id"], answered))
    suite.optin = suite.instance("optin")
    assert dead(suite, 1)[0][0]["x-error-code"] == "failed"


def rejected_by_the_database(suite):
    """A message that the database itself rejects in a batch of 200 is dead as `failed`, alone."""
    suite.kill(suite.optin)
    suite.sql("optin", "ALTER TABLE contact ADD CONSTRAINT no_evil CHECK (contact NOT LIKE 'evil%')")
    contacts = [f"batch-{number}" for number in range(GOOD)]
    for number, contact in enumerate(contacts):
        suite.crm.contacts(form(contact))
        if number in (50, 51, 190):
            suite.crm.contacts(form(f"evil-{number}"))
    suite.optin = suite.instance("optin")
    once(suite, contacts)
    for headers, properties, _ in dead(suite, 3):
        assert headers["x-error-code"] == "failed" and headers["partitionkey"].startswith("evil"), headers
    suite.sql("optin", "ALTER TABLE contact DROP CONSTRAINT no_evil")


def rejected_in_an_import(suite):
    """One contact of an import that the database rejects: the import is answered at once, and says which."""
    contacts = [f"import-{number}" for number in range(60)] + ["evil-import"]
    for contact in contacts:
        suite.crm.contacts(event("contact.created", contact, {"email": f"{contact}@example.com"}))
    for contact in contacts:
        assert suite.crm.request("optin.show", contact, {})["status"] == "none"
    suite.sql("optin", "ALTER TABLE contact ADD CONSTRAINT no_evil CHECK (contact NOT LIKE 'evil%') NOT VALID")
    try:
        reply = suite.crm.request("optin.import", "-", {
            "contacts": [{"contact": contact, "status": "single-opt-in-user"} for contact in contacts]},
            token=suite.token("mark", "marketing"), timeout=30)
    finally:
        suite.sql("optin", "ALTER TABLE contact DROP CONSTRAINT no_evil")
    assert reply["changed"] == 60 and reply["refused"] == {"failed": ["evil-import"]}, reply
    suite.dead()


def values_that_postgresql_refuses(suite):
    """A NUL in a text that is stored, in the source, in a list: each dead or refused, never in the way of others."""
    messages = [form("nul-1", text="a\0b"), {**form("nul-2"), "source": "/c\0rm"}, form("nul-3", lists=["a\0"]),
                form("nul-4", userAgent="\0"), form("nul-5", remoteAddress="1\0"),
                form("nul-6", "a\0b@example.com"), form("nul-7", text="\ufffe\uffff\U0010ffff")]
    for message in messages:
        suite.crm.contacts(message)
        suite.crm.contacts(form(message["subject"] + ".after"))
    once(suite, [message["subject"] + ".after" for message in messages], seconds=10)
    suite.dead()


def permission_taken_away(suite):
    """Without the right to write, nothing is dead-lettered: the partitions wait, and go on when it is back."""
    contacts = [f"right-{number}" for number in range(100)]
    suite.sql("optin", "REVOKE INSERT ON status_change FROM optin")
    try:
        for contact in contacts:
            suite.crm.contacts(form(contact))
        log = suite.folder / f"optin-{suite.port + 15}.log"
        within(10, lambda: log.read_text().count("42501") >= 12, "several attempts of the partitions")
        assert not suite.dead() and not took_effect(suite, contacts)
        assert suite.optin.poll() is None
    finally:
        suite.sql("optin", "GRANT INSERT ON status_change TO optin")
    once(suite, contacts)
    assert not suite.dead()


def started(suite):
    """One instance of optin."""
    suite.optin, suite.crm = suite.instance("optin"), suite.client()


if __name__ == "__main__":
    run(Suite([]), started, malformed, deadly, deadly_again, rejected_by_the_database, rejected_in_an_import,
        permission_taken_away, values_that_postgresql_refuses)
