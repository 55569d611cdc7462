"""Decisions that users record (C0, C1, C3, X3): the vault carries out first what follows for a field, and a revocation
is acknowledged when no permission can still be in use. The vault is a stand-in here, that can be away and lose orders;
with the argument `vault` it is the vault itself."""

import json, os, signal, sys, threading, time, uuid

from jwcrypto import jwe, jwk

from harness import Suite, event, run, within
from walking import Walker, expect, fresh

LEASE = 1.2  # seconds from a revocation's commit to its acknowledgement
NOTE = "Said so in call 4711"


class Vault(threading.Thread):
    """Locks fields as the vault does: an order counts whose number is above that of the one in force and which follows
    it, and every order is answered with what is in force."""

    def __init__(self, suite):
        super().__init__(daemon=True)
        self.orders = suite.collector("vault", "vault.stand-in", ("internal", "internal.field-lock"))
        self.client = suite.client("vault")
        self.away, self.lose, self.stopping = False, 0, False
        self.fields = {}  # (contact, field): the order in force
        self.answered = 0
        self.start()

    def run(self):
        seen = 0
        while not self.stopping:
            if self.away or seen == len(self.orders.taken):
                time.sleep(0.005)
                continue
            order = json.loads(self.orders.taken[seen][3])
            seen += 1
            if self.lose:
                self.lose -= 1
                continue
            data, field = order["data"], (order["subject"], order["data"]["field"])
            last = self.fields.get(field, {"order": None, "sequence": 0})
            if data["sequence"] > last["sequence"] and data["follows"] == last["order"]:
                self.fields[field] = data
            self.answer(order)

    def answer(self, order):
        """Which order about its field is in force."""
        data, now = order["data"], self.fields.get((order["subject"], order["data"]["field"]))
        self.answered += 1
        in_force = {"order": now["order"], "sequence": now["sequence"],
                    "state": "locked" if now["lock"] else "unlocked"} if now else {
                        "order": None, "sequence": 0, "state": "locked"}
        self.client.publish("internal", event("internal.field-lock-done", order["subject"], {
            "order": data["order"], "inForce": in_force, "epoch": 1, "number": self.answered << 8,
            "field": data["field"]}, source="/assent/vault"))

    def orders_for(self, contact):
        return self.orders.events("internal.field-lock", {contact})

    def is_locked(self, contact, field="creditCard"):
        return self.fields[contact, field]["lock"]


def decision(consent, decision, **more):
    return {"consent": consent, "decision": decision, "channel": "phone", "evidence": {"note": NOTE}, **more}


def person(walker, **profile):
    contact = fresh("d")
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": profile})
    walker.ok("consent.show", contact, {})
    return contact


def shown(walker, contact, consent="credit-card"):
    answer = walker.ok("consent.show", contact, {})
    return next(one for one in answer["decisions"] if one["consent"] == consent)


def record(walker, contact, consent, choice, **more):
    return walker.ok("consent.record", contact, decision(consent, choice), token=walker.token, **more)["index"]


def ask(walker, contact, consent, choice):
    """Asks without waiting; returns the request, to be asked again, and what its answer is found under."""
    request = event("consent.record", contact, decision(consent, choice))
    return request, walker.crm.ask_again(request, token=walker.token)


def told(walker, contact):
    """Facts of decisions so far, in their order."""
    return [(fact["type"], fact["data"]["consent"], fact["data"]["index"]) for fact in walker.facts.events()
            if fact["subject"] == contact and fact["type"].startswith("consent.")]


def without_field(suite):
    """C3 a decision on a consent without a field counts at once, is told, shown, checked, found and counted"""
    walker = suite.walker
    contact, other = person(walker, company=fresh("m")), person(walker)
    nobody = fresh()
    mark = {"field": "profile.company", "is": walker.ok("consent.show", contact, {})["attributes"]["company"]}

    def check():
        answer = walker.ok("consent.check", "-", {"consent": "partner-contact", "contacts": [contact, other, nobody]})
        return answer["granted"], answer["refused"], answer["validForMs"]

    def find(value):
        where = {"all": [mark, {"field": "consent.partner-contact", "is": value}]}
        return walker.ok("consent.find", "-", {"where": where})["contacts"]

    def report():
        answer = walker.ok("consent.report", "-", {"where": mark})
        counts = next(one for one in answer["consents"] if one["consent"] == "partner-contact")
        return answer["contacts"], counts["granted"], counts["revoked"], counts["none"]

    expect(check() == ([], [contact, other, nobody], 1000), "nothing is allowed before a decision")
    expect((find("none"), find("granted"), report()) == ([contact], [], (1, 0, 0, 1)), "none")
    index = record(walker, contact, "partner-contact", "granted")
    expect(check() == ([contact], [other, nobody], 1000), "allowed by the answer")
    expect((find("granted"), find("none"), report()) == ([contact], [], (1, 1, 0, 0)), "granted")
    now = shown(walker, contact, "partner-contact")
    expect(now["decision"] == "granted" and now["effective"] and now["channel"] == "phone", f"{now}")
    expect(now["index"] == index and now["textVersion"] == "1" and now["decidedAt"], f"{now}")
    begun = time.monotonic()
    second = record(walker, contact, "partner-contact", "revoked")
    expect(time.monotonic() - begun >= LEASE, "the revocation waits for the leases")
    expect(check()[0] == [] and find("revoked") == [contact] and report() == (1, 0, 1, 0), "revoked")
    expect(not shown(walker, contact, "partner-contact")["effective"], "not effective")
    walker.wait_fact("consent.revoked", contact, consent="partner-contact", channel="phone", textVersion="1")
    expect(told(walker, contact) == [("consent.granted", "partner-contact", index),
                                     ("consent.revoked", "partner-contact", second)], "both facts")
    expect(not suite.vault.orders_for(contact), "the vault has nothing to do")
    notes = suite.sql("consent", "SELECT content::json -> 'evidence' ->> 'note', content::json -> 'evidence' ->> "
                      "'recordedBy' FROM ledger_evidence WHERE contact = %s", contact)
    expect(notes == [(NOTE, "ann")] * 2, "evidence is kept beside")


def field_waits_for_the_vault(suite):
    """C1 a decision on a field counts at once; reply and fact come when the vault has carried it out"""
    walker, vault = suite.walker, suite.vault
    contact = person(walker)
    vault.away = True
    _, asked = ask(walker, contact, "credit-card", "granted")
    order = within(10, lambda: vault.orders_for(contact), "the order")[0]
    expect({name: order["data"][name] for name in ("field", "lock", "clear")}
           == {"field": "creditCard", "lock": False, "clear": False}, f"{order}")
    expect(order["data"]["follows"] is None and order["data"]["epoch"] > 0, "the first of its field")
    now = shown(walker, contact)
    expect(now["decision"] == "granted" and now["effective"], "it counts")
    expect(asked not in walker.crm.replies and not told(walker, contact), "nobody is told")
    vault.away = False
    reply, _ = walker.crm.answer(asked)
    expect(reply == {"status": "ok", "index": now["index"]}, f"{reply}")
    fact = walker.wait_fact("consent.granted", contact)
    expect(fact["data"] == {"consent": "credit-card", "textVersion": "1", "channel": "phone", "index": now["index"]},
           f"{fact}")
    expect(not vault.is_locked(contact), "unlocked")


def revocation(suite):
    """C1, X3 a revocation is acknowledged when the vault has locked and cleared, and no sooner than 1.2 s after"""
    walker, vault = suite.walker, suite.vault
    contact = person(walker)
    begun = time.monotonic()
    record(walker, contact, "credit-card", "granted")
    expect(time.monotonic() - begun < LEASE, "a grant waits for no lease")
    begun = time.monotonic()
    record(walker, contact, "credit-card", "revoked")
    expect(LEASE <= time.monotonic() - begun < LEASE + 2, "leases")
    expect(vault.is_locked(contact) and vault.fields[contact, "creditCard"]["clear"], "locked and cleared")
    vault.away = True
    _, asked = ask(walker, contact, "credit-card", "revoked")
    within(10, lambda: len(vault.orders_for(contact)) == 3, "the order")
    arrived = time.monotonic()
    within(10, lambda: shown(walker, contact) and time.monotonic() - arrived > LEASE + 0.5, "the leases have run out")
    expect(asked not in walker.crm.replies, "not without the vault")
    vault.away = False
    walker.crm.answer(asked)
    expect([kind for kind, *_ in told(walker, contact)] == ["consent.granted"] + ["consent.revoked"] * 2, "facts")


def repetition(suite):
    """A request that comes again gets the first answer: before the vault's answer when it comes, afterwards at once"""
    walker, vault = suite.walker, suite.vault
    contact, other = person(walker), suite.client("crm")
    record(walker, contact, "credit-card", "granted")
    vault.away = True
    request, first = ask(walker, contact, "credit-card", "revoked")
    second = other.ask_again(request, token=walker.token)
    third = walker.crm.ask_again(request, token=walker.token)
    shown(walker, contact)  # rides behind them
    within(10, lambda: suite.sql("consent", "SELECT count(*) FROM sent_order_reply")[0][0] == 3, "three wait")
    vault.away = False
    replies = [walker.crm.answer(first)[0], other.answer(second)[0], walker.crm.answer(third)[0]]
    begun = time.monotonic()
    replies.append(other.answer(other.ask_again(request, token=walker.token))[0])
    expect(time.monotonic() - begun >= LEASE, "held again, as the first was")
    index = shown(walker, contact)["index"]
    expect(replies == [{"status": "ok", "index": index}] * 4, f"{replies}")
    expect(len(told(walker, contact)) == 2 and len(vault.orders_for(contact)) == 2, "decided once")
    changed = {**request, "data": decision("credit-card", "granted")}
    reply, _ = walker.crm.answer(walker.crm.ask_again(changed, token=walker.token))
    expect(reply["error"]["code"] == "conflict", "another body under the id")
    suite.dead("consent")


def one_at_a_time(suite):
    """Orders about one field go one after the other, so that facts come in the order of the decisions"""
    walker, vault = suite.walker, suite.vault
    contact = person(walker)
    vault.away = True
    asked = [ask(walker, contact, "credit-card", choice)[1] for choice in ("granted", "revoked", "granted")]
    asked.append(ask(walker, contact, "national-id", "granted")[1])
    within(10, lambda: len(vault.orders_for(contact)) == 2, "one order a field")
    shown(walker, contact)
    expect([order["data"]["field"] for order in vault.orders_for(contact)] == ["creditCard", "nationalId"], "fields")
    vault.away = False
    walker.crm.answers(asked)
    facts = [(type, consent) for type, consent, _ in told(walker, contact)]
    expect([type for type, consent in facts if consent == "credit-card"]
           == ["consent.granted", "consent.revoked", "consent.granted"], f"{facts}")
    sequences = [order["data"]["sequence"] for order in vault.orders_for(contact)
                 if order["data"]["field"] == "creditCard"]
    expect(sequences == sorted(set(sequences)) and len(sequences) == 3, f"{sequences}")
    orders = [order["data"] for order in vault.orders_for(contact) if order["data"]["field"] == "creditCard"]
    expect([one["follows"] for one in orders] == [None, *(one["order"] for one in orders[:2])], f"{orders}")
    expect(not vault.is_locked(contact), "the last counts")


def lost_order(suite):
    """An order that gets lost is sent again after five seconds, under a new message id with the same sequence"""
    walker, vault = suite.walker, suite.vault
    contact = person(walker)
    vault.lose = 1
    _, asked = ask(walker, contact, "credit-card", "granted")
    walker.crm.answer(asked, timeout=20)
    first, again = vault.orders_for(contact)
    expect(first["id"] != again["id"] and first["data"] == again["data"], f"{first} {again}")
    walker.wait_fact("consent.granted", contact)
    vault.answer(again)
    shown(walker, contact)
    expect(len(told(walker, contact)) == 1, "a second answer says nothing new")


def killed(suite):
    """X5 consent is killed while the vault is away, and while an acknowledgement waits: told once all the same"""
    walker, vault = suite.walker, suite.vault
    contact = person(walker)
    vault.away = True
    request, first = ask(walker, contact, "credit-card", "granted")
    within(10, lambda: vault.orders_for(contact), "the order")
    os.kill(suite.pid("consent"), signal.SIGKILL)
    vault.away = False
    reply, _ = walker.crm.answer(first, timeout=30)
    expect(reply["status"] == "ok" and shown(walker, contact)["index"] == reply["index"], f"{reply}")
    begun = time.monotonic()
    request, first = ask(walker, contact, "credit-card", "revoked")
    within(10, lambda: len(told(walker, contact)) == 2, "the vault has answered")
    os.kill(suite.pid("consent"), signal.SIGKILL)
    reply, arrived = walker.crm.answer(first, timeout=30)
    expect(arrived - begun >= LEASE, "the leases are waited out")
    again, _ = walker.crm.answer(walker.crm.ask_again(request, token=walker.token), timeout=30)
    expect(again == reply, f"{again}")
    expect([kind for kind, *_ in told(walker, contact)] == ["consent.granted", "consent.revoked"], "told once each")


def refused(suite):
    """What is refused says where, and takes no number"""
    walker = suite.walker
    contact = person(walker)
    good = decision("tracking", "granted")
    numbers = suite.sql("consent", "SELECT count(*) FROM ledger_entry")
    walker.refused("not-permitted", "consent.record", contact, good)
    walker.refused("not-permitted", "consent.record", contact, good, token=suite.token("bob", "support"))
    walker.refused("unknown-contact", "consent.record", fresh(), good, token=walker.token)
    walker.refused("unknown-contact", "consent.show", fresh(), {})
    for pointer, data in (
            ("/data/consent", {**good, "consent": "other"}), ("/data/decision", {**good, "decision": "none"}),
            ("/data/channel", {**good, "channel": "page"}), ("/data/evidence", {**good, "evidence": {}}),
            ("/data/evidence", {"consent": "tracking", "decision": "granted", "channel": "phone"}),
            ("/data/evidence/note", {**good, "evidence": {"note": 1}})):
        walker.refused("invalid-field", "consent.record", contact, data, token=walker.token, pointer=pointer)
    walker.refused("invalid-field", "consent.check", "-", {"consent": "other", "contacts": []},
                   pointer="/data/consent")
    walker.refused("invalid-field", "consent.report", "-", {"where": {}})
    expect(shown(walker, contact, "tracking")["decision"] == "none", "nothing was decided")
    expect(suite.sql("consent", "SELECT count(*) FROM ledger_entry") == numbers, "no number was taken")
    forger = suite.client("optin")
    forger.publish("internal", event(
        "internal.field-lock-done", contact, {"order": str(uuid.uuid4()), "field": "creditCard"}))
    shown(walker, contact)
    letters = []
    within(10, lambda: letters.extend(suite.dead("consent")) or letters, "what nobody is told of is kept")
    expect([headers["x-error-code"] for headers, *_ in letters] == ["malformed"],
           f"a request is answered and done: {[headers['x-error-message'] for headers, *_ in letters]}")


def two_instances(suite):
    """Two instances, one of them killed under load: every decision answered once, told once, numbered without gap"""
    walker = suite.walker
    contacts = [person(walker) for _ in range(24)]
    second = suite.instance("consent", WEB_ADDRESS=f"127.0.0.1:{suite.port + 16}")
    processes = lambda: {name.rpartition("/")[0] for name in suite.active("consent").values()}
    within(30, lambda: len(processes()) == 2, "both have partitions")
    asked = []
    for turn in range(10):
        for contact in contacts:
            choice = "granted" if turn % 2 == 0 else "revoked"
            consent = ("credit-card", "partner-contact")[turn % 3 == 0]
            asked.append((contact, ask(walker, contact, consent, choice)[1]))
        if turn == 5:
            suite.kill(second)
    replies = walker.crm.answers([one for _, one in asked], timeout=60)
    expect(all(reply["status"] == "ok" for reply in replies.values()), "all are recorded")
    expect(len({reply["index"] for reply in replies.values()}) == len(asked), "each under its own number")
    for contact in contacts:
        within(10, lambda: len(told(walker, contact)) == 10, "ten facts")
        answered = {replies[one]["index"] for who, one in asked if who == contact}
        expect({index for *_, index in told(walker, contact)} == answered, "facts and replies agree")
    for row in suite.sql("consent", "SELECT count(*), min(number), max(number) FROM ledger_entry GROUP BY partition"):
        expect(row == (row[0], 1, row[0]), f"without gap: {row}")


def nothing_left(suite):
    """Nothing waits any more; no note is kept but as evidence; every fact and reply is as asyncapi.yaml says"""
    walker = suite.walker
    for table in ("sent_order", "sent_order_reply"):
        expect(suite.sql("consent", f"SELECT count(*) FROM {table}") == [(0,)], table)
    for table in ("inbox", "outbox", "decision", "current_decision", "ledger_entry", "contact", "job"):
        rows = suite.sql("consent", f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", f"%{NOTE}%")
        expect(rows == [(0,)], f"a note in {table}")
    expect(not suite.dead("consent"), "no dead letters")
    expect(walker.check_schemas() > 0, "facts were seen")


def started(suite):
    """Consent runs, the vault is a stand-in"""
    suite.walker, suite.vault = Walker(suite), Vault(suite)
    suite.walker.token = suite.token("ann", "privacy")


# --- with the vault itself


def vault_obeys(suite):
    """C1 the vault unlocks before a grant is told, and has locked and cleared before a revocation is"""
    walker = suite.walker
    contact = person(walker)
    key = walker.ok("vault.key", "-", {})["jwk"]
    expect(read(walker, contact)["locked"], "locked by default")
    record(walker, contact, "credit-card", "granted")
    walker.wait_fact("consent.granted", contact)
    expect(not read(walker, contact)["locked"], "unlocked by the answer")
    walker.ok("vault.store", contact, {"fields": {"creditCard": {"sealed": seal(key, contact)}}})
    expect(read(walker, contact)["state"] == "stored", "written")
    record(walker, contact, "credit-card", "revoked")
    now = read(walker, contact)
    expect(now["locked"] and now["state"] == "cleared", f"locked and cleared by the answer: {now}")
    walker.refused("locked", "vault.store", contact, {"fields": {"creditCard": {"sealed": seal(key, contact)}}})
    walker.wait_fact("consent.revoked", contact)
    types = [fact["type"] for fact in walker.facts.events() if fact["subject"] == contact]
    for earlier, later in (("vault.unlocked", "consent.granted"), ("vault.locked", "consent.revoked"),
                           ("vault.cleared", "consent.revoked")):
        expect(types.index(earlier) < types.index(later), f"{earlier} before {later}: {types}")


def read(walker, contact):
    return walker.ok("vault.read", contact, {"fields": ["creditCard"]})["fields"]["creditCard"]


def seal(key, contact):
    protected = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key["kid"], "sub": contact, "field": "creditCard"}
    token = jwe.JWE(b"4111111111111111", json.dumps(protected))
    token.add_recipient(jwk.JWK(**key))
    return token.serialize(compact=True)


def vault_stopped(suite):
    """C1 without the vault nobody is told; when it goes on, the answer comes, whoever was killed meanwhile"""
    walker = suite.walker
    contact = person(walker)
    record(walker, contact, "credit-card", "granted")
    os.kill(suite.pid("vault"), signal.SIGSTOP)
    try:
        request, asked = ask(walker, contact, "credit-card", "revoked")
        expect(not shown(walker, contact)["effective"], "it counts")
        os.kill(suite.pid("consent"), signal.SIGKILL)
        begun = time.monotonic()
        within(15, lambda: shown(walker, contact) and time.monotonic() - begun > LEASE + 0.5, "consent is back")
        again = walker.crm.ask_again(request, token=walker.token)
        shown(walker, contact)
        expect(asked not in walker.crm.replies and again not in walker.crm.replies, "not without the vault")
    finally:
        os.kill(suite.pid("vault"), signal.SIGCONT)
    replies = walker.crm.answers([asked, again], timeout=30)
    expect(replies[asked] == replies[again] and replies[asked]["status"] == "ok", f"{replies}")
    expect(read(walker, contact)["locked"], "locked by the answer")
    os.kill(suite.pid("vault"), signal.SIGKILL)
    record(walker, contact, "credit-card", "granted", timeout=30)
    expect(not read(walker, contact)["locked"], "unlocked by the answer")
    expect([kind for kind, *_ in told(walker, contact)] == ["consent.granted", "consent.revoked", "consent.granted"],
           "told once each")


def started_with_vault(suite):
    """Consent and vault run"""
    suite.walker = Walker(suite)
    suite.walker.token = suite.token("ann", "privacy")


def as_published(suite):
    """Every fact and reply is as asyncapi.yaml says, and nothing is dead"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")
    expect(not suite.dead("consent"), "no dead letters")


if __name__ == "__main__":
    if sys.argv[1:] == ["vault"]:
        run(Suite(["consent", "vault"]), started_with_vault, vault_obeys, vault_stopped, as_published)
    run(Suite(["consent"]), started, without_field, field_waits_for_the_vault, revocation, repetition, one_at_a_time,
        lost_order, killed, refused, two_instances, nothing_left)
