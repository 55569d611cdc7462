"""Memory does not grow with what waits: long messages behind a locked table, and bodies over the limit.

usage: memory.py [MESSAGES A PARTITION]"""

import json, pathlib, sys, uuid

import psycopg

from harness import Suite, event, run, within

PARTITIONS, PER_PARTITION = 8, int(sys.argv[1]) if len(sys.argv) > 1 else 60
MESSAGE, TOO_LONG = 256 * 1024, 1_900_000  # bytes


def bar(suite):
    """MiB; a build for debugging is larger by itself."""
    return 96 if "release" in str(suite.bin) else 160


def memory(suite, name):
    text = pathlib.Path(f"/proc/{suite.pid('optin')}/status").read_text()
    return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1]) / 1024


def long_message(contact):
    """An event of just under 256 KiB: keys that nothing declares are left out, whatever they hold."""
    profile = {f"note{number:03}": "x" * 4000 for number in range(64)}
    return event("contact.created", contact, {"email": f"{contact}@example.com", "profile": profile})


def behind_a_lock(suite):
    """Messages of 256 KiB for every partition, which all wait for a lock: the service's memory stays below the bar"""
    suite.crm, before = suite.client(), memory(suite, "VmRSS")
    with psycopg.connect(suite.env["OPTIN_DATABASE_OWNER_URL"]) as lock:
        lock.execute("SET idle_in_transaction_session_timeout = 0")
        lock.execute("LOCK TABLE partition IN ACCESS EXCLUSIVE MODE")
        for _ in range(PARTITIONS * PER_PARTITION):
            message = long_message(f"long-{uuid.uuid4().hex[:8]}")
            assert MESSAGE * 0.95 < len(json.dumps(message)) < MESSAGE
            suite.crm.contacts(message)
        waiting = memory(suite, "VmRSS")
        lock.rollback()
    done = "SELECT count(*) FROM contact WHERE contact LIKE 'long-%'"
    within(200, lambda: suite.sql("optin", done)[0][0] == PARTITIONS * PER_PARTITION, "all are done")
    highest = memory(suite, "VmHWM")
    print(f"     {PER_PARTITION} a partition: {before:.0f} MiB before, {waiting:.0f} behind the lock, "
          f"{highest:.0f} at most")
    assert highest < bar(suite), f"{highest:.0f} MiB"


def too_long(suite):
    """120 bodies of 1.9 MB for one contact: each is refused as too-large, none is kept in memory"""
    for _ in range(120):
        suite.crm.contacts(event("contact.updated", "one", {}), body=b" " * TOO_LONG)
    reply = suite.crm.request("optin.show", "one", {}, timeout=60)
    assert reply["error"]["code"] == "unknown-contact", reply
    print(f"     {memory(suite, 'VmHWM'):.0f} MiB at most")
    assert memory(suite, "VmHWM") < bar(suite), f"{memory(suite, 'VmHWM'):.0f} MiB"


if __name__ == "__main__":
    run(Suite(["optin"]), behind_a_lock, too_long)
