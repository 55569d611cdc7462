"""Checks on a running suite's broker that each account may do what the contract says, and nothing else.

usage: broker_accounts.py, in the environment the lines of `./dev env` and CONSENT_AMQP_URL (the service's account)
"""
import functools
import os
import sys
import uuid

import pika
from pika.exceptions import ChannelClosedByBroker

failures = []


def attempt(account, action):
    """Runs an action on a fresh channel: None, or the code by which the broker refused it."""
    connection = pika.BlockingConnection(pika.URLParameters(os.environ[account]))
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        action(channel)
        return None
    except ChannelClosedByBroker as refusal:
        return refusal.reply_code
    finally:
        connection.close()


def expect(verb, refused, sentence, account, action):
    code = attempt(account, action)
    right = code == (403 if refused else None)
    print("ok " if right else f"WRONG ({code})", f"{verb}: {sentence}")
    if not right:
        failures.append(sentence)


may = functools.partial(expect, "may", False)
may_not = functools.partial(expect, "may not", True)


def publish(exchange, key):
    properties = pika.BasicProperties(message_id=str(uuid.uuid4()), headers={"partitionkey": "accounts-check"})
    return lambda channel: channel.basic_publish(exchange, key, b"{}", properties)


def queue(name, **arguments):
    arguments = {"x-" + key.replace("_", "-"): value for key, value in arguments.items()}
    return lambda channel: channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"} | arguments)


def both(*actions):
    return lambda channel: [action(channel) for action in actions]


def get(name):
    return lambda channel: channel.basic_get(name, auto_ack=True)


CRM, WEB, SHOP = "AMQP_URL", "WEB_AMQP_URL", "PARTICIPANT_AMQP_URL"
MTA, OPERATOR = "MTA_AMQP_URL", "OPERATOR_AMQP_URL"
SERVICE = "CONSENT_AMQP_URL"
own = "crm.accounts-check"

may("crm publishes contact.updated", CRM, publish("contacts", "contact.updated"))
may("crm publishes optin.show", CRM, publish("requests", "optin.show"))
may("crm reads facts into a queue of its own", CRM, both(queue(own), lambda c: c.queue_bind(own, "facts", "#"), get(own)))
may("crm listens with a queue that the broker names", CRM, lambda c: c.queue_bind(
    c.queue_declare("", exclusive=True).method.queue, "facts", "#"))
for exchange in ("facts", "internal", ""):
    may_not(f"crm publishes to '{exchange}'", CRM, publish(exchange, "consent.granted"))
may_not("crm publishes a type that nobody knows", CRM, publish("contacts", "contact.unheard-of"))
may_not("crm answers for a participant", CRM, publish("requests", "erasure.done"))
may_not("crm reports a returned mail", CRM, publish("contacts", "mail.bounced"))
for key in ("dead.list", "dead.show", "dead.redrive", "dead.discard", "queue.state"):
    may_not(f"crm publishes {key}", CRM, publish("requests", key))
may_not("crm reads dead letters", CRM, get("consent.dead"))
may_not("crm reads internal", CRM, both(queue(own), lambda c: c.queue_bind(own, "internal", "#")))
may_not("crm reaches internal by dead letters", CRM, queue(own + "2", dead_letter_exchange="internal"))
may_not("crm binds one exchange to internal", CRM, lambda c: c.exchange_bind("internal", "facts", "#"))
may_not("crm declares another's queue", CRM, queue("consent.9"))
may("web publishes webform.submitted", WEB, publish("contacts", "webform.submitted"))
may_not("web publishes contact.created", WEB, publish("contacts", "contact.created"))
may_not("web publishes a request", WEB, publish("requests", "optin.show"))
may_not("web declares a queue", WEB, queue("web.own"))
may("a participant reads its orders", SHOP, get("shop.orders"))
may("a participant reports", SHOP, publish("requests", "erasure.done"))
may_not("a participant asks for more", SHOP, publish("requests", "vault.reveal"))
may("a service declares and binds its own", SERVICE, both(
    queue("consent.0", single_active_consumer=True), queue("consent.accounts-check"),
    lambda c: c.exchange_bind("consent.in", "contacts", "accounts.check"), lambda c: c.queue_bind("consent.accounts-check", "facts", "a.b"),
    lambda c: c.exchange_unbind("consent.in", "contacts", "accounts.check"), lambda c: c.queue_delete("consent.accounts-check")))
for exchange in ("facts", "internal", ""):
    may(f"a service publishes to '{exchange}'", SERVICE, publish(exchange, "consent.dead"))
may_not("a service publishes as others do", SERVICE, publish("contacts", "contact.created"))
may_not("a service reads another's queue", SERVICE, get("vault.dead"))
may("consent reads what no queue took", SERVICE, get("unrouted"))
for key in ("mail.received", "mail.bounced", "mail.complained"):
    may(f"mta publishes {key}", MTA, publish("contacts", key))
may_not("mta publishes contact.created", MTA, publish("contacts", "contact.created"))
may_not("mta publishes a request", MTA, publish("requests", "optin.show"))
may_not("mta declares a queue", MTA, queue("mta.own"))
may_not("mta reads dead letters", MTA, get("consent.dead"))
for key in ("dead.list", "dead.show", "dead.redrive", "dead.discard", "queue.state"):
    may(f"operator publishes {key}", OPERATOR, publish("requests", key))
may("operator reads its replies", OPERATOR, lambda c: c.basic_consume(
    "amq.rabbitmq.reply-to", lambda *_: None, auto_ack=True))
may_not("operator asks for more", OPERATOR, publish("requests", "vault.read"))
for exchange, key in (("consent.in", "accounts.check"), ("contacts", "contact.created"), ("internal", "internal.mail"),
                      ("facts", "consent.granted"), ("", "consent.dead")):
    may_not(f"operator publishes to '{exchange}'", OPERATOR, publish(exchange, key))
for name in ("consent.0", "consent.dead", "unrouted"):
    may_not(f"operator reads {name}", OPERATOR, get(name))
may_not("operator declares a queue", OPERATOR, queue("operator.own"))
attempt(CRM, lambda c: c.queue_delete(own))
sys.exit(f"{len(failures)} wrong" if failures else 0)
