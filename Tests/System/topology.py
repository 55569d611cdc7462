"""The broker's definitions file and what the services declare are the same, so that nothing published early is missed."""

import json

from harness import REPOSITORY, Suite, run


def same(suite):
    """Every exchange, queue and binding on the broker stands in the definitions file, and the other way round."""
    text = (REPOSITORY / "Operations" / "broker" / "definitions.json.template").read_text()
    written = json.loads(text)
    binding = lambda b: (b["source"], b["destination"], b["destination_type"], b["routing_key"])
    found = {binding(b) for b in suite.management("bindings/assent") if b["source"]}
    assert found == {binding(b) for b in written["bindings"]}, found ^ {binding(b) for b in written["bindings"]}
    for kind in ["exchanges", "queues"]:
        names = {entry["name"] for entry in suite.management(f"{kind}/assent")}
        names = {name for name in names if name and not name.startswith("amq.")}
        assert names == {entry["name"] for entry in written[kind]}, names ^ {entry["name"] for entry in written[kind]}


if __name__ == "__main__":
    run(Suite(), same)
