"""Dead letters as the operator sees them: listed, shown, judged again, discarded (contract section 3, Q2)."""

import base64, json, subprocess, time, uuid

from harness import ALL, REPOSITORY, Suite, event, form, run, within
import schemas

SECRET = "Bearer " + "s" * 60


def ask(suite, type, data, client=None, **more):
    """Asks as the operator; the reply's data, which is as asyncapi.yaml says."""
    reply = (client or suite.operator).request(f"dead.{type}", "-", data, raw=True, timeout=30, **more)
    wrong = schemas.check_reply(f"dead.{type}", reply)
    assert not wrong, f"dead.{type}: {wrong}"
    return reply["data"]


def ok(suite, type, data, **more):
    answer = ask(suite, type, data, **more)
    assert answer["status"] == "ok", f"dead.{type}: {answer}"
    return answer


def refused(suite, type, data, code, pointer=None, **more):
    answer = ask(suite, type, data, **more)
    assert answer["status"] == "error" and answer["error"]["code"] == code, f"dead.{type}: {answer}"
    assert pointer is None or answer["error"].get("pointer") == pointer, f"dead.{type}: {answer}"
    return answer


def letters(suite, service, **filter):
    return ok(suite, "list", {"service": service, **filter})["letters"]


def update(contact, **profile):
    return event("contact.updated", contact, {"profile": profile})


def settled(suite, contact):
    """Consent, opt-in and vault have judged whatever came about a contact."""
    for type in ("consent.show", "optin.show", "vault.read"):
        suite.crm.request(type, contact, {})


def told(suite, id):
    """The facts about a message that was refused."""
    found = [fact for fact in suite.refusals.events("message.refused") if fact["data"].get("message") == id]
    wrong = [error for fact in found for error in schemas.check_event("facts", fact)]
    assert not wrong, wrong
    return found


def begun(suite):
    """The operator, and somebody who listens to what was refused"""
    schemas.load(REPOSITORY / "asyncapi.yaml")
    suite.crm, suite.operator = suite.client(), suite.client("operator")
    suite.refusals = suite.collector("crm", "crm.refusals", ("facts", "message.refused"))
    for service in ALL:
        assert ok(suite, "list", {"service": service}) == {"status": "ok", "letters": [], "counts": [], "next": None}


def publishers_are_told(suite):
    """An event, a request and a question that are kept each leave a letter and the fact message.refused"""
    for type, data, code, services in (
            ("contact.updated", {"locale": "en"}, "unknown-contact", ("consent", "optin", "vault")),
            ("optin.show", {"lmit": 1}, "invalid-field", ("optin",)),
            ("optin.check", {"category": "ad-hoc"}, "invalid-field", ("optin",)),
            ("vault.find", {"txt": "ab"}, "invalid-field", ("vault",))):
        message = event(type, "told", data)
        suite.crm.publish("contacts" if type == "contact.updated" else "requests", message)
        for service in services:
            found = within(10, lambda: [one for one in letters(suite, service, type=type)], f"{type} at {service}")
            assert [(one["code"], one["contact"], one["account"]) for one in found] == [(code, "told", "crm")], found
        within(10, lambda: len(told(suite, message["id"])) >= len(services), f"who published {type} is told")
        facts = told(suite, message["id"])
        assert sorted(fact["data"]["service"] for fact in facts) == sorted(services), facts
        for fact in facts:
            assert fact["source"] == f"/assent/{fact['data']['service']}" and fact["subject"] == "told", fact
            assert (fact["data"]["source"], fact["data"]["messageType"], fact["data"]["code"]) == ("/crm", type, code)


def listed(suite):
    """By contact, code and type, page by page; the counts are those of the whole filter"""
    names = [f"listed-{number}" for number in range(5)]
    for name in names:
        for region in ("EU", "US"):
            suite.crm.contacts(update(name, region=region))
        suite.crm.contacts(event("webform.submitted", name, {"marketing": True}))
        settled(suite, name)
    whole = ok(suite, "list", {"service": "optin", "code": "unknown-contact"})
    assert {one["type"] for one in whole["letters"]} == {"contact.updated"}, whole
    assert whole["counts"] == [{"code": "unknown-contact", "type": "contact.updated",
                                "letters": len(whole["letters"])}] and whole["next"] is None, whole["counts"]
    of_one = ok(suite, "list", {"service": "optin", "contact": names[1]})
    assert [one["type"] for one in of_one["letters"]] == ["contact.updated"] * 2 + ["webform.submitted"], of_one
    assert sorted((one["code"], one["letters"]) for one in of_one["counts"]) == [
        ("invalid-field", 1), ("unknown-contact", 2)], of_one["counts"]
    regions = [json.loads(ok(suite, "show", {"service": "optin", "letter": one["letter"]})["body"])["data"]["profile"]
               for one in of_one["letters"][:2]]
    assert regions == [{"region": "EU"}, {"region": "US"}], f"not in their order: {regions}"
    form_letter = of_one["letters"][2]
    assert form_letter["pointer"] == "/data/email" and form_letter["redriven"] == 0, form_letter
    pages, after = [], None
    while True:
        page = ok(suite, "list", {"service": "optin", "type": "contact.updated", "limit": 3,
                                  **({"after": after} if after else {})})
        assert len(page["letters"]) <= 3 and page["counts"] == ok(
            suite, "list", {"service": "optin", "type": "contact.updated"})["counts"]
        pages += page["letters"]
        after = page["next"]
        if after is None:
            break
    assert pages == letters(suite, "optin", type="contact.updated"), "the pages are the list"
    assert letters(suite, "optin", contact="nobody-here") == []


def shown(suite):
    """All of a letter: text, bytes, a long one cut, none where none is kept; no token; each show is logged"""
    message = update("shown", region="EU")
    suite.crm.contacts(message, headers={"authorization": SECRET, "note": "n"})
    for body in (b"\xff\xfe", None):
        odd = event("contact.updated", "shown", {})
        suite.crm.contacts(odd, body=body if body else json.dumps({**odd, "data": 7}).encode())
    card = event("contact.updated", "shown", {"profile": {"creditCard": "4111111111111111"}})
    suite.crm.contacts(card)
    settled(suite, "shown")
    found = [ok(suite, "show", {"service": "optin", "letter": one["letter"]})
             for one in letters(suite, "optin", contact="shown")]
    first, raw, text, bare = found
    assert json.loads(first["body"]) == message and first["bodyBytes"] == len(first["body"].encode()), first
    assert (first["exchange"], first["type"], first["source"], first["messageId"]) == (
        "contacts", "contact.updated", "/crm", message["id"]), first
    assert first["properties"]["headers"] == {"partitionkey": "shown"}, first["properties"]
    assert base64.b64decode(raw["bodyBase64"]) == b"\xff\xfe" and "body" not in raw and raw["bodyBytes"] == 2, raw
    assert json.loads(text["body"])["data"] == 7 and text["code"] == "malformed", text
    assert "body" not in bare and "bodyBase64" not in bare and bare["bodyBytes"] > 100, bare
    assert bare["code"] == "invalid-field", bare
    long = event("optin.check", "shown-long", {"category": "ad-hoc", "contacts": "x" * 300_000})
    suite.crm.publish("requests", long)
    one = within(10, lambda: letters(suite, "optin", contact="shown-long"), "the long letter")[0]
    cut = ok(suite, "show", {"service": "optin", "letter": one["letter"]})
    assert 250_000 < len(json.dumps(cut["body"])) <= 256 * 1024 + 2 and cut["bodyBytes"] > 300_000, (len(cut["body"]), cut["bodyBytes"])
    log = (suite.folder / "state" / "log" / "optin.log").read_text()
    assert all(log.count(one["letter"]) == 1 for one in [*found, cut]), "each show is logged"
    assert SECRET not in json.dumps(found) + log and "4111" not in json.dumps(found) + log


def wrongly_asked(suite):
    """Another service's name is answered by consent alone; what is missing, too much or unknown is invalid-field"""
    queue_replies = suite.operator.replies
    before = len(queue_replies)
    reply = suite.operator.request("dead.list", "-", {"service": "crm"}, raw=True)
    assert reply["source"] == "/assent/consent" and reply["data"]["error"]["code"] == "invalid-field", reply
    assert reply["data"]["error"]["pointer"] == "/data/service" and len(queue_replies) == before, reply
    refused(suite, "show", {"service": "optin", "letter": str(uuid.uuid4())}, "not-found", "/data/letter")
    for type, data, pointer in (
            ("list", {}, "/data/service"), ("list", {"service": "optin", "cod": "x"}, "/data/cod"),
            ("list", {"service": "optin", "limit": 1001}, "/data/limit"),
            ("list", {"service": "optin", "limit": 0}, "/data/limit"),
            ("show", {"service": "optin"}, "/data/letter"), ("show", {"service": "optin", "letter": 7}, "/data/letter"),
            ("redrive", {"service": "optin"}, None), ("discard", {"service": "optin"}, None),
            ("discard", {"service": "optin", "letters": ["x"]}, "/data/letters/0")):
        refused(suite, type, data, "invalid-field", pointer)
    # Each is answered once: another service's answers would come now.
    time.sleep(0.5)
    ok(suite, "list", {"service": "optin"})
    assert len(queue_replies) == before, queue_replies
    many = {"service": "optin", "letters": [str(uuid.uuid4()) for _ in range(1001)]}
    for type in ("redrive", "discard"):
        refused(suite, type, many, "too-large", "/data/letters")


def of_the_operator_alone(suite):
    """They count only from the account operator, even where the broker lets another ask"""
    ctl = [suite.folder / "state" / "broker" / "ctl", "-q"]
    template = json.loads((REPOSITORY / "Operations" / "broker" / "definitions.json.template").read_text())
    right = next(one for one in template["topic_permissions"] if (one["user"], one["exchange"]) == ("crm", "requests"))
    grant = lambda write: subprocess.run(
        [*ctl, "set_topic_permissions", "-p", "assent", "crm", "requests", write, ".*"],
        check=True, capture_output=True, stdin=subprocess.DEVNULL)
    suite.crm.contacts(update("guarded", region="EU"))
    settled(suite, "guarded")
    one = letters(suite, "optin", contact="guarded")[0]
    grant(".*")
    try:
        stranger = suite.client()
        for type, data in (("list", {}), ("show", {"letter": one["letter"]}), ("redrive", {"letters": [one["letter"]]}),
                           ("discard", {"letters": [one["letter"]]})):
            refused(suite, type, {"service": "optin", **data}, "not-permitted", client=stranger)
    finally:
        grant(right["write"])
    assert letters(suite, "optin", contact="guarded") == [one]


def redriven(suite):
    """A contact's letters in their order, by this service alone; what was accepted is gone, and was told once"""
    changes = [update("again", region=region) for region in ("first", "second", "third")]
    for message in changes:
        suite.crm.contacts(message)
    settled(suite, "again")
    suite.crm.contacts(event("contact.created", "again", {"email": "again@example.com"}))
    settled(suite, "again")
    within(10, lambda: all(len(told(suite, one["id"])) == 3 for one in changes), "all is told")
    assert ok(suite, "redrive", {"service": "consent", "contact": "again"})["done"] == 3
    assert suite.crm.request("consent.show", "again", {})["attributes"] == {"region": "third"}, "not in their order"
    assert letters(suite, "consent", contact="again") == []
    assert len(letters(suite, "vault", contact="again")) == len(letters(suite, "optin", contact="again")) == 3
    assert ok(suite, "redrive", {"service": "consent", "contact": "again"})["done"] == 0
    named = [one["letter"] for one in letters(suite, "optin", contact="again")]
    assert ok(suite, "redrive", {"service": "optin", "letters": named[:2]})["done"] == 2
    assert [one["letter"] for one in letters(suite, "optin", contact="again")] == named[2:]
    # The same message again is judged as before; it is not taken a second time.
    suite.crm.contacts(changes[0])
    settled(suite, "again")
    assert suite.crm.request("consent.show", "again", {})["attributes"] == {"region": "third"}
    assert letters(suite, "consent", contact="again") == []
    assert all(len(told(suite, one["id"])) == 3 for one in changes), "told once"


def redriven_in_vain(suite):
    """What is refused again stays, counted, with neither a second letter nor a second fact"""
    message = update("vain", region="EU")
    suite.crm.contacts(message)
    settled(suite, "vain")
    within(10, lambda: len(told(suite, message["id"])) == 3, "told")
    for count in (1, 2):
        assert ok(suite, "redrive", {"service": "optin", "type": "contact.updated", "contact": "vain"})["done"] == 0
        found = letters(suite, "optin", contact="vain")
        assert [(one["redriven"], one["code"]) for one in found] == [(count, "unknown-contact")], found
    settled(suite, "vain")
    assert len(told(suite, message["id"])) == 3, "told again"
    # Its publisher's account counts: of another's letter nothing is done that its account may not.
    lie = event("internal.unsubscribe", "vain", {"mail": str(uuid.uuid4())}, source="/assent/vault")
    suite.client("vault").publish("internal", lie)
    within(10, lambda: letters(suite, "optin", type="internal.unsubscribe"), "the lie")
    assert ok(suite, "redrive", {"service": "optin", "type": "internal.unsubscribe"})["done"] == 0
    assert [one["account"] for one in letters(suite, "optin", type="internal.unsubscribe")] == ["vault"]


def many_at_once(suite):
    """Two hundred letters of forty contacts in one request: each contact's last word counts"""
    names = [f"many-{number}" for number in range(40)]
    for name in names:
        for step in range(5):
            suite.crm.contacts(update(name, region=f"r{step}"))
        suite.crm.contacts(event("contact.created", name, {"email": f"{name}@example.com"}))
    for name in names:
        settled(suite, name)
    before = letters(suite, "consent", code="unknown-contact", limit=1000)
    mine = [one["letter"] for one in before if one["contact"] in names]
    assert len(mine) == 200, len(mine)
    assert ok(suite, "redrive", {"service": "consent", "letters": mine})["done"] == 200
    for name in names:
        attributes = suite.crm.request("consent.show", name, {})["attributes"]
        assert attributes == {"region": "r4"}, f"{name}: not in their order: {attributes}"
    log = (suite.folder / "state" / "log" / "consent.log").read_text()
    assert "PRECONDITION_FAILED" not in log and "unknown delivery tag" not in log


def passed_over(suite):
    """Letters of † requests, without a body, and of what no service takes are passed over"""
    suite.crm.contacts(form("over"))
    # Permission comes before the data: of such a request only a wrong envelope leaves a letter.
    suite.crm.publish("requests", event("optin.set", "another", {"status": "none"}), headers={"partitionkey": "over"})
    suite.crm.publish("requests", event("optin.show", "over", {"more": "x" * (257 * 1024)}))
    settled(suite, "over")
    found = {one["code"]: one for one in letters(suite, "optin", contact="over")}
    assert set(found) == {"malformed", "too-large"}, found
    assert ok(suite, "redrive", {"service": "optin", "contact": "over"})["done"] == 0
    assert sorted(letters(suite, "optin", contact="over"), key=lambda one: one["letter"]) == sorted(
        found.values(), key=lambda one: one["letter"]), "they were judged"


def unrouted(suite):
    """A type that no service takes is a letter of consent's, without the token, which no redrive touches"""
    bound = {one["routing_key"] for one in suite.management("bindings/assent")
             if one["source"] in ("contacts", "requests")}
    free = [("mta", "contacts", "mail.bounced"), ("crm", "contacts", "contact.deleted"),
            ("operator", "requests", "queue.state"), ("shop", "requests", "erasure.done")]
    account, exchange, type = next(one for one in free if one[2] not in bound)
    message = event(type, "nowhere", {})
    suite.client(account).publish(exchange, message, headers={"authorization": SECRET})
    one = within(10, lambda: letters(suite, "consent", type=type), "the letter")[0]
    assert (one["account"], one["contact"]) == (account, "nowhere"), one
    shown = ok(suite, "show", {"service": "consent", "letter": one["letter"]})
    assert json.loads(shown["body"]) == message and SECRET not in json.dumps(shown), shown
    assert ok(suite, "redrive", {"service": "consent", "type": type})["done"] == 0
    assert letters(suite, "consent", type=type) == [one], "it was judged"
    within(10, lambda: told(suite, message["id"]), "who published it is told")


def discarded(suite):
    """By their ids, or all of a filter: exactly these are gone"""
    for name in ("gone", "stays"):
        for region in ("EU", "US", "UK"):
            suite.crm.contacts(update(name, region=region))
        settled(suite, name)
    named = [one["letter"] for one in letters(suite, "vault", contact="gone")]
    assert ok(suite, "discard", {"service": "vault", "letters": [named[1], str(uuid.uuid4())]})["done"] == 1
    assert [one["letter"] for one in letters(suite, "vault", contact="gone")] == [named[0], named[2]]
    filter = {"service": "vault", "contact": "gone", "code": "unknown-contact", "type": "contact.updated"}
    assert ok(suite, "discard", {**filter, "code": "conflict"})["done"] == 0
    assert ok(suite, "discard", filter)["done"] == 2
    assert letters(suite, "vault", contact="gone") == [] and len(letters(suite, "vault", contact="stays")) == 3
    assert len(letters(suite, "optin", contact="gone")) == 3, "another service's letters stay"
    refused(suite, "show", {"service": "vault", "letter": named[0]}, "not-found")


if __name__ == "__main__":
    run(Suite(), begun, publishers_are_told, listed, shown, wrongly_asked, of_the_operator_alone, redriven,
        redriven_in_vain, many_at_once, passed_over, unrouted, discarded)
