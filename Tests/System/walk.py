"""A walk along the contract as a black-box client: forms, double opt-in, opt-outs, campaigns, addresses, tokens.
Every
fact and every reply is checked against asyncapi.yaml."""

import os, re, subprocess, sys, time

import requests
from cryptography.hazmat.primitives.asymmetric import ed25519

from harness import Suite, form, run, within
from walking import (Walker, campaign, changed_configuration, confirm, confirmed_contact, expect, forge, fresh, get,
                     mail_to, one_click, page, post, press)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CATEGORIES = ["campaign", "autoresponder", "workflow", "ad-hoc"]


def check(walker, category, contact, **more):
    """`optin.check` of one contact: "allowed" or the reason."""
    answer = walker.ok("optin.check", "contacts", {"category": category, "contacts": [contact], **more})
    expect(answer["validForMs"] == 1000, "a permission is a lease of a second")
    if answer["allowed"] == [contact]:
        expect(not answer["refused"], "allowed or refused, not both")
        return "allowed"
    expect(answer["allowed"] == [] and list(answer["refused"].values()) == [[contact]], f"one answer: {answer}")
    return list(answer["refused"])[0]


def timed(what):
    begun = time.monotonic()
    answer = what()
    return answer, time.monotonic() - begun


def contacts_are_made(suite):
    """contact.created and contact.updated: known at once, fields merged and removed, a second creation is an update"""
    walker, contact = suite.walker, fresh()
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "locale": "de-AT", "profile": {
        "firstName": "Ada", "lastName": 37.5, "birthday": True, "region": "EU", "shoe": 38, "first_name": "Eve"}})
    shown = walker.shown(contact)
    expect(shown["status"] == "none" and shown["history"] == [] and shown["lists"] == [], f"a new contact: {shown}")
    fields = walker.ok("vault.read", contact, {"fields": ["firstName", "lastName", "birthday", "creditCard"]})["fields"]
    expect({name: fields[name]["masked"] for name in ("firstName", "lastName", "birthday")} ==
           {"firstName": "Ada", "lastName": "37.5", "birthday": "true"}, f"the fields: {fields}")
    expect(fields["creditCard"]["state"] == "empty", "a sensitive field is empty")
    fields = set(walker.ok("vault.read", contact, {})["fields"])
    expect(fields == {"creditCard", "nationalId", "firstName", "lastName", "birthday"},
           f"an attribute is no field, and what nothing declares is left out (V7): {fields}")
    consents = walker.ok("consent.show", contact, {})
    expect(consents["locale"] == "de-AT" and consents["attributes"].get("region") == "EU", f"consent: {consents}")
    expect(consents["processing"] == "active" and consents["erasure"] == "none" and consents["pending"] == [] and
           all(not one["effective"] and one["decision"] == "none" for one in consents["decisions"]) and
           [one["consent"] for one in consents["decisions"]][-1] == "automated-decisions", "nothing decided")
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": {"birthday": None,
                                                                                           "firstName": "Eve"}})
    walker.tell("contact.updated", contact, {"profile": {"lastName": "L"}, "locale": "en"})
    fields = walker.ok("vault.read", contact, {})["fields"]
    expect(fields["firstName"]["masked"] == "Eve" and fields["lastName"]["masked"] == "L", "merged")
    expect(fields["birthday"]["state"] == "empty", "removed")
    expect(walker.ok("consent.show", contact, {})["locale"] == "en", "the locale follows")


def unknown_contacts(suite):
    """An unknown contact: requests are refused; an update is dead for each service, unless it brings an address"""
    walker, contact = suite.walker, fresh()
    for type, data in (("optin.show", {}), ("vault.read", {}), ("consent.show", {}), ("consent.link", {})):
        walker.refused("unknown-contact", type, contact, data)
    walker.tell("contact.updated", contact, {"locale": "de"})
    for service in ("consent", "vault"):
        dead = within(10, lambda: suite.dead(service), f"a dead letter of {service}")
        expect([one[0]["x-error-code"] for one in dead] == ["unknown-contact"], "dead as unknown")
        expect(dead[0][0]["x-original-exchange"] == "contacts" and dead[0][0]["x-original-user-id"] == "crm" and
               dead[0][0]["x-original-routing-key"] == "contact.updated", "its headers")
    expect(check(walker, "ad-hoc", contact) == "unknown", "the gate knows nobody")
    walker.tell("contact.updated", contact, {"email": f"{contact}@example.com"})
    expect(walker.status(contact) == "none", "created by an update with an address")
    suite.dead("optin")


def unticked_form(suite):
    """A form without the tick creates the contact and changes nothing"""
    walker, contact = suite.walker, fresh()
    walker.submit(contact, marketing=False, lists=["news"])
    shown = walker.shown(contact)
    expect((shown["status"], shown["lists"], shown["history"]) == ("none", [], []), f"unchanged: {shown}")
    expect(walker.count_facts("optin.changed", contact) == 0, "no fact")
    suite.unticked = contact


def form_of_another(suite):
    """A form of a known contact with another address: a conflict, dead for vault and opt-in, without effect"""
    walker, contact = suite.walker, fresh()
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": {"firstName": "Ada"}})
    walker.status(contact)
    sent = walker.submit(contact, f"{contact}@example.org", profile={"firstName": "Mallory"}, locale="fr")
    for service in ("vault", "optin"):
        dead = within(10, lambda: suite.dead(service), f"a dead letter of {service}")
        expect([one[0]["x-error-code"] for one in dead] == ["conflict"], f"{service}: {[one[0] for one in dead]}")
        expect(dead[0][1].message_id == sent["id"], "the form itself")
    expect(walker.status(contact) == "none", "no status")
    # The same address, written otherwise; a form changes neither profile nor locale of a known contact.
    walker.submit(contact, f"{contact}@EXAMPLE.com", profile={"firstName": "Mallory"}, locale="fr")
    expect(walker.status(contact) == "single-opt-in-webform", "its own address")
    expect(walker.ok("vault.read", contact, {})["fields"]["firstName"]["masked"] == "Ada", "its own name")
    expect(walker.ok("consent.show", contact, {})["locale"] in (None, "en"), "its own locale")
    expect(suite.dead("optin") == [] and suite.dead("vault") == [], "nothing else is dead")


def double_opt_in(suite):
    """Ticked form → fact → mail → GET and HEAD change nothing → POST confirms → fact; evidence; used: 410"""
    walker, contact = suite.walker, fresh()
    walker.submit(contact, lists=["events"], text="Yes, please.", remoteAddress="192.0.2.1", userAgent="Browser/1")
    walker.wait_fact("optin.changed", contact, **{"from": "none", "to": "single-opt-in-webform", "by": "contact",
                                                 "reason": "web-form"})
    mail = mail_to(suite, f"{contact}@example.com")
    walker.wait_fact("mail.sent", contact, category="double-opt-in")
    link = suite.link(mail)
    expect(mail["List-Unsubscribe"] is None and mail["Auto-Submitted"] == "auto-generated", "no campaign mail")
    before = walker.shown(contact)
    for _ in range(3):
        expect(get(link).status_code == 200, "the page")
        head = requests.head(link, timeout=10)
        expect(head.status_code == 200 and head.text == "", "HEAD")
    opened = page(get(link))
    expect(opened.forms == 1 and opened.visible == [] and
           opened.buttons == [("action", "confirm"), ("action", "decline")], "one form")
    expect(walker.shown(contact) == before, "opening changes nothing")
    expect(check(walker, "campaign", contact) == "single-opt-in-webform", "not accepted yet")
    answer = confirm(suite, mail)
    expect(answer.status_code == 200, f"confirmed: {answer.status_code}")
    walker.wait_fact("optin.changed", contact, **{"to": "double-opt-in", "by": "contact", "reason": "confirmed"})
    shown = walker.shown(contact)
    expect(shown["status"] == "double-opt-in" and shown["lists"] == ["events"], f"confirmed: {shown}")
    first, second = shown["history"]
    expect((first["reason"], first.get("form"), first.get("text"), first.get("remoteAddress"), first.get("userAgent"))
           == ("web-form", "test", "Yes, please.", "192.0.2.1", "Browser/1"), f"evidence: {first}")
    expect(second["reason"] == "confirmed" and second.get("remoteAddress") == "127.0.0.1", f"evidence: {second}")
    for fields in ({**opened.fields, "action": "confirm"}, {**opened.fields, "action": "decline"}):
        again = post(link, fields)
        expect(again.status_code == 410 and "onfirmed" in again.text, f"a second time: {again.status_code}")
    expect(walker.status(contact) == "double-opt-in", "a used link changes nothing")
    expect(check(walker, "campaign", contact) == "allowed" and
           check(walker, "campaign", contact, list="events") == "allowed" and
           check(walker, "campaign", contact, list="news") == "not-on-list", "campaigns")
    suite.double = contact


def decline(suite):
    """Declining sets opt-out-contact and is answered after a lease; a second POST is told so kindly (410)"""
    walker, contact = suite.walker, fresh()
    walker.submit(contact)
    link = suite.link(mail_to(suite, f"{contact}@example.com"))
    answer, took = timed(lambda: press(link, "decline"))
    expect(answer.status_code == 200 and took >= 1.2, f"declined: {answer.status_code} after {took:.2f} s")
    expect(walker.status(contact) == "opt-out-contact", "declined")
    walker.wait_fact("optin.changed", contact, **{"to": "opt-out-contact", "reason": "declined", "by": "contact"})
    again = post(link, {"action": "decline"})
    expect(again.status_code == 410 and "declined" in again.text, "kindly")
    expect(get(link).status_code == 410, "the page is gone")
    expect(post(link, {"action": "confirm"}).status_code == 410, "and cannot be turned round")
    expect({check(walker, category, contact) for category in CATEGORIES} == {"opt-out-contact"}, "the gate")
    expect(check(walker, "reply", contact, inReplyTo="<a@example.com>") == "no-conversation", "a reply")


def campaign_and_one_click(suite):
    """A campaign's mail carries the RFC 8058 headers; its POST (two encodings) opts out; no mail comes after it"""
    walker = suite.walker
    urlencoded, multipart = confirmed_contact(walker), confirmed_contact(walker)
    both = [urlencoded, multipart]
    name = campaign(walker, both + [suite.unticked], text="A text.", html="<p>A text.</p>")
    links = {}
    for contact in both:
        mail = mail_to(suite, f"{contact}@example.com", 2)
        expect(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click", "the header")
        links[contact] = one_click(mail)
        expect(re.fullmatch(rf"{re.escape(suite.env['PUBLIC_URL'])}/u/[A-Za-z0-9_-]+", links[contact]), "the link")
        expect(links[contact].encode() not in mail.get_body(("plain",)).get_payload(decode=True),
            "in the header only")
        walker.wait_fact("mail.sent", contact, campaign=name, category="campaign")
    walker.wait_fact("mail.suppressed", suite.unticked, campaign=name, reason="none")
    expect(suite.mails(f"{suite.unticked}@example.com") == [], "no status, no mail")
    for contact in both:
        expect(get(links[contact]).status_code == 200 and walker.status(contact) == "double-opt-in", "GET: nothing")
    answer, took = timed(lambda: post(links[urlencoded], ONE_CLICK))
    expect(answer.status_code == 200 and took >= 1.2, f"urlencoded: {answer.status_code} after {took:.2f} s")
    answer, took = timed(lambda: post(links[multipart], None, files={"List-Unsubscribe": (None, "One-Click")}))
    expect(answer.status_code == 200 and took >= 1.2, f"multipart: {answer.status_code} after {took:.2f} s")
    expect("Set-Cookie" not in answer.headers, "no cookie")
    later = campaign(walker, both)
    for contact in both:
        expect(walker.status(contact) == "opt-out-contact", "opted out")
        expect([one["reason"] for one in walker.shown(contact)["history"]][-1] == "one-click", "by one click")
        walker.wait_fact("mail.suppressed", contact, campaign=later, reason="opt-out-contact")
        expect(len(suite.mails(f"{contact}@example.com")) == 2, "no mail")
    expect(post(links[urlencoded], ONE_CLICK).status_code == 200, "again is as good")
    expect(walker.count_facts("optin.changed", urlencoded) == 3, "and no second change")
    suite.opted_out = urlencoded


def form_after_opt_out(suite):
    """A form after an opt-out: unconfirmed for every category but replies, until the contact confirms"""
    walker, contact = suite.walker, suite.opted_out
    walker.submit(contact)
    expect(walker.status(contact) == "single-opt-in-webform", "as in O2")
    expect({check(walker, category, contact) for category in CATEGORIES} == {"unconfirmed"}, "unconfirmed")
    expect(check(walker, "reply", contact, inReplyTo="<a@example.com>") == "no-conversation", "a reply")
    mail = mail_to(suite, f"{contact}@example.com", 3)
    expect(confirm(suite, mail).status_code == 200, "confirmed")
    expect(walker.status(contact) == "double-opt-in", "back")
    expect({check(walker, category, contact) for category in CATEGORIES} == {"allowed"}, "allowed")


def changed_address(suite):
    """A changed address: none again, the pending link is dead, the unsubscribe link works on; an opt-out stays (O12)"""
    walker = suite.walker
    contact = confirmed_contact(walker)
    campaign(walker, [contact])
    unsubscribe = one_click(mail_to(suite, f"{contact}@example.com", 2))
    walker.submit(contact, lists=["news"])
    pending = suite.link(mail_to(suite, f"{contact}@example.com", 3))
    expect(get(pending).status_code == 200, "pending")
    walker.tell("contact.updated", contact, {"email": f"{contact}@example.org"})
    shown = walker.shown(contact)
    expect(shown["status"] == "none" and shown["history"][-1]["reason"] == "address-changed" and
           shown["history"][-1]["by"] == "suite", f"starts again: {shown}")
    expect(get(pending).status_code == 410 and post(pending, {"action": "confirm"}).status_code == 410, "dead")
    expect(walker.status(contact) == "none", "a dead link changes nothing")
    expect(post(unsubscribe, ONE_CLICK).status_code == 200, "the unsubscribe link works")
    expect(walker.status(contact) == "opt-out-contact", "opted out")
    walker.tell("contact.updated", contact, {"email": f"{contact}@example.net"})
    expect(walker.status(contact) == "opt-out-contact", "an opt-out stays")


def own_page(suite):
    """consent.link: the page answers, says nothing of the person, and its footer holds the link"""
    walker, contact = suite.walker, suite.double
    answer = walker.ok("consent.link", contact, {})
    expect(answer["url"].startswith(suite.env["PUBLIC_URL"] + "/p/"), "a page link")
    expect(answer["url"] in answer["footer"]["text"] and answer["url"] in answer["footer"]["html"], "the footer")
    opened = get(answer["url"])
    expect(opened.status_code == 200 and contact not in opened.text, "the page")
    expect(set(re.findall(r"[\w.]+@[\w.]+", opened.text.split("</style>")[-1])) <= {"privacy@example.com"},
           "no address but the controller's")
    expect(walker.ok("consent.link", contact, {})["url"] != answer["url"], "a token for each mail")


def tokens(suite):
    """Tokens: none, alg none, another key, expired, wrong aud, azp, roles, confused algorithm → not-permitted"""
    walker, contact = suite.walker, suite.double
    data = {"subject": "S", "text": "T", "contacts": [contact]}
    other = ed25519.Ed25519PrivateKey.generate()
    now = int(time.time())
    wrong = {
        "no token": None, "nothing": "", "no JWT": "abc", "alg none": forge(suite, header={"alg": "none"}),
        "another key": forge(suite, key=other), "expired": forge(suite, {"exp": now - 120}),
        "no exp": forge(suite, without=["exp"]), "too long": forge(suite, {"exp": now + 7200}),
        "wrong aud": forge(suite, {"aud": "other"}), "no aud": forge(suite, without=["aud"]),
        "another's azp": forge(suite, {"azp": "web"}), "no role": forge(suite, {"roles": []}),
        "support": forge(suite, {"roles": ["support"]}), "no sub": forge(suite, without=["sub"]),
        "unknown kid": forge(suite, header={"kid": "other"}), "HS256": forge(suite, header={"alg": "HS256"}),
        "ES256": forge(suite, header={"alg": "ES256"}, key=lambda _: bytes(64)),
        "jwk": forge(suite, header={"jwk": {"kty": "OKP"}}),
            "jku": forge(suite, header={"jku": "https://example.com"}),
        "crit": forge(suite, header={"crit": ["exp"]}), "bound": forge(suite, {"cnf": {"jkt": "x"}}),
        "not yet": forge(suite, {"nbf": now + 600}), "exp as text": forge(suite, {"exp": str(now + 600)}),
        "cut": forge(suite)[:-2], "a dot more": forge(suite) + ".", "flipped": None,
    }
    right = forge(suite)
    head, body, signature = right.split(".")
    wrong["flipped"] = f"{head}.{body}.{('A' if signature[0] != 'A' else 'B') + signature[1:]}"
    passed = []
    for name, token in wrong.items():
        answer = walker.ask("mail.campaign", "campaigns", {"campaign": f"wrong {name}", **data}, token=token)
        if answer.get("error", {}).get("code") != "not-permitted":
            passed.append((name, answer))
    expect(not passed, f"let in or answered otherwise: {passed}")
    sent = len(suite.mails(f"{contact}@example.com"))
    for name, token in {"right": right, "azp": forge(suite, {"azp": "crm"}),
                        "aud in a list": forge(suite, {"aud": ["assent"]})}.items():
        answer = walker.ask("mail.campaign", "campaigns", {"campaign": fresh(), **data}, token=token)
        expect(answer["status"] == "ok" or name == "aud in a list", f"{name} was refused: {answer}")
    mail_to(suite, f"{contact}@example.com", sent + 2)


def campaigns(suite):
    """A campaign again under its name: new recipients are added, one mail each; another text is a conflict"""
    walker = suite.walker
    one, two, token = suite.double, confirmed_contact(walker), suite.token("mark", "marketing")
    before = len(suite.mails(f"{one}@example.com"))
    name, data = fresh("campaign"), {"subject": "S", "text": "T"}
    for contacts, recipients in (([one], 1), ([one, one], 1), ([one, two], 2)):
        answer = walker.ok("mail.campaign", "campaigns", {"campaign": name, **data, "contacts": contacts}, token)
        expect(answer["recipients"] == recipients, f"recipients: {answer}")
    walker.refused("conflict", "mail.campaign", "campaigns",
                   {"campaign": name, **data, "text": "Other", "contacts": [two]}, token)
    mail_to(suite, f"{two}@example.com", 2)
    walker.wait_fact("mail.sent", one, campaign=name)
    expect(len(suite.mails(f"{one}@example.com")) == before + 1, "one mail per recipient and campaign")


def repeated_messages(suite):
    """The same message again changes nothing; the same id with another body is a conflict and dead"""
    walker, contact = suite.walker, fresh()
    message = form(contact)
    for _ in range(3):
        walker.crm.contacts(message)
    expect(len(walker.shown(contact)["history"]) == 1, "once")
    walker.crm.contacts({**message, "data": {**message["data"], "form": "other"}})
    dead = within(10, lambda: suite.dead("optin"), "the other body is dead")
    expect([one[0]["x-error-code"] for one in dead] == ["conflict"], f"{dead}")
    expect(len(walker.shown(contact)["history"]) == 1, "without effect")
    suite.dead("vault"), suite.dead("consent")


def wrong_requests(suite):
    """Requests that are wrong: the code, and the pointer to the member"""
    walker, contact = suite.walker, suite.double
    for data, pointer in (({"category": "spam", "contacts": [contact]}, "/data/category"),
                          ({"category": "campaign"}, "/data/contacts"),
                          ({"category": "campaign", "contacts": "x"}, "/data/contacts"),
                          ({"category": "campaign", "contacts": [contact], "list": "nope"}, "/data/list"),
                          ({"category": "reply", "contacts": [contact]}, "/data/inReplyTo")):
        walker.refused("invalid-field", "optin.check", "x", data, pointer=pointer)
    walker.refused("invalid-field", "vault.read", contact, {"fields": ["no such field"]})


def schemas_hold(suite):
    """Every fact and every reply of this walk is as asyncapi.yaml says"""
    expect(suite.walker.check_schemas() > 20, "facts were seen")


def first(suite):
    """A client may listen to the facts"""
    suite.walker = Walker(suite)


def policy_any(suite):
    """Policy `any`: a ticked form is enough for a campaign, none is not (O8)"""
    walker, ticked, none = suite.walker, fresh(), fresh()
    walker.submit(ticked), walker.submit(none, marketing=False)
    expect(walker.status(ticked) == "single-opt-in-webform" and walker.status(none) == "none", "statuses")
    expect((check(walker, "campaign", ticked), check(walker, "campaign", none)) == ("allowed", "none"), "the gate")
    name = campaign(walker, [ticked, none])
    walker.wait_fact("mail.sent", ticked, campaign=name)
    walker.wait_fact("mail.suppressed", none, campaign=name, reason="none")
    # Mails have no order among each other: the campaign's may come first.
    asking = within(15, lambda: next((mail for mail in suite.mails(f"{ticked}@example.com")
                                      if mail["List-Unsubscribe"] is None), None), "the mail that asks")
    expect(press(suite.link(asking), "decline").status_code == 200, "declined")
    expect(check(walker, "campaign", ticked) == "opt-out-contact", "an opt-out counts under every policy")


def policy_double_or_user(suite):
    """Policy `double-or-user`: a ticked form is not enough for a campaign (O8)"""
    contact = fresh()
    suite.walker.submit(contact)
    expect(suite.walker.status(contact) == "single-opt-in-webform", "the form")
    expect(check(suite.walker, "campaign", contact) == "single-opt-in-webform", "refused")


POLICIES = {"any": policy_any, "double-or-user": policy_double_or_user}


def under(policy):
    """A suite of its own under another policy."""
    configuration = changed_configuration("/tmp", ("policy: double ", f"policy: {policy} "))
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}), first, POLICIES[policy], schemas_hold_too)
    finally:
        os.unlink(configuration)


def schemas_hold_too(suite):
    """Its facts and replies are as asyncapi.yaml says"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    if sys.argv[1:]:
        under(sys.argv[1])
    codes = [subprocess.run([sys.executable, __file__, policy]).returncode for policy in POLICIES]
    try:
        run(Suite(),
            first, contacts_are_made, unknown_contacts, unticked_form, form_of_another, double_opt_in, decline,
            campaign_and_one_click, form_after_opt_out, changed_address, own_page, tokens, campaigns, repeated_messages,
            wrong_requests, schemas_hold)
    except SystemExit as ending:
        sys.exit(ending.code or max(codes))
