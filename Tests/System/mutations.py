"""Wrong messages of every type that optin takes: each is dead with its reason, answered, taken or unrouted.

    mutations.py [COUNT [SEED]]
"""

import collections, contextlib, random, sys, time, uuid

import pika

import mutate
from harness import Suite, event, form, run, within

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
RSS_LIMIT_KIB = 100 * 1024  # of a debug build
CODES = {"malformed", "invalid-field", "too-large", "conflict", "unknown-contact", "failed"}


def right_messages():
    """(account, exchange, event, asks for a reply) for every type that optin takes."""
    profile = {"region": "EU", "score": 3, "firstName": "Ann", "vip": True}
    row, contact = str(uuid.uuid4()), "m-known"
    yield "crm", "contacts", event("contact.created", "m-1", {"email": "m-1@example.com", "locale": "en",
                                                             "profile": profile}), False
    yield "crm", "contacts", event("contact.updated", "m-2", {"email": "m-2@example.com", "profile": profile}), False
    yield "crm", "contacts", form("m-3", locale="en-GB", profile=profile, lists=["news"], text="Yes, send me news.",
                                  remoteAddress="192.0.2.1", userAgent="Mozilla/5.0"), False
    yield "crm", "requests", event("optin.show", contact, {}), True
    yield "crm", "requests", event("optin.check", "m-5", {"category": "campaign", "contacts": [contact, "m-2"],
                                                         "list": "news"}), True
    source = {"source": "/assent/consent"}
    yield "consent", "internal", event("internal.unsubscribe", contact, {
        "mail": row, "remoteAddress": "192.0.2.1", "userAgent": "Mozilla/5.0"}, **source), True
    yield "consent", "internal", event("internal.confirm", contact, {
        "confirmation": row, "action": "decline", "isEarly": True, "remoteAddress": "192.0.2.1"}, **source), True
    yield "consent", "internal", event("internal.confirmation", contact, {"confirmation": row}, **source), True
    yield "vault", "internal", event("internal.address", "m-9", {
        "addressHash": "x" * 43, "causeId": row, "causeSource": "/crm"}, source="/assent/vault"), False
    yield "notifier", "internal", event("internal.gate", "gate", {"mails": [
        {"mail": row, "contact": contact, "category": "campaign", "list": "news"},
        {"mail": str(uuid.uuid4()), "contact": contact, "category": "double-opt-in", "confirmation": row}]},
        source="/assent/notifier"), True


class Run:
    """What was published and what became of it; each message is known by its correlation id."""

    def __init__(self, suite):
        self.suite, self.clients = suite, {name: suite.client(name) for name in ("crm", "consent", "vault", "notifier")}
        self.replies = {name: suite.collector(name, f"{name}.mutations") for name in self.clients}
        self.sent = {}  # correlation id → (description, event id, reply_to, type)
        self.bodies = {}  # correlation id → body
        self.repeated = collections.Counter()  # body → more letters: alike, without an id, they have one row
        self.refused, self.unrouted, self.dead = set(), set(), {}

    def publish(self, account, exchange, right, asks, description, body, override):
        tag, id = str(uuid.uuid4()), str(uuid.uuid4())
        body = body.replace(right["id"].encode(), id.encode())
        values = {"message_id": id, "correlation_id": tag, **({"reply_to": f"{account}.mutations"} if asks else {}),
                  **override}
        self.sent[tag] = (description, id, values.get("reply_to"), right["type"])
        self.bodies[tag] = body
        client = self.clients[account]
        try:
            client.publish(exchange, right, body=body, **values)
        except (pika.exceptions.ChannelClosedByBroker, pika.exceptions.UnroutableError):
            self.refused.add(tag)
            client.reopen() if not client.channel.is_open else None

    def collect(self):
        """Takes the letters and what lies in `unrouted`; returns the messages of which nothing was seen yet."""
        for headers, properties, _ in self.suite.dead():
            tag = properties.correlation_id
            self.repeated[self.bodies[tag]] += tag in self.dead
            self.dead.setdefault(tag, headers)
        for _, properties, _ in self.clients["consent"].drain("unrouted"):
            self.unrouted.add(properties.correlation_id)
        self.answered = {properties.correlation_id for replies in self.replies.values()
                         for _, _, properties, _ in list(replies.taken)}
        rows = self.suite.sql("optin", "SELECT id FROM inbox")
        taken = {str(row[0]) for row in rows}
        self.taken = {tag for tag, (_, id, _, _) in self.sent.items() if id in taken}
        seen = self.refused | self.unrouted | set(self.dead) | self.answered | self.taken
        missing = [tag for tag in self.sent if tag not in seen and not self.leaves_no_trace(tag)]
        alike = collections.Counter(self.bodies[tag] for tag in missing)
        for body, more in self.repeated.items():
            assert more <= sum(one == body for one in self.bodies.values()) - 1, "a message is dead twice"
        return [self.sent[tag] for tag in missing if alike[self.bodies[tag]] > self.repeated[self.bodies[tag]]]

    def leaves_no_trace(self, tag):
        """A question that asks for no answer, or for one in another queue of its own account's (that is not there)."""
        _, _, target, type = self.sent[tag]
        return type in ("optin.check", "internal.gate", "internal.confirmation") and (
            not target or target == "consent.0" and type == "internal.confirmation")


def rss(pid, field="VmRSS"):
    return int(next(line for line in open(f"/proc/{pid}/status") if line.startswith(field)).split()[1])


def all_accounted_for(suite):
    """Mutated messages of every type: each is dead with its reason, answered, taken, unrouted or refused."""
    suite.crm.contacts(form("m-known"))
    all = Run(suite)
    messages = list(right_messages())
    share = -(-COUNT // len(messages))
    made = [(right, mutate.mutations(right[2], f"{SEED} {right[2]['type']}", share)) for right in messages]
    largest, left = 0, COUNT
    while left > 0:
        for (account, exchange, right, asks), mutations in made:
            all.publish(account, exchange, right, asks, *next(mutations))
            left -= 1
            if left == 0:
                break
        if left % 100 < len(made):
            largest = max(largest, rss(suite.optin.pid))
            assert suite.optin.poll() is None, "the service ended"
    missing = None

    def none_missing():
        nonlocal missing
        missing = all.collect()
        return not missing

    try:
        within(20, none_missing, "an account of each message")
    except AssertionError:
        kinds = collections.Counter(f"{type}: {description}"[:100] for description, _, _, type in missing)
        raise AssertionError(f"nothing is known of {len(missing)}: {kinds.most_common(8)}") from None
    largest = max(largest, rss(suite.optin.pid))
    codes = collections.Counter(headers["x-error-code"] for headers in all.dead.values())
    print(f"     {len(all.sent)} messages: {len(all.refused)} refused by the broker, {len(all.unrouted)} unrouted, "
          f"{len(all.dead)} dead {dict(codes)}, {len(all.answered)} answered, {len(all.taken)} taken; "
          f"{largest // 1024} MiB at most")
    assert set(codes) <= CODES, codes
    for tag, headers in all.dead.items():
        assert headers["x-error-message"] and "@example.com" not in headers["x-error-message"], all.sent[tag]
        assert headers["x-original-exchange"] and headers["x-original-routing-key"], all.sent[tag]
        assert "authorization" not in headers, all.sent[tag]

    def silent():
        all.collect()
        return [all.sent[tag] for tag in all.taken | set(all.dead) if (to := all.sent[tag][2]) and to.endswith(
            ".mutations") and tag not in all.answered and all.sent[tag][0] != "no user_id"]  # whose queue is it?

    with contextlib.suppress(AssertionError):  # the answer to a withdrawal waits out the leases
        within(10, lambda: not silent(), "every answer")
    unanswered = silent()
    assert not unanswered, f"{len(unanswered)} were taken or buried and not answered: {unanswered[:3]}"
    assert not codes["failed"], [all.sent[tag] for tag, headers in all.dead.items()
                                 if headers["x-error-code"] == "failed"][:3]
    suite.all = all
    assert largest <= RSS_LIMIT_KIB, f"{largest // 1024} MiB"


def works_as_before(suite):
    """The same process; a form after all that takes effect in less than a second; nothing waits."""
    assert suite.optin.poll() is None
    begun = time.monotonic()
    suite.crm.contacts(form("m-last"))
    assert suite.crm.request("optin.show", "m-last", {})["status"] == "single-opt-in-webform"
    assert time.monotonic() - begun < 1
    within(10, lambda: not any(count for name, count in suite.depths().items() if name.startswith("optin.")),
           "the queues are empty")


def nothing_personal_in_the_log(suite):
    """No address, no value and no body stands in the service's log."""
    log = (suite.folder / f"optin-{suite.port + 15}.log").read_text()
    assert "@example.com" not in log and "DROP TABLE" not in log and "Mozilla" not in log and "xxxxxxxx" not in log


def started(suite):
    """One instance of optin."""
    suite.optin, suite.crm = suite.instance("optin"), suite.client()


if __name__ == "__main__":
    print(f"seed {SEED}", flush=True)
    run(Suite([]), started, all_accounted_for, works_as_before, nothing_personal_in_the_log)
