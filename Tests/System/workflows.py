"""Workflows (C6): a rule fires with the decision that triggers it, asks again when its action runs, and acts once,
whoever is killed."""

import json, os, pathlib, signal, tempfile, threading, time

from harness import Suite, run, within
from page import choose, confirmed, link_of
from walking import QUIET, Walker, changed_configuration, confirmed_contact, expect, fresh

PARTNER = "partner@example.com"
RULES = """workflows:
  - name: share
    on: consent.granted
    where: {field: consent.partner-contact, is: granted}
    do:
      - publish: {queue: shop.orders, type: partner.shared, fields: [firstName, email, region]}
  - name: events
    on: list.subscribed
    where: {field: list.events, is: true}
    do: [{publish: {queue: shop.orders, type: events.joined}}]
  - name: stopped
    on: processing.stopped
    do:
      - mail: {to: contact, template: welcome}
      - publish: {queue: shop.orders, type: contact.stopped}
      - publish: {queue: shop.orders, type: contact.stopped-with-data, fields: [region]}
  - name: later
    on: consent.granted
    where: {field: consent.automated-decisions, is: granted}
    do: [{publish: {queue: crm.later, type: decisions.allowed, fields: [email]}}]
  - name: welcome
    on: consent.granted
    where: {field: consent.tracking, is: granted}
    do: [{mail: {to: contact, template: welcome}}]
"""
TEMPLATES = {
    "welcome.en.subject.mustache": "Thank you, {{firstName}}",
    "welcome.en.text.mustache": "Dear {{firstName}},\n\nthank you. We know you as {{email}}.\n",
}


def begin(suite):
    """The suite runs with these rules, its notifier and a consent service beside it"""
    suite.walker, suite.privacy = Walker(suite), suite.token("petra", "privacy")
    suite.shop = suite.client("shop")
    suite.orders = []
    suite.notifier = suite.instance("notifier")


def person(suite, **profile):
    """A contact with a name, whom every service knows."""
    contact = fresh("flow")
    suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "locale": "en", "profile": {
        "region": "EU", "firstName": "Änne", "lastName": "O’Neill-Muster", "birthday": "1990-01-02", **profile}})
    suite.walker.ok("consent.show", contact, {})
    suite.walker.ok("vault.read", contact, {})
    return contact


def record(suite, contact, decision="granted", consent="partner-contact"):
    return suite.walker.ok("consent.record", contact, {
        "consent": consent, "decision": decision, "channel": "phone", "evidence": {"note": "on the phone"}}, suite.privacy)


def partner_mails(suite, contact):
    return [mail for mail in suite.mails(PARTNER)
            if f"{contact}@example.com" in mail.get_body(("plain",)).get_content()]


def ordered(suite, contact, type=None):
    """What came to the shop's queue about a contact, repetitions (the same id) left out."""
    suite.orders += suite.shop.facts("shop.orders")
    found = {one["id"]: one for one in suite.orders if one["subject"] == contact and type in (None, one["type"])}
    return list(found.values())


def fired(suite, contact, workflow):
    return [one for one in suite.walker.facts.events("workflow.fired", {contact}) if one["data"]["workflow"] == workflow]


def shared(suite):
    """The partner gets the contact's name and address once, and the shop the fields that its rule names"""
    walker, contact = suite.walker, person(suite)
    record(suite, contact)
    granted = walker.wait_fact("consent.granted", contact, consent="partner-contact")
    fact = walker.wait_fact("workflow.fired", contact, workflow="partner-contact")
    expect(fact["data"]["trigger"] == {"type": "consent.granted", "id": granted["id"]}, f"the trigger is {fact}")
    mail = within(15, lambda: partner_mails(suite, contact), "the partner's mail")[0]
    text = mail.get_body(("plain",)).get_content()
    expect("Änne O’Neill-Muster" in text and f"{contact}@example.com" in text, f"name and address: {text}")
    expect("/p/" not in mail.as_string() and mail["List-Unsubscribe"] is None, "no link of the contact's")
    expect("1990" not in mail.as_string() and mail["Auto-Submitted"] == "auto-generated", "nothing else")
    walker.wait_fact("mail.sent", contact, category="workflow")
    order = within(10, lambda: ordered(suite, contact), "the shop's message")[0]
    expect((order["type"], order["source"]) == ("partner.shared", "/assent/consent"), f"it is {order}")
    expect(order["data"] == {"firstName": "Änne", "email": f"{contact}@example.com", "region": "EU"}, f"data: {order}")
    record(suite, contact, consent="tracking")
    walker.wait_fact("workflow.fired", contact, workflow="welcome")
    within(10, lambda: len(walker.facts.events("mail.sent", {contact})) == 2, "the contact's own mail")
    expect(len(partner_mails(suite, contact)) == 1 and len(ordered(suite, contact)) == 1, "another consent repeats nothing")
    expect(len(fired(suite, contact, "partner-contact")) == 1, "fired once")


def by_page(suite):
    """A grant on the page goes to the partner once it is confirmed, and not before"""
    walker, contact = suite.walker, person(suite)
    choose(link_of(walker, contact), **{"consent__partner-contact": "granted"})
    walker.wait_fact("consent.pending", contact)
    expect(not fired(suite, contact, "partner-contact"), "nothing is decided yet")
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "confirmed")
    within(15, lambda: partner_mails(suite, contact), "the partner's mail")
    within(10, lambda: ordered(suite, contact), "the shop's message")
    expect(len(partner_mails(suite, contact)) == 1, "one mail")


def revoked_meanwhile(suite):
    """A revocation before the hand-over holds the mail back, and a later grant is a firing of its own"""
    walker, contact = suite.walker, person(suite)
    suite.kill(suite.notifier)
    record(suite, contact)
    walker.wait_fact("workflow.fired", contact, workflow="partner-contact")
    record(suite, contact, "revoked")
    suite.notifier = suite.instance("notifier")
    fact = walker.wait_fact("mail.suppressed", contact, seconds=40, category="workflow")
    expect(fact["data"]["reason"] == "condition" and not partner_mails(suite, contact), f"{fact}")
    record(suite, contact)
    within(15, lambda: partner_mails(suite, contact), "the mail of the second grant")
    within(10, lambda: len(walker.facts.events("mail.sent", {contact})) == 1, "it is told")
    expect(len(partner_mails(suite, contact)) == 1, "one mail")


def revoked_before_publishing(suite):
    """A message whose values the vault could not give in time is dropped when the consent is gone by then"""
    walker, contact = suite.walker, person(suite)
    os.kill(suite.pid("vault"), signal.SIGSTOP)
    try:
        record(suite, contact)
        walker.wait_fact("workflow.fired", contact, workflow="share")
        record(suite, contact, "revoked")
    finally:
        os.kill(suite.pid("vault"), signal.SIGCONT)
    state = lambda: suite.sql("consent", "SELECT state, reason FROM workflow_firing WHERE contact = %s "
                              "AND workflow = 'share'", contact)
    within(30, lambda: state() == [("dropped", "condition")], f"dropped: {state()}")
    expect(not ordered(suite, contact), "nothing came")


def heard(suite):
    """A rule on another service's fact fires once that fact arrives, and for its list alone"""
    walker, contact = suite.walker, person(suite)
    for name in ("news", "events", "news"):
        walker.ok("optin.subscribe", contact, {"list": name}, suite.token("mark", "marketing"))
    joined = walker.wait_fact("list.subscribed", contact, list="events")
    fact = walker.wait_fact("workflow.fired", contact, workflow="events")
    expect(fact["data"]["trigger"] == {"type": "list.subscribed", "id": joined["id"]}, f"the trigger is {fact}")
    order = within(10, lambda: ordered(suite, contact), "the message")
    expect([(one["type"], one["data"]) for one in order] == [("events.joined", {})], f"{order}")
    expect(len(fired(suite, contact, "events")) == 1, "once")


def while_stopped(suite):
    """A stop holds back what uses the contact's data; a message without any tells of it (C4)"""
    walker, contact = suite.walker, person(suite)
    choose(link_of(walker, contact), "stop-processing")
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "stopped")
    walker.wait_fact("workflow.fired", contact, workflow="stopped")
    order = within(10, lambda: ordered(suite, contact), "the message")
    expect([(one["type"], one["data"]) for one in order] == [("contact.stopped", {})], f"{order}")
    record(suite, contact)
    walker.wait_fact("consent.granted", contact)
    walker.ok("consent.show", contact, {})
    rows = suite.sql("consent", "SELECT workflow, action FROM workflow_firing WHERE contact = %s", contact)
    expect(rows == [("stopped", 1)] and not partner_mails(suite, contact), f"nothing else fired: {rows}")


def no_queue(suite):
    """A message that no queue takes is kept, tried again and logged, and arrives once the queue exists"""
    walker, contact = suite.walker, person(suite)
    record(suite, contact, consent="automated-decisions")
    walker.wait_fact("workflow.fired", contact, workflow="later")
    state = lambda: suite.sql("consent", "SELECT state, attempts FROM workflow_firing WHERE contact = %s", contact)[0]
    within(15, lambda: state()[1] >= 2 and state()[0] == "waiting", f"it is tried again: {state()}")
    log = (suite.folder / "state" / "log" / "consent.log").read_text()
    expect("no queue took a workflow's message" in log and f"{contact}@" not in log, "the log says so")
    walker.crm.queue("crm.later")
    message = walker.crm.facts("crm.later", 1, 30)
    expect([one["data"] for one in message] == [{"email": f"{contact}@example.com"}], f"{message}")
    within(5, lambda: state()[0] == "published", "it is done")


def to_the_contact(suite):
    """A mail to the contact has its template's words and the footer, and an opt-out holds it back"""
    walker = suite.walker
    contact = confirmed_contact(walker, profile={"region": "EU", "firstName": "Anna"}, locale="en")
    count = len(suite.mails(f"{contact}@example.com"))
    record(suite, contact, consent="tracking")
    mail = within(15, lambda: (found := suite.mails(f"{contact}@example.com")) and len(found) > count and found[-1],
                  "the mail")
    text = mail.get_body(("plain",)).get_content()
    expect(mail["Subject"] == "Thank you, Anna" and text.startswith("Dear Anna,"), f"{mail['Subject']}: {text}")
    expect(f"We know you as {contact}@example.com." in text and "/p/" in text, f"address and page link: {text}")
    walker.ok("optin.set", contact, {"status": "opt-out-user"}, suite.token("mark", "marketing"))
    record(suite, contact, consent="tracking")
    fact = walker.wait_fact("mail.suppressed", contact, category="workflow")
    expect(fact["data"]["reason"] == "opt-out-user", f"{fact}")


def killed(suite):
    """Consent, notifier and vault are killed again and again: one mail and one message for each grant (X5)"""
    walker = suite.walker
    contacts = [person(suite) for _ in range(24)]
    token = suite.privacy
    asked = []
    stop = threading.Event()

    def kill():
        while not stop.wait(1.5):
            for name in ("consent", "vault"):
                try:
                    os.kill(suite.pid(name), signal.SIGKILL)
                except (OSError, ValueError):
                    pass
            suite.kill(suite.notifier)
            suite.notifier = suite.instance("notifier")

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for contact in contacts:
            asked.append(walker.crm.ask_again({
                "specversion": "1.0", "id": __import__("uuid").uuid4().__str__(), "source": "/crm", "type": "consent.record",
                "subject": contact, "time": "2026-11-23T10:00:00.000Z", "datacontenttype": "application/json", "data": {
                    "consent": "partner-contact", "decision": "granted", "channel": "phone", "evidence": {"note": "n"}}},
                token=token))
            time.sleep(0.25)  # the kills come in between
        walker.crm.answers(asked, 60)
    finally:
        stop.set()
        killer.join()
    for contact in contacts:
        within(60, lambda: partner_mails(suite, contact) and ordered(suite, contact), f"mail and message of {contact}")
        within(30, lambda: walker.facts.events("mail.sent", {contact}), "the mail is told")
    for contact in contacts:
        mails, orders = partner_mails(suite, contact), ordered(suite, contact)
        # A hand-over without an answer is repeated under the same Message-ID (N3).
        expect(len({mail["Message-ID"] for mail in mails}) == 1, f"{len(mails)} mails")
        expect(len(orders) == 1 and len(fired(suite, contact, "share")) == 1, f"{len(orders)} messages")


def as_published(suite):
    """Every fact and every reply is as published"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="assent-workflows.") as folder:
        for name, text in TEMPLATES.items():
            (pathlib.Path(folder) / name).write_text(text)
        configuration = changed_configuration(
            folder, QUIET, ("workflows:\n", RULES), ("\nmail:\n", f"\nmail:\n  templates: {folder}\n"))
        run(Suite(services=["consent", "optin", "vault", "erasure"], environment={"ASSENT_CONFIG": configuration}), begin,
            shared, by_page, revoked_meanwhile, revoked_before_publishing, heard, while_stopped, no_queue, to_the_contact,
            killed, as_published)
