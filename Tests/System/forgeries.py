"""What another account may try to pass off as the suite's own: nothing of it takes effect (contract section 1)."""

import json, uuid

import pika

from harness import Suite, event, form, run, within


def refused(suite, action, account="crm"):
    """The broker refuses an action: the code."""
    client = suite.client(account)
    try:
        action(client.channel)
    except pika.exceptions.ChannelClosedByBroker as refusal:
        return refusal.reply_code
    except pika.exceptions.UnroutableError:
        return "unroutable"
    except pika.exceptions.ConnectionClosedByBroker as refusal:
        return refusal.reply_code
    return None


def settle(suite):
    """Everything published before is done: a form through every partition."""
    contacts = [f"settle-{uuid.uuid4().hex[:8]}-{number}" for number in range(48)]
    asked = []
    for contact in contacts:
        suite.crm.contacts(form(contact))
        asked.append(suite.crm.ask("optin.show", contact, {}))
    suite.crm.answers(asked)


def status(suite, contact):
    rows = suite.sql("optin", "SELECT status FROM contact WHERE contact = %s", contact)
    return rows[0][0] if rows else None


def known(suite, contact):
    suite.crm.contacts(form(contact))
    within(10, lambda: status(suite, contact) == "single-opt-in-webform", "the form")


def unsubscribe(contact):
    return event("internal.unsubscribe", contact, {"mail": str(uuid.uuid4())}, source="/assent/consent")


def only_dead(suite, id, code="malformed", body=None):
    """Exactly one dead letter of this id, with its code."""
    found = []
    def look():
        found.extend(letter for letter in suite.dead() if letter[1].message_id == id)
        return found
    within(10, look, "the dead letter")
    headers, properties, _ = found[0]
    assert len(found) == 1 and headers["x-error-code"] == code, [letter[0] for letter in found]
    assert "authorization" not in {name.lower() for name in headers}
    return found[0]


def empty_but_for_marker(suite, collector):
    """Nothing came to a stand-in's queue before what its own account puts there now."""
    account = collector.name.split(".")[0]
    marker = event("marker", "marker", {})
    if account == "crm":
        suite.crm.channel.exchange_declare("crm.marker", "fanout", durable=True)
        suite.crm.channel.queue_bind(collector.name, "crm.marker", "")
        suite.crm.publish("crm.marker", marker)
    else:
        suite.client(account).publish("", marker, routing_key=collector.name)
    within(10, lambda: [one for one in collector.events() if one["id"] == marker["id"]], "the marker")
    assert len(collector.taken) == 1, f"{len(collector.taken) - 1} messages came to {collector.name}"


def no_way_into_internal(suite):
    """crm gets nothing into `internal`, optin.in or a partition by any means of the broker, and reads none of it."""
    quorum = {"x-queue-type": "quorum"}
    attempts = {
        "publishing": lambda c: c.basic_publish("internal", "internal.unsubscribe", b"{}"),
        "dead-lettering": lambda c: c.queue_declare("crm.dlx", durable=True, arguments={
            **quorum, "x-dead-letter-exchange": "internal", "x-message-ttl": 1}),
        "an alternate exchange": lambda c: c.exchange_declare("crm.ae", "fanout", durable=True, arguments={
            "alternate-exchange": "internal"}),
        "a binding to it": lambda c: (c.exchange_declare("crm.e2e", "fanout", durable=True),
                                      c.exchange_bind("internal", "crm.e2e", "")),
        "a binding to optin.in": lambda c: (c.exchange_declare("crm.e2e", "fanout", durable=True),
                                            c.exchange_bind("optin.in", "crm.e2e", "")),
        "a binding from it": lambda c: (c.queue_declare("crm.spy", durable=True, arguments=quorum),
                                        c.queue_bind("crm.spy", "internal", "#")),
        "publishing to a partition": lambda c: c.basic_publish("", "optin.0", b"{}"),
        "publishing to optin.in": lambda c: c.basic_publish("optin.in", "internal.unsubscribe", b"{}"),
        "dead-lettering to optin.in": lambda c: c.queue_declare("crm.dlx2", durable=True, arguments={
            **quorum, "x-dead-letter-exchange": "optin.in"}),
        "dead-lettering to a partition": lambda c: c.queue_declare("crm.dlx3", durable=True, arguments={
            **quorum, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "optin.0"}),
        "binding another's queue": lambda c: c.queue_bind("optin.0", "facts", "#"),
        "publishing facts": lambda c: c.basic_publish("facts", "optin.changed", b"{}"),
        "another's user_id": lambda c: c.basic_publish(
            "contacts", "contact.created", b"{}", pika.BasicProperties(user_id="consent")),
        "reading dead letters": lambda c: c.basic_get("optin.dead"),
        "consuming a partition": lambda c: c.basic_consume("optin.0", lambda *_: None),
        "purging a partition": lambda c: c.queue_purge("optin.0"),
        "a type that is not its own": lambda c: c.basic_publish("contacts", "internal.unsubscribe", b"{}"),
    }
    codes = {name: refused(suite, action) for name, action in attempts.items()}
    allowed = {name: code for name, code in codes.items() if code != (406 if name == "another's user_id" else 403)}
    assert not allowed, f"the broker lets crm in by {allowed}"


def carbon_copies(suite):
    """The header CC on `contacts` steers neither the message into `internal` nor its dead letter into any queue."""
    known(suite, "cc")
    victim = suite.collector("optin", "optin.victim")
    elsewhere = suite.collector("crm", "crm.copies")
    message = unsubscribe("cc")
    for headers in ({"CC": ["internal.unsubscribe"]}, {"BCC": ["internal.unsubscribe"]},
                    {"CC": ["internal.unsubscribe", "optin.0", "optin.victim", "crm.copies", "shop.orders"]}):
        suite.crm.publish("contacts", message, routing_key="contact.created",
                          headers={"partitionkey": "cc", **headers})
        suite.crm.publish("contacts", {**event("contact.created", "cc", {}), "data": 1},
                          headers={"partitionkey": "cc", **headers})
    settle(suite)
    assert status(suite, "cc") == "single-opt-in-webform", status(suite, "cc")
    letters = []
    within(10, lambda: letters.extend(suite.dead()) or len(letters) >= 6, "six dead letters")
    assert len(letters) == 6 and {headers["x-error-code"] for headers, _, _ in letters} == {"malformed"}, letters
    empty_but_for_marker(suite, victim)
    empty_but_for_marker(suite, elsewhere)
    orders = suite.client("shop").drain("shop.orders")
    assert not orders, f"a participant got a forged order from {orders[0][1].user_id}"
    assert not any("CC" in headers for headers, _, _ in letters)


def other_types(suite):
    """A type that is not the routing key, of `internal` or `facts`, on contacts and requests: malformed."""
    known(suite, "types")
    for exchange, key in (("contacts", "contact.created"), ("contacts", "webform.submitted"),
                          ("requests", "optin.show")):
        for type in ("internal.unsubscribe", "internal.address", "optin.changed", "contact.updated"):
            data = {"mail": str(uuid.uuid4()), "addressHash": "x", "causeId": str(uuid.uuid4()), "causeSource": "/crm",
                    "email": "other@example.com"}
            message = event(type, "types", data, source="/assent/consent")
            suite.crm.publish(exchange, message, routing_key=key)
            headers, _, _ = only_dead(suite, message["id"])
            assert headers["x-original-routing-key"] == key and headers["x-original-user-id"] == "crm", headers
    assert status(suite, "types") == "single-opt-in-webform"


def claimed_origin(suite):
    """x-original-* headers change nothing, from crm and from a service: what counts is what the broker says."""
    known(suite, "origin")
    claim = {"partitionkey": "origin", "x-original-exchange": "internal", "x-original-user-id": "consent",
             "x-original-routing-key": "internal.unsubscribe"}
    message = unsubscribe("origin")
    suite.crm.publish("contacts", message, routing_key="contact.created", headers=claim)
    headers, _, _ = only_dead(suite, message["id"])
    assert (headers["x-original-exchange"], headers["x-original-user-id"], headers["x-original-routing-key"]) == (
        "contacts", "crm", "contact.created"), headers
    assert status(suite, "origin") == "single-opt-in-webform"
    again = event("internal.unsubscribe", "origin", {"mail": str(uuid.uuid4())}, source="/assent/vault")
    suite.client("vault").publish("internal", again, headers=claim)
    headers, _, _ = only_dead(suite, again["id"])
    assert headers["x-original-user-id"] == "vault", headers
    assert status(suite, "origin") == "single-opt-in-webform"


def operator_asks_only(suite):
    """The operator gets nothing into a service past its requests, not even a dead letter, and reads no queue."""
    known(suite, "operator")
    body = json.dumps(unsubscribe("operator")).encode()
    properties = pika.BasicProperties(user_id="operator", headers={"partitionkey": "operator"})
    for exchange, key in (("optin.in", "internal.unsubscribe"), ("", "optin.0"), ("", "optin.dead"),
                          ("internal", "internal.unsubscribe"), ("contacts", "contact.updated"),
                          ("facts", "optin.changed"), ("requests", "optin.show")):
        code = refused(suite, lambda channel: channel.basic_publish(exchange, key, body, properties), "operator")
        assert code == 403, f"operator may publish {key} to '{exchange}': {code}"
    for queue in ("optin.0", "optin.dead", "optin.queries", "unrouted"):
        code = refused(suite, lambda channel: channel.basic_get(queue), "operator")
        assert code == 403, f"operator may read {queue}: {code}"
    settle(suite)
    assert status(suite, "operator") == "single-opt-in-webform"


def answers_elsewhere(suite):
    """reply_to naming another's queue: malformed, answered by nobody, kept with its reason."""
    known(suite, "reply")
    spies = [suite.collector("optin", "optin.answers"), suite.collector("notifier", "notifier.answers")]
    for target in ("optin.answers", "notifier.answers", "optin.0", "shop.orders", "crmx.queue", "crm", "unrouted"):
        message = event("optin.show", "reply", {})
        suite.crm.publish("requests", message, reply_to=target, correlation_id="x")
        only_dead(suite, message["id"])
        query = event("optin.check", "reply", {"category": "ad-hoc", "contacts": ["reply"]})
        suite.crm.publish("requests", query, reply_to=target, correlation_id="x")
        only_dead(suite, query["id"])
    settle(suite)
    for spy in spies:
        empty_but_for_marker(suite, spy)
    assert not suite.client("shop").drain("shop.orders")


def own_queue_answers(suite):
    """reply_to naming a queue of the asker's own is answered there, by optin, with the correlation id."""
    known(suite, "own")
    queue = suite.crm.queue("crm.answers")
    suite.crm.publish("requests", event("optin.show", "own", {}), reply_to=queue, correlation_id="mine")
    method, properties, body = suite.crm.drain(queue, 1)[0]
    assert properties.correlation_id == "mine" and properties.user_id == "optin"
    assert json.loads(body)["type"] == "optin.show.reply" and json.loads(body)["source"] == "/assent/optin"


def envelope(suite):
    """No user_id, another or no partitionkey: malformed, and answered where an answer may go."""
    for override in ({"user_id": None}, {"headers": {"partitionkey": "another"}}, {"headers": {"partitionkey": 7}}):
        message = form("envelope")
        suite.crm.contacts(message, **override)
        only_dead(suite, message["id"])
    suite.crm.ask("optin.show", "envelope", {})
    correlation = suite.crm.ask("optin.show", "envelope", {}, headers={"partitionkey": "another"})
    reply, _ = suite.crm.answer(correlation)
    assert reply["status"] == "error" and reply["error"]["code"] == "malformed", reply
    assert status(suite, "envelope") is None
    assert not suite.dead(), "a request that was answered is kept"


def too_long(suite):
    """A body of 257 KiB: too-large, answered, or kept without its body where nobody asks; one of 255 KiB is read."""
    large = event("optin.show", "large", {"more": "x" * (257 * 1024)})
    reply, _ = suite.crm.answer(suite.crm.ask_again(large))
    assert reply["error"]["code"] == "too-large", reply
    settle(suite)
    assert not suite.dead(), "a request that was answered is kept"
    for override in ({}, {"reply_to": "optin.answers"}):
        large = event("optin.show", "large", {"more": "x" * (257 * 1024)})
        suite.crm.publish("requests", large, **override)
        code = "malformed" if override else "too-large"
        _, _, body = only_dead(suite, large["id"], code)
        assert override or body == b"", "the body of what is too large is kept"
    reply = suite.crm.request("optin.show", "large", {"more": "x" * (255 * 1024)})
    assert reply["error"]["pointer"] == "/data/more", reply


def token_never_kept(suite):
    """The header authorization, in any case, is in no dead letter, no inbox and no outbox."""
    secret = "Bearer " + uuid.uuid4().hex * 3
    for name in ("authorization", "Authorization", "AUTHORIZATION"):
        message = form("token")
        suite.crm.contacts(message, body=b"{", headers={"partitionkey": "token", name: secret})
        headers, properties, body = only_dead(suite, message["id"])
        assert secret not in str(headers) + str(properties) and secret.encode() not in body
    log = (suite.folder / f"optin-{suite.port + 15}.log").read_text()
    assert secret not in log and "@example.com" not in log


def service_to_service(suite):
    """Another service's account may not speak on contacts or requests; web and shop not on internal."""
    for account, exchange, key in (("consent", "contacts", "contact.created"), ("consent", "requests", "optin.show"),
                                   ("web", "internal", "internal.unsubscribe"),
                                   ("shop", "internal", "internal.confirm"),
                                   ("web", "contacts", "contact.created"), ("shop", "requests", "optin.show"),
                                   ("mta", "contacts", "contact.created"), ("mta", "requests", "optin.show"),
                                   ("mta", "internal", "internal.unsubscribe")):
        code = refused(suite, lambda channel: channel.basic_publish(exchange, key, b"{}"), account)
        assert code == 403, f"{account} may publish {key} on {exchange}"


def each_its_own(suite):
    """On internal, what one service says counts from that service's account alone: from another it is dead."""
    known(suite, "sender")
    for account, type in (
            ("erasure", "internal.unsubscribe"), ("notifier", "internal.unsubscribe"), ("optin", "internal.confirm"),
            ("vault", "internal.confirmation"), ("consent", "internal.address"), ("consent", "internal.mail-sent"),
            ("vault", "internal.list-members"), ("consent", "internal.mail-due"),
            ("vault", "internal.address-opted-out"), ("notifier", "internal.import"), ("consent", "internal.invite")):
        message = event(type, "sender", {}, source=f"/assent/{account}")
        suite.client(account).publish("internal", message)
        headers, _, _ = only_dead(suite, message["id"])
        assert "only the service" in headers["x-error-message"], (account, type, headers["x-error-message"])
    assert status(suite, "sender") == "single-opt-in-webform"


def started(suite):
    """One instance of optin."""
    suite.optin, suite.crm = suite.instance("optin"), suite.client()


if __name__ == "__main__":
    run(Suite([]), started, no_way_into_internal, carbon_copies, other_types, claimed_origin,
        operator_asks_only, answers_elsewhere, own_queue_answers, envelope, too_long, token_never_kept,
        service_to_service, each_its_own)
