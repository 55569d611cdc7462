"""What users and publishers ask of opt-in: statuses, imports and invitations as jobs, lists, an address's opt-out, mails
that the limit holds back, conversations."""

import os, time, uuid

import psycopg

from harness import Suite, event, form, run, within
from walking import changed_configuration


def permission(suite):
    """O5, O6 a user without the permission changes nothing; with it they set, undo, and are named in the history."""
    crm = suite.crm
    crm.contacts(event("contact.created", "set", {"email": "set@example.com"}))
    for token in (None, suite.support):
        reply = crm.request("optin.set", "set", {"status": "single-opt-in-user"}, token=token)
        assert reply["error"]["code"] == "not-permitted", reply
    ask = lambda status: crm.request("optin.set", "set", {"status": status}, token=suite.marketing)
    assert ask("single-opt-in-user") == {"status": "single-opt-in-user"}
    assert ask("single-opt-in-user") == {"status": "single-opt-in-user"}
    assert ask("none")["error"]["code"] == "conflict"
    begun = time.monotonic()
    assert ask("opt-out-user") == {"status": "opt-out-user"}
    assert time.monotonic() - begun >= 1.2, "an opt-out is acknowledged when no permission is in use (X3)"
    assert ask("none") == {"status": "none"}
    assert ask("double-opt-in")["error"]["code"] == "invalid-field"
    history = crm.request("optin.show", "set", {})["history"]
    assert [(one["to"], one["by"], one["reason"], one["user"]) for one in history] == [
        ("single-opt-in-user", "user", "user", "mark"), ("opt-out-user", "user", "user", "mark"),
        ("none", "user", "user", "mark")], history
    assert crm.request("optin.set", "nobody", {"status": "none"}, token=suite.marketing)["error"]["code"] == \
        "unknown-contact"


def lists(suite):
    """O10 users subscribe and take off; a list of no configuration is refused."""
    crm = suite.crm
    crm.contacts(event("contact.created", "lists", {"email": "lists@example.com"}))
    ask = lambda type, list: crm.request(type, "lists", {"list": list}, token=suite.marketing)
    assert ask("optin.subscribe", "news")["lists"] == ["news"]
    assert ask("optin.subscribe", "events")["lists"] == ["events", "news"]
    assert ask("optin.leave", "news")["lists"] == ["events"]
    assert ask("optin.leave", "news")["lists"] == ["events"]
    assert ask("optin.subscribe", "nothing")["error"]["code"] == "invalid-field"
    told = lambda: [(one["type"], one["data"]["list"]) for one in suite.facts.events(subjects={"lists"})]
    expected = [("list.subscribed", "news"), ("list.subscribed", "events"), ("list.left", "news")]
    within(5, lambda: told() == expected, "the facts")


def big_import(suite):
    """O5 an import of 10,000, each behind its contact's creation, survives kills of opt-in, and is answered once."""
    crm, count = suite.crm, 10_000
    contacts = [f"import-{number}" for number in range(count)]
    for contact in contacts[:3000]:
        crm.contacts(event("contact.created", contact, {"email": f"{contact}@example.com"}))
    crm.contacts(form("import-0", email="import-0@example.com"))
    data = {"contacts": [{"contact": contact, "status": "opt-out-user" if contact.endswith("7") else
                          "single-opt-in-user"} for contact in contacts]}
    message = event("optin.import", "any", data)
    asked = crm.ask_again(message, token=suite.marketing)
    done = lambda: suite.sql("optin", "SELECT count(*) FROM job_item WHERE outcome IS NOT NULL")[0][0]
    for threshold in (500, 3000):
        within(30, lambda: done() > threshold, f"{threshold} contacts")
        suite.kill(suite.instances.pop())
        suite.instances.append(suite.instance("optin", suite.next_index()))
    reply, _ = crm.answer(asked, 60)
    assert reply["changed"] == 3000, {key: reply[key] if key == "changed" else len(reply[key]) for key in reply}
    assert sorted(reply["refused"]) == ["unknown"] and len(reply["refused"]["unknown"]) == count - 3000
    counted = suite.sql("optin", "SELECT status, count(*) FROM contact WHERE contact LIKE 'import-%' GROUP BY 1")
    assert dict(counted) == {"opt-out-user": 300, "single-opt-in-user": 2700}, counted
    double = suite.sql("optin", "SELECT count(*) FROM status_change WHERE reason = 'import' AND contact LIKE 'import-%'")
    assert double[0][0] == 3000, "each contact was changed once"
    again, _ = crm.answer(crm.ask_again(message, token=suite.marketing), 10)
    assert again == reply, "the same request again gets the first answer"


def import_refusals(suite):
    """O5, O7 an import weakens no opt-in, undoes no contact's opt-out, and holds its answer for its opt-outs (X3)."""
    crm = suite.crm
    for contact in ("out", "fresh", "same"):
        crm.contacts(event("contact.created", contact, {"email": f"{contact}@example.com"}))
    unsubscribe(suite, "out")
    item = lambda contact, status: {"contact": contact, "status": status}
    begun = time.monotonic()
    reply = crm.request("optin.import", "-", {"contacts": [
        item("out", "single-opt-in-user"), item("fresh", "opt-out-user"), item("same", "single-opt-in-user"),
        item("same", "single-opt-in-user"), item("stranger", "opt-out-user")]}, token=suite.marketing)
    assert reply == {"status": "ok", "changed": 2, "refused": {"opted-out": ["out"], "unknown": ["stranger"]}}, reply
    assert time.monotonic() - begun >= 1.2
    for bad in ({"contacts": [item("x", "double-opt-in")]}, {"contacts": [{"contact": "x"}]}, {},
                {"contacts": [item("x", "opt-out-user")] * 10_001}):
        assert crm.request("optin.import", "-", bad, token=suite.marketing)["status"] == "error", str(bad)[:80]
    assert crm.request("optin.import", "-", {"contacts": []}, token=suite.marketing) == \
        {"status": "ok", "changed": 0, "refused": {}}


def invitations(suite):
    """O4 invitations to contacts and to a list; one mail per contact and per address in 24 hours, whoever asks."""
    crm = suite.crm
    for contact, email in (("i-1", "i-1@example.com"), ("i-2", "shared@example.com"), ("i-3", "Shared@example.com"),
                           ("i-out", "i-out@example.com")):
        crm.contacts(event("contact.created", contact, {"email": email}))
        crm.request("optin.subscribe", contact, {"list": "events"}, token=suite.marketing)
    unsubscribe(suite, "i-out")
    ask = lambda data: crm.request("optin.invite", "-", data, token=suite.marketing)
    reply = ask({"contacts": ["i-1", "stranger"]})
    assert reply == {"status": "ok", "sent": 1, "refused": {"unknown": ["stranger"]}}, reply
    reply = ask({"list": "events"})
    refused = {reason: [one for one in ids if one.startswith("i-")] for reason, ids in reply["refused"].items()}
    assert refused["recently-sent"][0] == "i-1" and refused["opt-out-contact"] == ["i-out"], reply
    assert len(refused["recently-sent"]) == 2, "one of the two contacts with the same address got the mail"
    orders = within(5, lambda: suite.mails.events("internal.mail", {"i-1", "i-2", "i-3"}))
    assert len(orders) == 2, orders
    for bad in ({}, {"list": "nothing"}, {"list": "news", "contacts": []}, {"where": {"field": "profile.nope", "is": 1}}):
        assert ask(bad)["error"]["code"] == "invalid-field", bad


def address(suite):
    """O7 an opt-out holds for the address at once: for other contacts with it, for new ones, for imports."""
    crm = suite.crm
    for contact in ("a-1", "a-2"):
        crm.contacts(event("contact.created", contact, {"email": "One.Address@example.com"}))
        crm.request("optin.set", contact, {"status": "single-opt-in-user"}, token=suite.marketing)
    unsubscribe(suite, "a-1")
    reply = crm.request("optin.check", "-", {"category": "ad-hoc", "contacts": ["a-1", "a-2"]})
    assert reply["refused"] == {"opt-out-contact": ["a-1", "a-2"]}, reply
    shown = crm.request("optin.show", "a-2", {})
    assert (shown["status"], shown["history"][-1]["reason"]) == ("opt-out-contact", "address-opted-out"), shown
    crm.contacts(event("contact.created", "a-3", {"email": "one.address@example.com"}))
    assert crm.request("optin.show", "a-3", {})["status"] == "opt-out-contact"
    assert crm.request("optin.set", "a-3", {"status": "none"}, token=suite.marketing)["error"]["code"] == "opted-out"
    crm.contacts(event("contact.created", "a-4", {"email": "a-4@example.com"}))
    for contact in ("a-5", "a-6"):  # of whom nobody asks anything: they follow by themselves
        crm.contacts(event("contact.created", contact, {"email": "a-4@example.com"}))
    unsubscribe(suite, "a-4")
    out = lambda: suite.sql("optin", "SELECT count(*) FROM contact WHERE contact IN ('a-5', 'a-6') "
                            "AND status = 'opt-out-contact'")[0][0] == 2
    within(10, out, "the other contacts with the address follow")
    within(5, lambda: len(suite.facts.events("optin.changed", {"a-5", "a-6"})) == 2, "their facts")


def address_races(suite):
    """O7 200 addresses, each opted out by one contact while others with it are made, set, invited and fill in forms, in
    whichever partitions and instances: when all has been answered, nobody with any of them may get a new mail."""
    crm, consent, pairs = suite.crm, suite.consent, 200
    name = lambda number, who: f"race-{number}-{who}"
    made = lambda number, who: crm.contacts(event("contact.created", name(number, who), {
        "email": f"race-{number}@example.com"}))
    for number in range(pairs):
        made(number, "a"), made(number, "b")
    asked, told = [], []
    for number in range(pairs):
        told.append(consent.ask("internal.unsubscribe", name(number, "a"), {"mail": str(uuid.uuid4())}, "internal"))
        asked.append(crm.ask("optin.set", name(number, "b"), {"status": "single-opt-in-user"}, token=suite.marketing))
        made(number, "c")
        crm.contacts(form(name(number, "d"), email=f"Race-{number}@example.com"))
        told.append(consent.ask("internal.unsubscribe", name(number, "b"), {"mail": str(uuid.uuid4())}, "internal"))
        crm.contacts(form(name(number, "a"), email=f"race-{number}@example.com"))
    consent.answers(told, 40)
    crm.answers(asked, 40)
    everybody = [name(number, who) for number in range(pairs) for who in "abcd"]
    for contact in everybody[-40:]:  # behind everything that was published
        crm.request("optin.show", contact, {})
    settled = lambda: suite.sql("optin", "SELECT count(*) FROM contact WHERE contact LIKE 'race-%%' AND is_created")[0][0]
    within(20, lambda: settled() == len(everybody), "all contacts are known")
    reply = crm.request("optin.check", "-", {"category": "ad-hoc", "contacts": everybody})
    assert not reply["allowed"], reply["allowed"][:5]
    spreading = "SELECT count(*) FROM address WHERE is_spreading"
    within(20, lambda: suite.sql("optin", spreading)[0][0] == 0, "every opt-out has reached its address's contacts")
    reply = crm.request("optin.check", "-", {"category": "ad-hoc", "contacts": everybody})
    assert not reply["allowed"], reply["allowed"][:5]
    wrong = suite.sql("optin", "SELECT contact FROM contact AS c JOIN address AS a ON a.hash = c.address_hash "
                      "WHERE c.opt_out_seen < a.opt_out_count")
    assert not wrong, wrong[:5]


def new_address(suite):
    """O7 a new address that another partition is writing: the batch is decided again, by what that one says."""
    crm = suite.crm
    made = lambda contact: crm.contacts(event("contact.created", contact, {"email": "at.once@example.com"}))
    made("once-1")
    assert crm.request("optin.show", "once-1", {})["status"] == "none"
    (hash,), = suite.sql("optin", "SELECT address_hash FROM contact WHERE contact = 'once-1'")
    suite.sql("optin", "DELETE FROM address WHERE hash = %s", hash)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'optin' AND wait_event_type = 'Lock'"
    with psycopg.connect(suite.env["OPTIN_DATABASE_OWNER_URL"]) as another:
        another.execute("INSERT INTO address (hash, opt_out_count, is_opted_out) VALUES (%s, 1, true)", [hash])
        made("once-2")
        within(1.5, lambda: suite.sql("optin", waiting, owner=False)[0][0] == 1, "the batch meets what is written")
    assert crm.request("optin.show", "once-2", {})["status"] == "opt-out-contact"
    assert not [one for one in suite.dead() if "once-2" in str(one)]


def held_back(suite):
    """O4 a form that the limit holds back sends its mail when the time is over, once, if still wanted."""
    crm = suite.crm
    mails = lambda contact: len(suite.mails.events("internal.mail", {contact}))
    for contact in ("h-1", "h-2"):
        crm.contacts(form(contact))
        within(5, lambda: mails(contact) == 1, "the first mail")
        crm.contacts(form(contact, lists=["news"]))
    unsubscribe(suite, "h-2")
    crm.contacts(form("h-3", email="h-1@example.com"))
    assert crm.request("optin.show", "h-3", {})["status"] == "single-opt-in-webform"
    assert mails("h-1") == 1 and mails("h-3") == 0
    # A day passes.
    suite.sql("optin", "UPDATE contact SET mailed_at = mailed_at - interval '1 day', "
              "mail_due_at = mail_due_at - interval '1 day' WHERE contact IN ('h-1', 'h-2', 'h-3')")
    suite.sql("optin", "UPDATE address SET mailed_at = mailed_at - interval '1 day' WHERE mailed_for LIKE 'h-%'")
    within(10, lambda: mails("h-1") + mails("h-3") == 2, "the mail that was held back")
    time.sleep(1.5)  # two rounds of the reminders
    assert mails("h-1") + mails("h-3") == 2, "one per address, whichever contact it is for"
    assert mails("h-2") == 1, "an opt-out does not want it any more"


def conversations(suite):
    """O9 a reply goes whatever the status if it names a mail of this contact, and to nobody else."""
    crm = suite.crm
    for contact in ("r-1", "r-2"):
        crm.contacts(event("contact.created", contact, {"email": f"{contact}@example.com"}))
    first = f"<{uuid.uuid4()}@example.com>"
    crm.contacts(event("mail.received", "r-1", {"messageId": first}))
    crm.request("optin.show", "r-1", {})
    unsubscribe(suite, "r-1")
    check = lambda contact, id: crm.request(
        "optin.check", contact, {"category": "reply", "contacts": [contact], "inReplyTo": id})
    assert check("r-1", first)["allowed"] == ["r-1"]
    assert check("r-1", "<other@example.com>")["refused"] == {"no-conversation": ["r-1"]}
    assert check("r-2", first)["refused"] == {"no-conversation": ["r-2"]}
    assert check("stranger", first)["refused"] == {"unknown": ["stranger"]}
    assert check("r-1", "no id")["error"]["code"] == "invalid-field"
    suite.sql("optin", "UPDATE contact SET last_received_at = now() - interval '91 days' WHERE contact = 'r-1'")
    assert check("r-1", first)["refused"] == {"no-conversation": ["r-1"]}
    crm.contacts(event("mail.received", "r-1", {"messageId": "<second@example.com>"}))
    crm.request("optin.show", "r-1", {})
    assert check("r-1", first)["allowed"] == ["r-1"], "each mail from the contact starts the window anew"
    crm.contacts(event("mail.received", "stranger", {"messageId": first}))
    within(5, lambda: any(headers["x-error-code"] == "unknown-contact" for headers, _, _ in suite.dead()), "it is dead")


def unknown_list(suite):
    """O2 a form that names a list of no configuration counts, with the lists that there are"""
    crm = suite.crm
    crm.contacts(form("u-list", lists=["news", "nothing", "victim@example.com"]))
    shown = crm.request("optin.show", "u-list", {})
    assert (shown["status"], shown["lists"]) == ("single-opt-in-webform", ["news"]), shown
    within(5, lambda: suite.mails.events("internal.mail", {"u-list"}), "the double-opt-in mail")
    logs = "".join(log.read_text() for log in suite.folder.glob("optin*.log"))
    assert '"nothing"' in logs and "(not told: is no name)" in logs and "victim@" not in logs, "names are logged, nothing else is"


def repeated_link(suite):
    """O11 a link that is posted three hundred times: one change, one notice to each other contact of the address"""
    crm = suite.crm
    for contact in ("rep-1", "rep-2"):
        crm.contacts(event("contact.created", contact, {"email": "repeated@example.com"}))
        crm.request("optin.show", contact, {})
    asked = [suite.consent.ask("internal.unsubscribe", "rep-1", {"mail": str(uuid.uuid4())}, exchange="internal")
             for _ in range(300)]
    answers = suite.consent.answers(asked, 20)
    assert all(one == {"status": "opt-out-contact"} for one in answers.values()), list(answers.values())[:3]
    within(10, lambda: crm.request("optin.show", "rep-2", {})["status"] == "opt-out-contact", "the other follows")
    changes = suite.sql("optin", "SELECT contact, count(*) FROM status_change WHERE contact LIKE 'rep-%' GROUP BY 1")
    counted = suite.sql("optin", "SELECT max(opt_out_count) FROM address AS a JOIN contact AS c ON c.address_hash = a.hash "
                        "WHERE c.contact LIKE 'rep-%'")
    assert dict(changes) == {"rep-1": 1, "rep-2": 1} and counted == [(1,)], (changes, counted)


def unsubscribe(suite, contact):
    suite.consent.request("internal.unsubscribe", contact, {"mail": str(uuid.uuid4())}, exchange="internal")


class Requests(Suite):
    """Opt-in alone, started by the test, so that it can be killed."""

    def __init__(self):
        self.configuration = changed_configuration("/tmp", ("replyWindow: 0", "replyWindow: 90d"))
        super().__init__(services=[], environment={"ASSENT_CONFIG": self.configuration})
        self.index = 0

    def __exit__(self, *exception):
        super().__exit__(*exception)
        os.unlink(self.configuration)

    def next_index(self):
        self.index += 1
        return self.index % 4

    def __enter__(self):
        super().__enter__()
        self.instances = [self.instance("optin", self.next_index()), self.instance("optin", self.next_index())]
        self.crm, self.consent = self.client(), self.client("consent")
        self.marketing, self.support = self.token("mark", "marketing"), self.token("sue", "support")
        return self


if __name__ == "__main__":
    run(Requests(), permission, lists, unknown_list, repeated_link, import_refusals, invitations, address, address_races,
        new_address, held_back, conversations, big_import)
