"""Who asks for a reveal with a token that is not right in some way is refused, logged as the broker's account, and
learns nothing; no other service orders in consent's name; and a log that has no room reveals nothing (V3, C1)."""

import base64, contextlib, hashlib, hmac, json, subprocess, time, uuid

import psycopg
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwcrypto import jwk

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from reveal import FIELD, VALUE, data, log, opened, reveal
from vault import EPOCH, IN_FORCE, created, lock, read, store
from walking import Walker, expect, forge, fresh, unsigned_part


def begin(suite):
    """A contact with a card, and users who may reveal it"""
    suite.walker = Walker(suite)
    suite.consent = suite.client("consent")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    suite.running = [suite.instance("vault", 0)]
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.billing = forge(suite, {"sub": "grace", "roles": ["billing"]})
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    suite.contact = created(suite)
    lock(suite, suite.contact, 1, False)
    store(suite, suite.contact, VALUE)
    expect(opened(suite, reveal(suite, suite.contact, suite.billing), suite.contact) == VALUE, "the right token")


def faults(suite, roles):
    """Tokens of which each would do, but for one thing."""
    now, mine = int(time.time()), {"sub": "grace", "roles": roles}
    keys = json.loads((suite.folder / "state" / "keys" / "jwks.json").read_text())["keys"]
    mac = lambda text: hmac.new(json.dumps(keys[0]).encode(), text, hashlib.sha256).digest()
    own = ed25519.Ed25519PrivateKey.generate()
    own_jwk = {"kty": "OKP", "crv": "Ed25519", "kid": keys[0]["kid"],
               "x": base64.urlsafe_b64encode(own.public_key().public_bytes_raw()).decode().rstrip("=")}
    good = forge(suite, mine)
    head, body, signature = good.split(".")
    other = jwk.JWK.generate(kty="EC", crv="P-256").thumbprint()
    claims = {"expired long ago": {"exp": now - 3600}, "expired at arrival": {"exp": now - 1},
              "exp more than an hour ahead": {"exp": now + 3700}, "exp far ahead": {"exp": 2 ** 60},
              "exp a text": {"exp": str(now + 60)}, "not yet valid": {"nbf": now + 300},
              "another audience": {"aud": "other"}, "audiences without ours": {"aud": ["a", "b"]},
              "an audience like ours": {"aud": "assent "}, "of another account": {"azp": "shop"},
              "bound to another key": {"cnf": {"jkt": other}}, "bound otherwise": {"cnf": {"x5t#S256": other}},
              "roles a text": {"roles": "billing"}, "roles an object": {"roles": {"billing": True}},
              "roles numbers": {"roles": [1]}, "nobody": {"sub": ""}, "a subject too long": {"sub": "x" * 257},
              "a subject that is a number": {"sub": 7}, "a subject with a NUL": {"sub": "gra\0ce"},
              "a subject on two lines": {"sub": "gra\nce"}, "a role with a NUL": {"roles": ["billing\0"]}}
    headers = {"jku": {"jku": "https://example.com/keys"}, "jwk": {"jwk": own_jwk}, "x5u": {"x5u": "https://x"},
               "x5c": {"x5c": ["AAAA"]}, "crit": {"crit": ["exp"], "exp": 1}, "b64": {"b64": False},
               "an unknown kid": {"kid": "other"}, "another algorithm": {"alg": "ES256"}, "alg none": {"alg": "none"},
               "alg None": {"alg": "None"}}
    return {
        "none": None, "garbage": "garbage", "dots": "..", "too long": good + "A" * 9000,
        "no signature": f"{head}.{body}.", "padded": good + "==", "a padded header": f"{head}=.{body}.{signature}",
        "a changed body": f"{head}.{unsigned_part({**mine, 'aud': 'assent', 'exp': now + 600, 'x': 1})}.{signature}",
        "another key's": forge(suite, mine, key=own), "another key's, which came along": forge(
            suite, mine, header={"jwk": own_jwk}, key=own),
        "HS256 by the public key": forge(suite, mine, header={"alg": "HS256"}, key=mac),
        **{name: forge(suite, {**mine, **one}) for name, one in claims.items()},
        **{f"without {name}": forge(suite, mine, without=(name,)) for name in ("sub", "aud", "exp")},
        **{name: forge(suite, mine, header=one) for name, one in headers.items()}}


def wrong_tokens(suite):
    """V3 no token with a fault reveals, names its user, or reads the log"""
    wrong, tokens = [], faults(suite, ["billing"])
    expect(len(tokens) < 60, "each has an entry of its own")
    for name, token in tokens.items():
        before = len(log(suite, contact=suite.contact))
        answer = reveal(suite, suite.contact, token)
        entries = log(suite, contact=suite.contact)
        code = answer.get("error", {}).get("code")
        entry = (entries[0]["user"], entries[0]["outcome"], len(entries) - before)
        if code != "not-permitted" or entry != ("crm", "refused", 1):
            wrong.append((name, code, entry))
    for name, token in faults(suite, ["privacy"]).items():
        answer = suite.walker.ask("vault.log", "-", {}, token)
        if answer.get("error", {}).get("code") != "not-permitted":
            wrong.append(("log", name, list(answer)))
    expect(not wrong, f"{wrong}")


def ran_out(suite):
    """V3 a token that ran out while its message waited is expired, and its user is not named"""
    for process in suite.running:
        suite.kill(process)
    until = int(time.time()) + 2
    token = forge(suite, {"sub": "grace", "roles": ["billing"], "exp": until})
    asked = suite.walker.crm.ask_again(event("vault.reveal", suite.contact, data(suite)), token=token)
    within(5, lambda: time.time() > until + 0.1, "it runs out")
    suite.running = [suite.instance("vault", 1)]
    answer = suite.walker.crm.answer(asked, 20)[0]
    expect(answer.get("error", {}).get("code") == "expired", f"{answer}")
    entry = log(suite, contact=suite.contact)[0]
    expect((entry["user"], entry["outcome"]) == ("crm", "refused"), f"{entry}")


def orders_of_others(suite):
    """C1 a field's lock is ordered by the consent service alone, and addresses are asked for by the notifier alone"""
    last = IN_FORCE[suite.contact, FIELD]["order"]
    order = lambda: {"order": str(uuid.uuid4()), "follows": last, "epoch": EPOCH, "sequence": 9, "field": FIELD,
                     "lock": True, "clear": True}
    for account in ("optin", "erasure", "notifier", "vault"):
        client = suite.client(account)
        client.publish("internal", event("internal.field-lock", suite.contact, order(), source="/assent/consent"))
        if account != "notifier":
            question = {"contacts": [{"contact": suite.contact}], "fields": [],
                        "replyKey": json.loads(suite.reply_key.export_public())}
            answer = client.request("internal.resolve", "mails", question, exchange="internal")
            expect(answer.get("error", {}).get("code") == "malformed", f"{account}: {list(answer)}")
    shown = read(suite, suite.contact, FIELD)[FIELD]
    expect(shown["state"] == "stored" and not shown["locked"], f"{shown}")
    letters = []
    within(10, lambda: letters.extend(suite.dead("vault")) or len(letters) >= 4, "four dead letters")
    expect({headers["x-error-code"] for headers, *_ in letters} == {"malformed"}, f"{letters}")


def no_room(suite):
    """V3 a log whose disk is full, or that may not be written, reveals nothing until it can; then all is logged"""
    crm = suite.walker.crm

    def refuses(what):
        before = len(log(suite, contact=suite.contact))
        asked = crm.ask_again(event("vault.reveal", suite.contact, data(suite)), token=suite.billing)
        with contextlib.suppress(AssertionError):
            crm.answers([asked], 2)
        expect(asked not in crm.replies, f"{what}: {crm.replies.get(asked)}")
        return asked, before

    def answers(asked, before):
        expect(opened(suite, crm.answer(asked, 20)[0], suite.contact) == VALUE, "the answer")
        expect(len(log(suite, contact=suite.contact)) == before + 1, "one entry")

    for table in ("ledger_entry", "ledger_evidence"):
        suite.sql("vault", f"REVOKE INSERT ON {table} FROM vault")
        waiting = refuses("no right to insert")
        suite.sql("vault", f"GRANT INSERT ON {table} TO vault")
        answers(*waiting)
    with small_disk(suite, "ledger_evidence") as (fill, empty):
        fill()
        waiting = refuses("a full disk")
        empty()
        answers(*waiting)


@contextlib.contextmanager
def small_disk(suite, table):
    """Puts a table on a file system of 1 MiB, that can be filled and emptied; where none can be mounted, a trigger
    answers inserts as a full disk does."""
    folder = suite.folder / "disk"
    folder.mkdir(mode=0o755)
    owner = (suite.folder / "state" / "database").resolve()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=1m,uid={owner.stat().st_uid},mode=700", "tmpfs",
                              folder], capture_output=True).returncode == 0
    password = (suite.folder / "state" / "keys" / "database.postgres").read_text().strip()
    url = f"postgresql://postgres:{password}@127.0.0.1:{suite.port + 1}/vault"
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            if mounted:
                subprocess.run(["chmod", "711", suite.folder])
                connection.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
                connection.execute(f"ALTER TABLE {table} SET TABLESPACE small")
                connection.execute(f"CREATE INDEX small ON {table} (salt, content) TABLESPACE small")
            full = folder / "full"
            connection.execute("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                               "$$BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END$$")

            def fill():
                if not mounted:
                    connection.execute(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} "
                                       "EXECUTE FUNCTION full_disk()")
                    return
                with contextlib.suppress(OSError), open(full, "wb", buffering=0) as file:
                    while True:
                        file.write(b"x" * 512)
                # What room its last pages have is filled as well.
                with contextlib.suppress(psycopg.errors.DiskFull):
                    for number in range(1000):
                        connection.execute(f"INSERT INTO {table} (partition, number, salt, content) "
                                           "VALUES (999, %s, '', '')", [number])
                    expect(False, "the disk is not full")

            def empty():
                if mounted:
                    full.unlink()
                    connection.execute(f"DELETE FROM {table} WHERE partition = 999")
                else:
                    connection.execute(f"DROP TRIGGER full_disk ON {table}")

            yield fill, empty
            if mounted:
                connection.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
                connection.execute("DROP INDEX small")
                connection.execute("DROP TABLESPACE small")
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder])


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [VALUE], [suite.contact])


if __name__ == "__main__":
    run(Suite(()), begin, wrong_tokens, ran_out, orders_of_others, no_room, nothing_on_disk)
