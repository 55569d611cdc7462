"""The broker's definitions file and what the services declare are the same, so that nothing published early is missed;
a service that is configured for fewer partitions than the broker has does not start."""

import json

from harness import ALL, REPOSITORY, Suite, run, within


def fewer_partitions(suite):
    """Four partitions beside eight bound queues: a first start ends with a sentence, and nothing is written."""
    process = suite.start("optin", suite.port + 15, PARTITIONS="4")
    within(30, lambda: process.poll() is not None, "the service ends")
    log = (suite.folder / f"optin-{suite.port + 15}.log").read_text()
    assert process.returncode == 1 and "the broker has the queue optin.4" in log, log[-1000:]
    assert "set PARTITIONS to" in log, log[-1000:]
    assert suite.sql("optin", "SELECT count(*) FROM partition") == [(0,)]


def same(suite):
    """Every exchange, queue and binding on the broker stands in the definitions file, and the other way round."""
    for number, service in enumerate(service for service in ALL if service not in suite.services):
        suite.instance(service, number)
    text = (REPOSITORY / "Operations" / "broker" / "definitions.json.template").read_text()
    written = json.loads(text)
    binding = lambda b: (b["source"], b["destination"], b["destination_type"], b["routing_key"])
    found = {binding(b) for b in suite.management("bindings/assent") if b["source"]}
    assert found == {binding(b) for b in written["bindings"]}, found ^ {binding(b) for b in written["bindings"]}
    for kind in ["exchanges", "queues"]:
        names = {entry["name"] for entry in suite.management(f"{kind}/assent")}
        # An instance's own queue comes and goes with it.
        names = {name for name in names if name and not name.startswith("amq.") and ".instance." not in name}
        assert names == {entry["name"] for entry in written[kind]}, names ^ {entry["name"] for entry in written[kind]}


def questions_end(suite):
    """Questions that nobody waits for any more leave their queues: both kinds have the policy that says so."""
    def limited():
        queues = [queue for queue in suite.management("queues/assent")
                  if queue["name"].endswith((".queries", ".questions"))]
        lives = [queue.get("effective_policy_definition", {}).get("message-ttl") for queue in queues]
        return len(lives) == 2 * len(ALL) and set(lives) == {60_000}
    within(20, limited, "the policy of every queue of questions")  # the broker gathers it every few seconds


if __name__ == "__main__":
    run(Suite(["erasure"]), fewer_partitions, same, questions_end)
