"""Acknowledgements of withdrawals wait until no permission to send is in use; nobody else waits (X3)."""

import collections, signal, threading, time, uuid

from harness import Suite, event, form, run, within

LEASES, AT_MOST = 1.2, 1.6  # seconds from the publication of a withdrawal to its acknowledgement
AFTER_A_CRASH = 10  # seconds within which a waiting acknowledgement comes though its instance was killed


def known(suite, contact):
    """A contact that a form has made; returns the confirmation in its mail's order."""
    suite.crm.contacts(form(contact))
    order = within(10, lambda: suite.mails.events("internal.mail", [contact]), "the mail's order")[0]
    return order["data"]["confirmation"]


def unsubscribe(contact):
    return event("internal.unsubscribe", contact, {"mail": str(uuid.uuid4())}, source="/assent/consent")


def decline(contact, confirmation):
    return event("internal.confirm", contact, {
        "confirmation": confirmation, "action": "decline", "isEarly": False, "hasNonce": True}, source="/assent/consent")


def changes(suite, contact):
    return [row[0] for row in suite.sql(
        "optin", "SELECT to_status FROM status_change WHERE contact = %s ORDER BY number", contact)]


def only_withdrawals_wait(suite):
    """one-click and decline are answered 1.2 to 1.6 s later; all else about the contact is at once."""
    links = {contact: known(suite, contact) for contact in ("one-click", "decline", "confirm")}
    ask = lambda message: (time.monotonic(), suite.consent.ask_again(message, "internal"))
    suite.handed("confirm", links["confirm"])
    late = [ask(unsubscribe("one-click")), ask(decline("decline", links["decline"]))]
    for turn in range(10):
        for contact in ("one-click", "decline"):
            asked = time.monotonic()
            reply, came = suite.crm.answer(suite.crm.ask("optin.show", contact, {}))
            assert came - asked < 0.5, f"optin.show waited {came - asked:.2f} s"
            assert reply["status"] == "opt-out-contact", "it counts at once"
            checked = suite.crm.request("optin.check", contact, {"category": "ad-hoc", "contacts": [contact]})
            assert checked["refused"] == {"opt-out-contact": [contact]}, checked
    asked, correlation = ask(event("internal.confirm", "confirm", {"confirmation": links["confirm"],
                                   "action": "confirm", "isEarly": False, "hasNonce": True}, source="/assent/consent"))
    reply, came = suite.consent.answer(correlation)
    assert reply["state"] == "confirmed" and came - asked < 0.5
    for asked, correlation in late:
        reply, came = suite.consent.answer(correlation)
        assert reply.get("status") != "error" and LEASES <= came - asked <= AT_MOST, (reply, came - asked)


def many_at_once(suite):
    """200 one-clicks at once: none earlier than 1.2 s, all within 2.5 s."""
    contacts = [f"many-{number}" for number in range(200)]
    for contact in contacts:
        suite.crm.contacts(form(contact))
    asked = {}
    for contact in contacts:
        begun = time.monotonic()
        asked[suite.consent.ask_again(unsubscribe(contact), "internal")] = begun
    suite.consent.answers(asked)
    waited = [suite.consent.arrived[correlation] - begun for correlation, begun in asked.items()]
    assert min(waited) >= LEASES and max(waited) <= 2.5, f"{min(waited):.2f} to {max(waited):.2f} s"


def killed_while_waiting(suite):
    """Killed after the commit or while the acknowledgement waits: it comes within 10 s, never before 1.2 s."""
    for number, crash in enumerate(({"ASSENT_CRASH_AT": "after-commit:1"}, {"ASSENT_CRASH_AT": "after-publish:1"}, {})):
        contact = f"killed-{number}"
        known(suite, contact)
        suite.kill(suite.optin)
        suite.optin = suite.instance("optin", **crash)
        message, asked = unsubscribe(contact), time.monotonic()
        first = suite.consent.ask_again(message, "internal")
        within(10, lambda: len(changes(suite, contact)) == 2, "the commit")
        if not crash:
            suite.kill(suite.optin)
        suite.optin.wait(timeout=5)
        suite.optin = suite.instance("optin")
        _, came = suite.consent.answer(first, timeout=AFTER_A_CRASH)
        assert came - asked >= LEASES, f"{crash}: acknowledged after {came - asked:.2f} s"
        again = time.monotonic()
        reply, came = suite.consent.answer(suite.consent.ask_again(message, "internal"))
        assert reply == {"status": "opt-out-contact"} and LEASES <= came - again <= AT_MOST, (reply, came - again)
        assert len(changes(suite, contact)) == 2


def taken_over_while_waiting(suite):
    """Killed while it waits, another instance in line: it comes from there within 10 s, never before 1.2 s."""
    known(suite, "over")
    other = suite.instance("optin", 1)
    asked = time.monotonic()
    correlation = suite.consent.ask_again(unsubscribe("over"), "internal")
    within(10, lambda: len(changes(suite, "over")) == 2, "the commit")
    suite.kill(suite.optin)
    suite.optin = other
    _, came = suite.consent.answer(correlation, timeout=AFTER_A_CRASH)
    print(f"     acknowledged after {came - asked:.1f} s")
    assert came - asked >= LEASES, f"acknowledged after {came - asked:.2f} s"


class Load(threading.Thread):
    """Publishes forms as fast as the broker confirms them."""

    def __init__(self, suite, prefix):
        super().__init__(daemon=True)
        self.client, self.prefix, self.ids, self.contacts, self.going = suite.client(), prefix, [], [], True
        self.start()

    def run(self):
        while self.going:
            contact = f"{self.prefix}-{len(self.ids)}"
            self.ids.append(self.client.contacts(form(contact))["id"])
            self.contacts.append(contact)

    def stop(self):
        self.going = False
        self.join(10)
        assert not self.is_alive()


def ends_in_time(suite):
    """SIGTERM under load: the process ends within 3 s with code 0, nothing is lost and nothing done or told twice."""
    load = Load(suite, "term")
    for _ in range(4):
        done = len(load.ids)
        within(10, lambda: len(load.ids) > done + 150, "load")
        known(suite, f"term-stop-{done}")
        correlation = suite.consent.ask_again(unsubscribe(f"term-stop-{done}"), "internal")
        within(5, lambda: len(changes(suite, f"term-stop-{done}")) == 2)
        begun = time.monotonic()
        suite.optin.send_signal(signal.SIGTERM)
        code = suite.optin.wait(timeout=10)
        took = time.monotonic() - begun
        assert code == 0 and took <= 3, f"code {code} after {took:.1f} s"
        suite.consent.answers([correlation], timeout=1)  # what was waiting left before the end
        suite.optin = suite.instance("optin")
    load.stop()
    within(20, lambda: suite.sql("optin", "SELECT count(*) FROM inbox WHERE id = ANY (%s::uuid[])", load.ids)[0][0]
           == len(load.ids), "all is done")
    within(10, lambda: suite.sql("optin", "SELECT count(*) FROM outbox")[0][0] == 0, "the outbox is empty")
    took = suite.sql("optin", "SELECT contact FROM status_change WHERE contact = ANY (%s)", load.contacts)
    assert collections.Counter(row[0] for row in took) == collections.Counter(load.contacts)
    wanted = set(load.contacts)
    within(10, lambda: len(suite.facts.events("optin.changed", wanted)) == len(wanted), "each fact once")
    deliveries = sum(1 for _, _, properties, _ in suite.facts.taken if properties.headers["partitionkey"] in wanted)
    print(f"     {len(load.ids)} forms, {deliveries} facts delivered")
    assert deliveries == len(wanted), f"{deliveries - len(wanted)} facts were told twice"
    assert not suite.dead()


def ends_though_it_cannot_work(suite):
    """SIGTERM while the database refuses to save ends the process within 3 s too; the next one does what was left."""
    contact = "no-database"
    suite.sql("optin", "REVOKE INSERT ON status_change FROM optin")
    try:
        suite.crm.contacts(form(contact))
        log = suite.folder / f"optin-{suite.port + 15}.log"
        within(10, lambda: "42501" in log.read_text(), "an attempt")
        suite.optin.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        within(6, lambda: suite.optin.poll() is not None, "the end of the process")
        assert time.monotonic() - begun <= 3
    finally:
        suite.sql("optin", "GRANT INSERT ON status_change TO optin")
        suite.kill(suite.optin)
        suite.optin = suite.instance("optin")
    within(10, lambda: changes(suite, contact) == ["single-opt-in-webform"], "the form takes effect")


def started(suite):
    """One instance of optin, asked by crm and, as the web, by consent."""
    suite.optin, suite.crm, suite.consent = suite.instance("optin"), suite.client(), suite.client("consent")


if __name__ == "__main__":
    run(Suite([]), started, only_withdrawals_wait, many_at_once, killed_while_waiting, ends_in_time,
        ends_though_it_cannot_work, taken_over_while_waiting)
