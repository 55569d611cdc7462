"""The operator's access log and ledger: `assent log` at a terminal, rows changed by SQL as the database's owner and
each found and located by `assent ledger verify`, kept checkpoints, proofs offline, published keys (V3, X1)."""

import base64, fcntl, hashlib, json, os, pty, re, struct, subprocess, termios

import psycopg, requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwcrypto import jwk

from harness import Suite, run, within
from on_disk import nowhere_on_disk
from reveal import FIELD, REASON, VALUE, log, reveal
from vault import created, lock, store
from walking import Walker, expect, forge

TABLES = ["entry", "evidence", "leaf", "node", "checkpoint"]
# What steers a terminal: escape sequences of both sets, an overwritten line, a new line, text written backwards.
HOSTILE = "paid\x1b[2J\x1b]0;owned\x07\x9b31m\rzero\nnew line\u202egnp\u2028end"
COLUMNS = 110


def assent(suite, *words, token=None, **environment):
    """Runs the command; (exit code, standard output, standard error)."""
    token = suite.privacy if token is None else token
    values = {"AMQP_URL": suite.amqp_url("crm"), "PUBLIC_URL": suite.env["PUBLIC_URL"], "ASSENT_TOKEN": token}
    values = {name: value for name, value in {**values, **environment}.items() if value}
    done = subprocess.run([suite.bin / "assent", *words], env=values, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def at_terminal(suite, *words):
    """What the command shows at a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    process = subprocess.Popen([suite.bin / "assent", *words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                               env={"AMQP_URL": suite.amqp_url("crm"), "ASSENT_TOKEN": suite.privacy})
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # the other side was closed
        pass
    os.close(ours)
    expect(process.wait(timeout=30) == 0, f"{shown}")
    return shown.decode().replace("\r\n", "\n")


def verify(suite, *words, **more):
    return assent(suite, "ledger", "verify", *words, **more)


def restore(suite):
    """The rows as they were kept; whatever was folded meanwhile is gone."""
    names = ", ".join(f"ledger_{table}" for table in TABLES)
    suite.sql("vault", f"TRUNCATE {names};" + ";".join(
        f"INSERT INTO ledger_{table} SELECT * FROM kept.{table}" for table in TABLES))


def folded(suite):
    """Waits until all that was recorded stands under a checkpoint."""
    count = lambda: suite.sql("vault", "SELECT count(*) FROM ledger_entry")[0][0]
    last = lambda: suite.sql("vault", "SELECT max(size) FROM ledger_checkpoint")[0][0]
    within(10, lambda: last() == count(), "a checkpoint over everything")
    return count()


def begin(suite):
    """Reveals and refused attempts, over several checkpoints"""
    suite.walker = Walker(suite)
    suite.consent = suite.client("consent")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.billing = forge(suite, {"sub": "grace", "roles": ["billing"]})
    suite.support = forge(suite, {"sub": "sam", "roles": ["support"]})
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    expect(verify(suite)[0] == 0, "a ledger without entries is intact")
    suite.people = [created(suite) for _ in range(4)]
    for contact in suite.people:
        lock(suite, contact, 1, False)
        store(suite, contact, VALUE)
    for number in range(3):
        for contact in suite.people:
            reveal(suite, contact, suite.billing, reason=HOSTILE if number == 2 else f"{REASON} {number}")
            reveal(suite, contact, suite.support)
        suite.total = folded(suite)
    expect(suite.total == 24, f"{suite.total} entries")
    code, suite.note, errors = assent(suite, "ledger", "checkpoint", token="")
    expect(code == 0 and suite.note.split("\n")[1] == "24", f"{suite.note} {errors}")
    suite.kept = suite.folder / "kept.note"
    suite.kept.write_text(suite.note)
    suite.keys = suite.folder / "keys.json"
    suite.keys.write_text(requests.get(f"{suite.env['PUBLIC_URL']}/.well-known/assent-keys", timeout=5).text)
    suite.sql("vault", "CREATE SCHEMA kept;" + ";".join(
        f"CREATE TABLE kept.{table} AS TABLE ledger_{table}" for table in TABLES))
    suite.partition = suite.sql(
        "vault", "SELECT partition FROM ledger_entry GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")[0][0]


def shown(suite):
    """`assent log` is a table that fits its terminal, and nothing that was typed steers it"""
    text = at_terminal(suite, "log")
    expect(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text), f"{text!r}")
    lines = text.splitlines()
    expect(lines[0].split() == ["at", "user", "contact", "field", "outcome", "count", "reason", "index"], lines[0])
    expect(len(lines) == 25 and all(len(line) <= COLUMNS for line in lines), f"{text}")
    place = lines[0].index("index")
    entries = log(suite)
    expect([line[place:] for line in lines[1:]] == [one["index"] for one in entries], "newest first")
    expect(all(line.startswith(one["at"]) and one["user"] in line and one["outcome"] in line
               for line, one in zip(lines[1:], entries)), f"{text}")
    code, whole, _ = assent(suite, "log", "--contact", suite.people[0], "--outcome", "released")
    expect(code == 0 and whole.count("\n") == 4 and f"{REASON} 0" in whole and suite.people[0] in whole, f"{whole}")


def machine(suite):
    """`assent log --json` has an entry a line, by pages to the end, and filters as the request does"""
    for words, filters in (([], {}), (["--user", "sam"], {"user": "sam"}), (["--field", FIELD], {"field": FIELD}),
                           (["--contact", suite.people[1], "--outcome", "refused"],
                            {"contact": suite.people[1], "outcome": "refused"})):
        code, lines, errors = assent(suite, "log", "--all", "--json", *words)
        expect(code == 0 and [json.loads(line) for line in lines.splitlines()] == log(suite, **filters), f"{errors}")
    expect(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", lines), "raw control characters")
    code, lines, errors = assent(suite, "log", "--limit", "5")
    expect(code == 0 and lines.count("\n") == 6 and "--all" in errors, f"{lines} {errors}")
    for words, wanted in ((["--from", "1h"], 24), (["--to", "1h"], 0), (["--from", "2100-01-01"], 0),
                          (["--from", "2020-01-01T00:00:00+01:00", "--to", "2100-01-01"], 24)):
        code, lines, _ = assent(suite, "log", "--json", "--all", *words)
        expect(code == 0 and lines.count("\n") == wanted, f"{words}: {lines.count(chr(10))}")
    expect(assent(suite, "log", token="")[0] == 1, "without a token")
    expect(assent(suite, "log", token=suite.billing)[0] == 1, "without the permission")
    for words in (["--from", "yesterday"], ["--limit", "0"], ["--outcome", "x"], ["--contact"]):
        expect(assent(suite, "log", *words)[0] == 2, f"{words}")


def intact(suite):
    """An untouched ledger is intact, and goes on from what was kept: a note, a mail, a proof"""
    header = base64.b64encode(suite.note.encode()).decode()
    folds = "\r\n ".join(header[start:start + 60] for start in range(0, len(header), 60))
    mail = suite.folder / "mail.eml"
    mail.write_text(f"From: a@example.com\r\nAssent-Checkpoint: {folds}\r\nTo: b@example.com\r\n\r\nHello\r\n")
    code, out, errors = verify(suite, "--since", str(suite.kept), "--since", str(mail))
    expect(code == 0 and out.startswith("intact: 24 entries") and out.count("holds") == 2 and not errors, out + errors)
    code, out, errors = verify(suite)
    expect(code == 0 and "--since" in errors, "says what it cannot see")
    code, out, _ = verify(suite, "--json", "--since", str(suite.kept))
    result = json.loads(out)
    expect(code == 0 and result["intact"] and result["folded"] == 24 and not result["findings"]
           and result["holding"] == [{"witness": str(suite.kept), "size": 24}]
           and result["checkpoint"] == suite.note, out)


# What the owner does in each table, and where it is found. `P` is a partition with several entries; `Q` a position.
CHANGES = [
    ("an entry edited", "UPDATE ledger_entry SET leaf = replace(leaf, 'released', 'refused') WHERE "
     "(partition, number) = (P, 1)",
     "entry P-1: edited"),
    ("an entry edited with its hash", "UPDATE ledger_entry SET leaf = replace(leaf, 'grace', 'peter') WHERE "
     "(partition, number) = (P, 1); "
     "UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'))",
     "entry P-1: edited"),
    ("an entry deleted", "DELETE FROM ledger_entry WHERE (partition, number) = (P, 2)", "entry P-2: deleted"),
    ("an entry deleted with its evidence", "DELETE FROM ledger_entry WHERE (partition, number) = (P, 2);"
     "DELETE FROM ledger_evidence WHERE (partition, number) = (P, 2)", "entry P-2: deleted"),
    ("two entries swapped", "UPDATE ledger_entry SET number = 1000 + number WHERE partition = P AND number IN (1, 3);"
     "UPDATE ledger_entry SET number = 1004 - number WHERE number > 1000",
     "entry P-1: reordered, it holds what was recorded as P-3",
     "entry P-3: reordered, it holds what was recorded as P-1"),
    ("an entry inserted between others",
     "UPDATE ledger_entry SET number = 1000 + number WHERE partition = P AND number > 1;"
     "UPDATE ledger_entry SET number = number - 999 WHERE number > 1000; INSERT INTO ledger_entry SELECT partition, 2, "
     "leaf, leaf_hash FROM ledger_entry WHERE (partition, number) = (P, 1)",
     "entry P-2: reordered, it holds what was recorded as P-1"),
    ("an entry inserted out of turn", "INSERT INTO ledger_entry SELECT partition, number + 9000, leaf, leaf_hash FROM "
     "ledger_entry WHERE (partition, number) = (P, 1)", "entry P-9001: reordered, it holds what was recorded as P-1"),
    ("all entries cut off", "TRUNCATE ledger_entry", "entry P-1: deleted", "entry P-2: deleted"),
    ("evidence edited", "UPDATE ledger_evidence SET content = replace(content, '4711', '4712') WHERE "
     "(partition, number) = (P, 1)", "entry P-1: its evidence (whose, and why) was edited"),
    ("evidence deleted", "DELETE FROM ledger_evidence WHERE (partition, number) = (P, 1)",
     "entry P-1: its evidence (whose, and why) was deleted"),
    ("evidence swapped", "UPDATE ledger_evidence SET number = 1000 + number WHERE partition = P AND number IN (1, 3);"
     "UPDATE ledger_evidence SET number = 1004 - number WHERE number > 1000",
     "entry P-1: its evidence (whose, and why) was edited", "entry P-3: its evidence (whose, and why) was edited"),
    ("evidence inserted", "INSERT INTO ledger_evidence SELECT partition, 9001, contact, salt, content "
     "FROM ledger_evidence "
     "WHERE (partition, number) = (P, 1)", "entry P-9001: its evidence (whose, and why) was edited or inserted"),
    ("all evidence cut off", "TRUNCATE ledger_evidence", "entry P-1: its evidence (whose, and why) was deleted"),
    ("a leaf edited", "UPDATE ledger_leaf SET hash = sha256('x') WHERE (partition, number) = (P, 1)",
     "entry P-1: edited"),
    ("a leaf deleted", "DELETE FROM ledger_leaf WHERE position = 5", "at 5 in the tree: deleted"),
    ("two leaves swapped", "UPDATE ledger_leaf SET position = 1000 + position WHERE position IN (9, 10);"
     "UPDATE ledger_leaf SET position = 1019 - position WHERE position > 1000", "in the tree"),
    ("a leaf inserted", "INSERT INTO ledger_leaf VALUES (24, 99, 1, sha256('x'))", "entry 99-1: "),
    ("the last leaves cut off", "DELETE FROM ledger_leaf WHERE position >= 20",
     "the ledger: cut off after 20 entries, and there were 24"),
    ("a node edited", "UPDATE ledger_node SET hash = sha256('x') WHERE (level, index) = (2, 1)",
     "hashes over these were changed, and one of them may have been, at 4 to 7 in the tree"),
    ("a node deleted", "DELETE FROM ledger_node WHERE (level, index) = (3, 1)", "at 8 to 15 in the tree"),
    ("two nodes swapped", "UPDATE ledger_node SET index = 1000 + index WHERE level = 1 AND index IN (2, 3);"
     "UPDATE ledger_node SET index = 1005 - index WHERE index > 1000",
     "at 4 to 5 in the tree", "at 6 to 7 in the tree"),
    ("a node inserted", "INSERT INTO ledger_node VALUES (4, 1, sha256('x'))", "at 16 to 31 in the tree"),
    ("all nodes cut off", "TRUNCATE ledger_node", "at 0 to 1 in the tree", "at 22 to 23 in the tree"),
    ("a checkpoint edited", "UPDATE ledger_checkpoint SET root = sha256('x') WHERE size = 24",
     "checkpoint over 24 entries: inserted or edited"),
    ("the last checkpoint deleted", "DELETE FROM ledger_checkpoint WHERE size = 24", "one was deleted"),
    ("two checkpoints swapped", "UPDATE ledger_checkpoint c SET root = o.root, note = o.note FROM kept.checkpoint o "
     "WHERE "
     "(c.size, o.size) IN (SELECT (SELECT min(size) FROM kept.checkpoint), 24 "
     "UNION SELECT 24, min(size) FROM kept.checkpoint)",
     "checkpoint over 24 entries: inserted or edited"),
    ("a checkpoint inserted", "INSERT INTO ledger_checkpoint SELECT 30, root, note, signed_at FROM kept.checkpoint "
     "WHERE size = 24", "checkpoint over 30 entries: inserted or edited"),
    ("all checkpoints cut off", "TRUNCATE ledger_checkpoint", "one was deleted"),
]


def found(suite):
    """Rows edited, deleted, swapped, inserted and cut off in each table are found, each in its place"""
    wrong = []
    for what, change, *sentences in CHANGES:
        suite.sql("vault", change.replace("P,", f"{suite.partition},").replace("= P ", f"= {suite.partition} "))
        try:
            code, out, errors = verify(suite)
        finally:
            restore(suite)
        missing = [one for one in sentences if one.replace("P-", f"{suite.partition}-") not in out]
        if code != 1 or missing or not out.startswith("CHANGED"):
            wrong.append(f"{what}: {code} {missing}\n{out}{errors}")
        after = suite.walker.ok("vault.audit", "-", {"since": [suite.note]}, suite.privacy)
        expect(not after["findings"] and after["consistency"] == [[]], f"after {what} was undone: {after}")
    expect(not wrong, "\n".join(wrong))


def own_role(suite):
    """The service's own role can change nothing of it but delete evidence, whatever it tries"""
    tries = ["SET ROLE vault_owner", "SET SESSION AUTHORIZATION vault_owner", "GRANT vault_owner TO vault",
             "ALTER DEFAULT PRIVILEGES FOR ROLE vault_owner GRANT ALL ON TABLES TO vault", "CREATE TABLE t (a int)"]
    for table in TABLES:
        name = f"ledger_{table}"
        column = suite.sql(
            "vault", "SELECT column_name FROM information_schema.columns WHERE table_name = %s", name)[0][0]
        tries += [f"UPDATE {name} SET {column} = {column}", f"TRUNCATE {name}", f"ALTER TABLE {name} ADD COLUMN a int",
                  f"DROP TABLE {name}", f"ALTER TABLE {name} DISABLE TRIGGER ALL", f"GRANT UPDATE ON {name} TO vault",
                  f"ALTER TABLE {name} OWNER TO vault", f"CREATE INDEX ON {name} ({column})",
                  f"CREATE RULE r AS ON INSERT TO {name} DO INSTEAD NOTHING"]
        tries += [f"DELETE FROM {name}"] if table != "evidence" else []
    done = []
    for change in tries:
        try:
            suite.sql("vault", change, owner=False)
            granted = change.startswith("GRANT UPDATE") and "UPDATE" in suite.sql(
                "vault", "SELECT coalesce(string_agg(privilege_type, ' '), '') "
                "FROM information_schema.table_privileges "
                "WHERE grantee = 'vault' AND table_name = %s", change.split()[3])[0][0]
            if not change.startswith("GRANT UPDATE") or granted:  # without a grant option it warns and grants nothing
                done.append(change)
        except psycopg.errors.InsufficientPrivilege:
            pass
    expect(not done, f"{done}")


def rewritten(suite):
    """A log written anew and signed by the vault itself, or cut off with its checkpoints, is shown by what was kept"""
    suite.sql("vault", "DELETE FROM ledger_evidence WHERE (partition, number) = (%s, 1)" % suite.partition)
    suite.sql("vault", """
        UPDATE ledger_entry SET leaf = regexp_replace(replace(leaf, 'grace', 'peter'), '"commitment":"[^"]*",', '')
        WHERE (partition, number) = (%s, 1);
        UPDATE ledger_entry SET leaf_hash = sha256('\\x00'::bytea || convert_to(leaf, 'UTF8'));
        TRUNCATE ledger_leaf, ledger_node, ledger_checkpoint""" % suite.partition)
    folded(suite)
    code, out, _ = verify(suite)
    expect(code == 0, f"whole in itself: {out}")
    code, out, _ = verify(suite, "--since", str(suite.kept))
    expect(code == 1 and "the ledger: written anew" in out and str(suite.kept) in out, out)
    restore(suite)
    size = suite.sql("vault", "SELECT max(size) FROM ledger_checkpoint WHERE size < 24")[0][0]
    suite.sql("vault", f"""
        DELETE FROM ledger_entry e USING ledger_leaf l
        WHERE l.position >= {size} AND (e.partition, e.number) = (l.partition, l.number);
        DELETE FROM ledger_evidence v USING ledger_leaf l
        WHERE l.position >= {size} AND (v.partition, v.number) = (l.partition, l.number);
        DELETE FROM ledger_leaf WHERE position >= {size};
        DELETE FROM ledger_node WHERE (index + 1) << level > {size};
        DELETE FROM ledger_checkpoint WHERE size > {size}""")
    expect(verify(suite)[0] == 0, "whole in itself")
    code, out, _ = verify(suite, "--since", str(suite.kept))
    expect(code == 1 and f"the ledger: cut off after {size} entries, and there were 24" in out, out)
    restore(suite)
    other = suite.folder / "other.note"
    other.write_text(suite.note.replace("\n24\n", "\n23\n"))
    code, out, _ = verify(suite, "--since", str(other))
    expect(code == 1 and "none of the keys has signed it" in out, out)
    expect(verify(suite, "--since", str(suite.kept))[0] == 0, "restored")


def endings(suite):
    """What is no change of the ledger has other exit codes"""
    empty = suite.folder / "empty"
    empty.write_text("{}")
    for wanted, words, more in ((2, [], {"token": ""}), (2, [], {"token": suite.billing}),
                                (2, ["--since", "/nowhere"], {}),
                                (2, ["--since", str(empty)], {}), (2, ["--keys", str(empty)], {}),
                                (2, ["--proof", str(empty)], {}), (2, [], {"PUBLIC_URL": "http://example.com"}),
                                (2, [], {"PUBLIC_URL": ""}), (3, [], {"PUBLIC_URL": "http://127.0.0.1:1"}),
                                (3, [], {"AMQP_URL": "amqp://crm:x@127.0.0.1:1/assent"})):
        code, out, errors = verify(suite, *words, **more)
        expect(code == wanted, f"{wanted} wanted, got {code} of {words} {list(more)}: {out}{errors}")


def well_known(suite):
    """The published keys verify checkpoints by another implementation, and hold nothing private"""
    address = f"{suite.env['PUBLIC_URL']}/.well-known/assent-keys"
    answer = requests.get(address, timeout=5)
    headers = answer.headers
    expect(answer.status_code == 200 and headers["content-type"] == "application/json", f"{headers}")
    expect(re.fullmatch(r"public, max-age=\d+", headers["cache-control"]) and "set-cookie" not in headers, f"{headers}")
    document = answer.json()
    signing = json.loads((suite.folder / "state" / "keys" / "signing.json").read_text())
    expect(set(document) == {"checkpoints", "keys"}, f"{set(document)}")
    expect(not any(one["key"] in answer.text or one["key"][:20] in answer.text for one in signing["keys"]), "a seed")
    for key in document["keys"]:
        expect(set(key) <= {"kty", "crv", "use", "alg", "kid", "x"}, f"{key}")
        expect(key["kid"] == jwk.JWK(**key).thumbprint(), f"{key}")
    expect(len(document["keys"]) == len(signing["keys"]), "every key")
    host = suite.env["PUBLIC_URL"].split("://")[1]
    names = [one.split("+")[0] for one in document["checkpoints"]]
    expect(names == [f"{host}/ledger/{name}" for name in ("vault", "consent") for _ in signing["keys"]], f"{names}")
    name, id, key = document["checkpoints"][0].split("+", 2)
    key = base64.b64decode(key)
    expect(key[0] == 1, name)
    expect(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == id, "the key's id")
    text, signature = suite.note.rsplit("\n\n", 1)
    signature = base64.b64decode(signature.split(" ")[2])
    expect(signature[:4].hex() == id, "the note names the key")
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (text + "\n").encode())
    expect(document["keys"][0]["x"] == base64.urlsafe_b64encode(key[1:]).decode().rstrip("="), "the same key")
    head = requests.head(address, timeout=5)
    expect(head.status_code == 200 and not head.content, "HEAD")
    expect(requests.post(address, timeout=5).status_code == 405, "POST")
    expect(requests.get(address + "/", timeout=5).status_code == 404, "another path")


def offline(suite):
    """A proof is checked with every service down; none whose parts were changed holds"""
    index = log(suite, contact=suite.people[0], outcome="released")[-1]["index"]
    code, text, errors = assent(suite, "ledger", "prove", index)
    expect(code == 0, errors)
    for none, wanted in (("7-999999", 1), ("x", 2)):
        expect(assent(suite, "ledger", "prove", none)[0] == wanted, none)
    suite.walker.refused("not-found", "vault.proof", "-", {"index": "7-999999"}, suite.privacy, pointer="/data/index")
    suite.walker.refused("invalid-field", "vault.proof", "-", {"index": "07-1"}, suite.privacy, pointer="/data/index")
    for type in ("vault.proof", "vault.audit"):
        suite.walker.refused("not-permitted", type, "-", {"index": index}, suite.billing)
    suite.walker.check_schemas()
    suite.walker.crm.close()
    suite.dev("down")
    proof, changed = json.loads(text), suite.folder / "changed.json"
    kept = suite.folder / "proof.json"
    kept.write_text(text)
    alone = {"AMQP_URL": "", "PUBLIC_URL": "", "token": ""}
    code, out, errors = verify(suite, "--proof", str(kept), "--keys", str(suite.keys), **alone)
    expect(code == 0 and f"entry {index} is number" in out and REASON in out and "grace" in out, out + errors)
    expect(verify(suite, "--proof", str(kept), **alone)[0] == 2, "without keys")
    first = lambda value: base64.b64decode(value)[0]
    flipped = lambda value: base64.b64encode(bytes([first(value) ^ 1]) + base64.b64decode(value)[1:]).decode()
    forged = base64.b64decode(proof["entry"]).replace(b"grace", b"peter")
    for what, part in (("entry", {"entry": base64.b64encode(forged).decode()}),
                       ("reason", {"opening": {**proof["opening"], "reason": "another"}}),
                       ("contact", {"opening": {**proof["opening"], "contact": suite.people[1]}}),
                       ("salt", {"opening": {**proof["opening"], "salt": flipped(proof["opening"]["salt"])}}),
                       ("place", {"leafIndex": proof["leafIndex"] ^ 1}),
                       ("path", {"inclusion": proof["inclusion"][1:]}),
                       ("step", {"inclusion": [flipped(proof["inclusion"][0]), *proof["inclusion"][1:]]}),
                       ("size", {"checkpoint": proof["checkpoint"].replace("\n24\n", "\n25\n")})):
        changed.write_text(json.dumps({**proof, **part}))
        code, out, errors = verify(suite, "--proof", str(changed), "--keys", str(suite.keys), **alone)
        expect(code == 1 and "does not hold" in errors, f"{what}: {code} {out} {errors}")
    del proof["opening"]  # as after erasure
    changed.write_text(json.dumps(proof))
    expect(verify(suite, "--proof", str(changed), "--keys", str(suite.keys), **alone)[0] == 0, "without its opening")


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [VALUE], suite.people)


if __name__ == "__main__":
    run(Suite(["consent", "vault"]), begin, shown, machine, intact, found, own_role, rewritten, endings, well_known,
        offline, nothing_on_disk)
