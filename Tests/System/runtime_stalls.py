"""Stalled instances and restarts of broker and database under load: nothing lost, nothing twice (X5)."""

import collections, os, signal, threading, time

import psycopg

from harness import Suite, event, form, run, within


class Load(threading.Thread):
    """Publishes forms of ever new contacts, across the broker's restarts, until stopped."""

    def __init__(self, suite, prefix, pause=0.002):
        super().__init__(daemon=True)
        self.client, self.prefix, self.pause = suite.client(), prefix, pause
        self.ids, self.contacts, self.going, self.error = [], [], True, None
        self.start()

    def run(self):
        try:
            while self.going:
                contact = f"{self.prefix}-{len(self.ids)}"
                self.ids.append(self.client.persist("contacts", form(contact))["id"])
                self.contacts.append(contact)
                time.sleep(self.pause)
        except Exception as error:
            self.error = error

    def more(self, count, seconds=30):
        """Waits until so many more are published."""
        wanted = len(self.ids) + count
        within(seconds, lambda: self.error or len(self.ids) >= wanted, f"{count} more messages")
        if self.error:
            raise self.error

    def stop(self):
        self.going = False
        self.join(60)
        assert not self.is_alive() and not self.error, self.error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.going = False  # a case that failed leaves no load to the next
        self.join(60)


def all_once(suite, load, seconds=40):
    """Every form took effect once, in the history, among the facts and the mail orders; nothing is left or dead."""
    load.stop()
    within(seconds, lambda: suite.sql("optin", "SELECT count(*) FROM inbox WHERE id = ANY (%s::uuid[])", load.ids)
           [0][0] == len(load.ids), "all is done")
    within(seconds, lambda: suite.sql("optin", "SELECT count(*) FROM outbox")[0][0] == 0, "the outbox is empty")
    wanted = collections.Counter(load.contacts)
    rows = suite.sql("optin", "SELECT contact FROM status_change WHERE contact = ANY (%s)", load.contacts)
    assert collections.Counter(row[0] for row in rows) == wanted, "a change is lost or stands twice"
    for collector, type in ((suite.facts, "optin.changed"), (suite.mails, "internal.mail")):
        within(seconds, lambda: len(collector.events(type, wanted)) >= len(wanted), f"{type} for each")
        told = collections.Counter(event["subject"] for event in collector.events(type, wanted))
        assert told == wanted, f"{type} was told twice under another id"
    assert not suite.dead()
    print(f"     {len(load.ids)} forms")


def alive(suite, seconds=30):
    """The same process, ready again."""
    within(seconds, lambda: suite.ready(suite.port + 15), f"ready within {seconds} s")
    assert suite.optin.poll() is None, "the service ended"


def backends_terminated(suite):
    """All its database connections ended by the administrator, five times under load: nothing lost or twice."""
    # The owner is no superuser; the service's own role may end its own connections.
    others = "FROM pg_stat_activity WHERE usename = 'optin' AND pid <> pg_backend_pid()"
    with Load(suite, "backend") as load:
        for _ in range(5):
            load.more(100)
            within(30, lambda: suite.sql("optin", f"SELECT count(*) {others}", owner=False)[0][0] >= 8, "connected")
            suite.sql("optin", f"SELECT pg_terminate_backend(pid) {others}", owner=False)
        load.more(100)
        alive(suite)
        all_once(suite, load)


def restarted(suite, name, load):
    """kill -9 of what the supervisor looks after; waits until it started it again."""
    before = suite.pid(name)
    os.kill(before, signal.SIGKILL)
    within(30, lambda: suite.pid(name) != before, f"the supervisor starts the {name}")


def database_restarted(suite):
    """The database killed -9 under load: the same process is ready again within 30 s, nothing lost or twice."""
    with Load(suite, "database") as load:
        load.more(200)
        restarted(suite, "database", load)
        load.more(200)
        alive(suite)
        all_once(suite, load)


def broker_restarted(suite):
    """The broker killed -9 under load: the same process is ready again within 30 s, nothing lost or twice."""
    with Load(suite, "broker") as load:
        load.more(200)
        restarted(suite, "broker", load)
        load.more(200, 60)
        alive(suite)
        all_once(suite, load)


def stalled(suite):
    """The active instance stopped until the broker gives its partitions to another, then continued: once each."""
    other = suite.instance("optin", 1)
    with Load(suite, "stall", 0.02) as load:
        load.more(100)
        suite.optin.send_signal(signal.SIGSTOP)
        try:
            begun = len(load.ids)
            load.more(50)
            # Heartbeats of 20 s: the broker gives up on a client after two are missed.
            rest = load.contacts[begun + 10:begun + 50]
            within(90, lambda: suite.sql("optin", "SELECT count(*) FROM status_change WHERE contact = ANY (%s)", rest)
                   [0][0] == len(rest), "the other instance takes over")
        finally:
            suite.optin.send_signal(signal.SIGCONT)
        load.more(200)
        alive(suite)
        all_once(suite, load)
        suite.kill(other)


def partitions_locked(suite):
    """Somebody holds most partitions' rows, more than have a turn on a small machine: the others go on; in the end
    nothing is missing, also of what arrived while a partition waited for its turn."""
    for attempt in range(3):  # beside other work one attempt may be too slow by itself
        seconds = locked(suite, [f"held-{attempt}-{number}" for number in range(2400)])
        print(f"     the other partitions took {seconds:.2f} s")
        if seconds < 1.5:  # sooner than a lock is given up
            return
    raise AssertionError("the other partitions wait for those whose rows are held")


def locked(suite, contacts):
    """The seconds until the partitions whose rows nobody holds have done 50 forms."""
    client = suite.client()
    suite.kill(suite.optin)
    for contact in contacts:
        client.persist("contacts", form(contact))
    with psycopg.connect(suite.env["OPTIN_DATABASE_OWNER_URL"]) as holder:
        held = holder.execute("SELECT number FROM partition ORDER BY number LIMIT 6 FOR UPDATE").fetchall()
        assert len(held) == 6, held
        suite.optin = suite.instance("optin")
        begun = time.monotonic()
        done = lambda: suite.sql("optin", "SELECT count(*) FROM status_change WHERE contact = ANY (%s)", contacts)[0][0]
        within(30, lambda: done() >= 50, "what is in the other partitions")
        seconds = time.monotonic() - begun
        holder.rollback()
    within(30, lambda: done() == len(contacts), "all")
    return seconds


def started(suite):
    """One instance of optin."""
    suite.optin = suite.instance("optin")


if __name__ == "__main__":
    run(Suite([]), started, partitions_locked, backends_terminated, database_restarted, broker_restarted, stalled)
