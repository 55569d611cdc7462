"""The weakest account's messages stop no partition, a third party's queue delays nobody, and what the suite needs of
the facts reaches it in the end (X5, contract section 4)."""

import collections, contextlib, json, os, signal, subprocess, time

from harness import Suite, event, form, run, within
from hostile_queues import full_queue
from restoring import said
from walking import Walker, expect, fresh

# A direct reply-to of nobody, at the sight of which the broker's channel dies.
DEADLY = "amq.rabbitmq.reply-to.g1h2AA==.x"
SERVICES = {"optin": "optin.show", "consent": "consent.show", "vault": "vault.read"}


def begin(suite):
    """Opt-in, consent and the vault run"""
    suite.walker = Walker(suite)
    suite.marketing = suite.token("mark", "marketing")
    start_consent(suite)


def start_consent(suite):
    """Not looked after by the supervisor: a test decides how long it is away."""
    suite.consent = suite.instance("consent", WEB_ADDRESS=f"127.0.0.1:{suite.port + 7}")


def are_answered(suite, contacts, seconds):
    """Every contact's question is answered by each service."""
    asked = {suite.walker.crm.ask(type, contact, {}): (service, contact)
             for service, type in SERVICES.items() for contact in contacts}
    try:
        suite.walker.crm.answers([*asked], seconds)
    finally:
        missing = collections.Counter(service for one, (service, _) in asked.items()
                                      if one not in suite.walker.crm.replies)
        expect(not missing, f"no answer within {seconds} s: {dict(missing)}")


def deadly_replies(suite):
    """Forms and requests whose reply the broker dies of, over forty subjects: every partition answers within seconds"""
    subjects, web = [fresh("h") for _ in range(40)], suite.client("web")
    for number, subject in enumerate(subjects):
        web.publish("contacts", form(subject), reply_to=DEADLY, correlation_id="c")
        if number % 4 == 0:  # no form: what is refused is answered too
            web.publish("contacts", form(subject), body=b"{", reply_to=DEADLY, correlation_id="c")
    for subject in subjects:
        for type in SERVICES.values():
            suite.walker.crm.publish("requests", event(type, subject, {}), reply_to=DEADLY, correlation_id="c")
    begun = time.monotonic()
    try:
        are_answered(suite, [fresh("h") for _ in range(24)] + subjects, 60)
    finally:
        took = time.monotonic() - begun
        print(f"     {took:.1f} s")
    expect(took < 15, f"others waited {took:.1f} s")


def deadly_questions(suite):
    """The same with questions over many contacts, and answers that come later"""
    crm = suite.walker.crm
    for type, data in (("optin.check", {"category": "ad-hoc", "contacts": ["a"]}), ("consent.find", {"where": {
            "field": "optIn", "is": "none"}}), ("vault.find", {"text": "ab"}), ("vault.key", {})):
        for _ in range(10):
            crm.publish("requests", event(type, "-", data), reply_to=DEADLY, correlation_id="c")
    contacts = [fresh("h") for _ in range(16)]
    for contact in contacts:
        crm.contacts(form(contact))
        crm.publish("requests", event("optin.set", contact, {"status": "opt-out-user"}), reply_to=DEADLY,
                    correlation_id="c", headers={"authorization": f"Bearer {suite.marketing}"})
    begun = time.monotonic()
    # Nothing is done for a request whose answer could reach nobody: the contacts are as their forms left them.
    expect(set(crm.request("optin.check", "-", {"category": "ad-hoc", "contacts": contacts}, timeout=15)["allowed"])
           == set(contacts), "questions are answered")
    crm.request("consent.find", "-", {"where": {"field": "optIn", "is": "none"}}, timeout=15)
    crm.request("vault.find", "-", {"text": "ab"}, timeout=15)
    are_answered(suite, contacts, 15)
    print(f"     {time.monotonic() - begun:.1f} s")


def started_again(suite):
    """After a restart of every service the same holds: nothing of it is left to be sent"""
    suite.kill(suite.consent)
    start_consent(suite)
    for service in ("optin", "vault"):
        pid = suite.pid(service)
        os.kill(pid, signal.SIGKILL)
        within(20, lambda: suite.pid(service) != pid, f"{service} is started again")
    are_answered(suite, [fresh("h") for _ in range(24)], 20)
    for service in SERVICES:
        within(15, lambda: suite.sql(service, "SELECT count(*) FROM outbox") == [(0,)], f"{service}'s outbox")


def opt_outs(suite, count):
    """Seconds for so many opt-outs to be acknowledged, and whose they are."""
    contacts = [fresh("o") for _ in range(count)]
    for contact in contacts:
        suite.walker.crm.contacts(form(contact))
    for contact in contacts[-8:]:
        suite.walker.crm.request("optin.show", contact, {}, timeout=20)
    within(30, lambda: len(suite.walker.facts.events("optin.changed", set(contacts))) >= count, "they have opted in")
    begun = time.monotonic()
    asked = [suite.walker.crm.ask("optin.set", contact, {"status": "opt-out-user"},
                                  headers={"authorization": f"Bearer {suite.marketing}"}) for contact in contacts]
    answers = suite.walker.crm.answers(asked, 60)
    expect(all(answer == {"status": "opt-out-user"} for answer in answers.values()), "acknowledged")
    return time.monotonic() - begun, contacts


def rejecting_subscriber(suite):
    """A queue that rejects every fact delays no acknowledgement, and no other subscriber gets facts twenty times"""
    opt_outs(suite, 50)  # warm
    alone, _ = opt_outs(suite, 200)
    bad = full_queue(suite.client(), ("facts", "#"))
    try:
        before = len(suite.walker.facts.taken)
        beside, contacts = opt_outs(suite, 200)
        within(30, lambda: known(suite, contacts), "consent knows them")
        copies = collections.Counter(properties.message_id for _, _, properties, _ in suite.walker.facts.taken[before:])
    finally:
        suite.client().channel.queue_delete(bad)
    mean = sum(copies.values()) / len(copies)
    print(f"     {alone:.2f} s alone, {beside:.2f} s beside; {mean:.1f} copies of a fact, most {max(copies.values())}")
    expect(beside < 1.5 * alone + 0.5, f"{beside:.1f} s instead of {alone:.1f} s")
    expect(mean <= 3 and max(copies.values()) <= 4, f"{mean:.1f} copies of a fact, {max(copies.values())} at most")


def silent_subscriber(suite):
    """A queue that never confirms a fact delays no acknowledgement and no other subscriber, and no fact waits for it"""
    alone, _ = opt_outs(suite, 200)
    channel = suite.client().channel
    queue = channel.queue_declare("crm.silent", durable=True, arguments={"x-queue-type": "classic"}).method.queue
    channel.queue_bind(queue, "facts", "#")
    process = f"""{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"assent">>, queue, <<"{queue}">>)),"""
    tell(suite, f"{process} sys:suspend(amqqueue:get_pid(Q)).")
    try:
        before = len(suite.walker.facts.taken)
        beside, contacts = opt_outs(suite, 200)
        within(30, lambda: known(suite, contacts), "consent knows them")
        copies = collections.Counter(properties.message_id for _, _, properties, _ in suite.walker.facts.taken[before:])
        print(f"     {alone:.2f} s alone, {beside:.2f} s beside; most copies of a fact {max(copies.values())}")
        expect(beside < 1.5 * alone + 0.5, f"{beside:.1f} s instead of {alone:.1f} s")
        expect(max(copies.values()) == 1, "each fact once")
        # The broker stops reading a connection that a silent queue holds up: what follows takes other connections.
        many = [fresh("m") for _ in range(3000)]
        for contact in many:
            suite.walker.crm.contacts(form(contact))
        begun = time.monotonic()
        facts = suite.walker.facts
        within(30, lambda: set(many) <= {fact["subject"] for fact in facts.events("optin.changed", set(many))},
               "every fact reaches the others")
        print(f"     {len(many)} facts reached another queue {time.monotonic() - begun:.1f} s after the last form")
        within(50, lambda: said(suite, "optin", "facts were passed over") > 0, "a fact waits for half a minute")
        told_in_order(suite)
    finally:
        tell(suite, f"{process} sys:resume(amqqueue:get_pid(Q)).")
        channel.queue_delete(queue)


def leaderless_subscriber(suite):
    """A quorum queue without a leader, for which the broker's channel itself waits: opt-outs are known all the same, and
    facts are passed over"""
    alone, _ = opt_outs(suite, 100)
    channel, passed = suite.client().channel, said(suite, "optin", "facts were passed over")
    queue = channel.queue_declare("crm.leaderless", durable=True, arguments={"x-queue-type": "quorum"}).method.queue
    process = f"""{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"assent">>, queue, <<"{queue}">>)),
        {{P, _}} = amqqueue:get_pid(Q),"""
    contacts = [fresh("q") for _ in range(300)]
    for contact in contacts:
        suite.walker.crm.contacts(form(contact))
    within(30, lambda: known(suite, contacts, "single-opt-in-webform"), "consent knows who opted in")
    tell(suite, f"{process} sys:suspend(P).")
    try:
        channel.queue_bind(queue, "facts", "#")
        begun = time.monotonic()
        asked = [suite.walker.crm.ask("optin.set", contact, {"status": "opt-out-user"},
                                      headers={"authorization": f"Bearer {suite.marketing}"}) for contact in contacts]
        answers = suite.walker.crm.answers(asked, 60)
        expect(all(answer == {"status": "opt-out-user"} for answer in answers.values()), "acknowledged")
        print(f"     {time.monotonic() - begun:.2f} s for 300 opt-outs, {alone:.2f} s for 100 alone")
        within(30, lambda: known(suite, contacts), "consent knows them")
        print(f"     consent knows them after {time.monotonic() - begun:.1f} s")
        within(90, lambda: said(suite, "optin", "facts were passed over") > passed, "passed over")
        within(60, lambda: suite.sql("optin", "SELECT count(*) FROM outbox")[0][0] == 0, "their rows go")
    finally:
        tell(suite, f"{process} sys:resume(P).")
        channel.queue_delete(queue)


# Closes the connections by which services publish facts: a new one has the broker's new limits.
RECONNECT = """lists:foreach(fun(P) ->
    [{client_properties, L}] = rabbit_reader:info(P, [client_properties]),
    case lists:keyfind(<<"connection_name">>, 1, L) of
        {_, _, N} -> case binary:matches(N, <<"/facts">>) of
            [] -> ok; _ -> rabbit_networking:close_connection(P, "a test") end;
        false -> ok
    end end, rabbit_networking:connections())."""


def deadly_facts(suite):
    """A fact of which the broker closes the connection is passed over, and takes none of the others along"""
    before = said(suite, "optin", "facts were passed over")
    tell(suite, "application:set_env(rabbit, max_message_size, 800).")
    tell(suite, RECONNECT)
    try:
        contacts = [fresh("d") for _ in range(60)]
        for number, contact in enumerate(contacts):
            suite.walker.crm.contacts(form(contact))
            if number % 20 == 10:  # its letter's fact is longer than the broker takes now
                suite.walker.crm.publish("requests", event("optin.show", contact, {"x" * 600: 1}))
        within(45, lambda: {fact["subject"] for fact in suite.walker.facts.events("optin.changed", set(contacts))}
               >= set(contacts), "everybody's fact")
        within(30, lambda: said(suite, "optin", "facts were passed over") > before, "the others were passed over")
        within(30, lambda: suite.sql("optin", "SELECT count(*) FROM outbox") == [(0,)], "nothing is left")
    finally:
        tell(suite, "application:set_env(rabbit, max_message_size, 134217728).")
        tell(suite, RECONNECT)


def tell(suite, expression):
    """Has the broker evaluate an Erlang expression."""
    subprocess.run([suite.folder / "state" / "broker" / "ctl", "-q", "eval", expression], check=True,
                   capture_output=True, stdin=subprocess.DEVNULL)


def known(suite, contacts, status="opt-out-user"):
    answer = suite.walker.crm.request("consent.find", "-", {"where": {"field": "optIn", "is": status}, "limit": 10000},
                                      timeout=20)
    return set(contacts) <= set(answer["contacts"])


@contextlib.contextmanager
def away_and_full(suite):
    """Consent is away, and its partition queues take one message each."""
    definitions = json.loads((suite.folder / "state" / "broker" / "definitions.json").read_text())
    policy = next(one for one in definitions["policies"] if one["name"] == "consent")

    def limit(length):
        ctl = suite.folder / "state" / "broker" / "ctl"
        subprocess.run([ctl, "-q", "set_policy", "-p", "assent", "--apply-to", "queues", "consent", policy["pattern"],
                        json.dumps({**policy["definition"], "max-length": length})], check=True,
                       capture_output=True, stdin=subprocess.DEVNULL)

    suite.kill(suite.consent)
    try:
        limit(1)
        yield
    finally:
        limit(policy["definition"]["max-length"])
        start_consent(suite)


def full_suite_queue(suite):
    """Consent is away and its queues are full while contacts opt out: once it is back it knows every one"""
    contacts, before = opted_in(suite, 60), said(suite, "optin", "facts were passed over")
    with away_and_full(suite):
        out(suite, contacts)
        within(15, lambda: said(suite, "optin", "facts were passed over") > before, "consent's queues reject")
    within(45, lambda: known(suite, contacts), "consent knows every opt-out")
    told_in_order(suite)


def killed_while_full(suite):
    """The same, and opt-in is killed and started again before consent is back"""
    contacts, before = opted_in(suite, 60), said(suite, "optin", "facts were passed over")
    with away_and_full(suite):
        out(suite, contacts)
        within(15, lambda: said(suite, "optin", "facts were passed over") > before, "consent's queues reject")
        pid = suite.pid("optin")
        os.kill(pid, signal.SIGKILL)
        within(20, lambda: suite.pid("optin") != pid, "started again")
        suite.walker.crm.request("optin.show", contacts[0], {}, timeout=20)
    within(45, lambda: known(suite, contacts), "consent knows every opt-out")
    told_in_order(suite)


def opted_in(suite, count):
    contacts = [fresh("o") for _ in range(count)]
    for contact in contacts:
        suite.walker.crm.contacts(form(contact))
    within(30, lambda: known(suite, contacts, "single-opt-in-webform"), "consent knows them")
    return contacts


def out(suite, contacts):
    asked = [suite.walker.crm.ask("optin.set", contact, {"status": "opt-out-user"},
                                  headers={"authorization": f"Bearer {suite.marketing}"}) for contact in contacts]
    answers = suite.walker.crm.answers(asked, 20)
    expect(all(answer == {"status": "opt-out-user"} for answer in answers.values()), "acknowledged")


def told_in_order(suite):
    """Nothing is left to be sent, in any service."""
    for service in SERVICES:
        within(45, lambda: suite.sql(service, "SELECT count(*) FROM outbox") == [(0,)], f"{service}'s outbox is empty")


if __name__ == "__main__":
    only = os.environ.get("ASSENT_ONLY", "")
    cases = [deadly_replies, deadly_questions, started_again, deadly_facts, rejecting_subscriber,
             silent_subscriber, leaderless_subscriber, full_suite_queue, killed_while_full]
    run(Suite(["optin", "vault"]), begin, *[case for case in cases if not only or case.__name__ in only.split(",")])
