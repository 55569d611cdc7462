"""Two instances, one of them killed time and again under load: order per contact, own writes read, partitions shared.

    runtime_order.py [SEED]
"""

import collections, random, sys, time

from harness import Suite, event, form, run, within

CONTACTS, SECONDS, SECONDS_BETWEEN_KILLS = 200, 20, 3
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)


class Model:
    """What optin must know of one contact, as its publisher sees it."""

    def __init__(self, contact):
        self.contact, self.address, self.history, self.exists = contact, 0, [], False
        self.asked = []  # (correlation, length of the history then)

    @property
    def status(self):
        return self.history[-1] if self.history else "none"

    def email(self):
        return f"{self.contact}.{self.address}@example.com"

    def step(self, rng, client):
        if self.exists and rng.random() < 0.4:
            self.asked.append((client.ask("optin.show", self.contact, {"limit": 1000}), len(self.history)))
        elif self.exists and rng.random() < 0.5:
            self.address += 1
            client.contacts(event("contact.updated", self.contact, {"email": self.email()}))
            if self.status != "none":
                self.history.append("none")
        else:
            self.exists = True
            client.contacts(form(self.contact, self.email()))
            if self.status == "none":
                self.history.append("single-opt-in-webform")


def order_under_kills(suite):
    """Every 3 s one of two instances is killed and started again: each publisher reads its own writes, in order."""
    rng, client = random.Random(SEED), suite.client()
    models = [Model(f"order-{number}") for number in range(CONTACTS)]
    begun, kills, count = time.monotonic(), 0, 0
    while time.monotonic() < begun + SECONDS:
        rng.choice(models).step(rng, client)
        count += 1
        if count % 20 == 0:
            client.connection.process_data_events(time_limit=0)
        if time.monotonic() > begun + (kills + 1) * SECONDS_BETWEEN_KILLS:
            which = kills % 2
            suite.kill(suite.both[which])
            suite.both[which] = suite.start("optin", suite.port + 15 + which)
            kills += 1
    asked = [correlation for model in models for correlation, _ in model.asked]
    client.answers(asked, timeout=40)
    came = {correlation: place for place, correlation in enumerate(client.replies)}
    later = 0
    for model in models:
        places = [came[correlation] for correlation, _ in model.asked]
        assert places == sorted(places), f"replies about {model.contact} came out of order"
        for correlation, length in model.asked:
            reply = client.replies[correlation]["data"]
            told = [change["to"] for change in reply["history"]]
            assert len(told) >= length, f"{model.contact} does not show {length - len(told)} earlier writes"
            assert told == model.history[:len(told)], f"the history of {model.contact} is another"
            assert reply["status"] == (told[-1] if told else "none"), f"status of {model.contact}"
            later += len(told) > length  # asked again after a crash, and answered afresh
    print(f"     {count} messages, {len(asked)} replies, {later} of them afresh, {kills} kills")


def effects_once(suite):
    """After all kills: every change stands once, in the history and among the facts, and nothing is left or dead."""
    rows = suite.sql("optin", "SELECT contact, to_status FROM status_change WHERE contact LIKE 'order-%%' "
                              "ORDER BY contact, number")
    within(20, lambda: suite.sql("optin", "SELECT count(*) FROM outbox")[0][0] == 0, "the outbox is empty")
    within(10, lambda: len(suite.facts.events("optin.changed")) >= len(rows), "a fact a change")
    stored, told = collections.defaultdict(list), collections.defaultdict(list)
    for contact, status in rows:
        stored[contact].append(status)
    for fact in suite.facts.events("optin.changed"):
        told[fact["subject"]].append((fact["sequence"], fact["data"]["to"]))
    for contact, statuses in stored.items():
        assert [to for _, to in sorted(told[contact])] == statuses, f"facts of {contact} differ from its history"
    wrong = [contact for contact, facts in told.items() if facts != sorted(facts)]
    assert not wrong, f"facts of {len(wrong)} contacts came first out of order, as of {wrong[0]}"
    assert not suite.dead()


def four_and_four(suite):
    active = suite.active()
    return len(active) == 8 and sorted(collections.Counter(
        name.rsplit("/", 1)[0] for name in active.values()).values()) == [4, 4]


def shared(suite):
    """Within 30 s the two instances work on four partitions each."""
    client = suite.client()

    def under_load():
        for number in range(CONTACTS):
            client.contacts(event("contact.updated", f"order-{number}", {"locale": "en"}))
        return four_and_four(suite)

    within(30, under_load, "four partitions each")
    assert all(name == f"{name.rsplit('/', 1)[0]}/partition-{number}" and name.startswith("optin/")
               for number, name in suite.active().items()), suite.active()


def shared_idle(suite):
    """Without any message, an instance that joins gets its four partitions within 25 s too."""
    suite.kill(suite.both[1])
    within(30, lambda: len(names := set(suite.active().values())) == 8 and len({
        name.rsplit("/", 1)[0] for name in names}) == 1, "one instance has all")
    suite.both[1] = suite.instance("optin", 1)
    within(25, lambda: four_and_four(suite), "four partitions each")


def started(suite):
    """Two instances run."""
    suite.both = [suite.instance("optin", 0), suite.instance("optin", 1)]


if __name__ == "__main__":
    print(f"seed {SEED}", flush=True)
    run(Suite([]), started, order_under_kills, effects_once, shared, shared_idle)
