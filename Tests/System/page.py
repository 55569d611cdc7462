"""The contacts' page as a contact uses it (P1, P4–P7, C1, C3–C5): what is chosen there counts once it is confirmed by
mail, and is then in force everywhere."""

import html.parser, os, re, sys, threading, time

from harness import Suite, run, within
from walking import (QUIET, Walker, asks_for_code, changed_configuration, code_of, confirmed_contact, expect, fresh, get,
                     mail_to, page, post, press)

class Controls(html.parser.HTMLParser):
    """The form of the page: the values that a browser would send, and the names and values of its buttons."""

    def __init__(self, text):
        super().__init__()
        self.values, self.buttons, self.offered = {}, [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "input":
            name, value, kind = values.get("name"), values.get("value", "on"), values.get("type")
            self.offered.add((name, value))
            if kind == "hidden" or "checked" in values:
                self.values[name] = value
        if tag == "button":
            self.buttons.append((values.get("name"), values.get("value")))


def person(walker, region="EU", **profile):
    contact = fresh("p")
    walker.tell("contact.created", contact, {
        "email": f"{contact}@example.com", "locale": "en", "profile": {"region": region, **profile}})
    within(10, lambda: walker.ask("optin.show", contact, {})["status"] == "none", "opt-in knows the contact")
    return contact


def link_of(walker, contact):
    return walker.ok("consent.link", contact, {})["url"]


def opened(link):
    answer = get(link)
    expect(answer.status_code == 200, f"the page answered {answer.status_code}")
    return Controls(answer.text), answer.text


def choose(link, action="save", drop=(), **changes):
    """What a browser sends when a contact changes these controls and presses a button."""
    controls, _ = opened(link)
    fields = {name: value for name, value in controls.values.items() if name not in drop}
    return post(link, {**fields, **{name.replace("__", "."): value for name, value in changes.items()}, "action": action})


def mails_of(suite, contact):
    return suite.mails(f"{contact}@example.com")


def confirmed(suite, contact, count, action="confirm"):
    """Presses the button behind the newest mail, with the code that so fast a press needs."""
    mail = mail_to(suite, f"{contact}@example.com", count)
    link = suite.link(mail, "c")
    answer = press(link, action, lambda: code_of(mail))
    return answer, link, mail


def decision(walker, contact, consent):
    answer = walker.ok("consent.show", contact, {})
    return next(one for one in answer["decisions"] if one["consent"] == consent)


def begin(suite):
    """The suite runs"""
    suite.walker = Walker(suite)


def shows(suite):
    """The page shows every choice of the configuration and nothing that says who the contact is"""
    walker = suite.walker
    contact = person(walker, company="Acme Secret Ltd")
    controls, text = opened(link_of(walker, contact))
    expect(controls.buttons[0] == ("action", "save"), f"the first button is {controls.buttons[0]}")
    for value in ("stop-processing", "access", "erase", "end-links"):
        expect(("action", value) in controls.buttons, f"the button {value}")
    for name in ("consent.national-id", "consent.tracking", "consent.partner-contact", "consent.automated-decisions"):
        expect((name, "granted") in controls.offered and (name, "revoked") in controls.offered, name)
    expect(("consent.credit-card", "granted") not in controls.offered, "shown only to those ready to buy (P2)")
    for name in ("list.news", "list.events"):
        expect((name, "on") in controls.offered, name)
    expect(("marketing", "in") in controls.offered and ("marketing", "out") in controls.offered, "marketing")
    for secret in (contact, "example.com/", "Acme Secret", "@example.com<", contact.upper()):
        expect(secret not in text.replace("https://example.com/privacy", "").replace("privacy@example.com", ""), secret)
    expect("<script" not in text and "Payments Ltd" not in text and "Partner AG" in text, "recipients of what is shown")
    walker.tell("contact.updated", contact, {"profile": {"salesStage": "ready-to-buy"}})
    walker.ok("consent.show", contact, {})
    controls, _ = opened(link_of(walker, contact))
    expect(("consent.credit-card", "granted") in controls.offered, "the credit card's consent")


def grants(suite):
    """A grant counts once it is confirmed: looking changes nothing, the mail lists it, and the link works once"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    answer = choose(link, consent__tracking="granted", list__news="on")
    expect(answer.status_code == 200 and "mail" in answer.text, f"saving was answered {answer.status_code}")
    walker.wait_fact("consent.pending", contact, name="consent.tracking", value="granted")
    shown = walker.ok("consent.show", contact, {})
    expect({(one["name"], one["value"]) for one in shown["pending"]} ==
           {("consent.tracking", "granted"), ("list.news", "on")}, f"pending: {shown['pending']}")
    expect(decision(walker, contact, "tracking")["decision"] == "none", "nothing is decided yet")
    mail = mail_to(suite, f"{contact}@example.com")
    text = mail.get_body(("plain",)).get_content()
    expect("which of your mails I open" in text and "News" in text, "the mail lists both changes")
    confirmation = suite.link(mail, "c")
    for _ in range(10):
        expect(get(confirmation).status_code == 200, "GET opens")
    expect(decision(walker, contact, "tracking")["decision"] == "none", "GET decides nothing")
    _, text = opened(link)
    expect('value="resend"' in text and 'value="cancel"' in text, "pending changes can be sent again and cancelled")
    answer = press(confirmation, "confirm", lambda: code_of(mail))
    expect(answer.status_code == 200 and not asks_for_code(answer), f"confirming was answered {answer.status_code}")
    walker.wait_fact("consent.granted", contact, consent="tracking", channel="page")
    walker.wait_fact("list.subscribed", contact, list="news")
    expect(decision(walker, contact, "tracking")["effective"] is True, "granted")
    expect(walker.ok("consent.show", contact, {})["pending"] == [], "nothing is pending any more")
    answer = press_used(confirmation)
    expect(answer.status_code == 410 and "lready" in answer.text, f"confirming twice: {answer.status_code}")
    controls, _ = opened(link)
    expect(controls.values.get("consent.tracking") == "granted" and controls.values.get("list.news") == "on",
           "the page shows what is in force")
    expect(choose(link).status_code == 200 and len(mails_of(suite, contact)) == 1, "saving nothing mails nothing")


def press_used(link):
    return post(link, {"action": "confirm"})


def withdraws(suite):
    """A withdrawal of a field's consent clears and locks it before it is acknowledged (C1)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    choose(link, **{"consent__national-id": "granted"})
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "granted")
    walker.wait_fact("vault.unlocked", contact, field="nationalId")
    choose(link, **{"consent__national-id": "revoked"})
    began = time.monotonic()
    answer, _, _ = confirmed(suite, contact, 2)
    expect(answer.status_code == 200, f"withdrawing was answered {answer.status_code}")
    expect(time.monotonic() - began > 1.0, "the acknowledgement waits for the leases (X3)")
    shown = walker.ok("vault.read", contact, {"fields": ["nationalId"]})["fields"]["nationalId"]
    expect(shown["locked"] is True, f"the vault says {shown}")
    walker.wait_fact("consent.revoked", contact, consent="national-id")


def stops(suite):
    """Stopping locks the record, opts out and lets replies alone through; the contact resumes (C4)"""
    walker = suite.walker
    contact = confirmed_contact(walker, profile={"region": "EU"})
    link = link_of(walker, contact)
    count = len(mails_of(suite, contact))
    expect(choose(link, "stop-processing").status_code == 200, "asked for")
    answer, _, _ = confirmed(suite, contact, count + 1)
    expect(answer.status_code == 200, f"stopping was answered {answer.status_code}")
    walker.wait_fact("processing.stopped", contact)
    expect(walker.count_facts("processing.stopped", contact) == 1, "told once")
    expect(walker.ok("consent.show", contact, {})["processing"] == "stopped", "stopped")
    expect(walker.status(contact) == "opt-out-contact", "out of every campaign")
    walker.refused("locked", "vault.store", contact, {"fields": {"firstName": {"value": "Anna"}}})
    check = walker.ok("optin.check", contact, {"category": "ad-hoc", "contacts": [contact]})
    expect(contact in check["refused"].get("stopped", []), f"the gate says {check}")
    expect(contact in walker.ok("consent.check", contact, {
        "consent": "tracking", "contacts": [contact]})["refused"], "nothing is allowed")
    controls, _ = opened(link)
    expect(("action", "resume-processing") in controls.buttons and ("action", "stop-processing") not in controls.buttons,
           "the page offers to resume")
    choose(link, "resume-processing")
    expect(confirmed(suite, contact, count + 2)[0].status_code == 200, "resumed")
    walker.wait_fact("processing.resumed", contact)
    walker.ok("vault.store", contact, {"fields": {"firstName": {"value": "Anna"}}})
    expect(walker.status(contact) == "opt-out-contact", "the opt-out stays")


def resumed_by_a_user(suite):
    """A user resumes with a reason: the contact is told by mail before anything changes (C4)"""
    walker = suite.walker
    contact = person(walker)
    choose(link_of(walker, contact), "stop-processing")
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "stopped")
    token = suite.token("anna", "privacy")
    walker.refused("not-permitted", "consent.resume", contact, {"reason": "asked on the phone"})
    answer = walker.ok("consent.resume", contact, {"reason": "asked on the phone"}, token)
    expect(answer["processing"] == "active", f"resumed: {answer}")
    mails = mails_of(suite, contact)
    expect(len(mails) == 2, "the contact was told")
    expect("asked on the phone" not in mails[-1].get_body(("plain",)).get_content(), "the user's words are not told")
    walker.wait_fact("processing.resumed", contact)
    walker.refused("conflict", "consent.resume", contact, {"reason": "again"}, token)


def erases_and_copies(suite):
    """The buttons for erasure and for a copy raise requests that the erasure service lists (C5, E1)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    token = suite.token("anna", "privacy")
    for count, (button, kind) in enumerate((("erase", "erasure"), ("access", "access")), 1):
        choose(link, button)
        answer, _, _ = confirmed(suite, contact, count)
        expect(answer.status_code == 200 and re.search(r"20\d\d", answer.text), "the page says until when")
        walker.wait_fact("erasure.requested", contact, kind=kind)
        listed = walker.ok("erasure.list", "all", {"kind": kind}, token)["requests"]
        expect(any(one["contact"] == contact and one["state"] == "open" for one in listed), "it is listed")
        controls, _ = opened(link)
        expect(("action", button) not in controls.buttons, "it cannot be asked for twice")
    within(10, lambda: walker.ok("consent.show", contact, {})["erasure"] == "requested", "consent knows")
    found = walker.ok("consent.find", "all", {"where": {"field": "erasure", "is": "requested"}})["contacts"]
    expect(contact in found, "conditions find the contact")


def mailing(suite):
    """E-mails off and on again: off is confirmed by mail, on by the double-opt-in mail, after an opt-out too (O7)"""
    walker = suite.walker
    contact = confirmed_contact(walker, profile={"region": "EU"})
    link = link_of(walker, contact)
    controls, text = opened(link)
    expect(controls.values["marketing"] == "in" and "confirmed" in text, "why the contact gets e-mails")
    choose(link, marketing="out")
    expect(confirmed(suite, contact, 2)[0].status_code == 200, "off")
    change = walker.shown(contact)["history"][-1]
    expect(change["to"] == "opt-out-contact" and change["reason"] == "page" and change["by"] == "contact", change)
    choose(link, marketing="in")
    mail = mail_to(suite, f"{contact}@example.com", 3)
    expect(walker.status(contact) == "opt-out-contact", "asking changes nothing yet")
    answer = press(suite.link(mail, "o"), "confirm", lambda: code_of(mail))
    expect(answer.status_code == 200, f"confirming was answered {answer.status_code}")
    expect(walker.status(contact) == "double-opt-in", "on again")


def outside(suite):
    """A contact outside the audience sees the e-mail choices alone, and can change nothing else (P5)"""
    walker = suite.walker
    contact = person(walker, region="US")
    link = link_of(walker, contact)
    controls, text = opened(link)
    expect(("marketing", "in") in controls.offered and ("list.news", "on") in controls.offered, "the e-mail choices")
    expect(not any(name and name.startswith("consent.") for name, _ in controls.offered), "no consent")
    expect(not {"erase", "access", "stop-processing"} & {value for _, value in controls.buttons}, "no other button")
    answer = post(link, {**controls.values, "consent.tracking": "granted", "action": "save"})
    expect(answer.status_code == 200 and walker.ok("consent.show", contact, {})["pending"] == [], "nothing is taken")
    for button in ("erase", "access", "stop-processing"):
        post(link, {**controls.values, "action": button})
    expect(walker.ok("consent.show", contact, {})["pending"] == [] and not mails_of(suite, contact), "nor by a button")


def declined_and_replaced(suite):
    """Declining ends a change; a later change of the same choice that is confirmed ends the earlier one (P6)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    choose(link, consent__tracking="granted")
    answer, first, _ = confirmed(suite, contact, 1, "decline")
    expect(answer.status_code == 200, "declined")
    expect(get(first).status_code == 410 and walker.ok("consent.show", contact, {})["pending"] == [], "ended")
    choose(link, consent__tracking="granted")
    second = suite.link(mail_to(suite, f"{contact}@example.com", 2), "c")
    choose(link, consent__tracking="revoked")
    expect(confirmed(suite, contact, 3)[0].status_code == 200, "the revocation is confirmed")
    expect(get(second).status_code == 410, "the older grant is ended")
    expect(decision(walker, contact, "tracking")["decision"] == "revoked", "the later one counts")


def cancelled(suite):
    """The page ends pending grants, and never a pending withdrawal, stop or erasure (P6)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    choose(link, consent__tracking="granted", **{"consent__partner-contact": "revoked"})
    choose(link, "erase")
    mail_to(suite, f"{contact}@example.com", 2)
    expect(choose(link, "cancel").status_code == 200, "cancelled")
    pending = {(one["name"], one["value"]) for one in walker.ok("consent.show", contact, {})["pending"]}
    expect(pending == {("consent.partner-contact", "revoked"), ("action", "erase")}, f"still pending: {pending}")


def scanners(suite):
    """A scanner that presses every button within seconds withdraws nothing, grants nothing, ends nothing (P6)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    choose(link, consent__tracking="granted")
    mail = mail_to(suite, f"{contact}@example.com")
    confirmation = suite.link(mail, "c")
    for action in ("decline", "confirm", "decline"):
        answer = post(confirmation, {**page(get(confirmation)).fields, "action": action})
        expect(asks_for_code(answer), f"{action} within seconds asks for the code")
    expect(len(walker.ok("consent.show", contact, {})["pending"]) == 1, "still pending")
    for _ in range(4):
        answer = post(confirmation, {**page(get(confirmation)).fields, "action": "confirm", "code": "000000"})
        expect(answer.status_code == 422, f"a wrong code: {answer.status_code}")
    answer = post(confirmation, {**page(get(confirmation)).fields, "action": "confirm", "code": "000000"})
    expect(answer.status_code == 410, f"the fifth wrong code: {answer.status_code}")
    expect(get(confirmation).status_code == 410, "the link is dead")
    expect(decision(walker, contact, "tracking")["decision"] == "none", "nothing was decided")


def ended_links(suite):
    """The button ends all older links; such a link offers a new one by mail, and to unsubscribe (P4)"""
    walker = suite.walker
    contact = person(walker)
    old, used = link_of(walker, contact), link_of(walker, contact)
    choose(used, "end-links")
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "confirmed")
    for link in (old, used):
        answer = get(link)
        controls = Controls(answer.text)
        expect(answer.status_code == 410, f"an ended link: {answer.status_code}")
        expect({value for _, value in controls.buttons} == {"new-link", "unsubscribe"}, f"{controls.buttons}")
        expect(post(link, {**controls.values, "action": "save", "consent.tracking": "granted"}).status_code == 410,
               "it saves nothing")
    fields = Controls(get(old).text).values
    expect(post(old, {**fields, "action": "new-link"}).status_code == 200, "asked for")
    new = suite.link(mail_to(suite, f"{contact}@example.com", 2), "p")
    expect(get(new).status_code == 200, "the new link works")
    expect(post(old, {**fields, "action": "unsubscribe"}).status_code == 200, "asked for")
    expect(confirmed(suite, contact, 3)[0].status_code == 200, "unsubscribed")
    expect(walker.status(contact) == "opt-out-contact", "out")


def another_address(suite):
    """A changed address ends every confirmation link that was mailed to the old one (O12)"""
    walker = suite.walker
    contact = person(walker)
    choose(link_of(walker, contact), consent__tracking="granted")
    confirmation = suite.link(mail_to(suite, f"{contact}@example.com"), "c")
    walker.tell("contact.updated", contact, {"email": f"{contact}-new@example.com"})
    within(10, lambda: get(confirmation).status_code == 410, "the link is dead")
    expect(walker.ok("consent.show", contact, {})["pending"] == [], "nothing is pending")


def twice(suite):
    """The same form twice, from two tabs, and by the back button is one submission with one mail"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    controls, _ = opened(link)
    fields = {**controls.values, "consent.tracking": "granted", "action": "save"}
    threads = [threading.Thread(target=post, args=(link, fields)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(choose(link, consent__tracking="granted").status_code == 200, "another tab")
    time.sleep(1)
    expect(len(mails_of(suite, contact)) == 1, f"{len(mails_of(suite, contact))} mails")
    expect(len(walker.ok("consent.show", contact, {})["pending"]) == 1, "one change")


def flooded(suite):
    """Whoever holds the link cannot flood the mailbox: after twenty mails in a day the page says so"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    statuses = [choose(link, consent__tracking=("granted", "revoked")[turn % 2],
                       **{"consent__partner-contact": ("granted", "revoked")[turn // 2 % 2],
                          "consent__automated-decisions": ("granted", "revoked")[turn // 4 % 2],
                          "consent__national-id": ("granted", "revoked")[turn // 8 % 2],
                          "list__news": "on", **({"list__events": "on"} if turn // 16 % 2 else {})}).status_code
                for turn in range(24)]
    expect(statuses[:20] == [200] * 20 and statuses[20:] == [429] * 4, f"{statuses}")
    mail_to(suite, f"{contact}@example.com", 20)
    expect(len(mails_of(suite, contact)) == 20, "twenty mails")


def at_once(suite):
    """Where the deployment chose it, a withdrawal counts at once, and a mailed link undoes it (P6a)"""
    walker = suite.walker
    contact = person(walker)
    link = link_of(walker, contact)
    choose(link, consent__tracking="granted")
    expect(confirmed(suite, contact, 1)[0].status_code == 200, "granted")
    choose(link, **{"consent__national-id": "granted"})
    expect(confirmed(suite, contact, 2)[0].status_code == 200, "granted")
    answer = choose(link, consent__tracking="revoked", **{"consent__national-id": "revoked"})
    expect(answer.status_code == 200, f"withdrawing was answered {answer.status_code}")
    expect(decision(walker, contact, "tracking")["decision"] == "revoked", "in force at once")
    expect(decision(walker, contact, "national-id")["decision"] == "granted", "clearing is confirmed all the same")
    mail_to(suite, f"{contact}@example.com", 4)
    mails = {str(mail["Subject"]): mail for mail in mails_of(suite, contact)[2:]}
    expect(len(mails) == 2, "one mail undoes, one confirms")
    undo = next(mail for mail in mails.values() if "which of your mails I open" in mail.get_body(("plain",)).get_content())
    answer = press(suite.link(undo, "c"), "confirm", lambda: code_of(undo))
    expect(answer.status_code == 200, f"undoing was answered {answer.status_code}")
    expect(decision(walker, contact, "tracking")["decision"] == "granted", "undone")
    answer = choose(link, "stop-processing")
    expect(answer.status_code == 200 and walker.ok("consent.show", contact, {})["processing"] == "stopped", "stopped")
    walker.refused("locked", "vault.store", contact, {"fields": {"firstName": {"value": "Anna"}}})
    # Without the page's hidden fields, as a program sends it, nothing counts at once.
    answer = post(link, {"action": "save", "consent.tracking": "revoked"})
    expect(answer.status_code == 200 and decision(walker, contact, "tracking")["decision"] == "granted", "not a page's")


def as_published(suite):
    """Every fact and every reply is as asyncapi.yaml says, and there are no dead letters"""
    suite.walker.check_schemas()
    for service in ("consent", "optin", "vault", "erasure", "notifier"):
        expect(not suite.dead(service), f"dead letters of {service}")


if __name__ == "__main__":
    cases = [shows, grants, withdraws, stops, resumed_by_a_user, erases_and_copies, mailing, outside,
             declined_and_replaced, cancelled, scanners, ended_links, another_address, twice, flooded, as_published]
    chosen = [case for case in cases if not sys.argv[1:] or case.__name__ in sys.argv[1:]]
    changes = [QUIET]
    if sys.argv[1:] == ["at-once"]:
        changes, chosen = [QUIET, ("withdrawal: confirm ", "withdrawal: at-once ")], [at_once, as_published]
    configuration = changed_configuration("/tmp", *changes)
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}), begin, *chosen)
    finally:
        os.unlink(configuration)
