"""What comes in: members that a request does not have, misspelt sensitive names, what PostgreSQL cannot store, tokens
whose claims have no form, files that are read again. Each is said with its place, and nothing of it stops a service."""

import base64, json, re, time, uuid

import yaml
from cryptography.hazmat.primitives.asymmetric import ed25519

from harness import REPOSITORY, Suite, event, form, run, within
from walking import Walker, expect, forge, fresh

FILE = yaml.safe_load((REPOSITORY / "asyncapi.yaml").read_text())
# Types that some service of this suite answers.
ANSWERED = """consent.show consent.check consent.find consent.report consent.record consent.link consent.history
    consent.proof consent.checkpoint consent.audit optin.show optin.set optin.import optin.invite optin.subscribe optin.leave optin.check vault.key vault.store vault.read vault.reveal
    vault.find vault.export vault.log vault.audit vault.proof vault.checkpoint mail.send mail.campaign
    mail.progress""".split()
ROLES = ["marketing", "privacy", "billing"]


def begin(suite):
    """A contact and somebody who may do everything"""
    suite.walker = Walker(suite)
    suite.contact = suite.walker.contact() if hasattr(suite.walker, "contact") else fresh("i")
    suite.walker.crm.contacts(form(suite.contact))
    suite.walker.ok("optin.show", suite.contact, {})
    suite.everything = forge(suite, {"sub": "vera", "roles": ROLES})


def examples(type):
    return [example["payload"]["data"] for example in FILE["components"]["messages"][type]["examples"]]


def ask(suite, type, data, **more):
    subject = suite.contact if type.split(".")[1] not in ("check", "find", "report", "import", "invite", "export") else "-"
    return suite.walker.crm.request(type, subject, data, token=suite.everything, **more)


def unknown_members(suite):
    """A request with a member that it does not have is invalid-field, whatever the request, with the member's place"""
    wrong = []
    for type in ANSWERED:
        for data in examples(type):
            known = ask(suite, type, data)
            if "not known here" in known.get("error", {}).get("message", ""):
                wrong.append((type, "its own example", known))
            answer = ask(suite, type, {**data, "zzz": None})
            error = answer.get("error", {})
            # A reveal says first what else is wrong, and logs the attempt.
            if error.get("code") != "invalid-field" or type != "vault.reveal" and error.get("pointer") != "/data/zzz":
                wrong.append((type, data, answer))
    expect(not wrong, f"{wrong}")


def did_you_mean(suite):
    """The place is that of the member, in objects and arrays too, and the name that was meant is said"""
    for type, data, pointer, meant in (
            ("optin.check", {"category": "campaign", "contacts": [suite.contact], "lst": "news"}, "/data/lst", "list"),
            ("optin.import", {"contacts": [{"contact": "c-1", "status": "opt-out-user", "satus": 1}]},
             "/data/contacts/0/satus", "status"),
            ("consent.record", {"consent": "tracking", "decision": "granted", "channel": "phone",
                                "evidence": {"note": "n", "referense": "x"}}, "/data/evidence/referense", "reference"),
            ("vault.store", {"fields": {"firstName": {"value": "A", "vlaue": 1}}}, "/data/fields/firstName/vlaue", "value"),
            ("mail.send", {"category": "ad-hoc", "subject": "s", "text": "t", "HTML": "x"}, "/data/HTML", "html")):
        error = ask(suite, type, data)["error"]
        expect((error["code"], error["pointer"]) == ("invalid-field", pointer), f"{type}: {error}")
        expect(f"did you mean `{meant}`?" in error["message"], f"{type}: {error}")
    answer = ask(suite, "optin.check", {"category": "campaign", "contacts": [suite.contact], "inReplyTo": "<a@b>"})
    expect(answer["status"] == "ok", f"a known member that means nothing here: {answer}")


def events_are_lenient(suite):
    """An event with members that nobody knows is taken"""
    contact = fresh("i")
    message = form(contact)
    message["data"]["laterVersion"] = {"a": 1}
    suite.walker.crm.contacts(message)
    expect(suite.walker.ok("optin.show", contact, {})["status"] == "single-opt-in-webform", "taken")


def dead_of(suite, service, id):
    """The dead letter of a message: its headers and its body."""
    found = []
    within(10, lambda: found.extend(one for one in suite.dead(service) if one[1].message_id == id) or found, "dead")
    return found[0][0], found[0][2]


def misspelt(suite):
    """V7 a profile key that is a sensitive field's name but for its spelling is refused by every service, and not kept"""
    for key in ("creditcard", "CREDIT-CARD", "Credit Card", "national_id"):
        contact = fresh("i")
        message = event("contact.created", contact, {"email": f"{contact}@example.com", "profile": {key: "4111111111111111"}})
        suite.walker.crm.contacts(message)
        for service in ("consent", "optin", "vault"):
            headers, body = dead_of(suite, service, message["id"])
            expect(headers["x-error-code"] == "invalid-field" and body == b"", f"{service} {key}: {headers} {body[:20]}")
        answer = suite.walker.crm.request("optin.show", contact, {})
        expect(answer.get("error", {}).get("code") == "unknown-contact", f"{answer}")


def undeclared(suite):
    """V7 an undeclared profile key is left out, counted, and named in the log without its value; so many names alone"""
    contact, secret = fresh("i"), uuid.uuid4().hex
    suite.walker.crm.contacts(event("contact.created", contact, {
        "email": f"{contact}@example.com", "locale": "klingonisch", "profile": {"shoeSize": secret, "region": "EU"}}))
    suite.walker.ok("vault.read", contact, {})
    shown = suite.walker.ok("consent.show", contact, {})
    expect(shown["attributes"] == {"region": "EU"} and shown["locale"] is None, f"{shown}")
    for number in range(3):
        suite.walker.crm.contacts(event("contact.updated", contact, {
            "profile": {f"flood{number}{letter}{other}": 1 for letter in "abcdefg" for other in "hijklmnopqr"}}))
    suite.walker.ok("vault.read", contact, {})
    suite.walker.ok("consent.show", contact, {})
    for service in ("consent", "vault"):
        text = (suite.folder / "state" / "log" / f"{service}.log").read_text()
        expect("shoeSize" in text and secret not in text, f"{service}: its name, not its value")
        expect(len(re.findall("a profile key is left out", text)) <= 100, f"{service}: bounded")
        metrics = suite.metrics(service) if hasattr(suite, "metrics") else metrics_of(suite, service)
        counts = dict(re.findall(r'^assent_left_out_total\{kind="([a-z-]+)"\} (\d+)', metrics, re.M))
        expect(int(counts["profile-key"]) >= 232 and int(counts["locale"]) >= 1, f"{service}: {counts}")


def metrics_of(suite, service):
    import requests
    return requests.get(suite.env[f"{service.upper()}_METRICS_URL"], timeout=5).text


def nul(suite):
    """U+0000 is refused in every text of a message, with its place; an answer goes out where one may"""
    crm = suite.walker.crm
    for part, pointer in (("source", "/source"), ("type", "/type"), ("subject", "/subject"), ("id", "/id")):
        message = event("optin.show", suite.contact, {})
        body = json.dumps({**message, part: message[part] + "\0"}).encode()
        answer = crm.answer(crm.ask_again(message, body=body))[0]
        expect((answer["error"]["code"], answer["error"]["pointer"]) == ("malformed", pointer), f"{part}: {answer}")
    for data, pointer in (({"category": "campaign\0"}, "/data/category"), ({"contacts": ["a", "b\0"]}, "/data/contacts/1"),
                          ({"where": {"all": [{"field": "x\0"}]}}, "/data/where/all/0/field")):
        for type in ("optin.check", "consent.record", "vault.reveal", "mail.campaign"):
            answer = crm.request(type, suite.contact, data)
            expect((answer["error"]["code"], answer["error"]["pointer"]) == ("malformed", pointer), f"{answer}")
    for properties in ({"correlation_id": "a\0b"}, {"reply_to": "amq.rabbitmq.reply-to\0"}):
        message = event("optin.show", suite.contact, {})
        crm.publish("requests", message, **{"reply_to": "crm.nul", "correlation_id": "x", **properties})
    suite.walker.ok("optin.show", suite.contact, {})


def damaged_tokens(suite):
    """What is wrong with a token is said, and permissions by their names in the configuration"""
    now = int(time.time())
    own = ed25519.Ed25519PrivateKey.generate()
    good = forge(suite, {"sub": "vera", "roles": ROLES})
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for token, words in (
            (None, "none came"), (good + "=", "must be Bearer and a JWT"),
            (good[:-1] + last[last.index(good[-1]) + 1], "must be Bearer and a JWT"), (forge(suite, key=own), "signature"),
            (forge(suite, header={"kid": "x"}), "no such key"), (forge(suite, {"exp": now - 60}), "ran out at "),
            (forge(suite, {"aud": "other"}), "audience"), (forge(suite, {"azp": "shop"}), "bound to another account"),
            (forge(suite, {"sub": "ma\0rk"}), "claim sub"), (forge(suite, {"sub": "ma\nrk"}), "claim sub"),
            (forge(suite, {"roles": ["a\0"]}), "claim roles"), (forge(suite, {"roles": []}), "mark lacks ")):
        for type, data, permission in (("optin.set", {"status": "none"}, "set-opt-in"),
                                       ("vault.log", {}, "read-access-log"),
                                       ("consent.record", {"consent": "tracking", "decision": "granted", "channel": "phone",
                                                           "evidence": {"note": "n"}}, "record-consent")):
            answer = suite.walker.crm.request(type, suite.contact, data, token=token)
            error = answer.get("error", {})
            expect(error.get("code") == "not-permitted" and words in error["message"] and permission in error["message"],
                   f"{words} {type}: {answer}")


def other_keys(suite):
    """JWKS_FILE is read again when it changes; a broken one changes nothing"""
    file = suite.folder / "state" / "keys" / "jwks.json"
    before = file.read_text()
    own = ed25519.Ed25519PrivateKey.generate()
    public = base64.urlsafe_b64encode(own.public_key().public_bytes_raw()).decode().rstrip("=")
    added = json.loads(before)
    added["keys"].append({"kty": "OKP", "crv": "Ed25519", "kid": "second", "x": public})
    new = forge(suite, {"sub": "mark", "roles": ["marketing"]}, header={"kid": "second"}, key=own)
    old = forge(suite, {"sub": "mark", "roles": ["marketing"]})
    counts = lambda token: suite.walker.crm.request(
        "optin.set", suite.contact, {"status": "opt-out-user"}, token=token)["status"] == "opt-out-user"
    try:
        expect(counts(old) and not counts(new), "before")
        file.write_text("{")
        time.sleep(1.2)
        expect(counts(old) and not counts(new), "a broken file")
        file.write_text(json.dumps(added))
        within(5, lambda: counts(new), "the new key")
        expect(counts(old), "the old one too")
    finally:
        file.write_text(before)
    within(5, lambda: not counts(new), "the new key is gone")


def telling(suite):
    """Messages say what is wrong and what would be right"""
    crm = suite.walker.crm
    answer = crm.answer(crm.ask("optin.show", suite.contact, {}, headers={"partitionkey": "another"}))[0]
    expect(answer["error"]["message"] == "subject is not the value of the header partitionkey", f"{answer}")
    message = event("webform.submitted", suite.contact, {"email": "a@example.com", "marketing": "yes", "form": "f"})
    crm.contacts(message)
    headers, _ = dead_of(suite, "optin", message["id"])
    expect(headers["x-error-message"] == "must be true or false, and is a string", f"{headers}")
    for evidence in ({"note": "  "}, {"reference": "…"}, {"note": "\u3164"}):
        error = ask(suite, "consent.record", {"consent": "tracking", "decision": "granted", "channel": "phone",
                                              "evidence": evidence})["error"]
        expect(error["code"] == "invalid-field" and error["message"] == "must have a letter or a digit", f"{error}")
    body = {**event("optin.show", suite.contact, {}), "datacontenttype": "application/json; charset=utf-8"}
    expect(crm.answer(crm.ask_again(body))[0]["status"] != "error", "a parameter of the media type")


def replies_fit(suite):
    """Every reply is as asyncapi.yaml says"""
    expect(not suite.walker.errors, f"{suite.walker.errors}")


if __name__ == "__main__":
    run(Suite(), begin, unknown_members, did_you_mean, events_are_lenient, misspelt, undeclared, nul, damaged_tokens,
        other_keys, telling, replies_fit)
