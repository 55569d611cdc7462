"""Grants that run out (C7): the contact is asked once to renew, by one mail; a grant that nobody renewed is revoked by the
suite, its field locked at once and cleared later. Two instances of consent run, and one is killed meanwhile."""

import json, os, signal

import requests
from jwcrypto import jwe, jwk

from harness import Suite, run, within
from page import choose, confirmed, decision, link_of, opened, person
from walking import QUIET, Walker, changed_configuration, expect, mail_to

VALID, RENEW, CLEAR = 30, 15, 20
TERMS = f"    validFor: {VALID}s\n    renewBefore: {RENEW}s\n    clearAfter: {CLEAR}s\n"
CHANGES = [QUIET, ("    field: nationalId\n", "    field: nationalId\n" + TERMS),
           ("  partner-contact:\n    kind: custom\n", "  partner-contact:\n    kind: custom\n" + TERMS),
           ("  automated-decisions:\n    kind: custom\n",
            f"  automated-decisions:\n    kind: custom\n    validFor: 90d\n    renewBefore: {RENEW}s\n")]
CONSENTS = ["national-id", "partner-contact", "automated-decisions", "tracking"]


def begin(suite):
    """Contacts grant four consents, of which two run out soon; one contact has opted out of mails"""
    walker = suite.walker = Walker(suite)
    suite.privacy, suite.mark = suite.token("petra", "privacy"), suite.token("mark", "marketing")
    suite.second = suite.instance("consent", WEB_ADDRESS=f"127.0.0.1:{suite.port + 16}")
    key = walker.ok("vault.key", "-", {})["jwk"]
    suite.people = {}
    for name in ("forgets", "returns", "withdraws", "silent", "outside", "renews"):
        suite.people[name] = person(walker, region="US" if name == "outside" else "EU")
    walker.ok("optin.set", suite.people["silent"], {"status": "opt-out-user"}, suite.mark)
    for contact in suite.people.values():
        for consent in CONSENTS:
            record(walker, contact, consent, "granted")
        walker.ok("vault.store", contact, {"fields": {"nationalId": {"sealed": seal(key, contact)}}})
        expect(stored(walker, contact) == ("stored", False), "stored and unlocked")
    walker.ok("consent.record", suite.people["withdraws"], {
        "consent": "partner-contact", "decision": "revoked", "channel": "phone", "evidence": {"note": "call"}}, suite.privacy)


def record(walker, contact, consent, choice):
    walker.ok("consent.record", contact, {
        "consent": consent, "decision": choice, "channel": "phone", "evidence": {"note": "call"}}, walker.suite.privacy)


def seal(key, contact):
    protected = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key["kid"], "sub": contact, "field": "nationalId"}
    token = jwe.JWE(b"L01X00T47", json.dumps(protected))
    token.add_recipient(jwk.JWK(**key))
    return token.serialize(compact=True)


def stored(walker, contact):
    field = walker.ok("vault.read", contact, {"fields": ["nationalId"]})["fields"]["nationalId"]
    return field["state"], field["locked"]


def address(contact):
    return f"{contact}@example.com"


def asked(suite):
    """One mail asks to renew, lists what runs out soon and nothing else, and leads to the page"""
    walker, contact = suite.walker, suite.people["forgets"]
    mail = mail_to(suite, address(contact), seconds=VALID)
    text = mail.get_body(("plain",)).get_content()
    expect("runs out soon" in str(mail["Subject"]), f"the subject is {mail['Subject']}")
    expect("number of my identity card" in text and "e-mail address to your partner" in text, "both grants")
    expect("computer alone" not in text and "which of your mails" not in text, "nothing that lasts longer")
    expect(mail["Auto-Submitted"] == "auto-generated" and "List-Unsubscribe" not in mail, "no campaign")
    controls, page = opened(suite.link(mail, "p"))
    expect("please choose here again" in page and "consent.national-id" not in controls.values, "it can be renewed")
    expect(controls.values.get("consent.automated-decisions") == "granted", "what lasts longer is as chosen")
    withdrawn = mail_to(suite, address(suite.people["withdraws"])).get_body(("plain",)).get_content()
    expect("identity card" in withdrawn and "partner" not in withdrawn, "nothing about what was withdrawn")
    walker.wait_fact("mail.sent", contact, category="renewal")
    walker.wait_fact("mail.suppressed", suite.people["silent"], category="renewal", reason="opt-out-user")
    os.kill(suite.pid("consent"), signal.SIGKILL)  # the supervisor starts it again


def renewed(suite):
    """Choosing again on the page and confirming renews: the grant has a new date and does not run out"""
    walker, contact = suite.walker, suite.people["renews"]
    link = suite.link(mail_to(suite, address(contact)), "p")
    before = decision(walker, contact, "national-id")
    within(15, lambda: suite.ready(suite.port + 10), "the killed instance is back")
    expect(choose(link, **{"consent__national-id": "granted"}).status_code == 200, "asked for")
    answer, _, mail = confirmed(suite, contact, 2)
    expect(answer.status_code == 200, f"renewing was answered {answer.status_code}")
    after = decision(walker, contact, "national-id")
    expect(after["decision"] == "granted" and after["index"] != before["index"] and after["channel"] == "page", f"{after}")
    expect(stored(walker, contact) == ("stored", False), "the value stays")
    controls, _ = opened(link)
    expect(controls.values.get("consent.national-id") == "granted", "the page shows it as chosen")


def lapsed(suite):
    """What nobody renewed is revoked by the suite: locked at once, and the value is kept for a while"""
    walker = suite.walker
    walker.wait_fact("consent.expired", suite.people["withdraws"], VALID, consent="national-id")
    for name in ("forgets", "returns", "silent", "outside"):
        contact = suite.people[name]
        for consent in ("national-id", "partner-contact"):
            fact = walker.wait_fact("consent.expired", contact, VALID, consent=consent, channel="expired", textVersion="1")
            shown = decision(walker, contact, consent)
            expect(shown["decision"] == "revoked" and shown["channel"] == "expired" and not shown["effective"] and
                   shown["index"] == fact["data"]["index"], f"{name}: {shown}")
        answer = walker.ok("consent.check", contact, {"consent": "national-id", "contacts": [contact]})
        expect(answer["refused"] == [contact], "refused")
        expect(stored(walker, contact) == ("stored", True), f"locked and kept: {stored(walker, contact)}")
        for consent in ("automated-decisions", "tracking"):
            expect(decision(walker, contact, consent)["effective"], "what lasts longer stays")
        walker.refused("locked", "vault.store", contact, {"fields": {"nationalId": {"sealed": seal(
            walker.ok("vault.key", "-", {})["jwk"], contact)}}})
    contact = suite.people["forgets"]
    types = [fact["type"] for fact in walker.facts.events() if fact["subject"] == contact]
    expect(types.index("vault.locked") < types.index("consent.expired") or types.count("consent.expired") == 2, f"{types}")
    expect("consent.revoked" not in types, "told by one fact")
    _, text = opened(link_of(walker, contact))
    expect("ran out on" in text and "will be deleted on" in text, "the page says so")
    expect(walker.ok("consent.history", contact, {})["entries"], "its receipts")
    # Both instances sweep: each lapse is one decision, and each contact was asked once.
    for name in ("forgets", "returns", "withdraws", "silent", "outside"):
        contact = suite.people[name]
        expect(walker.count_facts("consent.expired", contact) == (1 if name == "withdraws" else 2), "once each")
        expect(len([mail for mail in suite.mails(address(contact)) if "runs out" in str(mail["Subject"])]) ==
               (0 if name in ("silent", "outside") else 1), f"mails to who {name}")
    expect(decision(walker, suite.people["withdraws"], "partner-contact")["channel"] == "phone", "a withdrawal stays")


def listed(suite):
    """Who could not be asked is listed for the operator: by log line and metric"""
    def lines():
        texts = [(suite.folder / "state" / "log" / "consent.log").read_text()]
        texts += [log.read_text() for log in suite.folder.glob("consent-*.log")]
        return [line for text in texts for line in text.splitlines() if "could not be asked to renew" in line]
    for name in ("silent", "outside"):
        expect(any(suite.people[name] in line for line in lines()), f"{name}: {lines()}")
    expect(not any(suite.people["forgets"] in line for line in lines()), "who was asked is not")
    metrics = "".join(requests.get(url, timeout=5).text for url in (
        suite.env["CONSENT_METRICS_URL"], f"http://127.0.0.1:{suite.port + 15}/metrics"))
    expect('assent_grants_lapsed_total{asked="no"}' in metrics, "counted")


def restored(suite):
    """Renewing in time unlocks the field with its value"""
    walker, contact = suite.walker, suite.people["returns"]
    record(walker, contact, "national-id", "granted")
    expect(stored(walker, contact) == ("stored", False), f"restored: {stored(walker, contact)}")


def cleared(suite):
    """Later the value is cleared; the contact can also have it cleared sooner, by refusing on the page"""
    walker, contact = suite.walker, suite.people["outside"]
    record(walker, contact, "national-id", "revoked")
    expect(stored(walker, contact) == ("cleared", True), "a withdrawal clears at once")
    for name in ("forgets", "silent"):
        contact = suite.people[name]
        walker.wait_fact("vault.cleared", contact, CLEAR + 10, field="nationalId")
        expect(stored(walker, contact) == ("cleared", True), f"{stored(walker, contact)}")
        expect(walker.count_facts("consent.expired", contact) == 2, "told once")
    contact = suite.people["returns"]
    expect(stored(walker, contact) == ("stored", False), "who renewed keeps the value")
    _, text = opened(link_of(walker, suite.people["forgets"]))
    expect("ran out on" in text and "will be deleted on" not in text, "the page says so")


def as_published(suite):
    """Every fact and reply is as asyncapi.yaml says, and nothing is dead"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")
    expect(not suite.dead("consent") and not suite.dead("notifier") and not suite.dead("vault"), "no dead letters")


if __name__ == "__main__":
    configuration = changed_configuration("/tmp", *CHANGES)
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}), begin, asked, renewed, lapsed, listed, restored, cleared,
            as_published)
    finally:
        os.unlink(configuration)
