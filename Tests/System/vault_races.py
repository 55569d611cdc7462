"""Stores, reveals, revocations and grants race over the same contacts, with two instances of consent and of vault that
are killed meanwhile; afterwards no file that the run left holds a value in the clear (C1, V1, V3, X3, X4, X5)."""

import collections, contextlib, itertools, json, secrets, threading, time, uuid

from jwcrypto import jwe, jwk

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from vault import key_of, seal
from walking import Walker, expect, forge, fresh

CARD = "creditCard"
CONTACTS = 20
SECONDS = 11
# How long it goes on at most where the machine is so slow that there is not enough to compare by then.
LONGEST = 90
# Every value begins with it, so that one search finds any of them.
MARK = f"Raced{secrets.token_hex(8)}"


class Asker(threading.Thread):
    """Asks as one publisher, some at a time; what is not answered in time is asked again under its id."""

    def __init__(self, suite, work):
        super().__init__(daemon=True)
        self.suite, self.work, self.client, self.error = suite, work, suite.client("crm"), None
        self.start()

    def run(self):
        try:
            self.work(self)
        except Exception as error:
            self.error = error

    def ask(self, requests, token=None):
        """[(answer, sent, answered)] of [(type, contact, data)], asked at once."""
        events = [event(*request) for request in requests]
        sent, asked = [], []
        for one in events:
            sent.append(time.monotonic())
            asked.append([self.client.ask_again(one, token=token)])
        replies = self.client.replies
        for attempt in range(20):
            missing = [number for number, mine in enumerate(asked) if not any(one in replies for one in mine)]
            if not missing:
                break
            if attempt:
                for number in missing:
                    asked[number].append(self.client.ask_again(events[number], token=token))
            with contextlib.suppress(AssertionError):
                self.client.answers([asked[number][-1] for number in missing], 3)
        first = [next(one for one in mine if one in replies) for mine in asked]
        return [(*reversed(self.client.answer(one, 0.1)), at) for one, at in zip(first, sent)]


def begin(suite):
    """Two instances of either service, and contacts who have not decided"""
    suite.walker = Walker(suite)
    suite.orders = suite.collector("vault", "vault.spy", ("internal", "internal.field-lock"))
    suite.running = {}
    for number in range(2):
        start(suite, "vault", number)
        start(suite, "consent", number)
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.key = key_of(suite)
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    suite.contacts = [fresh("r") for _ in range(CONTACTS)]
    for contact in suite.contacts:
        suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    for contact in suite.contacts:
        suite.walker.ok("consent.show", contact, {})
        suite.walker.ok("vault.read", contact, {})
    suite.stores, suite.reveals, suite.decisions = [], [], collections.defaultdict(list)


def start(suite, service, number):
    more = {"WEB_ADDRESS": f"127.0.0.1:{suite.port + 7 + number}"} if service == "consent" else {}
    suite.running[service, number] = suite.instance(service, number + (2 if service == "consent" else 0), **more)


def opened(suite, answer):
    sealed = jwe.JWE()
    sealed.deserialize(answer["sealed"], suite.reply_key)
    return sealed.payload.decode()


def storing(suite, stop):
    """Writes one new value after another to each contact."""
    def work(asker):
        while not stop.is_set():
            values = {contact: f"{MARK}{uuid.uuid4().hex}" for contact in suite.contacts}
            answers = asker.ask([("vault.store", contact, {"fields": {CARD: {
                "sealed": seal(suite, value, contact, key=suite.key)}}}) for contact, value in values.items()])
            for (contact, value), (answered, answer, sent) in zip(values.items(), answers):
                suite.stores.append((contact, value, sent, answered, answer.get("error", {}).get("code")))
    return work


def revealing(suite, stop):
    """Reveals each contact's card again and again, as another user each time: each may have 60 an hour."""
    def work(asker):
        key = json.loads(suite.reply_key.export_public())
        while not stop.is_set():
            token = forge(suite, {"sub": fresh("u"), "roles": ["billing"]})
            reasons = {contact: str(uuid.uuid4()) for contact in suite.contacts}
            answers = asker.ask([("vault.reveal", contact, {"field": CARD, "reason": reason, "replyKey": key})
                                 for contact, reason in reasons.items()], token)
            for (contact, reason), (answered, answer, sent) in zip(reasons.items(), answers):
                value = opened(suite, answer) if "sealed" in answer else None
                suite.reveals.append((contact, value, sent, answered, answer.get("error", {}).get("code"), reason))
    return work


def deciding(suite, contacts, stop):
    """Grants and revokes in turn; old orders to the vault come again after each grant."""
    def work(asker):
        late = suite.client("consent")
        for choice in itertools.cycle(("granted", "revoked")):
            data = {"consent": "credit-card", "decision": choice, "channel": "phone", "evidence": {"note": "x"}}
            for contact, (answered, answer, sent) in zip(contacts, asker.ask(
                    [("consent.record", contact, data) for contact in contacts], suite.privacy)):
                expect(answer["status"] == "ok", f"{answer}")
                suite.decisions[contact].append((choice, sent, answered))
            if choice == "granted":
                again(suite, late, contacts)
            # After either: what was under way of two publishers, and as much that was sent since.
            before = len(suite.stores), len(suite.reveals)
            within(60, lambda: stop.is_set() or len(suite.stores) >= before[0] + 4 * CONTACTS
                   and len(suite.reveals) >= before[1] + 4 * CONTACTS, "some come in")
            if choice == "revoked" and stop.is_set():
                return
    return work


def again(suite, client, contacts):
    """Sends the orders of all earlier revocations once more."""
    old = [order for order in suite.orders.events("internal.field-lock", set(contacts)) if order["data"]["clear"]]
    for order in old:
        client.publish("internal", event("internal.field-lock", order["subject"], order["data"],
                                         source="/assent/consent"))


def raced(suite):
    """Thousands of stores and reveals against revocations and grants, while every instance is killed in turn"""
    stop, begun = threading.Event(), time.monotonic()
    turns = lambda: min(len(suite.decisions[contact]) for contact in suite.contacts)
    # A fifth decision of each comes after a whole turn of both kinds.
    is_over = lambda: turns() >= 5 and time.monotonic() > begun + SECONDS or time.monotonic() > begun + LONGEST
    deciders = [Asker(suite, deciding(suite, suite.contacts[half::2], stop)) for half in range(2)]
    others = [Asker(suite, work(suite, stop)) for work in (storing, revealing) for _ in range(2)]
    for service, number in itertools.cycle((("vault", 0), ("consent", 0), ("vault", 1), ("consent", 1))):
        before = len(suite.stores)
        within(30, lambda: len(suite.stores) >= before + 100 or is_over(), "stores go on")
        if is_over():
            break
        suite.kill(suite.running[service, number])
        start(suite, service, number)
    stop.set()
    for asker in deciders + others:
        asker.join(90)
        expect(not asker.is_alive() and not asker.error, f"a publisher ended: {asker.error}")
    released = sum(one[1] is not None for one in suite.reveals)
    accepted = sum(one[4] is None for one in suite.stores)
    decided = sum(map(len, suite.decisions.values()))
    print(f"     {len(suite.stores)} stores, {accepted} of them accepted; {len(suite.reveals)} reveals, {released} "
          f"released; {decided} decisions")
    expect(accepted > 100 and released > 100 and turns() >= 5, "enough of each")


def spans(suite, contact):
    """(acknowledged, next grant's request) of each revocation."""
    decisions = suite.decisions[contact]
    for number, (choice, _, answered) in enumerate(decisions):
        if choice == "revoked":
            yield answered, decisions[number + 1][1] if number + 1 < len(decisions) else float("inf")


def revoked_for_good(suite):
    """C1, X3 after an acknowledged revocation nothing is revealed nor stored until a grant, nothing older ever again"""
    wrong, compared = [], collections.defaultdict(collections.Counter)
    recorded = outcomes(suite)
    for contact in suite.contacts:
        stores = [one for one in suite.stores if one[0] == contact]
        reveals = [one for one in suite.reveals if one[0] == contact]
        stored_at = {value: answered for _, value, _, answered, code in stores if code is None}
        for acknowledged, granted in spans(suite, contact):
            for _, _, sent, answered, code in stores:
                if acknowledged < sent and answered < granted:
                    compared["stores"][contact] += 1
                    if code != "locked":
                        wrong.append(f"a store after a revocation was answered {code}")
            for _, value, sent, answered, code, reason in reveals:
                if acknowledged < sent and answered < granted:
                    compared["reveals"][contact] += 1
                    # Asked again, after a kill: the log has what became of it.
                    if code != "locked" and (code != "conflict" or recorded[reason] != ["refused"]):
                        wrong.append(f"a reveal after a revocation was answered {code}, logged as {recorded[reason]}")
                if value and acknowledged < sent:
                    compared["values"][contact] += 1
                    if stored_at.get(value, granted) < granted:
                        wrong.append("a value from before a revocation was revealed")
        known = {value for _, value, _, _, _ in stores}
        wrong += ["a value of nobody's was revealed" for _, value, *_ in reveals if value and value not in known]
    print(f"     compared: { {what: one.total() for what, one in compared.items()} }")
    for what in ("stores", "reveals", "values"):
        few = [contact for contact in suite.contacts if compared[what][contact] < 2]
        expect(not few, f"{what} of {len(few)} contacts were hardly compared")
    expect(not wrong, f"{len(wrong)}: {collections.Counter(wrong)}")


def granted_again(suite):
    """C1 a late order after a new grant changes nothing: what is stored until the next revocation stays"""
    wrong, compared = [], 0
    for contact in suite.contacts:
        decisions = suite.decisions[contact]
        for number, (choice, _, granted) in enumerate(decisions):
            if choice != "granted":
                continue
            revoked = decisions[number + 1][1] if number + 1 < len(decisions) else float("inf")
            kept = [answered for who, _, sent, answered, code in suite.stores
                    if who == contact and granted < sent and answered < revoked and code is None]
            for who, value, sent, answered, code, _ in suite.reveals:
                if who == contact and kept and min(kept) < sent and answered < revoked:
                    compared += 1
                    if value is None:
                        wrong.append(f"{code}")
            if any(who == contact and granted < sent and answered < revoked and code for
                   who, _, sent, answered, code in suite.stores):
                wrong.append("a store after a grant was refused")
    expect(not [one for one in wrong if one != "conflict"], f"{collections.Counter(wrong)}")
    expect(compared >= 2 * CONTACTS, f"{compared} reveals were compared")


def outcomes(suite):
    """What the log says became of each reveal, by its reason."""
    entries = collections.defaultdict(list)
    for reason, outcome in suite.sql(
            "vault", "SELECT v.content::jsonb ->> 'reason', e.leaf::jsonb ->> 'outcome' "
            "FROM ledger_entry AS e JOIN ledger_evidence AS v USING (partition, number)"):
        entries[reason].append(outcome)
    return entries


def logged(suite):
    """V3 every reveal has exactly one entry, which says what became of it"""
    entries, wrong = outcomes(suite), collections.Counter()
    count = sum(map(len, entries.values()))
    for _, value, _, _, code, reason in suite.reveals:
        wanted = ["released"] if value else ["refused"]
        # Asked again after a kill: decided once, and its answer lost with the process.
        if entries[reason] != wanted and not (code == "conflict" and len(entries[reason]) == 1):
            wrong[code, tuple(entries[reason])] += 1
    expect(not wrong and count == len(suite.reveals), f"{wrong} {count} entries, {len(suite.reveals)} reveals")
    gaps = suite.sql("vault", "SELECT partition FROM ledger_entry GROUP BY partition HAVING count(*) <> max(number)")
    expect(not gaps, "numbers without gap")


def told(suite):
    """X5 each stored value has one fact, and each contact's last facts are how things stand"""
    facts = collections.defaultdict(list)
    accepted = collections.Counter(contact for contact, _, _, _, code in suite.stores if code is None)
    within(10, lambda: len(suite.walker.facts.events("vault.stored", set(suite.contacts))) >= accepted.total(), "facts")
    for fact in suite.walker.facts.events():
        if fact["source"] == "/assent/vault" and fact["type"] in (
                "vault.stored", "vault.cleared", "vault.locked", "vault.unlocked"):
            facts[fact["subject"]].append((fact["sequence"], fact["type"]))
    for contact in suite.contacts:
        types = [type for _, type in sorted(facts[contact])]
        expect(types.count("vault.stored") == accepted[contact], f"{types.count('vault.stored')} {accepted[contact]}")
        turns = [type for type in types if type in ("vault.locked", "vault.unlocked")]
        expect(turns == ["vault.unlocked", "vault.locked"] * (len(suite.decisions[contact]) // 2), f"{turns}")
        is_open = False
        for type in types:
            is_open = {"vault.unlocked": True, "vault.locked": False}.get(type, is_open)
            expect(is_open or type != "vault.stored", "stored while it is locked")
        shown = suite.walker.ok("vault.read", contact, {"fields": [CARD]})["fields"][CARD]
        expect(shown["locked"] and shown["masked"] is None, f"{shown}")
    rows = suite.sql("vault", "SELECT count(*) FROM field WHERE name = %s", CARD)
    expect(rows == [(0,)], "no value is left")
    expect(not suite.dead("vault") and not suite.dead("consent"), "nothing is dead")
    suite.walker.check_schemas()


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [MARK], suite.contacts)


if __name__ == "__main__":
    run(Suite(()), begin, raced, revoked_for_good, granted_again, logged, told, nothing_on_disk)
