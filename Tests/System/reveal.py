"""Reveals from outside: who may and who may not, what is logged of it, limits across instances, a log that cannot be
written, and a process killed between the log and the answer (V3, X1)."""

import contextlib, json, pathlib, secrets, subprocess, time, uuid

import psycopg
from jwcrypto import jwe, jwk

from harness import Suite, event, run, within
from on_disk import nowhere_on_disk
from vault import created, lock, seal, store
from walking import Walker, expect, forge, fresh

VALUE = f"Card{secrets.token_hex(8)}"
REASON = "Refund of order 4711"
FIELD = "creditCard"


def begin(suite):
    """Two instances, and contacts in every state"""
    suite.walker = Walker(suite)
    suite.consent = suite.client("consent")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    # The sample permits nobody by name.
    text = pathlib.Path(suite.service_environment("vault", 1)["ASSENT_CONFIG"]).read_text()
    expect("\nusers:" not in text, "the sample names no users")
    suite.config = suite.folder / "users.yaml"
    suite.config.write_text(text + '\nusers:\n  ursula: ["reveal:creditCard"]\n')
    suite.running = [suite.instance("vault", number, ASSENT_CONFIG=str(suite.config)) for number in range(2)]
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    suite.billing = forge(suite, {"sub": "grace", "roles": ["billing"]})
    suite.privacy = forge(suite, {"sub": "peter", "roles": ["privacy"]})
    suite.contacts = {}
    for state in ("stored", "empty", "locked", "cleared", "erased"):
        contact = suite.contacts[state] = created(suite)
        if state != "locked":
            lock(suite, contact, 1, False)
        if state in ("stored", "cleared", "erased"):
            store(suite, contact, VALUE)
        if state == "cleared":
            lock(suite, contact, 2, True, True)
            lock(suite, contact, 3, False)
    suite.sql("vault", "UPDATE contact SET erased_at = now() WHERE id = %s", suite.contacts["erased"])
    suite.contacts["unknown"] = fresh("never")


def data(suite, **more):
    whole = {"field": FIELD, "reason": REASON, "replyKey": json.loads(suite.reply_key.export_public()), **more}
    return {name: value for name, value in whole.items() if value is not ...}


def reveal(suite, contact, token, id=None, timeout=15, **more):
    return suite.walker.ask("vault.reveal", contact, data(suite, **more), token, id=id, timeout=timeout)


def opened(suite, answer, contact, field=FIELD):
    token = jwe.JWE()
    token.deserialize(answer["sealed"], suite.reply_key)
    header = json.loads(token.objects["protected"])
    expect(header["sub"] == contact and header["field"] == field, f"{header}")
    return token.payload.decode()


def log(suite, **filters):
    """All entries that a filter finds, by pages of 7."""
    entries, after = [], None
    while True:
        answer = suite.walker.ok("vault.log", "-", {**filters, "limit": 7, "after": after}, suite.privacy)
        entries += answer["entries"]
        after = answer["next"]
        if after is None:
            return entries


def revealed(suite):
    """A permitted user gets the value, sealed for them; the log and a fact tell of it; a repetition is a conflict"""
    contact, id = suite.contacts["stored"], str(uuid.uuid4())
    answer = reveal(suite, contact, suite.billing, id=id)
    expect(opened(suite, answer, contact) == VALUE, "the value")
    fact = suite.walker.wait_fact("vault.revealed", contact, user="grace", field=FIELD)
    entries = log(suite, contact=contact, outcome="released")
    expect(len(entries) == 1 and entries[0]["index"] == fact["data"]["index"], f"{entries}")
    wanted = {"user": "grace", "contact": contact, "field": FIELD, "reason": REASON, "outcome": "released", "count": 1}
    expect(wanted.items() <= entries[0].items(), f"{entries}")
    again = data(suite)
    suite.walker.refused("conflict", "vault.reveal", contact, {**again, "reason": "another"}, suite.billing, id=id)
    expect(len(log(suite, contact=contact)) == 1, "nothing more is logged")
    same = event("vault.reveal", contact, data(suite))
    first, second = (suite.walker.crm.answer(suite.walker.crm.ask_again(same, token=suite.billing))[0]
                     for _ in range(2))
    expect(opened(suite, first, contact) == VALUE and second["error"]["code"] == "conflict", f"{second}")
    for table in ("outbox", "inbox", "ledger_entry", "ledger_evidence"):
        rows = suite.sql("vault", f"SELECT x::text FROM {table} AS x")
        expect(not any(VALUE in row or "sealed" in row for row, in rows), f"in {table}")


def assent(suite):
    """`assent request vault.reveal` shows the value"""
    command = [suite.bin / "assent", "request", "vault.reveal", "--subject", suite.contacts["stored"], "--token",
               suite.billing, "--data", json.dumps({"field": FIELD, "reason": REASON})]
    done = subprocess.run(command, env={"AMQP_URL": suite.amqp_url("crm")}, capture_output=True, text=True, timeout=30)
    expect(done.returncode == 0 and json.loads(done.stdout)["value"] == VALUE, f"{done.stdout} {done.stderr}")


def matrix(suite):
    """Role, field, state and token: what each is answered, and that each refusal which names a field is logged"""
    contacts, key = suite.contacts, json.loads(suite.reply_key.export_public())
    now = int(time.time())
    cases = [(state, suite.billing, {}, code) for state, code in (
        ("empty", "not-found"), ("locked", "locked"), ("cleared", "not-found"), ("erased", "erased"),
        ("unknown", "unknown-contact"))]
    for roles in ([], ["support"], ["marketing"], ["privacy"]):
        token = forge(suite, {"sub": "grace", "roles": roles})
        cases += [(state, token, {}, "not-permitted") for state in contacts]
    cases += [("stored", suite.billing, {"field": "nationalId"}, "not-permitted"),
              ("stored", suite.billing, {"field": "firstName"}, "invalid-field"),
              ("stored", suite.billing, {"reason": ...}, "invalid-field"),
              ("stored", suite.billing, {"reason": ""}, "invalid-field"),
              ("stored", suite.billing, {"reason": " \u3164..."}, "invalid-field"),
              ("stored", suite.billing, {"reason": "x" * 501}, "too-large"),
              ("stored", suite.billing, {"replyKey": ...}, "invalid-field"),
              ("stored", suite.billing, {"replyKey": {**key, "x": key["y"]}}, "invalid-field"),
              ("stored", suite.billing, {"replyKey": json.loads(suite.reply_key.export_private())}, "invalid-field")]
    faults = {"no token": None, "no JWT": "abc", "another's": forge(suite, {"roles": ["billing"], "azp": "web"}),
              "expired": forge(suite, {"roles": ["billing"], "exp": now - 120}),
              "aud": forge(suite, {"roles": ["billing"], "aud": "other"}),
              "NUL": forge(suite, {"sub": "gr\0ace", "roles": ["billing"]}),
              "bound": forge(suite, {"roles": ["billing"], "cnf": {"jkt": "x"}})}
    cases += [("stored", token, {}, "not-permitted") for token in faults.values()]
    wrong = []
    for state, token, more, code in cases:
        contact = contacts[state]
        before = len(log(suite, contact=contact, outcome="refused"))
        answer = reveal(suite, contact, token, **more)
        entries = log(suite, contact=contact, outcome="refused")
        user = "crm" if token in faults.values() else "grace"
        if answer.get("error", {}).get("code") != code or len(entries) != before + 1 or entries[0]["user"] != user:
            wrong.append((state, more, code, answer, len(entries) - before, entries[:1]))
    expect(not wrong, f"{wrong}")
    for index in {entry["index"] for entry in log(suite, contact=contacts["locked"], user="grace")}:
        suite.walker.wait_fact("vault.refused", contacts["locked"], index=index, user="grace", field=FIELD)
    before = len(log(suite))
    for more in ({"field": ...}, {"field": "nothing"}, {"field": 5}, {"field": "@email"}):
        suite.walker.refused("invalid-field", "vault.reveal", contacts["stored"], data(suite, **more), suite.billing)
    expect(len(log(suite)) == before, "what names no field is not logged")
    bound = forge(suite, {"sub": "grace", "roles": ["billing"], "cnf": {"jkt": suite.reply_key.thumbprint()}})
    expect(opened(suite, reveal(suite, contacts["stored"], bound), contacts["stored"]) == VALUE, "bound to its key")


def by_name(suite):
    """A user whom the configuration names reveals without a role that may; nobody who is not exactly that user"""
    contact = suite.contacts["stored"]
    for roles in ({}, {"roles": []}, {"roles": ["support"]}):
        answer = reveal(suite, contact, forge(suite, {"sub": "ursula", **roles}))
        expect("sealed" in answer and opened(suite, answer, contact) == VALUE, f"{roles}: {answer}")
    entry = log(suite, contact=contact)[0]
    expect((entry["user"], entry["outcome"]) == ("ursula", "released"), f"{entry}")
    for claims in ({"sub": "Ursula"}, {"sub": "ursula "}, {"sub": "ursula2"}, {"sub": "grace", "roles": ["ursula"]},
                   {"sub": "grace", "name": "ursula"}, {"sub": "grace", "roles": ["reveal:creditCard"]}):
        answer = reveal(suite, contact, forge(suite, claims))
        expect(answer.get("error", {}).get("code") == "not-permitted", f"{claims}: {list(answer)}")
    answer = reveal(suite, contact, forge(suite, {"sub": "ursula"}), field="nationalId")
    expect(answer.get("error", {}).get("code") == "not-permitted", "another field")


def limited(suite):
    """60 reveals of a user in an hour, whichever instances and partitions they are asked of; the rest is logged"""
    contacts = [created(suite) for _ in range(16)]
    for contact in contacts:
        lock(suite, contact, 1, False)
        store(suite, contact, VALUE)
    token, crm = forge(suite, {"sub": "racer", "roles": ["billing"]}), suite.walker.crm
    asked = [crm.ask_again(event("vault.reveal", contacts[number % 16], data(suite)), token=token)
             for number in range(100)]
    answers = list(crm.answers(asked, 30).values())
    codes = [answer.get("error", {}).get("code") for answer in answers]
    expect((codes.count(None), codes.count("too-many")) == (60, 40), f"{sorted(map(str, codes))}")
    expect(len(log(suite, user="racer", outcome="released")) == 60, "released")
    expect(len(log(suite, user="racer", outcome="refused")) == 40, "refused")
    partitions = {entry["index"].split("-")[0] for entry in log(suite, user="racer")}
    expect(len(partitions) > 2, f"partitions {partitions}")
    expect(opened(suite, reveal(suite, contacts[0], suite.billing), contacts[0]) == VALUE, "another user")


def summed_up(suite):
    """Beyond 60 refusals of an hour one entry counts the rest, when the hour is over"""
    token, crm = forge(suite, {"sub": "prober", "roles": ["support"]}), suite.walker.crm
    contact = suite.contacts["stored"]
    asked = [crm.ask_again(event("vault.reveal", contact, data(suite)), token=token) for _ in range(75)]
    codes = {answer["error"]["code"] for answer in crm.answers(asked, 30).values()}
    expect(codes == {"not-permitted"}, f"{codes}")
    entries = log(suite, user="prober")
    expect([entry["count"] for entry in entries] == [1] * 60, f"{len(entries)} entries")
    suite.sql("vault", "UPDATE reveal_hour SET started_at = started_at - interval '1 hour' "
                       "WHERE viewer = 'user:prober'")
    within(25, lambda: len(log(suite, user="prober")) == 61, "the summary")
    last = log(suite, user="prober")[0]
    expect((last["count"], last["contact"], last["field"], last["outcome"]) == (15, None, FIELD, "refused"), f"{last}")
    left = suite.sql("vault", "SELECT count(*) FROM reveal_hour WHERE viewer = 'user:prober'")
    expect(left == [(0,)], "and the hour's row is gone")
    token = forge(suite, {"sub": "again", "roles": ["support"]})
    asked = [crm.ask_again(event("vault.reveal", contact, data(suite)), token=token) for _ in range(62)]
    crm.answers(asked, 30)
    suite.sql("vault", "UPDATE reveal_hour SET started_at = started_at - interval '1 hour' WHERE viewer = 'user:again'")
    reveal(suite, contact, token)
    within(25, lambda: sorted(entry["count"] for entry in log(suite, user="again")) == [1] * 61 + [2],
           "the summary before the next attempt")


def searched(suite):
    """The log is found by user, contact, field, outcome and time, page by page, newest first; by who may only"""
    everything = log(suite)
    order = [(entry["at"], *map(int, entry["index"].split("-"))) for entry in everything]
    expect(order == sorted(order, reverse=True) and len(set(order)) == len(order), "newest first, each once")
    contact = suite.contacts["stored"]
    middle = everything[len(everything) // 2]["at"]
    for filters, test in (
            ({"user": "grace"}, lambda one: one["user"] == "grace"),
            ({"contact": contact}, lambda one: one["contact"] == contact),
            ({"field": "nationalId"}, lambda one: one["field"] == "nationalId"),
            ({"outcome": "released"}, lambda one: one["outcome"] == "released"),
            ({"from": middle}, lambda one: one["at"] >= middle), ({"to": middle}, lambda one: one["at"] < middle),
            ({"user": "grace", "contact": contact, "field": FIELD, "outcome": "refused", "to": middle}, lambda one: (
                one["user"], one["contact"], one["field"], one["outcome"]) == ("grace", contact, FIELD, "refused")
                and one["at"] < middle)):
        wanted = [one for one in everything if test(one)]
        expect(wanted and log(suite, **filters) == wanted, f"{filters}")
    walker = suite.walker
    for token in (None, suite.billing, forge(suite, {"roles": ["support"]})):
        walker.refused("not-permitted", "vault.log", "-", {}, token)
    for filters in ({"after": "x"}, {"limit": 0}, {"limit": 10_001}, {"outcome": "x"}, {"from": "x"}):
        walker.refused("invalid-field", "vault.log", "-", filters, suite.privacy)
    suite.sql("vault", "DELETE FROM ledger_evidence WHERE contact = %s", suite.contacts["locked"])
    expect(not log(suite, contact=suite.contacts["locked"]), "nobody finds an erased contact")
    gone = [one for one in log(suite) if one["contact"] is None and one["count"] == 1]
    expect(gone and all(one["reason"] is None and one["user"] and one["field"] for one in gone), f"{gone[:3]}")
    expect(len(log(suite)) == len(everything), "user, time, field and outcome stay")


def unwritable(suite):
    """A log that cannot be written reveals nothing; when it can, what waited is answered and logged"""
    contact, crm = suite.contacts["stored"], suite.walker.crm
    before = len(log(suite, contact=contact))
    suite.sql("vault", "ALTER TABLE ledger_evidence RENAME TO ledger_evidence_away")
    try:
        asked = crm.ask_again(event("vault.reveal", contact, data(suite)), token=suite.billing)
        with contextlib.suppress(AssertionError):
            crm.answers([asked], 4)
        expect(asked not in crm.replies, "revealed without a log")
    finally:
        suite.sql("vault", "ALTER TABLE ledger_evidence_away RENAME TO ledger_evidence")
    expect(opened(suite, crm.answer(asked, 20)[0], contact) == VALUE, "the answer")
    expect(len(log(suite, contact=contact)) == before + 1, "one entry")
    for change in ("DELETE FROM ledger_entry", "UPDATE ledger_entry SET leaf = ''", "TRUNCATE ledger_entry"):
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            suite.sql("vault", change, owner=False)
            expect(False, f"the service may {change}")


def killed(suite):
    """Killed between commit and answer: logged once, revealed never, and the request's answer is a conflict"""
    contact, crm = suite.contacts["stored"], suite.walker.crm
    before = len(log(suite, contact=contact))
    for process in suite.running:
        suite.kill(process)
    asked = crm.ask_again(event("vault.reveal", contact, data(suite)), token=suite.billing)
    doomed = suite.start("vault", suite.port + 17, ASSENT_CRASH_AT="after-commit:1",
                         ASSENT_CONFIG=str(suite.config))
    expect(doomed.wait(timeout=20) == -9, "it was not killed")
    suite.running = [suite.instance("vault", 3, ASSENT_CONFIG=str(suite.config))]
    answer = crm.answer(asked, 20)[0]
    expect(answer.get("error", {}).get("code") == "conflict", f"{answer}")
    expect(len(log(suite, contact=contact)) == before + 1, "logged once")


def checkpointed(suite):
    """The log is in the ledger: gapless numbers, and checkpoints that are told of"""
    rows = suite.sql("vault", "SELECT partition, count(*), max(number) FROM ledger_entry GROUP BY partition")
    expect(rows and all(count == last for _, count, last in rows), f"gaps: {rows}")
    total = sum(count for _, count, _ in rows)
    facts = lambda: [one["data"]["checkpoint"] for one in suite.walker.facts.events("ledger.checkpoint")]
    within(5, lambda: any(int(note.split("\n")[1]) == total for note in facts()), f"a checkpoint of {total}")
    suite.walker.check_schemas()


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [VALUE], [suite.contacts["stored"]])


if __name__ == "__main__":
    run(Suite(()), begin, revealed, assent, matrix, by_name, limited, summed_up, searched, unwritable, killed,
        checkpointed, nothing_on_disk)
