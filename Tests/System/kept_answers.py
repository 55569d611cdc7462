"""What the mail server answered is kept while the database is away, however long that is, and no other instance takes
the mail meanwhile: it comes once and counts as sent (N3, X5)."""

import contextlib, os, socket, threading, time, urllib.parse

from harness import Suite, run, within
from mail_server import MailServer
from walking import Walker, changed_configuration, expect, fresh

SERVER = MailServer(requires_tls=False)
AWAY, LONG_AWAY = 45, 125  # seconds; more than a claim of a mail that is not noted lasts
KINDS = ["campaign", "double-opt-in"]


class Proxy:
    """A way to the database for one instance, which a test can cut."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.target = (parts.hostname, parts.port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        self.url = parts._replace(netloc=parts.netloc.rsplit(":", 1)[0] + f":{port}").geturl()
        self.is_cut, self.open, self.lock = False, set(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends all connections; new ones are accepted and closed at once."""
        with self.lock:
            self.is_cut, ending = True, list(self.open)
        for one in ending:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_cut = False

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            with self.lock:
                if self.is_cut:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self.open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self.lock:
            self.open.discard(one)


def address(contact):
    return f"{contact}@example.com"


def ends(suite, contacts):
    """{(category, contact): [(fact's type, reason)]}."""
    found = {}
    for name in ("mail.sent", "mail.suppressed", "mail.failed"):
        for fact in suite.walker.facts.events(name, set(contacts)):
            key = fact["data"]["category"], fact["subject"]
            found.setdefault(key, []).append((name, fact["data"].get("reason")))
    return found


def taken(contact):
    return len(SERVER.mails(address(contact)))


def held(suite):
    """Has a campaign's mail and a double-opt-in mail handed over but for the answer, each by a worker of its own;
    returns (category, contact)s and the campaign's name."""
    old, new, name = suite.known.pop(), fresh(), fresh("campaign")
    SERVER.forget([address(old)])
    def order_campaign(): suite.walker.ok("mail.campaign", "campaigns", {
        "campaign": name, "subject": "S", "text": "T", "contacts": [old]}, token=suite.marketing)
    for contact, order in ((old, order_campaign), (new, lambda: suite.walker.submit(new))):
        SERVER.script(address(contact), "hold@end")
        order()
        within(20, lambda: SERVER.reached[address(contact), "end"], "the dialogue is held at the mail's end")
    within(5, lambda: suite.sql("notifier", "SELECT count(*) FROM mail WHERE state = 'handing'")[0][0] == 2, "noted")
    return list(zip(KINDS, (old, new))), name


def answered(suite, mails):
    """The mail server answers 250 to both, and nobody can write that down."""
    SERVER.release()
    within(5, lambda: all(taken(contact) for _, contact in mails), "the mail server has answered")


def sent_once(suite, mails, name):
    within(30, lambda: all(ends(suite, [contact]).get((kind, contact)) for kind, contact in mails), "the facts")
    for kind, contact in mails:
        expect(ends(suite, [contact])[kind, contact] == [("mail.sent", None)], f"{kind}: {ends(suite, [contact])}")
        expect(taken(contact) == 1, f"{kind}: taken {taken(contact)} times")
    progress = suite.walker.ok("mail.progress", "campaigns", {"campaign": name})
    expect((progress["sent"], progress["unknown"], progress["queued"]) == (1, 0, 0), f"progress: {progress}")


def start(suite, index, proxy):
    process = suite.instance("notifier", index, DATABASE_URL=proxy.url)
    expect(process.poll() is None, "the notifier does not start")
    return process


# --- cases


def prepare(suite):
    """A notifier that reaches its database by a way that can be cut, and contacts that campaigns may go to"""
    suite.walker, suite.marketing = Walker(suite), suite.token("mark", "marketing")
    suite.proxies = [Proxy(suite.env["NOTIFIER_DATABASE_URL"]) for _ in range(2)]
    suite.first = start(suite, 0, suite.proxies[0])
    suite.known = [fresh() for _ in range(4)]
    for contact in suite.known:
        suite.walker.submit(contact)
    within(30, lambda: len(ends(suite, suite.known)) == 4, "their double-opt-in mails")


def database_away(suite):
    """The database is away for 45 s from right after the mail server's 250: one mail each, sent; what waits goes later"""
    mails, name = held(suite)
    suite.proxies[0].cut()
    begun = time.monotonic()
    answered(suite, mails)
    waiting = fresh()
    suite.walker.submit(waiting)
    within(AWAY + 1, lambda: time.monotonic() > begun + AWAY, "the time that the database is away")
    expect(not SERVER.attempts[address(waiting)], "a mail was begun while outcomes could not be written")
    suite.proxies[0].mend()
    sent_once(suite, mails, name)
    within(20, lambda: taken(waiting) == 1, "the mail that waited")


def one_instance_cut_off(suite):
    """Only the instance that has the answers cannot reach the database for 125 s; another, which can, takes nothing"""
    mails, name = held(suite)
    start(suite, 1, suite.proxies[1])
    suite.proxies[0].cut()
    begun = time.monotonic()
    answered(suite, mails)
    # Whose order came before: the partitions are still the first instance's.
    other = suite.known.pop()
    SERVER.forget([address(other)])
    suite.sql("notifier", """WITH due AS (INSERT INTO mail (id, contact, kind) VALUES (gen_random_uuid(), %s, 'ad-hoc')
        RETURNING id) INSERT INTO mail_text (mail, subject, body_text) SELECT id, 'S', 'T' FROM due""", other)
    within(20, lambda: taken(other) == 1, "a mail that the other instance hands over")
    within(LONG_AWAY + 1, lambda: time.monotonic() > begun + LONG_AWAY, "the time that it is cut off")
    states = suite.sql("notifier", "SELECT state FROM mail WHERE state IN ('queued', 'claimed', 'handing', 'unknown')")
    expect(states == [("handing",)] * 2, f"the mails are still the first instance's: {states}")
    suite.proxies[0].mend()
    sent_once(suite, mails, name)


def killed_meanwhile(suite):
    """An instance that dies with an answer in memory is found dead: an opt-in mail goes again, a campaign's is unknown"""
    mails, name = held(suite)
    for proxy in suite.proxies:
        proxy.cut()
    answered(suite, mails)
    for process in suite.processes:
        suite.kill(process)
    for proxy in suite.proxies:
        proxy.mend()
    start(suite, 2, suite.proxies[1])
    told = {"campaign": [("mail.failed", "unknown")], "double-opt-in": [("mail.sent", None)]}
    for kind, contact in mails:
        within(30, lambda: ends(suite, [contact]).get((kind, contact)) == told[kind], f"{kind}: {told[kind]}")
    expect([taken(contact) for _, contact in mails] == [1, 2], "once, and again under N3's exception")
    suite.walker.check_schemas()


if __name__ == "__main__":
    configuration = changed_configuration("/tmp", ("policy: double ", "policy: any "))
    suite = Suite(["consent", "optin", "vault"], environment={"ASSENT_CONFIG": configuration, "SMTP_URL": SERVER.url})
    try:
        run(suite, prepare, database_away, one_instance_cut_off, killed_meanwhile)
    finally:
        os.unlink(configuration)
        SERVER.stop()
