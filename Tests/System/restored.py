"""One service's database comes back without its last commits while the others have theirs: what was acknowledged and is
stricter holds again, what was forgotten is not granted, and nobody waits for ever (X5, C1, V1, V3, X3)."""

import base64, collections, contextlib, json, os, secrets, signal, time

from jwcrypto import jwe, jwk

from harness import Suite, event, form, run, within
from restoring import databases, out_of_order, put_back, said, take_aside
from walking import Walker, expect, forge, fresh

CARD = "creditCard"
MARK = f"Card{secrets.token_hex(8)}"
CONTACTS = 6
# A service that begins an epoch asks the others first; whoever asks it meanwhile is answered within so long.
PATIENCE = 20


def begin(suite):
    """Consent, vault, opt-in and erasure run"""
    suite.walker = Walker(suite)
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    suite.marketing = suite.token("mark", "marketing")
    suite.key = jwk.JWK(**suite.walker.ok("vault.key", "-", {})["jwk"])


def people(suite, count=CONTACTS):
    contacts = [fresh("b") for _ in range(count)]
    for contact in contacts:
        suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    for contact in contacts:
        for type in ("consent.show", "vault.read", "optin.show"):
            suite.walker.ok(type, contact, {}, timeout=PATIENCE)
    return contacts


def all_of(suite, contacts, type, data, token=None):
    """Each contact's answer, asked at once and again while a service says that it is not available yet."""
    asked = {contact: event(type, contact, data(contact) if callable(data) else data) for contact in contacts}
    answers, end = {}, time.monotonic() + PATIENCE
    while missing := [contact for contact in contacts if contact not in answers]:
        expect(time.monotonic() < end, f"{type} was not available for {PATIENCE} s")
        waiting = {contact: suite.walker.crm.ask_again(asked[contact], token=token) for contact in missing}
        replies = suite.walker.crm.answers([*waiting.values()], PATIENCE)
        for contact, one in waiting.items():
            if replies[one].get("error", {}).get("code") != "unavailable":
                answers[contact] = replies[one]
    return answers


def decide(suite, contacts, choice):
    data = {"consent": "credit-card", "decision": choice, "channel": "phone", "evidence": {"note": "said so"}}
    answers = all_of(suite, contacts, "consent.record", data, suite.privacy)
    expect(all(answer["status"] == "ok" for answer in answers.values()), f"{choice}: {answers}")
    return {contact: answer["index"] for contact, answer in answers.items()}


def seal(suite, contact, value):
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": suite.key.thumbprint(), "sub": contact, "field": CARD}
    return jwe.JWE(value.encode(), json.dumps(header), recipient=suite.key).serialize(compact=True)


def store(suite, contacts, value=MARK):
    return all_of(suite, contacts, "vault.store",
                  lambda contact: {"fields": {CARD: {"sealed": seal(suite, contact, value)}}})


def stored(suite, contacts, value=MARK):
    answers = store(suite, contacts, value)
    expect(all(answer["status"] == "ok" for answer in answers.values()), f"{answers}")


def cards(suite, contacts):
    answers = all_of(suite, contacts, "vault.read", {"fields": [CARD]})
    return {contact: answer["fields"][CARD] for contact, answer in answers.items()}


def reveals(suite, contacts):
    """Each contact's value, or the code with which it is refused."""
    token = forge(suite, {"sub": fresh("u"), "roles": ["billing"]})
    answers = all_of(suite, contacts, "vault.reveal", {
        "field": CARD, "reason": "Refund", "replyKey": json.loads(suite.reply_key.export_public())}, token)
    found = {}
    for contact, answer in answers.items():
        if "sealed" in answer:
            sealed = jwe.JWE()
            sealed.deserialize(answer["sealed"], suite.reply_key)
        found[contact] = sealed.payload.decode() if "sealed" in answer else answer["error"]["code"]
    return found


def decisions(suite, contacts):
    answers = all_of(suite, contacts, "consent.show", {})
    return {contact: next(one for one in answer["decisions"] if one["consent"] == "credit-card")
            for contact, answer in answers.items()}


def lose(suite, service, *names):
    """The databases as they were; waits until the service has said so."""
    before = said(suite, service, "a new epoch begins")
    put_back(suite, *names or databases(service))
    within(PATIENCE, lambda: said(suite, service, "a new epoch begins") > before, f"{service} says so")


def locked_and_cleared(suite, contacts):
    for contact, card in cards(suite, contacts).items():
        expect(card["locked"] and card["masked"] is None and card["state"] != "stored", f"{contact}: {card}")
    codes = reveals(suite, contacts)
    expect(set(codes.values()) == {"locked"}, f"{sorted(set(codes.values()))}")


def locked_in_the_end(suite, contacts):
    within(PATIENCE, lambda: all(card["locked"] for card in cards(suite, contacts).values()), "locked")
    expect(set(reveals(suite, contacts).values()) == {"locked"}, "no reveal")


def grant_lost_then_revoked(suite):
    """A grant is lost at consent, then the contact revokes: by the acknowledgement the vault has locked and cleared"""
    contacts = people(suite)
    take_aside(suite, "consent")
    decide(suite, contacts, "granted")
    stored(suite, contacts)
    expect(set(reveals(suite, contacts).values()) == {MARK}, "revealed while it is granted")
    put_back(suite, "consent")
    decide(suite, contacts, "revoked")
    locked_and_cleared(suite, contacts)
    shown = decisions(suite, contacts)
    expect({one["decision"] for one in shown.values()} == {"revoked"}, f"{shown}")
    decide(suite, contacts, "granted")
    stored(suite, contacts)
    expect(set(reveals(suite, contacts).values()) == {MARK}, "granted again")


def grants_lost_in_numbers(suite):
    """Other contacts use the lost numbers up: their orders, and the contact's own, count as new ones"""
    contacts, others = people(suite), people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent")
    for choice in ("revoked", "granted"):
        decide(suite, contacts, choice)
    stored(suite, contacts)
    lose(suite, "consent")
    decide(suite, others, "granted")
    decide(suite, contacts, "revoked")
    locked_and_cleared(suite, contacts)
    stored(suite, others)


def revocation_lost_at_consent(suite):
    """A revocation is lost at consent after its acknowledgement: taken over from the vault, as `recovered`"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent")
    indexes = decide(suite, contacts, "revoked")
    lose(suite, "consent")
    for contact, one in decisions(suite, contacts).items():
        expect((one["decision"], one["channel"], one["effective"]) == ("revoked", "recovered", False), f"{one}")
    locked_and_cleared(suite, contacts)
    for contact in contacts:
        suite.walker.wait_fact("consent.revoked", contact, PATIENCE, channel="recovered")
    decide(suite, contacts, "granted"), stored(suite, contacts)


def grant_lost_at_consent(suite):
    """A grant is lost at consent and nothing follows: the vault, which had unlocked, locks again"""
    contacts = people(suite)
    take_aside(suite, "consent")
    decide(suite, contacts, "granted"), stored(suite, contacts)
    lose(suite, "consent")
    expect({one["decision"] for one in decisions(suite, contacts).values()} == {"none"}, "a grant is not taken over")
    locked_in_the_end(suite, contacts)
    decide(suite, contacts, "granted")
    expect(not any(card["locked"] for card in cards(suite, contacts).values()), "granted again")


def lock_lost_at_the_vault(suite, names=("vault", "vault_keys")):
    """A lock is lost at the vault after the acknowledgement: locked again before anything is served"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, *names)
    decide(suite, contacts, "revoked")
    put_back(suite, *names)
    locked_and_cleared(suite, contacts)
    expect({answer.get("error", {}).get("code") for answer in store(suite, contacts).values()} == {"locked"}, "written")
    decide(suite, contacts, "granted"), stored(suite, contacts)
    expect(set(reveals(suite, contacts).values()) == {MARK}, "granted again")


def lock_lost_without_the_keys(suite):
    """The same where the vault's data alone go back, and its keys are as they were"""
    lock_lost_at_the_vault(suite, ("vault",))


def grant_lost_at_the_vault(suite):
    """A grant is lost at the vault after its acknowledgement: it holds again, for consent still knows it"""
    contacts = people(suite)
    take_aside(suite, "vault", "vault_keys")
    decide(suite, contacts, "granted")
    lose(suite, "vault")
    stored(suite, contacts)
    decide(suite, contacts, "revoked")
    locked_and_cleared(suite, contacts)


def store_lost(suite):
    """A value is lost at the vault, with its key, or without: read as what is there, and stored anew"""
    for names in (("vault", "vault_keys"), ("vault",), ("vault_keys",)):
        contacts = people(suite, 3)
        decide(suite, contacts, "granted"), stored(suite, contacts, "4111111111111111")
        take_aside(suite, *names)
        stored(suite, contacts)
        put_back(suite, *names)
        values = set(reveals(suite, contacts).values())
        expect(MARK not in values, f"{names}: {values}")
        stored(suite, contacts)
        expect(set(reveals(suite, contacts).values()) == {MARK}, f"{names}: stored anew")


def both_lost(suite):
    """Consent and vault lose the same revocation: nobody waits for the other for ever, and the next one holds"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent", "vault", "vault_keys")
    decide(suite, contacts, "revoked")
    put_back(suite, "consent", "vault", "vault_keys")
    decide(suite, contacts, "revoked")
    locked_and_cleared(suite, contacts)


def one_after_the_other(suite):
    """Consent loses a revocation, and the vault loses it next: the lock was taken over in time"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent", "vault", "vault_keys")
    decide(suite, contacts, "revoked")
    lose(suite, "consent")
    expect({one["channel"] for one in decisions(suite, contacts).values()} == {"recovered"}, "taken over")
    put_back(suite, "vault", "vault_keys")
    locked_and_cleared(suite, contacts)


def vault_away(suite):
    """Consent's database goes back while the vault stands still: nothing is permitted till the vault has told"""
    contacts = people(suite)
    decide(suite, contacts, "granted")
    take_aside(suite, "consent")
    decide(suite, contacts, "revoked")
    os.kill(suite.pid("vault"), signal.SIGSTOP)
    try:
        lose(suite, "consent")
        check = event("consent.check", "-", {"consent": "credit-card", "contacts": contacts})
        asked = suite.walker.crm.ask_again(check)
        with contextlib.suppress(AssertionError):
            suite.walker.crm.answers([asked], 4)
        answer = suite.walker.crm.replies.get(asked, {}).get("data", {})
        expect(not answer.get("granted"), f"{answer}")
    finally:
        os.kill(suite.pid("vault"), signal.SIGCONT)
    shown = decisions(suite, contacts)
    expect({(one["decision"], one["channel"]) for one in shown.values()} == {("revoked", "recovered")}, f"{shown}")
    answer = suite.walker.ok("consent.check", "-", {"consent": "credit-card", "contacts": contacts}, timeout=PATIENCE)
    expect(not answer["granted"], f"{answer}")


def clock_was_fast(suite):
    """The vault has heard of an epoch of consent's that began under a fast clock and is lost: the next one lies above"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent")
    suite.sql("vault", "INSERT INTO peer_epoch (service, epoch) SELECT 'consent', max(epoch) + %s FROM partition "
              "ON CONFLICT (service) DO UPDATE SET epoch = excluded.epoch", 3_600_000 << 20)
    lose(suite, "consent")
    decide(suite, contacts, "revoked")
    locked_and_cleared(suite, contacts)


def killed_meanwhile(suite):
    """Consent is killed at each step of taking over: in the end it is as if it had not been"""
    contacts = people(suite)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    take_aside(suite, "consent")
    decide(suite, contacts, "revoked")
    put_back(suite, "consent")
    for pause in (0.05, 0.2, 0.4):
        pid = suite.pid("consent")
        time.sleep(pause)
        os.kill(pid, signal.SIGKILL)
        within(PATIENCE, lambda: suite.pid("consent") != pid, "started again")
    shown = decisions(suite, contacts)
    expect({(one["decision"], one["channel"]) for one in shown.values()} == {("revoked", "recovered")}, f"{shown}")
    locked_and_cleared(suite, contacts)


def signed(suite, service, trees):
    """Every tree that is signed, as name and size, once the newest entry is in one."""
    number = suite.sql(service, "SELECT count(*) FROM ledger_entry")[0][0]
    within(PATIENCE, lambda: suite.sql(service, "SELECT max(size) FROM ledger_checkpoint") == [(number,)], "all")
    for note, in suite.sql(service, "SELECT note FROM ledger_checkpoint"):
        name, size, root = note.split("\n")[:3]
        expect(trees.setdefault((name, size), root) == root, f"two trees of size {size} under one name, {name}")


def access_log_lost(suite):
    """Entries of the access log are lost: no second tree of one size is signed under one name, and an audit says so"""
    contacts = people(suite, 2)
    decide(suite, contacts, "granted"), stored(suite, contacts)
    trees = {}

    def checkpoints():
        signed(suite, "vault", trees)

    def kept():
        return suite.walker.ok("vault.checkpoint", "-", {})["checkpoint"]

    reveals(suite, contacts), checkpoints()
    before = kept()
    take_aside(suite, "vault", "vault_keys")
    for _ in range(3):
        reveals(suite, contacts[:1]), checkpoints()
    gone = kept()
    lose(suite, "vault")
    for _ in range(4):
        reveals(suite, contacts[:1]), checkpoints()
    size = lambda note: int(note.split("\n")[1])
    expect(kept().split("\n")[0] != before.split("\n")[0], "the new history has a name of its own")
    audit = suite.walker.ok("vault.audit", "-", {"since": [before, gone, kept()]}, suite.privacy)
    found = [(one["what"], one["positions"], one["size"]) for one in audit["findings"]]
    expect(found == [("lost", [size(before), size(gone) - 1], size(gone))] and audit["findings"][0]["at"], f"{audit}")
    expect(audit["consistency"][0], "what was kept from before is a part of the new history")
    log = suite.walker.ok("vault.log", "-", {"contact": contacts[0]}, suite.privacy)["entries"]
    indexes = [one["index"] for one in log]
    epochs = {tuple(index.split("-")[2:]) for index in indexes}
    expect(len(epochs) == 2 and len(set(indexes)) == len(indexes), f"{indexes}")
    for index in indexes:
        proof = suite.walker.ok("vault.proof", "-", {"index": index}, suite.privacy, timeout=PATIENCE)
        expect(json.loads(base64.b64decode(proof["entry"]))["index"] == index, f"{index}: {proof}")
    partition, number = indexes[0].split("-")[:2]
    for other in (f"{partition}-{number}", f"{partition}-{number}-1"):
        expect(suite.walker.ask("vault.proof", "-", {"index": other}, suite.privacy)["error"]["code"] == "not-found",
               f"{other} names no entry")


def decisions_lost(suite):
    """Decisions are lost: no second tree of one size is signed under one name, an audit says so, and receipts go on"""
    contact, trees = people(suite)[0], {}

    def recorded(choice):
        data = {"consent": "tracking", "decision": choice, "channel": "phone", "evidence": {"note": "said so"}}
        index = suite.walker.ok("consent.record", contact, data, suite.privacy, timeout=PATIENCE)["index"]
        signed(suite, "consent", trees)
        return index

    def kept():
        return suite.walker.ok("consent.checkpoint", "-", {})["checkpoint"]

    told, before = [recorded("granted")], kept()
    take_aside(suite, "consent")
    lost = [recorded("revoked"), recorded("granted")]
    gone = kept()
    lose(suite, "consent")
    told += [recorded("granted"), recorded("revoked")]
    expect(not set(told) & set(lost), f"{told} {lost}")
    audit = suite.walker.ok("consent.audit", "-", {"since": [before, gone, kept()]}, suite.privacy)
    expect([one["what"] for one in audit["findings"]] == ["lost"] and audit["consistency"][0], f"{audit}")
    entries = suite.walker.ok("consent.history", contact, {})["entries"]
    expect([one["index"] for one in entries] == told[::-1] and all(one["receipt"] for one in entries), f"{entries}")
    for index in told:
        proof = suite.walker.ok("consent.proof", "-", {"index": index}, timeout=PATIENCE)
        expect(json.loads(base64.b64decode(proof["entry"]))["index"] == index, f"{index}: {proof}")
    for index in lost:
        suite.walker.refused("not-found", "consent.proof", "-", {"index": index})


def opted_out(suite, contacts, status="opt-out-user"):
    answers = all_of(suite, contacts, "optin.set", {"status": status}, suite.marketing)
    expect(all(answer["status"] == "ok" or answer["status"] == status for answer in answers.values()), f"{answers}")


def opt_out_lost(suite):
    """An opt-out is lost at opt-in, which consent had heard of: it holds again, by `recovered`, and is checked"""
    contacts = people(suite)
    opted_out(suite, contacts, "single-opt-in-user")
    take_aside(suite, "optin")
    opted_out(suite, contacts)
    for contact in contacts:
        suite.walker.wait_fact("optin.changed", contact, to="opt-out-user")
    within(PATIENCE, lambda: suite.sql("consent", "SELECT count(*) FROM contact WHERE id = ANY (%s) AND opt_in = "
                                       "'opt-out-user'", contacts) == [(len(contacts),)], "consent has heard of it")
    lose(suite, "optin")
    for contact, shown in all_of(suite, contacts, "optin.show", {}).items():
        last = shown["history"][-1]
        expect((shown["status"], last["to"], last["by"], last["reason"])
               == ("opt-out-user", "opt-out-user", "suite", "recovered"), f"{shown}")
        suite.walker.wait_fact("optin.changed", contact, PATIENCE, reason="recovered")
    answer = suite.walker.ok("optin.check", "-", {"category": "ad-hoc", "contacts": contacts}, timeout=PATIENCE)
    expect(not answer["allowed"], f"{answer}")


def form_over_opt_out_lost(suite):
    """An opt-out and a form that came after it are lost at opt-in: unconfirmed again, and no mail may go (O7)"""
    contacts = people(suite)
    opted_out(suite, contacts, "single-opt-in-user")
    take_aside(suite, "optin")
    opted_out(suite, contacts)
    for contact in contacts:
        suite.walker.crm.contacts(form(contact))
        suite.walker.wait_fact("optin.changed", contact, to="single-opt-in-webform")
    held = "SELECT count(*) FROM contact WHERE id = ANY (%s) AND opt_in_held = 'opt-out-user'"
    within(PATIENCE, lambda: suite.sql("consent", held, contacts) == [(len(contacts),)], "consent has heard of it")
    lose(suite, "optin")
    all_of(suite, contacts, "optin.show", {})
    answer = suite.walker.ok("optin.check", "-", {"category": "ad-hoc", "contacts": contacts}, timeout=PATIENCE)
    expect(not answer["allowed"] and set(answer["refused"]) == {"unconfirmed"}, f"{answer}")


def opt_out_on_its_way_lost(suite):
    """Opt-in loses opt-outs whose facts still wait for consent: once they are heard, they hold again"""
    contacts = people(suite)
    opted_out(suite, contacts, "single-opt-in-user")
    take_aside(suite, "optin")
    os.kill(suite.pid("consent"), signal.SIGSTOP)
    try:
        opted_out(suite, contacts)
        for contact in contacts:
            suite.walker.wait_fact("optin.changed", contact, to="opt-out-user")
        put_back(suite, "optin")
    finally:
        os.kill(suite.pid("consent"), signal.SIGCONT)
    check = lambda: suite.walker.ask("optin.check", "-", {"category": "ad-hoc", "contacts": contacts}, timeout=PATIENCE)
    within(PATIENCE, lambda: check().get("allowed") == [], "they hold again")


def opt_out_lost_at_consent(suite):
    """Opt-in's facts are lost at consent: it asks for them, and contacts are found by their status and lists again"""
    contacts = people(suite)
    opted_out(suite, contacts, "single-opt-in-user")
    find = lambda value: suite.walker.ok("consent.find", "-", {"where": {"field": "optIn", "is": value}},
                                         timeout=PATIENCE)["contacts"]
    within(PATIENCE, lambda: set(contacts) <= set(find("single-opt-in-user")), "known")
    take_aside(suite, "consent")
    opted_out(suite, contacts[1:])
    all_of(suite, contacts[:1], "optin.subscribe", {"list": "news"}, suite.marketing)
    members = lambda: suite.walker.ok("consent.find", "-", {"where": {"field": "list.news", "is": True}},
                                      timeout=PATIENCE)["contacts"]
    within(PATIENCE, lambda: set(contacts[1:]) <= set(find("opt-out-user")) and contacts[0] in members(), "known")
    lose(suite, "consent")
    all_of(suite, contacts, "consent.show", {})
    expect(set(contacts[1:]) <= set(find("opt-out-user")), "consent knows the opt-outs again")
    expect(contacts[0] in members(), "and the lists")
    opted_out(suite, contacts[1:2], "none")
    within(PATIENCE, lambda: contacts[1] not in find("opt-out-user"), "later facts count")


def form_lost(suite):
    """A form is lost at opt-in: the contact is as before, asked about at once, and the form can be sent once more"""
    contacts = [fresh("b") for _ in range(CONTACTS)]
    take_aside(suite, "optin")
    forms = [suite.walker.crm.contacts(form(contact)) for contact in contacts]
    for contact in contacts:
        suite.walker.wait_fact("optin.changed", contact, to="single-opt-in-webform")
    lose(suite, "optin")
    all_of(suite, contacts, "optin.show", {})
    for one in forms:
        suite.walker.crm.contacts(one)
    shown = all_of(suite, contacts, "optin.show", {})
    expect({one.get("status") for one in shown.values()} == {"single-opt-in-webform"}, f"{shown}")


def numbers_once(suite):
    """No index that was told is told again for something else: of decisions, and of the access log"""
    contacts, others = people(suite), people(suite)
    take_aside(suite, "consent", "vault", "vault_keys")
    told = decide(suite, contacts, "granted")
    stored(suite, contacts), reveals(suite, contacts)
    put_back(suite, "consent", "vault", "vault_keys")
    again = decide(suite, others, "granted")
    stored(suite, others), reveals(suite, others)
    twice = set(told.values()) & set(again.values())
    entries = collections.defaultdict(set)
    for contact in contacts + others:
        fact = suite.walker.wait_fact("vault.revealed", contact)
        entries[fact["data"]["index"]].add(contact)
    shared = [index for index, whose in entries.items() if len(whose) > 1]
    expect(not twice and not shared, f"decisions {sorted(twice)}, entries of the access log {sorted(shared)}")


def in_order(suite):
    """Nothing waits or is dead. Facts of what was taken over may come behind later ones: `sequence` tells (section 4)"""
    print(f"     {len(out_of_order(suite.walker.facts))} facts came behind later ones")
    for service in ("consent", "vault", "optin"):
        within(PATIENCE, lambda: suite.sql(service, "SELECT count(*) FROM outbox") == [(0,)], f"{service}'s outbox")
        letters = [(headers["x-error-code"], headers["x-original-routing-key"]) for headers, *_ in suite.dead(service)]
        expect(not letters, f"{service}: {letters}")
    within(PATIENCE, lambda: suite.sql("consent", "SELECT count(*) FROM sent_order") == [(0,)], "orders")
    expect(suite.walker.check_schemas() > 0, "facts were seen")


ORDERS = [grant_lost_then_revoked, grants_lost_in_numbers, revocation_lost_at_consent, grant_lost_at_consent,
          lock_lost_at_the_vault, lock_lost_without_the_keys, grant_lost_at_the_vault, both_lost, one_after_the_other,
          vault_away, clock_was_fast, killed_meanwhile, in_order]
OTHERS = [store_lost, numbers_once, access_log_lost, decisions_lost, opt_out_lost, form_over_opt_out_lost,
          opt_out_on_its_way_lost, opt_out_lost_at_consent, form_lost, in_order]


if __name__ == "__main__":
    cases = ORDERS[:-1] + OTHERS
    if only := os.environ.get("ASSENT_ONLY"):  # one case, while it is written
        cases = [case for case in cases if case.__name__ in only.split(",")]
    run(Suite(["consent", "vault", "optin", "erasure"]), begin, *cases)
