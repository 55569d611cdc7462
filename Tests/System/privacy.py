"""After a walk: nothing but the vault's encrypted tables knows who the contact is, no table opens a link, and no
log, metric
or dead letter's header tells either (E3, X4)."""

import base64, json, re, secrets

import psycopg, requests

from harness import Suite, run, within
from walking import (Walker, campaign, code_of, confirm, expect, fresh, get, mail_to, one_click, post)

# Words that stand nowhere but in this walk. Those of `PERSONAL` may be in no database in the clear; `EVIDENCE` is kept
# on purpose, in the opt-in service's database alone (E3), and stands in no log either.
WORD = secrets.token_hex(5)
LOCAL, DOMAIN = f"mlocal{WORD}", f"mdomain{WORD}.example"
PERSONAL = {"local part": LOCAL, "domain": f"mdomain{WORD}", "first name": f"Mfirst{WORD}",
    "last name": f"Mlast{WORD}",
            "field": f"mfield{WORD}", "new address": f"mnewer{WORD}"}
EVIDENCE = {"form's text": f"mtext{WORD}", "browser": f"magent{WORD}"}
CARD = f"4111{secrets.randbelow(10**12):012d}"
CODED = re.compile(rb"[A-Za-z0-9+/_=-]{16,}|(?:[0-9a-fA-F]{2}){8,}")


def readings(value):
    """A value's bytes, and what they are where they are base64 or hexadecimal digits."""
    raw = value if isinstance(value, bytes) else str(value).encode()
    yield raw
    for run_ in CODED.findall(raw):
        for decode in (lambda text: base64.urlsafe_b64decode(text.replace(b"+", b"-").replace(b"/", b"_") + b"=" * 3),
                       lambda text: bytes.fromhex(text.decode())):
            try:
                yield decode(run_)
            except ValueError:
                continue


def holds(value, words):
    """Which of the words a value holds, in any of its readings, whatever the case, in UTF-8 or UTF-16."""
    found = set()
    for reading in readings(value):
        small = reading.lower()
        for name, word in words.items():
            if word.lower().encode() in small or word.encode("utf-16-le") in reading:
                found.add(name)
    return found


def tables(suite):
    """Every row of every table of every database: (database, table, column, value); what is nested is flattened."""
    urls = {name: suite.env[f"{name.upper()}_DATABASE_OWNER_URL"] for name in suite.services}
    key_url = suite.service_environment("vault", 1)["KEYS_DATABASE_OWNER_URL"]
    for database, url in {**urls, "vault_keys": key_url}.items():
        with psycopg.connect(url, autocommit=True) as connection:
            names = connection.execute("SELECT schemaname, relname FROM pg_stat_user_tables").fetchall()
            expect(names, f"{database} has tables")
            for schema, table in names:
                cursor = connection.execute(f'SELECT * FROM "{schema}"."{table}"')
                columns = [column.name for column in cursor.description]
                for row in cursor:
                    for column, value in zip(columns, row):
                        yield from ((database, table, column, one) for one in flat(value))


def flat(value):
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from flat(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from flat(one)
    elif value is not None:
        yield bytes(value) if isinstance(value, (bytes, memoryview)) else str(value)


def walk(suite):
    """A contact walks through forms, mails, links, a changed address and an opt-out; some messages are refused"""
    walker = suite.walker = Walker(suite)
    contact, address, links = fresh("v"), f"{LOCAL}@{DOMAIN}", []
    more = {"text": EVIDENCE["form's text"], "userAgent": EVIDENCE["browser"], "remoteAddress": "192.0.2.77",
            "profile": {"firstName": PERSONAL["first name"], "birthday": PERSONAL["field"]}}
    walker.submit(contact, address, lists=["news"], **more)
    mail = mail_to(suite, address)
    links.append(suite.link(mail))
    suite.messages = [mail]
    walker.tell("contact.updated", contact, {"profile": {"lastName": PERSONAL["last name"]}})
    answer = confirm(suite, mail, headers={"User-Agent": EVIDENCE["browser"]})
    expect(answer.status_code == 200 and walker.status(contact) == "double-opt-in", "confirmed")
    campaign(walker, [contact], html="<p>A text.</p>")
    links.append(one_click(mail_to(suite, address, 2)))
    links.append(walker.ok("consent.link", contact, {})["url"])
    expect(get(links[-1]).status_code == 200, "the page")
    walker.submit(contact, address, lists=["events"], **more)
    links.append(suite.link(mail_to(suite, address, 3)))  # stays pending
    other = fresh("v")  # a contact whose mail waits and whose form is refused
    walker.submit(other, f"{LOCAL}2@{DOMAIN}", **more)
    links.append(suite.link(mail_to(suite, f"{LOCAL}2@{DOMAIN}")))
    walker.submit(other, f"{PERSONAL['new address']}@{DOMAIN}", **more)  # a conflict
    walker.tell("contact.updated", other, {"email": f"{PERSONAL['new address']} no address", **{
        "profile": {"firstName": PERSONAL["first name"]}}})  # no address
    walker.tell("contact.created", fresh("v"), {"email": address, "profile": {"creditCard": CARD}})
    walker.tell("contact.updated", other, {"profile": {"creditCard": int(CARD), "birthday": PERSONAL["field"]}})
    walker.submit(fresh("v"), address, **{**more, "profile": {"nationalId": CARD}})
    walker.ask("mail.campaign", "x", {"campaign": fresh(), "subject": "S", "text": "T", "contacts": [address]},
               token=suite.token("mark", "marketing"))
    walker.ask("mail.campaign", "x", {"campaign": fresh(), "subject": "S", "text": "T", "contacts": [contact]},
               token="Bearer-" + LOCAL)
    walker.status(other)
    expect(post(links[1], {"List-Unsubscribe": "One-Click"}).status_code == 200, "opted out")
    walker.tell("contact.updated", contact, {"email": f"{PERSONAL['new address']}@{DOMAIN}"})
    walker.status(contact), walker.ok("vault.read", contact, {}), walker.ok("consent.show", contact, {})
    suite.contact, suite.other, suite.links = contact, other, links
    suite.tokens = {f"token {number}": link.rsplit("/", 1)[1] for number, link in enumerate(links)}
    within(10, lambda: all(suite.sql(service, "SELECT count(*) FROM outbox")[0][0] == 0 for service in suite.services),
           "all is published")


def the_test_sees(suite):
    """The test itself finds what stands in a table, however it is written there"""
    word = {"word": "Mfirstabc"}
    for value in ("xMFIRSTABCx", b"\0Mfirstabc", base64.b64encode(b"..Mfirstabc.."), b"Mfirstabc".hex(),
                  base64.urlsafe_b64encode(b"Mfirstabc and more")):
        expect(holds(value, word), f"not found in {value!r}")
    found = {database for database, _, _, value in tables(suite) if suite.contact in str(value)}
    expect({"consent", "optin", "vault", "notifier"} <= found, f"the contact's id stands in {found}")
    kept = {(database, table) for database, table, _, value in tables(suite) if holds(value, EVIDENCE)}
    expect(kept == {("optin", "status_change")}, f"evidence stands in {kept}")


def no_table_knows(suite):
    """No table of any database holds address, name or field in the clear, in any column, type or coding"""
    found = {(database, table, column, name) for database, table, column, value in tables(suite)
             for name in holds(value, PERSONAL)}
    expect(not found, f"in the clear: {sorted(found)}")


def letters(value):
    """Bytes as a token spells them: five bits a letter."""
    bits = "".join(f"{byte:08b}" for byte in value) + "0" * (-len(value) * 8 % 5)
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEF"
    return "".join(alphabet[int(bits[at:at + 5], 2)] for at in range(0, len(bits), 5))


def no_table_opens_a_link(suite):
    """No table holds a token, and nothing stored opens a link under any letter"""
    base = suite.env["PUBLIC_URL"]
    found = {(database, table, column, name) for database, table, column, value in tables(suite)
             for name in holds(value, suite.tokens)}
    expect(not found, f"tokens: {sorted(found)}")
    code = code_of(suite.messages[0])
    expect(not any(value == code for _, _, _, value in tables(suite)), "the mail's code stands in a table")
    ids = {value for _, _, _, value in tables(suite) if isinstance(value, str) and 8 <= len(value) <= 200}
    ids |= {base64.urlsafe_b64encode(value).rstrip(b"=").decode() for _, _, _, value in tables(suite)
            if isinstance(value, bytes) and len(value) <= 64}
    uuids = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    raw = [bytes.fromhex(one.replace("-", "")) for value in ids for one in uuids.findall(value)]
    ids |= {base64.urlsafe_b64encode(value).rstrip(b"=").decode() for value in raw}
    # As tokens are written: a row's id under the first key, and zeros where the rest of a token would stand.
    ids |= {letters(bytes([0, 1]) + value + bytes(16)) for value in raw}
    session = requests.Session()
    tried = [value for value in ids if re.fullmatch(r"[A-Za-z0-9._:-]+", value)]
    expect(len(tried) > 30, "something was tried")
    for value in tried:
        for letter in "oup":
            status = session.get(f"{base}/{letter}/{value}", timeout=10).status_code
            expect(status == 404, f"something stored opened /{letter}/: {status}")


def no_queue_entry(suite):
    """Inboxes and outboxes hold neither address nor name nor evidence nor token"""
    rows = [one for one in tables(suite) if one[1] in ("inbox", "outbox")]
    expect({one[0] for one in rows} >= {"optin", "vault"}, "there are such rows")
    for database, table, column, value in rows:
        expect(not holds(value, {**PERSONAL, **EVIDENCE, **suite.tokens}), f"{database}.{table}.{column}")


def no_log_tells(suite):
    """No log of services, broker, database or supervisor tells address, name, field, evidence, card or token"""
    words = {**PERSONAL, **EVIDENCE, **suite.tokens, "card": CARD}
    for log in sorted((suite.folder / "state" / "log").glob("*")):
        found = holds(log.read_bytes(), words)
        expect(not found, f"{log.name}: {found}")
    expect(len(list((suite.folder / "state" / "log").glob("*.log"))) >= 7, "logs of all")


def no_metric_tells(suite):
    """/metrics, /healthz and /readyz hold no address, no contact, no token"""
    words = {**PERSONAL, **EVIDENCE, **suite.tokens, "contact": suite.contact, "other": suite.other, "card": CARD}
    for service in suite.services:
        url = suite.env[f"{service.upper()}_METRICS_URL"]
        for path in ("metrics", "healthz", "readyz", "nothing"):
            text = requests.get(url.replace("metrics", path), timeout=5).text
            expect(not holds(text, words) and "@" not in text, f"{service} {path}")
        # A service counts from the first thing it does; erasure takes part in nothing of this walk.
        expect(service == "erasure" or "# TYPE" in requests.get(url, timeout=5).text, f"{service} has metrics")


def facts_tell_nothing(suite):
    """No fact carries address, name, field, evidence or link"""
    words = {**PERSONAL, **EVIDENCE, **suite.tokens, "card": CARD, "web": suite.env["PUBLIC_URL"]}
    for fact in suite.walker.facts.events():
        expect(not holds(json.dumps(fact), words), f"{fact['type']}")


def pages_tell_nothing(suite):
    """No page tells who the contact is: neither address nor name nor id"""
    words = {**PERSONAL, **EVIDENCE, "contact": suite.contact, "other": suite.other}
    for link in suite.links:
        for answer in (get(link), post(link, {"action": "nothing"})):
            expect(not holds(answer.text, words), "a page tells it")
            expect(not any(holds(value, words) for value in answer.headers.values()), "a header tells it")


def a_card_is_nowhere(suite):
    """A sensitive field in a profile: refused, and its value nowhere: neither table nor dead letter"""
    found = {(database, table, column) for database, table, column, value in tables(suite) if holds(value, {"c": CARD})}
    expect(not found, f"in tables: {found}")


def dead_letters(suite):
    """Dead letters: their headers tell nothing; of a message with a sensitive field nothing but headers is kept"""
    words = {**PERSONAL, **EVIDENCE, **suite.tokens, "card": CARD}
    empty, codes = 0, set()
    for service in suite.services:
        for headers, properties, body in suite.dead(service):
            expect(not holds(json.dumps(headers, default=str), words), f"{service}: a header of {properties.type}")
            expect("authorization" not in headers, "a token is kept")
            expect(not holds(body, {"card": CARD}), f"{service}: the card's number is kept")
            codes.add(headers["x-error-code"])
            empty += body == b""
    expect(empty >= 6 and {"conflict", "invalid-field"} <= codes, f"{empty} without a body; {codes}")


def mails_tell_no_more(suite):
    """The double-opt-in mail does not repeat what the form said: neither name nor text (N1)"""
    text = suite.messages[0].as_bytes()
    expect(not holds(text, {**EVIDENCE, "first": PERSONAL["first name"], "field": PERSONAL["field"]}),
        "it repeats it")


if __name__ == "__main__":
    run(Suite(), walk, the_test_sees, no_table_knows, no_table_opens_a_link, no_queue_entry, no_log_tells,
        no_metric_tells, facts_tell_nothing, pages_tell_nothing, a_card_is_nowhere, dead_letters, mails_tell_no_more)
