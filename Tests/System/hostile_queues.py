"""Whoever asks names the queue of the reply, and anybody may bind a queue to the facts: neither stops the service."""

import contextlib, uuid

import pika

from harness import Suite, event, form, run, within


def full_queue(client, *bindings):
    """A queue that rejects whatever comes."""
    name = f"{client.account}.{uuid.uuid4().hex[:8]}"
    client.channel.queue_declare(name, durable=True, arguments={
        "x-queue-type": "quorum", "x-max-length": 1, "x-overflow": "reject-publish"})
    for exchange, key in bindings:
        client.channel.queue_bind(name, exchange, key)
    client.channel.exchange_declare(name, "fanout", durable=True)
    client.channel.queue_bind(name, name)
    for _ in range(5):
        with contextlib.suppress(pika.exceptions.NackError):
            client.channel.basic_publish(name, "", b"full")
    return name


def one_account(suite):
    """One instance of optin, asked by crm."""
    suite.crm = suite.client()
    assert suite.crm.request("optin.show", "nobody", {})["error"]["code"] == "unknown-contact"


def reply_queue_rejects(suite):
    """A reply queue that rejects, one that does not exist, and direct reply-to of nobody: dropped, others are answered."""
    contact = "hostile-1"
    queue = full_queue(suite.client())
    for reply_to in [queue, "crm.nobody", "amq.rabbitmq.reply-to.x", "amq.rabbitmq.reply-to.g2dkABByZXBseUAxMjM0"]:
        for _ in range(3):
            suite.crm.publish("requests", event("optin.show", contact, {}), reply_to=reply_to, correlation_id="c")
    suite.crm.contacts(form(contact))
    assert suite.crm.request("optin.show", contact, {}, timeout=5)["status"] == "single-opt-in-webform"


def fact_queue_rejects(suite):
    """A queue bound to the facts that rejects them: the other queues get each fact, and the service goes on."""
    client = suite.client()
    good = client.queue(None, ("facts", "optin.changed"))
    bad = full_queue(suite.client(), ("facts", "#"))
    contacts = [f"hostile-fact-{number}" for number in range(20)]
    for contact in contacts:
        suite.crm.contacts(form(contact))
    seen = set()
    within(20, lambda: seen.update(fact["subject"] for fact in client.facts(good)) or seen >= set(contacts), "the facts")
    client.channel.queue_delete(bad)
    suite.crm.contacts(form("hostile-after"))
    assert suite.crm.request("optin.show", "hostile-after", {}, timeout=5)["status"] == "single-opt-in-webform"


def properties_grow(suite):
    """Properties of bytes that are no UTF-8, which grow when they are read, and headers of 70 KB wedge no partition."""
    web = suite.client("web")
    hostile = [{"message_id": b"\xff" * 86}, {"correlation_id": b"\xff" * 86, "reply_to": "crm.x"},
               {"type": b"\xff" * 200}, {"headers": {"a": "x" * 70_000}}, {"headers": {"b": b"\xff" * 40_000}}]
    for number, override in enumerate(hostile):
        for body in [b"{", None]:
            message = form(f"grow-{number}")
            web.publish("contacts", message, **{**override, **({"body": body} if body else {})})
    for number in range(len(hostile)):
        contact = f"grow-{number}"
        suite.crm.contacts(form(contact))
        assert suite.crm.request("optin.show", contact, {}, timeout=5)["status"] == "single-opt-in-webform"


if __name__ == "__main__":
    run(Suite(["optin"]), one_account, reply_queue_rejects, fact_queue_rejects, properties_grow)
