"""vault.find from outside: by what shows of a sensitive field and by beginnings of words of others, never by what is
hidden; page by page, from two instances; in step with what is stored, whoever is killed (V5)."""

import json, pathlib, re, secrets

import psycopg
from jwcrypto import jwe, jwk

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from vault import lock
from walking import Walker, expect, fresh

CARD = "4556737586899855"
# Cards that nobody asks for: of these no file may hold one, as what is asked for stands in the broker's.
MARK = f"Found{secrets.token_hex(8)}"
HOSTILE = ["' OR 1=1 --", "%%", "__", "\\\\x00", "$1", "{}", "[[", "\u202eab", "\u200b\u200b",
           "\ufffd\ufffd", "\U0001f600" * 9, "ab" * 2048, "\"'`;", "an" + "\u0301" * 500, "\t\n", "-- drop table"]


def seal(suite, value, contact, field="creditCard"):
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": suite.key.thumbprint(), "sub": contact, "field": field}
    return jwe.JWE(value.encode(), json.dumps(header), recipient=suite.key).serialize(compact=True)


def created(suite, **profile):
    contact = fresh("f")
    suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": profile})
    return contact


def unlock(suite, contact, field="creditCard", sequence=1, is_locked=False, clear=False):
    """Orders as the consent service does; requests about the contact come behind it."""
    lock(suite, contact, sequence, is_locked, clear, field)


def store(suite, contact, **fields):
    sensitive = {"creditCard", "nationalId"}
    suite.walker.ok("vault.store", contact, {"fields": {
        name: {"sealed": seal(suite, value, contact, name)} if name in sensitive and value else {"value": value}
        for name, value in fields.items()}}, timeout=20)


def find(suite, text, **more):
    return suite.walker.ok("vault.find", "-", {"text": text, **more}, timeout=20)["contacts"]


def found(suite, text, wanted, **more):
    contacts = find(suite, text, **more)
    expect(contacts == sorted(wanted), f"{text!r} found {contacts}, not {sorted(wanted)}")


def begin(suite):
    """Two instances of the vault"""
    suite.consent = suite.client("consent")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    for index in range(2):
        suite.instance("vault", index)
    suite.walker = Walker(suite)
    suite.key = jwk.JWK(**suite.walker.ok("vault.key", "-", {})["jwk"])


def by_what_shows(suite):
    """By the whole visible end of a sensitive field and the beginning of a word, in one field or in all of them"""
    anna = created(suite, firstName="Anna Mária", lastName="Größenwahn-Müller", birthday="42 left")
    berta = created(suite, firstName="Annette", lastName="O’Neill 9855")
    for contact in (anna, berta):
        unlock(suite, contact)
    store(suite, anna, creditCard=CARD)
    store(suite, berta, creditCard=f"{MARK}3456")
    found(suite, "9855", [anna], field="creditCard")
    found(suite, "9855", [anna, berta])
    for text, wanted in (("ann", [anna, berta]), ("ANNA", [anna]), ("ma\u0301ria", [anna]), ("anna má", [anna]),
                         ("GRÖSSENWAHN", [anna]), ("müller", [anna]), ("größenwahn müller", [anna]), ("o'n", [berta]),
                         ("neill", [berta]), ("42 l", [anna]), ("maria", []), ("nna", []), ("anna o", []),
                         (f"{anna}@example.com", []), (anna, [])):
        found(suite, text, wanted)
    found(suite, "ann", [], field="lastName")
    suite.walker.refused("invalid-field", "vault.find", "-", {"text": "ann", "field": "first_name"},
                         pointer="/data/field")
    suite.anna = anna


def not_by_what_is_hidden(suite):
    """No other piece of a sensitive value finds it, nor of one that is too short to show anything"""
    short = created(suite)
    unlock(suite, short, "nationalId"), store(suite, short, nationalId="98765")
    pieces = {value[start:end] for value in (CARD, "98765", "\u2022" * 4)
              for start in range(len(value)) for end in range(start + 2, len(value) + 1)} - {"9855"}
    asked = {suite.walker.crm.ask("vault.find", "-", {"text": piece, **more}): (piece, more)
             for piece in pieces for more in ({}, {"field": "creditCard"}, {"field": "nationalId"})}
    for one, data in suite.walker.crm.answers([*asked], 30).items():
        hits = [contact for contact in data["contacts"] if contact in (suite.anna, short)]
        expect(not hits, f"{asked[one]} found {hits}")


def hostile(suite):
    """Whatever is asked is an answer or a refusal with its place, and nothing is found by a pattern"""
    for text in HOSTILE:
        expect(find(suite, text) == [] or text.startswith("an"), repr(text))
    suite.walker.refused("malformed", "vault.find", "-", {"text": "an\x00na"})
    for pointer, data in (("/data/text", {}), ("/data/text", {"text": "a"}), ("/data/text", {"text": "e\u0301"}),
                          ("/data/text", {"text": ["ab"]}), ("/data/field", {"text": "ab", "field": "@email"}),
                          ("/data/field", {"text": "ab", "field": "email"}),
                          ("/data/after", {"text": "ab", "after": "x y"}), ("/data/limit", {"text": "ab", "limit": 0})):
        suite.walker.refused("invalid-field", "vault.find", "-", data, pointer=pointer)
    suite.walker.refused("too-large", "vault.find", "-", {"text": "x" * 4097}, pointer="/data/text")


def by_pages(suite):
    """Pages without gap or repetition, in the order of the ids, whatever is stored meanwhile"""
    word = f"Paged{secrets.token_hex(4)}"
    contacts = sorted(created(suite, lastName=f"{word} {number}", birthday=word) for number in range(40))
    suite.walker.ok("vault.read", contacts[-1], {})
    within(10, lambda: find(suite, word) == contacts, "all are stored")
    for text in (word[:6], word, word + " 1"):
        wanted, pages, after = find(suite, text), [], None
        while after or not pages:
            answer = suite.walker.ok("vault.find", "-", {"text": text, "limit": 3, "after": after})
            pages.append(answer["contacts"])
            after = answer["next"]
            store(suite, contacts[len(pages) % 40], birthday=f"{word} n{len(pages)}")
        expect([one for page in pages for one in page] == wanted, f"{text}: every contact once")
        expect(all(len(page) == 3 for page in pages[:-1]), f"pages of three: {[*map(len, pages)]}")
    expect(len(wanted) == 11, "the numbers that begin with 1")


def in_step(suite):
    """What is replaced, emptied or cleared is found no more, from the moment the request is answered"""
    contact = created(suite, lastName="Ephemeral")
    unlock(suite, contact)
    store(suite, contact, creditCard=f"{MARK}1111", lastName="Secondname")
    found(suite, "ephemeral", []), found(suite, "secondname", [contact]), found(suite, "1111", [contact])
    store(suite, contact, creditCard=f"{MARK}2222", lastName=None)
    found(suite, "secondname", []), found(suite, "1111", []), found(suite, "2222", [contact])
    unlock(suite, contact, sequence=2, is_locked=True)
    found(suite, "2222", [contact])
    unlock(suite, contact, sequence=3, is_locked=True, clear=True)
    found(suite, "2222", [])
    left = keys(suite, "SELECT count(*) FROM find_posting WHERE contact = %s AND field = 'creditCard'", contact)
    expect(left == [(0,)], "no hash of what was cleared is left")


def killed(suite):
    """Instances killed between the key store's commit and the data's: what stands is found, nothing else"""
    contacts = [created(suite, lastName=f"Before{number}x") for number in range(12)]
    for contact in contacts:
        suite.walker.ok("vault.read", contact, {}, timeout=20)
    for process in suite.processes:
        suite.kill(process)
    asked = [suite.walker.crm.ask("vault.store", contact, {"fields": {"lastName": {"value": f"After{number}x"}}})
             for number, contact in enumerate(contacts)]
    new = fresh("f")
    suite.walker.tell("contact.created", new, {"email": f"{new}@example.com", "profile": {"lastName": "Newcomer"}})
    for visit in (1, 2, 1):
        doomed = suite.start("vault", suite.port + 17, ASSENT_CRASH_AT=f"before-commit:{visit}")
        doomed.wait(20)
    stamps = keys(suite, "SELECT count(DISTINCT stamp) FROM find_posting WHERE contact = ANY (%s)", contacts)
    expect(stamps[0][0] > 1, "some batch reached the key store and no further")
    suite.instance("vault", 0), suite.instance("vault", 1)
    suite.walker.crm.answers(asked, 30)
    for number, contact in enumerate(contacts):
        expect(suite.walker.ok("vault.read", contact, {})["fields"]["lastName"]["masked"] == f"After{number}x", "read")
        found(suite, f"after{number}x", [contact]), found(suite, f"before{number}x", [])
    suite.walker.ok("vault.read", new, {})
    found(suite, "newcomer", [new])


def narrower(suite):
    """A mask that shows less, and a new mark: nothing of before is found at once; what shows now is found soon"""
    text = pathlib.Path(suite.service_environment("vault", 1)["ASSENT_CONFIG"]).read_text()
    text = re.sub(r"creditCard: {.*}", "creditCard: {sensitive: true, show: {last: 2}}", text, count=1)
    text = re.sub(r"lastName: {}", "lastName: {sensitive: true, show: {first: 2}}", text, count=1)
    changed = suite.folder / "changed.yaml"
    changed.write_text(text)
    found(suite, "9855", [suite.anna], field="creditCard")
    for process in suite.processes:
        suite.kill(process)
    suite.instance("vault", 0, ASSENT_CONFIG=str(changed))
    for word in ("9855", "müller", "größenwahn", "55", "Gr"):
        expect(suite.anna not in find(suite, word), f"{word} finds nothing yet")
    within(30, lambda: suite.anna in find(suite, "55"), "what shows now is found")
    found(suite, "55", [suite.anna], field="creditCard"), found(suite, "Gr", [suite.anna], field="lastName")
    found(suite, "gr", [], field="lastName"), found(suite, "9855", [], field="creditCard")
    expect(suite.anna in find(suite, "anna"), "other fields are found as before")
    suite.walker.check_schemas()


def keys(suite, query, *values):
    with psycopg.connect(suite.service_environment("vault", 1)["KEYS_DATABASE_OWNER_URL"]) as connection:
        return connection.execute(query, values).fetchall()


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [MARK], [suite.anna])


if __name__ == "__main__":
    run(Suite([]), begin, by_what_shows, not_by_what_is_hidden, hostile, by_pages, in_step, killed, narrower,
        nothing_on_disk)
