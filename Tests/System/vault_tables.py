"""Rows of the vault's smaller tables, changed by the databases' owner: no instance ends, starts with a wrong notion or
shows anything wrong, nobody is found by what is another's, nobody else's messages stop, and writing heals (V1, V5, V6).
"""

import uuid

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from vault_tampering import (CARD, MARK, begin as begin_tampering, cases, change, healed, tampered, told,
                             untouched, victim)
from walking import expect


def begin(suite):
    """Two instances, and contacts whose owner changes nothing"""
    begin_tampering(suite)


def running(suite):
    expect([process.poll() for process in suite.running] == [None] * len(suite.running), "an instance ended")


def restarted(suite, index=0):
    """An instance that starts with the rows as they are."""
    suite.kill(suite.running[index])
    suite.running[index] = suite.instance("vault", index)
    expect(suite.running[index].poll() is None, "it does not start")


def written(suite):
    """What is only written, or only counted, stands in nobody's way"""
    changes = [tampered(suite, "data", f"UPDATE address_change SET {value} WHERE contact = :c") for value in (
        "at = 'infinity'", "account = '', address_hash = ''", "contact = 'nobody-' || contact")]
    changes.append(tampered(suite, "data", "DELETE FROM address_change WHERE contact = :c"))
    cases(suite, changes)
    for value in ("versions = '{}'", "versions = '{-1,99}', wrapping = 99", "seen_at = 'infinity'",
                  "seen_at = '-infinity'"):
        expect(change(suite, "keys", f"UPDATE key_holder SET {value}") >= 2, "holders")
        running(suite), untouched(suite)
    change(suite, "keys", "INSERT INTO key_holder (instance, versions, checks, wrapping, seen_at) "
                          "VALUES ('nobody', '{2147483647}', '{}', -2147483648, 'infinity')")
    restarted(suite), untouched(suite)
    change(suite, "keys", "DELETE FROM key_holder")
    untouched(suite), running(suite)


def found(suite, case, contact, wanted=None):
    """Who is found by what shows of a contact's card: that contact or nobody."""
    text = suite.values[contact][-4:]
    answer = suite.walker.ask("vault.find", "-", {"text": text, "field": CARD}, timeout=30)
    if answer["status"] != "ok":
        expect(not wanted and answer["error"]["code"] in ("failed", "unavailable"), f"{case}: {answer}")
        return
    rightful = [one for one, value in suite.values.items() if value.endswith(text)]
    expect(set(answer["contacts"]) <= set(rightful), f"{case}: somebody else is found")
    if wanted:
        expect(contact in answer["contacts"], f"{case}: {contact} is not found")


def postings(suite):
    """V5 a posting: nobody is found by another's value, and what is stored anew is found again"""
    here = f"WHERE contact = :c AND field = '{CARD}'"

    def test(sql):
        def change_and_find():
            contact, other = victim(suite), suite.others[1]
            found(suite, sql, contact, wanted=True)
            expect(change(suite, "keys", sql.replace(":c", f"'{contact}'").replace(":o", f"'{other}'")) > 0, "no row")
            found(suite, sql, contact)
            told(suite, sql, contact)
            healed(suite, sql, contact)
            found(suite, sql, contact, wanted=True)
        return sql, change_and_find
    cases(suite, [test(sql) for sql in (
        f"UPDATE find_posting SET contact = :o {here}", f"UPDATE find_posting SET stamp = 9223372036854775807 {here}",
        f"UPDATE find_posting SET stamp = -9223372036854775808 {here}",
        f"UPDATE find_posting SET field = 'firstName' {here}", f"DELETE FROM find_posting {here}",
        "INSERT INTO find_posting (hash, contact, stamp, field) "
        f"SELECT hash, :o, stamp + n, field FROM find_posting, generate_series(0, 1) AS n {here}",
        "INSERT INTO find_review (contact, field, due_at) VALUES (:c, '@email', '-infinity'), (:c, '', 'infinity'), "
        "('nobody', 'x', '-infinity')")])


def passes(suite):
    """V5 a pass and the keys of the hashes: finds end or say so, values are stored and shown as ever"""
    def test(sql):
        def change_and_start():
            contact = victim(suite)
            expect(change(suite, "keys", sql) > 0, "no row")
            restarted(suite)
            found(suite, sql, contact)
            told(suite, sql, contact)
            healed(suite, sql, contact)
            found(suite, sql, contact)
            running(suite)
        return sql, change_and_start
    cases(suite, [test(sql) for sql in (
        "UPDATE find_pass SET cursor = chr(1114111), finished_at = NULL",
        "UPDATE find_pass SET created_at = 'infinity', finished_at = NULL",
        "UPDATE find_pass SET rules = 'x' || id", "DELETE FROM find_pass",
        f"UPDATE index_key SET wrapped = set_byte(wrapped, 3, get_byte(wrapped, 3) # 1) WHERE field = '{CARD}'",
        f"UPDATE index_key SET wrapped = '' WHERE field = '{CARD}'", "UPDATE index_key SET version = 99",
        "UPDATE index_key SET field = 'x' || field")])
    change(suite, "keys", "DELETE FROM index_key")
    for index in range(2):
        restarted(suite, index)
    contact = victim(suite)
    found(suite, "new keys", contact, wanted=True)


def memory(suite):
    """V6 what is remembered of sensitive fields: running instances show no more for it, and none starts that would"""
    contact = victim(suite)
    for sql in ("UPDATE sensitive_field SET noted_at = 'infinity'",
                f"UPDATE sensitive_field SET shown_end = 'last', shown = 2147483647 WHERE name = '{CARD}'",
                f"UPDATE sensitive_field SET shown_end = 'first', shown = 4 WHERE name = '{CARD}'",
                f"UPDATE sensitive_field SET shown_end = 'first', shown = -2147483648 WHERE name = '{CARD}'",
                "INSERT INTO sensitive_field (name, shown, noted_at) VALUES ('firstName', 0, now())",
                "INSERT INTO sensitive_field (name, shown, noted_at) VALUES ('', 0, now()), (E'\\u202e/x~', 0, now())",
                "DELETE FROM sensitive_field"):
        expect(change(suite, "data", sql) > 0, "no row")
        told(suite, sql, contact, codes={None})
        started = suite.start("vault", suite.port + 18)
        within(30, lambda: started.poll() is not None or suite.ready(suite.port + 18), f"{sql}: ready, or ended")
        # It may refuse to start, as its configuration takes something back; it never ends otherwise.
        expect(started.poll() in (None, 1), f"{sql}: it ended with {started.poll()}")
        told(suite, sql, contact, codes={None})
        suite.kill(started)
        change(suite, "data", "DELETE FROM sensitive_field")
        restarted(suite)
        expect(suite.sql("vault", f"SELECT shown_end, shown FROM sensitive_field WHERE name = '{CARD}'")
               == [("last", 4)], "it is remembered anew")
    running(suite), untouched(suite)


def messages(suite):
    """What is remembered of messages: a repetition is answered or refused, one more waits in nobody's way"""
    walker = suite.walker
    for value in ("reply = ''", "reply = '[]'", "reply = '{\"status\":\"ok\"}'", "reply = NULL", "body_hash = ''",
                  "is_held = NOT is_held"):
        contact, id = victim(suite), str(uuid.uuid4())
        same = event("vault.store", contact, {"fields": {"firstName": {"value": "Anna"}}}, id=id)
        expect(walker.crm.answer(walker.crm.ask_again(same), 30)[0]["status"] == "ok", "stored")
        expect(change(suite, "data", f"UPDATE inbox SET {value} WHERE id = %s", id) == 1, f"{value}: no row")
        again = walker.crm.ask_again(same)
        # A contact's messages are answered in turn: the next one's answer shows that this one is over.
        told(suite, value, contact)
        answer = walker.crm.replies.get(again, {}).get("data")
        expect(answer is None or "sealed" not in answer, f"{value}: {answer}")
        healed(suite, value, contact)
    for values in ("body_hash = sha256('x'), count = 2147483647, tried_at = 'infinity'",
                   "body_hash = '', count = -2147483648, tried_at = '-infinity'"):
        names, contents = zip(*(part.split(" = ") for part in values.split(", ")))
        change(suite, "data", f"INSERT INTO trial ({', '.join(names)}) VALUES ({', '.join(contents)})")
        untouched(suite)
    running(suite), restarted(suite), untouched(suite)


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [MARK], suite.others)


if __name__ == "__main__":
    run(Suite(()), begin, written, postings, passes, memory, messages, nothing_on_disk)
