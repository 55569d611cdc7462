"""Replies and batches that would be too large: whatever publishers store and ask, every reply has 1 MiB at most, no
partition stops, and who asks behind them is answered within seconds."""

import secrets, tempfile, time

from harness import Suite, event, form, run
from vault import key_of, seal
from walking import Walker, changed_configuration, expect, fresh

LIMIT = 1 << 20  # bytes of a reply
CONTROL = "\x01"  # takes six bytes in JSON
DECLARED = [f"f{number}" for number in range(180)]
BEHIND = 48  # contacts in every partition
PATIENCE = 60  # seconds for all of a load, on a busy machine in a debug build


def begin(suite):
    """Contacts in every partition, asked after each of the following"""
    suite.walker = Walker(suite)
    suite.behind = [fresh("behind") for _ in range(BEHIND)]
    for contact in suite.behind:
        suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    still_answered(suite)


def still_answered(suite, seconds=10, services=("vault", "optin")):
    """Every partition answers within seconds."""
    crm, begun = suite.walker.crm, time.monotonic()
    for type in [{"vault": "vault.read", "optin": "optin.show"}[service] for service in services]:
        asked = [crm.ask(type, contact, {}) for contact in suite.behind]
        answers = crm.answers(asked, seconds)
        expect(all(answer["status"] != "error" for answer in answers.values()), f"{type}: {answers.values()}")
    return time.monotonic() - begun


def created(suite, **profile):
    contact = fresh("large")
    suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": profile})
    return contact


def fill(suite, contact, names, value):
    """In messages that stay below 256 KiB."""
    for start in range(0, len(names), 10):
        suite.walker.tell("contact.updated", contact, {"profile": dict.fromkeys(names[start:start + 10], value)})


def read(suite):
    """vault.read of 92 fields of 4 KB of control characters: too-large, a part of them is shown"""
    contact = created(suite)
    fill(suite, contact, DECLARED[:92], CONTROL * 4096)
    answer = suite.walker.refused("too-large", "vault.read", contact, {}, timeout=30)
    expect("fields" in answer["error"]["message"], f"it says how to ask for less: {answer}")
    shown = suite.walker.ok("vault.read", contact, {"fields": DECLARED[:40]}, timeout=30)["fields"]
    expect(all(shown[name]["masked"] == CONTROL * 4096 for name in DECLARED[:40]), "what fits is shown")
    still_answered(suite)


def export(suite):
    """vault.export of 1,000 contacts of 1 KB each fits or is too-large, never more than a reply holds"""
    contacts = [created(suite, f0="x" * 600, f1="y" * 600) for _ in range(1000)]
    for contact in contacts:
        suite.walker.crm.ask("vault.read", contact, {"fields": ["f0"]})
    suite.walker.ok("vault.read", contacts[-1], {}, timeout=PATIENCE)
    answer = suite.walker.refused("too-large", "vault.export", "-", {"contacts": contacts}, timeout=30)
    expect("fields" in answer["error"]["message"], f"{answer}")
    rows = suite.walker.ok("vault.export", "-", {"contacts": contacts, "fields": ["f0"]}, timeout=30)["rows"]
    expect(len(rows) == 1000, "the same of one field")
    still_answered(suite)


def log(suite):
    """vault.log with long reasons: pages end early, and all of them hold every entry once"""
    contact, count = created(suite), 0
    asked = []
    for number in range(8):
        token = suite.token(f"user-{number}", "support")
        for _ in range(60):
            reason = f"{count} " + CONTROL * 480
            key = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
            data = {"field": "creditCard", "reason": reason, "replyKey": key}
            asked.append(suite.walker.crm.ask_again(event("vault.reveal", contact, data), token=token))
            count += 1
    answers = suite.walker.crm.answers(asked, 30)
    expect({one["error"]["code"] for one in answers.values()} == {"not-permitted"}, "none is permitted")
    privacy, reasons, after, pages = suite.token("paula", "privacy"), [], None, 0
    while pages == 0 or after:
        page = suite.walker.ok("vault.log", "-", {"contact": contact, "limit": 1000, "after": after}, token=privacy,
                               timeout=30)
        reasons += [int(entry["reason"].split()[0]) for entry in page["entries"]]
        after, pages = page["next"], pages + 1
    expect(sorted(reasons) == [*range(count)] and 1 < pages < 6, f"{len(reasons)} entries on {pages} pages")
    still_answered(suite)


def history(suite):
    """optin.show of 300 changes with texts of 4 KB: the newest first, page by page, oldest first in each"""
    contact, crm, token = fresh("history"), suite.walker.crm, suite.token("mark", "marketing")
    asked = []
    for number in range(100):
        crm.contacts(form(contact, f"{contact}@example.com", text=f"{number} " + CONTROL * 4090))
        for status in ("opt-out-user", "none"):
            asked.append(crm.ask_again(event("optin.set", contact, {"status": status}), token=token))
    crm.answers(asked, PATIENCE)
    ordinary = suite.walker.shown(contact)
    expect(len(ordinary["history"]) <= 100 and ordinary["earlier"], "a hundred unless more are asked for")
    changes, before, pages = [], None, 0
    while pages == 0 or before:
        page = suite.walker.ok("optin.show", contact, {"limit": 1000, "before": before}, timeout=30)
        changes, before, pages = page["history"] + changes, page["earlier"], pages + 1
    texts = [int(one["text"].split()[0]) for one in changes if "text" in one]
    expect(len(changes) == 300 and texts == [*range(100)] and pages > 1, f"{len(changes)} changes on {pages} pages")
    expect(all(one["to"] == next["from"] for one, next in zip(changes, changes[1:])), "a chain")
    few = suite.walker.ok("optin.show", contact, {"limit": 2})
    expect(few["history"] == changes[-2:] and few["earlier"], "two")
    few = suite.walker.ok("optin.show", contact, {"limit": 1000, "before": few["earlier"]}, timeout=30)
    expect(few["history"][-1] == changes[-3], "those before the two")
    for data, pointer in (({"limit": 0}, "/data/limit"), ({"limit": 1001}, "/data/limit"),
                          ({"before": "x"}, "/data/before"), ({"before": "-1"}, "/data/before")):
        suite.walker.refused("invalid-field", "optin.show", contact, data, pointer=pointer)
    still_answered(suite)


def members(suite):
    """optin.check and consent.check of 10,000 contacts with the longest ids are answered or refused"""
    contacts = [f"{number:0128}" for number in range(10_000)]
    fitting = contacts[:7000]
    checked = suite.walker.ok("optin.check", "-", {"category": "ad-hoc", "contacts": fitting}, timeout=30)
    expect(len(checked["refused"]["unknown"]) == 7000, "all of them")
    still_answered(suite)


def many_keys(suite):
    """1,000 contact.created with 180 profile keys of 20 bytes, at once, and 200 with 180 that are declared"""
    value = f"{secrets.token_hex(4)} {secrets.token_hex(6)}"[:20]
    loaded(suite, 1000, {f"undeclared{number}": value for number in range(180)})
    loaded(suite, 200, dict.fromkeys(DECLARED, value))


def large_values(suite):
    """80 contact.created with 55 fields of 4 KB, at once, and some of whose values are found by many words"""
    loaded(suite, 80, dict.fromkeys(DECLARED[:55], "x" * 4096))
    loaded(suite, 8, dict.fromkeys(DECLARED[:55], " ".join(secrets.token_hex(3) for _ in range(700))[:4096]))


def many_seals(suite):
    """200 vault.store with 40 sealed fields each, at once, are answered in time"""
    key = key_of(suite)
    contacts = [created(suite) for _ in range(200)]
    asked, begun = [], time.monotonic()
    for contact in contacts:
        fields = {name: {"sealed": seal(suite, "x", contact, name, key)} for name in DECLARED[:40]}
        asked.append(suite.walker.crm.ask("vault.store", contact, {"fields": fields}))
    answers = suite.walker.crm.answers(asked, PATIENCE)
    expect(all(answer["status"] == "ok" for answer in answers.values()), "stored")
    print(f"     {len(contacts)} stores of 40 seals in {time.monotonic() - begun:.1f} s")
    still_answered(suite)


def loaded(suite, count, profile):
    """So many contacts with this profile at once, and a question to every partition behind them."""
    contacts = [fresh("load") for _ in range(count)]
    begun = time.monotonic()
    for contact in contacts:
        suite.walker.crm.contacts(event(
            "contact.created", contact, {"email": f"{contact}@example.com", "profile": profile}))
    published = time.monotonic() - begun
    behind = still_answered(suite, PATIENCE, ["vault"])
    names = [name for name in profile if name in DECLARED]
    shown = suite.walker.ok("vault.read", contacts[-1], {"fields": names[:3]}, timeout=PATIENCE)["fields"]
    expect(all(shown[name]["masked"] == profile[name] for name in names[:3]), "the last one is there")
    log = (suite.folder / "state" / "log" / "vault.log").read_text(errors="replace")
    ended = sum("25P03" in line or "57014" in line for line in log.splitlines())
    print(f"     {count} published in {published:.1f} s, everything behind them {behind:.1f} s later; "
          f"{ended} transactions took too long")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fields = "".join(f"\n  {name}: {{}}" for name in DECLARED)
        configuration = changed_configuration(folder, ("  birthday: {}", "  birthday: {}" + fields))
        run(Suite(["consent", "optin", "vault", "notifier"], environment={"ASSENT_CONFIG": configuration}),
            begin, read, export, log, history, members, many_keys, large_values, many_seals)
