"""What contacts decide about e-mail on their page, as the consent service orders it of opt-in: mails, lists, a stop and
its end (C4, O7, O10), and what opt-in asks consent for after it lost its last commits (X5). Consent is a stand-in."""

import json, threading, time, uuid

from harness import Suite, event, form, run, within
from restoring import put_back, said, take_aside
from walking import Walker, expect, fresh

REPLY_TO = "<1@mails>"
NEW_MAIL = ("campaign", "autoresponder", "workflow", "ad-hoc")
WEB = {"remoteAddress": "192.0.2.7", "userAgent": "A browser"}


class Consent(threading.Thread):
    """Orders as consent does, keeps what opt-in answered, and tells what it asks for after it lost its last commits."""

    def __init__(self, suite):
        super().__init__(daemon=True)
        self.client, self.answering = suite.client("consent"), suite.client("consent")
        self.done = suite.collector("consent", "consent.done", ("internal", "internal.email-order-done"))
        self.asked = suite.collector("consent", "consent.asked", ("internal", "internal.email-orders"),
                                     ("internal", "internal.opt-outs"))
        self.sequence, self.follows, self.heard = 1, {}, {}
        self.recalled = []  # what opt-in is told when it asks
        self.start()

    def order(self, contact, topic, state, **more):
        """Publishes an order that follows the last one and returns it."""
        self.sequence += 256
        order = event("internal.email-order", contact, {
            "order": str(uuid.uuid4()), "follows": self.follows.get((contact, topic)), "epoch": 1,
            "sequence": self.sequence, "topic": topic, "state": state, "isSuspect": False, **WEB, **more},
            source="/assent/consent")
        self.follows[contact, topic] = order["data"]["order"]
        self.client.publish("internal", order)
        return order

    def ordered(self, contact, topic, state, **more):
        """An order, once opt-in says that it is in force."""
        data = self.order(contact, topic, state, **more)["data"]
        answer = within(20, lambda: self.answer(contact, data["order"]), f"{topic} {state} of {contact}")
        in_force = {"order": data["order"], "sequence": data["sequence"], "state": state}
        expect(answer["inForce"] == in_force and answer["topic"] == topic, f"{answer}")
        self.heard[contact, topic] = answer["inForce"]
        return data

    def answer(self, contact, order):
        found = [one["data"] for one in self.done.events(subjects={contact}) if one["data"]["order"] == order]
        return found and found[-1]

    def ask(self, type, subject, data):
        return self.client.request(type, subject, data, exchange="internal")

    def run(self):
        seen = 0
        while True:
            if seen == len(self.asked.taken):
                time.sleep(0.02)
                continue
            _, method, properties, body = self.asked.taken[seen]
            seen += 1
            question = json.loads(body)
            items = self.recalled if question["type"] == "internal.email-orders" else []
            data = {"status": "ok", "items": items, "next": None, "heard": question["data"]["epoch"]}
            reply = event(question["type"] + ".reply", question["subject"], data, source="/assent/consent")
            self.answering.publish("", reply, mandatory=False, routing_key=properties.reply_to,
                                   correlation_id=properties.correlation_id)


def begin(suite):
    """Opt-in runs, consent is a stand-in"""
    suite.walker, suite.consent = Walker(suite), Consent(suite)
    suite.crm, suite.notifier = suite.walker.crm, suite.client("notifier")
    suite.marketing = suite.token("mark", "marketing")


def person(suite, email=None):
    contact = fresh("o")
    suite.walker.tell("contact.created", contact, {"email": email or f"{contact}@example.com"})
    suite.walker.shown(contact)
    return contact


def choices(suite, contact):
    return suite.consent.ask("internal.email-choices", contact, {})


def mail_orders(suite, contact):
    return [one["data"] for one in suite.mails.events("internal.mail", {contact})]


def gate(suite, contact, category, **more):
    """The reason for which a mail is not handed over; None: it is."""
    mail = str(uuid.uuid4())
    data = {"mails": [{"mail": mail, "contact": contact, "category": category, **more}]}
    return suite.notifier.request("internal.gate", "gate", data, exchange="internal")["refused"].get(mail)


def check(suite, contact, category, **more):
    answer = suite.walker.ok("optin.check", "-", {"category": category, "contacts": [contact], **more})
    return "allowed" if answer["allowed"] else next(iter(answer["refused"]))


def confirm(suite, contact, confirmation):
    suite.handed(contact, confirmation)
    answer = suite.consent.ask("internal.confirm", contact, {
        "confirmation": confirmation, "action": "confirm", "isEarly": False, "hasNonce": True})
    expect(answer.get("state") == "confirmed", f"{answer}")


def out_and_in(suite):
    """O7 out on the page: for the address too; in: nothing but the mail, which passes the gate, and its confirmation"""
    contact = person(suite)
    other = person(suite, f"{contact}@example.com")
    suite.consent.ordered(contact, "email.marketing", "out", text="No more mails", isSuspect=True)
    suite.walker.wait_fact("optin.changed", contact, to="opt-out-contact", by="contact", reason="page")
    suite.walker.wait_fact("optin.changed", other, to="opt-out-contact", by="suite", reason="address-opted-out")
    last = suite.walker.shown(contact)["history"][-1]
    expect({**WEB, "text": "No more mails", "reason": "page"}.items() <= last.items(), f"{last}")
    shown = choices(suite, contact)
    expect((shown["status"], shown["reason"], shown["text"], shown["isConfirmationPending"])
           == ("opt-out-contact", "page", "No more mails", False), f"{shown}")
    suite.consent.ordered(contact, "email.marketing", "in")
    order = within(10, lambda: mail_orders(suite, contact), "the double-opt-in mail's order")[0]
    expect(suite.walker.status(contact) == "opt-out-contact", "in changes nothing yet")
    expect(choices(suite, contact)["isConfirmationPending"], "and says that a mail is pending")
    mail = {"confirmation": order["confirmation"], "addressHash": order["addressHash"]}
    expect(gate(suite, contact, "double-opt-in", **mail) is None, "the mail passes the gate")
    expect(gate(suite, contact, "ad-hoc") == "opt-out-contact", "no other does")
    confirm(suite, contact, order["confirmation"])
    shown = choices(suite, contact)
    expect((shown["status"], shown["reason"], "form" in shown) == ("double-opt-in", "confirmed", False), f"{shown}")
    suite.consent.ordered(contact, "email.marketing", "in")
    expect(len(mail_orders(suite, contact)) == 1, "who is in already gets no mail")


def held_back(suite):
    """O4 the limit holds for the page: the mail goes when the time is over, and not after an opt-out"""
    contacts = [person(suite) for _ in range(2)]
    for contact in contacts:
        suite.crm.contacts(form(contact))
        within(10, lambda: mail_orders(suite, contact), "the form's mail")
        suite.consent.ordered(contact, "email.marketing", "in")
    suite.consent.ordered(contacts[1], "email.marketing", "out")
    early = "UPDATE {} SET mailed_at = mailed_at - interval '2 days'{} WHERE {}"
    hash = "(SELECT address_hash FROM contact WHERE contact = %s)"
    for contact in contacts:
        expect(len(mail_orders(suite, contact)) == 1, "held back")
        suite.sql("optin", early.format("contact", ", mail_due_at = mail_due_at - interval '2 days'", "contact = %s"),
                  contact)
        suite.sql("optin", early.format("address", "", f"hash = {hash}"), contact)
    within(10, lambda: len(mail_orders(suite, contacts[0])) == 2, "the mail that was held back")
    expect(len(mail_orders(suite, contacts[1])) == 1, "not wanted any more")


def lists(suite):
    """O10 lists of the page: facts, and a list that no configuration knows is answered and changes nothing"""
    contact = person(suite)
    for name, state in (("news", "subscribed"), ("events", "subscribed"), ("gone", "subscribed"), ("news", "left"),
                        ("gone", "left")):
        suite.consent.ordered(contact, f"list.{name}", state)
    expect(suite.walker.shown(contact)["lists"] == ["events"] == choices(suite, contact)["lists"], "events")
    told = lambda: [(one["type"], one["data"]["list"]) for one in suite.walker.facts.events(subjects={contact})
                    if one["type"].startswith("list.")]
    within(10, lambda: told() == [("list.subscribed", "news"), ("list.subscribed", "events"), ("list.left", "news")],
           "the facts")


def stop(suite):
    """C4 a stopped contact gets replies only; users and publishers change nothing, and the contact can resume"""
    contact = person(suite)
    suite.walker.tell("mail.received", contact, {"messageId": REPLY_TO})
    suite.crm.contacts(form(contact, lists=["news"]))
    link = within(10, lambda: mail_orders(suite, contact), "the form's mail")[0]["confirmation"]
    suite.consent.ordered(contact, "email.stop", "stopped", text="Stop")
    expect([one["reason"] for one in suite.walker.shown(contact)["history"]] == ["web-form", "stop-processing"], "why")
    for category in NEW_MAIL:
        expect(check(suite, contact, category) == "stopped" == gate(suite, contact, category), category)
    expect(check(suite, contact, "campaign", list="news") == "stopped", "on a list")
    expect(check(suite, contact, "reply", inReplyTo=REPLY_TO) == "allowed", "a reply")
    expect(gate(suite, contact, "reply", inReplyTo=REPLY_TO) is None, "a reply")
    expect(gate(suite, contact, "double-opt-in", confirmation=link) == "stopped", "the mail on its way")
    suite.dead()
    refused = [suite.walker.tell("contact.updated", contact, {"email": f"other-{contact}@example.com"}),
               suite.walker.tell("contact.created", contact, {"email": f"other-{contact}@example.com"}),
               suite.walker.tell("contact.updated", contact, {"profile": {"region": "EU"}})]
    ask = lambda type, data: suite.walker.ask(type, contact, data, suite.marketing)
    for type, data in (("optin.set", {"status": "single-opt-in-user"}), ("optin.subscribe", {"list": "events"})):
        suite.walker.refused("locked", type, contact, data, suite.marketing)
    several = lambda type, data: suite.walker.ok(type, "several", data, suite.marketing)
    answer = several("optin.import", {"contacts": [{"contact": contact, "status": "single-opt-in-user"}]})
    expect(answer["refused"] == {"stopped": [contact]} and answer["changed"] == 0, f"{answer}")
    answer = several("optin.invite", {"contacts": [contact]})
    expect(answer["refused"] == {"stopped": [contact]} and answer["sent"] == 0, f"{answer}")
    dead = {properties.message_id: headers["x-error-code"] for headers, properties, _ in suite.dead()}
    expect(dead == {one["id"]: "locked" for one in refused}, f"{dead}")
    expect(ask("optin.leave", {"list": "news"})["lists"] == [], "taken off")
    # A form counts as after an opt-out; its mail goes after the stop.
    suite.crm.contacts(form(contact, lists=["news"]))
    suite.consent.ordered(contact, "email.marketing", "in")
    shown = suite.walker.shown(contact)
    expect((shown["status"], shown["lists"]) == ("single-opt-in-webform", []), f"{shown}")
    expect(check(suite, contact, "ad-hoc") == "stopped" and len(mail_orders(suite, contact)) == 1, "no mail")
    suite.consent.ordered(contact, "email.stop", "active")
    mails = within(10, lambda: len(mail_orders(suite, contact)) == 2 and mail_orders(suite, contact), "the form's mail")
    expect(check(suite, contact, "ad-hoc") == "unconfirmed", "until it is confirmed")
    expect(gate(suite, contact, "double-opt-in", confirmation=mails[1]["confirmation"]) is None, "passes")
    confirm(suite, contact, mails[1]["confirmation"])
    expect(suite.walker.status(contact) == "double-opt-in" and check(suite, contact, "campaign") == "allowed", "back")


def again(suite):
    """X5 an order that comes again, late or behind another is answered with the one in force and changes nothing"""
    contact = person(suite)
    first = suite.consent.ordered(contact, "list.news", "subscribed")
    second = suite.consent.ordered(contact, "list.news", "left")
    late = {**first, "sequence": first["sequence"] + 1}
    strange = {**first, "order": str(uuid.uuid4()), "follows": str(uuid.uuid4()), "sequence": second["sequence"] + 256}
    for data in (first, second, late, strange):
        before = len(suite.consent.done.taken)
        suite.consent.client.publish("internal", event("internal.email-order", contact, data, source="/assent/consent"))
        within(10, lambda: len(suite.consent.done.taken) > before, "an answer")
        answer = suite.consent.answer(contact, data["order"])
        expect(answer["inForce"]["order"] == second["order"], f"{answer}")
    expect(suite.walker.shown(contact)["lists"] == [] and suite.walker.count_facts("list.left", contact) == 1, "once")


def lost(suite):
    """X5, C4 opt-in loses its last commits: a stop, an opt-out and a leaving hold again, a subscription does not"""
    contact, resumed, leaver, under_way = (person(suite) for _ in range(4))
    suite.consent.ordered(leaver, "list.news", "subscribed")
    suite.consent.ordered(resumed, "email.stop", "stopped")
    take_aside(suite, "optin")
    orders = [(contact, "email.stop", "stopped"), (contact, "list.events", "subscribed"), (resumed, "email.stop", "active"),
              (leaver, "list.news", "left"), (leaver, "email.marketing", "out"), (under_way, "email.stop", "stopped")]
    for order in orders:
        suite.consent.ordered(*order)
    suite.consent.recalled = [
        {"contact": one, "topic": topic, **suite.consent.heard[one, topic]} for one, topic, _ in orders]
    before = said(suite, "optin", "a new epoch begins")
    put_back(suite, "optin")
    within(20, lambda: said(suite, "optin", "recovery of lost commits finished") > 0, "opt-in has asked")
    expect(said(suite, "optin", "a new epoch begins") > before, "a new epoch")
    within(20, lambda: "allowed" in suite.walker.ask("optin.check", "-", {"category": "ad-hoc", "contacts": [contact]}),
           "opt-in answers again")
    for one, reason in ((contact, "stopped"), (under_way, "stopped"), (resumed, "opt-out-contact"),
                        (leaver, "opt-out-contact")):
        expect(check(suite, one, "ad-hoc") == reason, f"{reason}: {check(suite, one, 'ad-hoc')}")
    for one, lists in ((contact, []), (leaver, [])):
        shown = suite.walker.shown(one)
        last = shown["history"][-1]
        expect((last["to"], last["by"], last["reason"]) == ("opt-out-contact", "suite", "recovered"), f"{shown}")
        expect(shown["lists"] == lists, f"{shown}")
    suite.walker.wait_fact("optin.changed", contact, to="opt-out-contact", reason="recovered")
    # The order under way comes again, settles and is followed by the next.
    suite.consent.ordered(under_way, "email.stop", "active")
    suite.consent.ordered(contact, "email.stop", "active")
    expect(check(suite, contact, "ad-hoc") == "opt-out-contact", "resumed")
    told = suite.consent.ask("internal.followed-email-orders", "consent", {
        "epoch": 1, "after": None, "lost": [{"partition": 1, "from": 1}]})
    told = {(one["contact"], one["topic"]): one["state"] for one in told["items"]}
    expect(told[contact, "email.stop"] == "active" and told[leaver, "list.news"] == "left", f"{told}")
    suite.walker.check_schemas()


if __name__ == "__main__":
    run(Suite(["optin"]), begin, out_and_in, held_back, lists, stop, again, lost)
