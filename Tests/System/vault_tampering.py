"""Whoever owns the vault's two databases, but not its key file, changes every column of every row: no wrong value is
ever shown, what cannot be opened is answered so, nobody else's messages stop, and writing heals (V1, C1, X4)."""

import json, secrets

import psycopg
from jwcrypto import jwe, jwk

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from reveal import data, log, reveal
from vault import DOTS, created, key_of, lock, seal, store
from walking import Walker, expect, forge, fresh

# Every sensitive value begins with it, so that one search finds any of them.
MARK = f"Kept{secrets.token_hex(8)}"
CARD, NATIONAL = "creditCard", "nationalId"
FLIPPED = "set_byte(sealed, {0}, get_byte(sealed, {0}) # 1)"
# Of a value that cannot be opened, or whose key is not there.
UNOPENED = {"failed", "not-found"}
# What a message about the contact may be answered beside; nothing may stay without an answer.
HONEST = {"failed", "unavailable", "not-found", "unknown-contact", "erased", "locked", "invalid-field"}


def begin(suite):
    """Two instances, and contacts in every partition whose owner changes nothing"""
    suite.walker = Walker(suite)
    suite.consent, suite.notifier = suite.client("consent"), suite.client("notifier")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    suite.running = [suite.instance("vault", number) for number in range(2)]
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.billing = forge(suite, {"sub": "grace", "roles": ["billing"]})
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    suite.databases = {
        "data": psycopg.connect(suite.env["VAULT_DATABASE_OWNER_URL"], autocommit=True),
        "keys": psycopg.connect(suite.service_environment("vault", 1)["KEYS_DATABASE_OWNER_URL"], autocommit=True)}
    for database, table in (("data", "field"), ("keys", "contact_key")):
        change(suite, database, f"CREATE TABLE kept AS SELECT * FROM {table} WHERE false")
    suite.values, suite.users = {}, 0
    suite.others = [victim(suite) for _ in range(12)]
    untouched(suite)


def secret(what):
    """A value that was never stored."""
    return f"{MARK}{fresh(what)}"


def change(suite, database, sql, *values):
    """As the owner."""
    return suite.databases[database].execute(sql, values or None).rowcount


def victim(suite):
    """A contact with a card that was written twice, and a name; the rows as they were after the first time are kept."""
    contact = created(suite)
    lock(suite, contact, 1, False)
    lock(suite, contact, 1, False, field=NATIONAL)
    old, now = secret("old"), secret("new")
    store(suite, contact, old)
    change(suite, "data", "INSERT INTO kept SELECT * FROM field WHERE contact = %s", contact)
    change(suite, "keys", "INSERT INTO kept SELECT * FROM contact_key WHERE contact = %s", contact)
    fields = {CARD: {"sealed": seal(suite, now, contact)}, "firstName": {"value": "Anna"},
              NATIONAL: {"sealed": seal(suite, secret("id"), contact, NATIONAL)}}
    suite.walker.ok("vault.store", contact, {"fields": fields})
    suite.values[contact] = now
    return contact


def token(suite):
    """Of a user of their own, who has a whole hour's reveals."""
    suite.users += 1
    return forge(suite, {"sub": f"user-{suite.users // 50}", "roles": ["billing"]})


def opened(suite, answer):
    """The value of a reveal's answer; None where it was refused."""
    if "sealed" not in answer:
        return None
    sealed = jwe.JWE()
    sealed.deserialize(answer["sealed"], suite.reply_key)
    return sealed.payload.decode()


def resolve(suite, *contacts):
    """As the notifier asks: {contact: {state, email}}."""
    question = {"contacts": [{"contact": contact} for contact in contacts], "fields": ["firstName"],
                "replyKey": json.loads(suite.reply_key.export_public())}
    answer = suite.notifier.request("internal.resolve", "mails", question, exchange="internal")
    expect(answer["status"] == "ok", f"resolve: {answer}")
    return json.loads(opened(suite, answer))["contacts"]


def untouched(suite):
    """Contacts of every partition are read, written, revealed, exported and resolved as ever."""
    crm, others = suite.walker.crm, suite.others
    write = [crm.ask("vault.store", one, {"fields": {"firstName": {"value": "Anna"}}}) for one in others]
    read = [crm.ask("vault.read", one, {"fields": [CARD]}) for one in others]
    asked = crm.ask_again(event("vault.reveal", others[0], data(suite)), token=token(suite))
    answers = crm.answers([*write, *read, asked], 10)
    expect(all(answers[one]["status"] == "ok" for one in write + read), f"others: {answers}")
    expect(opened(suite, answers[asked]) == suite.values[others[0]], "another's reveal")
    found = resolve(suite, *others)
    expect(all(found[one].get("email") == f"{one}@example.com" for one in others), f"resolve: {found}")
    rows = suite.walker.ok("vault.export", "-", {"contacts": others, "fields": [CARD]})["rows"]
    expect(len(rows) == len(others), "an export of others")


def told(suite, case, contact, codes=UNOPENED | {None}):
    """What is said of a contact after a change: nothing wrong, and something."""
    walker, value = suite.walker, suite.values[contact]
    answer = reveal(suite, contact, token(suite))
    code, text = answer.get("error", {}).get("code"), opened(suite, answer)
    expect(text in (None, value), f"{case}: a wrong value was revealed")
    expect(code in codes, f"{case}: reveal was answered {answer}")
    for entry in log(suite, contact=contact)[:1]:
        expect(entry["outcome"] == ("released" if text else "refused"), f"{case}: logged as {entry}")
    answer = walker.ask("vault.read", contact, {})
    if answer["status"] == "ok":
        shown = answer["fields"]
        expect(shown[CARD]["masked"] in (None, DOTS + value[-4:]), f"{case}: {shown}")
        expect(shown.get("firstName", {}).get("masked") in (None, "Anna"), f"{case}: {shown}")
    else:
        expect(answer["error"]["code"] in HONEST - {"unavailable"}, f"{case}: read was answered {answer}")
    other = suite.others[0]
    answer = walker.ask("vault.export", "-", {"contacts": [other, contact], "fields": [CARD]})
    expect(answer["status"] == "ok" or answer["error"].get("pointer") == "/data/contacts/1"
           and answer["error"]["code"] == "failed", f"{case}: export was answered {answer}")
    found = resolve(suite, contact, other)
    expect(found[other].get("email") == f"{other}@example.com", f"{case}: another's address: {found[other]}")
    expect(found[contact].get("email") in (None, f"{contact}@example.com"), f"{case}: a wrong address")
    return code


def healed(suite, case, contact):
    """Written anew, or cleared and written anew, the value is there again, and its neighbours too."""
    walker = suite.walker
    walker.tell("contact.updated", contact, {"email": f"{contact}@example.com", "profile": {"firstName": "Anna"}})
    walker.ask("vault.read", contact, {"fields": ["firstName"]})
    expect(resolve(suite, contact)[contact].get("email") == f"{contact}@example.com", f"{case}: the address")
    value = suite.values[contact] = secret("healed")
    store(suite, contact, value)
    expect(opened(suite, reveal(suite, contact, token(suite))) == value, f"{case}: not healed by a store")
    shown = walker.ok("vault.read", contact, {"fields": [CARD, "firstName"]})["fields"]
    expect(shown[CARD]["masked"] == DOTS + value[-4:] and shown["firstName"]["masked"] == "Anna", f"{case}: {shown}")


def cases(suite, tampered):
    """All cases, whatever becomes of one."""
    failed = []
    for number, (case, test) in enumerate(tampered):
        try:
            test()
            if number % 5 == 4 or number == len(tampered) - 1:
                untouched(suite)
        except Exception as error:
            failed.append(f"{case}: {type(error).__name__}: {str(error)[:300]}")
    expect(not failed, "\n  " + "\n  ".join(failed))
    expect(not suite.dead("vault"), "nothing is dead")


def tampered(suite, database, sql, heals=True, **more):
    """A case: a change to one contact's row, what is told, and that it heals. %(c)s is the contact, %(o)s another."""
    def test():
        contact, other = victim(suite), suite.others[1]
        sql_here = sql.replace(":c", f"'{contact}'").replace(":o", f"'{other}'")
        expect(change(suite, database, sql_here) == 1, f"{sql}: no row was changed")
        told(suite, sql, contact, **more)
        if heals:
            healed(suite, sql, contact)
    return f"{database}: {sql}", test


def fields(suite):
    """A field's row: whatever is put there does not open, says so, and is healed by the next write"""
    here = f"WHERE contact = :c AND name = '{CARD}'"
    values = [FLIPPED.format(14), "substr(sealed, 2)", "''",
              "(SELECT sealed FROM kept k WHERE k.contact = :c AND k.name = 'creditCard')",
              "(SELECT sealed FROM field f WHERE f.contact = :o AND f.name = 'creditCard')",
              "(SELECT sealed FROM field f WHERE f.contact = :c AND f.name = 'nationalId')"]
    changes = [tampered(suite, "data", f"UPDATE field SET sealed = {value} {here}", codes={"failed"})
               for value in values]
    changes += [tampered(suite, "data", f"UPDATE field SET {value} {here}") for value in (
        "stored_at = 'infinity'", "name = 'another'", "name = '@other'",
        "contact = 'nobody-' || contact")]
    for name in ("@email", "firstName"):
        there = f"WHERE contact = :c AND name = '{name}'"
        changes += [tampered(suite, "data", f"UPDATE field SET {value} {there}") for value in (
            "sealed = ''", f"sealed = (SELECT sealed FROM field f WHERE f.contact = :o AND f.name = '{name}')",
            "sealed = (SELECT sealed FROM field f WHERE f.contact = :c AND f.name = 'creditCard')")]
    changes.append(tampered(suite, "data", f"DELETE FROM field {here}", codes={"not-found"}))
    cases(suite, changes)


def contacts_and_locks(suite):
    """A contact's row and a lock's: never another's value, and no number stops the process"""
    changes = [tampered(suite, "data", f"UPDATE contact SET {value} WHERE id = :c", heals=heals, codes=codes)
               for value, codes, heals in (
                   ("created_at = 'infinity'", {None}, True), ("address_hash = NULL", {None}, True),
                   ("address_hash = 'x'", {None}, True), ("erased_at = 'infinity'", {"erased"}, False),
                   ("address_hash = (SELECT o.address_hash FROM contact o WHERE o.id = :o)", {None}, True),
                   ("id = 'nobody-' || id", {"unknown-contact"}, True))]
    changes += [tampered(suite, "data", f"UPDATE field_lock SET {value} WHERE contact = :c AND name = '{CARD}'",
                         heals=heals, codes=codes)
                for value, codes, heals in (
                    ("sequence = -1", {None}, True), ("sequence = -9223372036854775808", {None}, True),
                    ("sequence = 9223372036854775807", {None}, True), ("is_cleared = true", {None}, True),
                    ("is_locked = true", {"locked"}, False), ("ordered_at = 'infinity'", {None}, True),
                    ("name = 'another'", {"locked"}, False), ("contact = 'nobody-' || contact", {"locked"}, False))]
    cases(suite, changes)
    expect([process.poll() for process in suite.running] == [None] * 2, "an instance ended")


def keys(suite):
    """A key's row: whatever is put there opens nothing of another's, says so, and is healed by the next write"""
    text = "keys->>'creditCard'"
    member = "jsonb_set(keys, '{{creditCard}}', {0})"
    values = [member.format(value) for value in (
        "keys->'@email'", "'\"AAAA\"'", "'\"=\"'", "'1e400'", f"to_jsonb(reverse({text}))",
        "(SELECT k.keys->'creditCard' FROM kept k WHERE k.contact = :c)",
        "(SELECT k.keys->'creditCard' FROM contact_key k WHERE k.contact = :o)")]
    values += ["(SELECT k.keys FROM contact_key k WHERE k.contact = :o)", "keys - 'creditCard'", "'[]'",
               "(repeat('[', 900) || repeat(']', 900))::jsonb", "jsonb_set(keys, '{@email}', '1')",
               "jsonb_set(keys, '{firstName}', '\"x\"')", "jsonb_set(keys, '{@email}', keys->'creditCard')"]
    changes = [tampered(suite, "keys", f"UPDATE contact_key SET keys = {value} WHERE contact = :c",
                        codes=UNOPENED | {None}) for value in values]
    changes += [tampered(suite, "keys", f"UPDATE contact_key SET version = {value} WHERE contact = :c")
                for value in (2, -1)]
    changes += [tampered(suite, "keys", "UPDATE contact_key SET version = 99, keys = '[1]' WHERE contact = :c"),
                tampered(suite, "keys", "UPDATE contact_key SET contact = 'nobody-' || contact WHERE contact = :c"),
                tampered(suite, "keys", "DELETE FROM contact_key WHERE contact = :c")]
    cases(suite, changes)


def cleared(suite):
    """C1 a revocation of what cannot be opened is carried out all the same, and a grant begins anew"""
    def test(database, sql):
        def here():
            contact = victim(suite)
            expect(change(suite, database, sql, contact) == 1, "no row was changed")
            lock(suite, contact, 2, True, True)
            shown = suite.walker.ok("vault.read", contact, {"fields": [CARD]})["fields"][CARD]
            expect(shown["masked"] is None and shown["locked"], f"{shown}")
            expect(reveal(suite, contact, token(suite))["error"]["code"] == "locked", "locked")
            lock(suite, contact, 3, False)
            healed(suite, sql, contact)
        return f"{database}: {sql}", here
    cases(suite, [test("data", f"UPDATE field SET sealed = '' WHERE contact = %s AND name = '{CARD}'"),
                  test("keys", "UPDATE contact_key SET keys = '[]' WHERE contact = %s"),
                  test("keys", "UPDATE contact_key SET keys = jsonb_set(keys, '{creditCard}', '1') WHERE contact = %s"),
                  test("keys", "UPDATE contact_key SET keys = jsonb_set(keys, '{creditCard}', '\"x\"') "
                               "WHERE contact = %s"),
                  test("keys", "UPDATE contact_key SET version = 99 WHERE contact = %s"),
                  test("data", f"UPDATE field_lock SET sequence = -1 WHERE contact = %s AND name = '{CARD}'")])


def hours(suite):
    """What is remembered of a user's hour: nobody is revealed more for it, and no other user stops"""
    def test(value):
        def here():
            user = fresh("u")
            mine = forge(suite, {"sub": user, "roles": ["billing"]})
            contact = victim(suite)
            reveal(suite, contact, mine)
            sql = f"UPDATE reveal_hour SET {value} WHERE viewer = %s"
            expect(change(suite, "data", sql, f"user:{user}") == 1, "row")
            answer = reveal(suite, contact, mine)
            expect(opened(suite, answer) in (None, suite.values[contact]), "a wrong value")
            expect(answer.get("error", {}).get("code") in (None, "too-many"), f"{answer}")
            other = forge(suite, {"sub": fresh("u"), "roles": ["billing"]})
            expect(opened(suite, reveal(suite, contact, other)) == suite.values[contact], "another user")
        return f"reveal_hour {value}", here
    cases(suite, [test(value) for value in (
        "started_at = 'infinity'", "started_at = '9999-01-01'", "released = 2147483647",
        "released = -2147483648", "refused = 2147483647",
        "rest = 2147483647, rest_field = 'x'", "viewer = 'nobody'")])


def access_log(suite):
    """An entry whose evidence was garbled is shown without, and hides no other"""
    contact = victim(suite)
    reveal(suite, contact, token(suite))
    before = len(log(suite))
    expect(change(suite, "data", "UPDATE ledger_evidence SET content = 'x' WHERE contact = %s", contact) == 1, "row")
    expect(len(log(suite)) == before, "all entries")


def sealing_keys(suite):
    """X4 a sealing key's row: what is under way opens as long as an instance has it, and another takes its place"""
    walker = suite.walker

    def published():
        answer = walker.ask("vault.key", "-", {})
        expect(answer["status"] == "ok" or answer["error"]["code"] == "unavailable", f"{answer}")
        return answer.get("jwk", {}).get("kid")

    def settled(before):
        """The key that both instances publish, once it is not the one before."""
        change(suite, "keys", "UPDATE sealing_key SET created_at = now() - interval '6 s' WHERE retired_at IS NULL "
                              "AND created_at BETWEEN now() - interval '5 s' AND now()")
        seen = {published() for _ in range(8)}
        return len(seen) == 1 and not seen & {None, before}

    def test(value, keeps):
        def here():
            contact, before = victim(suite), key_of(suite)
            sealed = seal(suite, secret("way"), contact, key=before)
            expect(change(suite, "keys", f"UPDATE sealing_key SET {value} WHERE retired_at IS NULL") == 1, "row")
            within(10, lambda: settled(before.thumbprint()), "another key")
            answer = walker.ask("vault.store", contact, {"fields": {CARD: {"sealed": sealed}}})
            expect((answer["status"] == "ok") if keeps else answer["error"]["code"] == "invalid-field", f"{answer}")
            store(suite, contact, secret("after"))
            suite.dead("vault")
        return f"sealing_key {value}", here
    cases(suite, [test(f"sealed = {FLIPPED.format(20)}", True), test("version = 99", True),
                  test("kid = 'x' || kid", False), test("retired_at = now() - interval '8 days'", False)])
    change(suite, "keys", "UPDATE sealing_key SET created_at = 'infinity' WHERE retired_at IS NULL")
    for process in suite.running:
        suite.kill(process)
    suite.running = [suite.instance("vault", 3)]
    store(suite, victim(suite), secret("future"))
    suite.kill(suite.running[0])
    change(suite, "keys", "UPDATE sealing_key SET sealed = ''")
    suite.running = [suite.instance("vault", 3)]
    expect(suite.running[0].poll() is None, "it starts all the same")
    within(10, lambda: settled("none"), "a key that every instance has")
    store(suite, victim(suite), secret("started"))
    untouched(suite)


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [MARK], suite.others)


if __name__ == "__main__":
    run(Suite(()), begin, fields, contacts_and_locks, keys, cleared, hours, access_log, sealing_keys,
        nothing_on_disk)
