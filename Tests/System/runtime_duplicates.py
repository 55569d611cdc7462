"""The same message once more: done once, answered again; with another body a conflict (contract section 1, X5)."""

import collections, copy, time, uuid

from harness import Suite, event, form, run, within

LEASES = 1.2  # seconds from the commit of a withdrawal to its acknowledgement


def changes(suite, contact):
    return [row[0] for row in suite.sql(
        "optin", "SELECT to_status FROM status_change WHERE contact = %s ORDER BY number", contact)]


def known(suite, contact, **more):
    """A contact that a form has made; returns the confirmation in its mail's order."""
    suite.crm.contacts(form(contact, **more))
    order = within(10, lambda: suite.mails.events("internal.mail", [contact]), "the mail's order")[0]
    return suite.handed(contact, order["data"]["confirmation"])


def unsubscribe(contact):
    return event("internal.unsubscribe", contact, {"mail": str(uuid.uuid4())}, source="/assent/consent")


def confirm(contact, confirmation, action="confirm"):
    return event("internal.confirm", contact, {
        "confirmation": confirmation, "action": action, "isEarly": False, "hasNonce": True}, source="/assent/consent")


def dead_of(suite, id):
    """The dead letters with this message id, waiting for the first."""
    kept = suite.kept_dead
    def found():
        kept.extend(suite.dead())
        return [headers for headers, properties, _ in kept if properties.message_id == id]
    return within(10, found, "the dead letter")


def timed(suite, message):
    begun = time.monotonic()
    reply, came = suite.consent.answer(suite.consent.ask_again(message, "internal"))
    return reply, came - begun


def changing_once(suite):
    """internal.confirm twice under one id: one effect, the first answer both times."""
    message = confirm("twice", known(suite, "twice"))
    first, second = timed(suite, message)[0], timed(suite, message)[0]
    assert first == second == {"status": "ok", "state": "confirmed"}, f"{first} and {second}"
    assert changes(suite, "twice") == ["single-opt-in-webform", "double-opt-in"]
    assert not suite.dead()


def opt_out_waits_again(suite):
    """internal.unsubscribe twice under one id: one effect, and each acknowledgement waits out the leases."""
    known(suite, "stop")
    message = unsubscribe("stop")
    answers = [timed(suite, message) for _ in range(2)]
    assert [reply for reply, _ in answers] == [{"status": "opt-out-contact"}] * 2, answers
    assert all(LEASES <= seconds <= 1.6 for _, seconds in answers), [seconds for _, seconds in answers]
    assert changes(suite, "stop") == ["single-opt-in-webform", "opt-out-contact"]


def reading_afresh(suite):
    """optin.show twice under one id: answered afresh."""
    known(suite, "read")
    message = event("optin.show", "read", {})
    first, _ = suite.crm.answer(suite.crm.ask_again(message))
    timed(suite, unsubscribe("read"))
    second, _ = suite.crm.answer(suite.crm.ask_again(message))
    assert (first["status"], second["status"]) == ("single-opt-in-webform", "opt-out-contact"), (first, second)
    assert len(second["history"]) == 2


def refused_again(suite):
    """optin.show of somebody unknown, twice: answered each time, never dead."""
    message = event("optin.show", "nobody", {})
    for _ in range(2):
        reply, _ = suite.crm.answer(suite.crm.ask_again(message))
        assert reply["error"]["code"] == "unknown-contact", reply
    assert not suite.dead()


def used_link_is_no_dead_letter(suite):
    """internal.confirm of a link that was used, under another id: refused with `conflict`, answered, not dead."""
    confirmation = known(suite, "used")
    timed(suite, confirm("used", confirmation))
    reply, _ = timed(suite, confirm("used", confirmation))
    assert reply["error"]["code"] == "conflict", reply
    left = [headers for headers, _, _ in suite.dead()]
    assert not left, f"a request that is merely refused is kept: {left}"


def another_body(suite):
    """The same id with another body: `conflict`, answered where asked, else kept with its reason; nothing changes."""
    confirmation = known(suite, "other")
    first = confirm("other", confirmation)
    timed(suite, first)
    second = copy.deepcopy(first)
    second["data"]["action"] = "decline"
    reply, _ = timed(suite, second)
    assert reply["status"] == "error" and reply["error"]["code"] == "conflict", reply
    assert not suite.dead(), "a request that was answered is kept"
    suite.consent.publish("internal", second)
    headers = dead_of(suite, first["id"])[0]
    assert headers["x-error-code"] == "conflict" and headers["x-original-exchange"] == "internal", headers
    assert headers["x-original-user-id"] == "consent" and headers["x-original-routing-key"] == "internal.confirm"
    assert changes(suite, "other") == ["single-opt-in-webform", "double-opt-in"]
    shown = event("optin.show", "other", {})
    suite.crm.answer(suite.crm.ask_again(shown))
    shown["data"] = {"more": 1}
    assert suite.crm.answer(suite.crm.ask_again(shown))[0]["error"]["code"] == "conflict"
    assert not suite.dead(), "a request that was answered is kept"


def refused_once(suite):
    """An event that was refused stays refused, whatever changed meanwhile, and is neither kept nor told again."""
    message = event("contact.updated", "judged", {"locale": "en"})
    suite.crm.contacts(message)
    assert dead_of(suite, message["id"])[0]["x-error-code"] == "unknown-contact"
    told = lambda: [fact for fact in suite.facts.events("message.refused") if fact["data"]["message"] == message["id"]]
    within(10, told, "the publisher is told")
    known(suite, "judged")
    suite.crm.contacts(message)
    assert suite.crm.request("optin.show", "judged", {})["status"] == "single-opt-in-webform"
    assert not suite.dead(), "a second letter"
    known(suite, "judged-2")  # its fact comes behind whatever was to be told
    within(10, lambda: suite.facts.events("optin.changed", ["judged-2"]), "a later fact")
    assert len(told()) == 1, told()
    assert told()[0]["subject"] == "judged" and told()[0]["source"] == "/assent/optin", told()
    assert told()[0]["data"] == {"service": "optin", "message": message["id"], "source": "/crm",
                                 "messageType": "contact.updated", "code": "unknown-contact"}, told()


def another_source(suite):
    """The same id from another source is another message."""
    one = form("source-1")
    other = {**form("source-2", id=one["id"]), "source": "/web"}
    suite.crm.contacts(one)
    suite.crm.contacts(other)
    within(10, lambda: changes(suite, "source-1") and changes(suite, "source-2"), "both take effect")


def in_one_batch(suite):
    """Five times the same in one batch, and a sixth with another body: one effect, one fact, one conflict."""
    suite.kill(suite.optin)
    message = form("batch")
    for _ in range(5):
        suite.crm.contacts(message)
    suite.crm.contacts({**message, "data": {**message["data"], "form": "other"}})
    suite.optin = suite.instance("optin")
    assert dead_of(suite, message["id"])[0]["x-error-code"] == "conflict"
    assert changes(suite, "batch") == ["single-opt-in-webform"]
    assert len(within(5, lambda: suite.facts.events("optin.changed", ["batch"]))) == 1


def in_two_partitions(suite):
    """The same id for two contacts at the same time, in two partitions: one takes effect, the other is `conflict`."""
    suite.kill(suite.optin)
    ids = []
    for number in range(60):
        one = form(f"pair-{number}-a")
        suite.crm.contacts(one)
        suite.crm.contacts(form(f"pair-{number}-b", id=one["id"]))
        ids.append(one["id"])
    suite.optin = suite.instance("optin")
    within(10, lambda: suite.sql("optin", "SELECT count(*) FROM inbox WHERE id = ANY (%s::uuid[])", ids)[0][0] >= 60)
    within(10, lambda: not any(suite.depths()[f"optin.{number}"] for number in range(8)), "all is done")
    took = collections.Counter(row[0].rsplit("-", 1)[0] for row in suite.sql(
        "optin", "SELECT contact FROM status_change WHERE contact LIKE 'pair-%%'"))
    assert set(took.values()) == {1}, f"{sum(1 for n in took.values() if n > 1)} of 60 pairs took effect twice"
    codes = [headers["x-error-code"] for headers, properties, _ in suite.dead() if properties.message_id in set(ids)]
    assert codes == ["conflict"] * 60, f"{len(codes)} dead letters"


def answer_lost(suite):
    """Killed after the commit, before the answer: it comes after the restart, and again; opt-outs wait."""
    for contact, make in (("lost-1", lambda link: confirm("lost-1", link)),
                          ("lost-2", lambda _: unsubscribe("lost-2"))):
        link = known(suite, contact)
        suite.kill(suite.optin)
        doomed = suite.instance("optin", ASSENT_CRASH_AT="after-commit:1")
        message = make(link)
        correlation = suite.consent.ask_again(message, "internal")
        asked = time.monotonic()
        assert doomed.wait(timeout=10) == -9
        suite.optin = suite.instance("optin")
        first, came = suite.consent.answer(correlation)
        again, seconds = timed(suite, message)
        assert first == again and first["status"] != "error", (first, again)
        if contact == "lost-2":
            assert came - asked >= LEASES and LEASES <= seconds <= 1.6, (came - asked, seconds)
        assert len(changes(suite, contact)) == 2
        within(10, lambda: len(suite.facts.events("optin.changed", [contact])) == 2, "both facts")


def started(suite):
    """One instance of optin, asked by crm and, as the web, by consent."""
    suite.optin, suite.crm, suite.consent = suite.instance("optin"), suite.client(), suite.client("consent")
    suite.kept_dead = []


if __name__ == "__main__":
    run(Suite([]), started, changing_once, opt_out_waits_again, reading_afresh, refused_again,
        used_link_is_no_dead_letter, another_body, refused_once, another_source, in_one_batch, answer_lost,
        in_two_partitions)
