"""Requests for an erasure or a copy (E1, C5), as publishers and users ask for them and as the contacts' page orders them:
one of each kind is open, told once, listed by due date, whoever is killed. Consent is a stand-in here."""

import datetime, json, os, secrets, signal, sys, time, uuid

from harness import Suite, event, run, within
from restoring import put_back, said, take_aside
from walking import Walker, expect, fresh


def asked(walker, contact, kind="access", channel="phone", **more):
    return walker.ok("erasure.request", contact, {"kind": kind, "channel": channel}, **more)


def listed(walker, **data):
    """All requests of a filter, page by page."""
    found, after = [], None
    while True:
        answer = walker.ok("erasure.list", "-", {**data, "after": after}, token=walker.token)
        found += answer["requests"]
        after = answer["next"]
        if after is None:
            return found


def one(walker, contact, **data):
    """The requests of one contact in a list."""
    return [request for request in listed(walker, **data) if request["contact"] == contact]


def told(walker, contact):
    return [fact["data"] for fact in walker.facts.events("erasure.requested", {contact})]


def month_after(moment):
    """The same day of the next month, or that month's last day."""
    first = (moment.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    last = ((first + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)).day
    return first.replace(day=min(moment.day, last))


def time_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def requested(suite):
    """E1 a request of any id is recorded, told once, due in a month, and listed; one of each kind is open"""
    walker, contact = suite.walker, fresh("e")
    first = asked(walker, contact, "erasure", "in-person")
    now = datetime.datetime.now(datetime.timezone.utc)
    away = abs(time_of(first["dueAt"]) - month_after(now))
    expect(away < datetime.timedelta(minutes=1), f"due {first['dueAt']}")
    again = asked(walker, contact, "erasure", "email", token=walker.token)
    expect(again == first, "answered with the open one")
    other = asked(walker, contact, token=walker.token)
    expect(other["request"] != first["request"], "another kind")
    walker.wait_fact("erasure.requested", contact, kind="access")
    expect(told(walker, contact) == [
        {"request": first["request"], "kind": "erasure", "dueAt": first["dueAt"]},
        {"request": other["request"], "kind": "access", "dueAt": other["dueAt"]}], f"{told(walker, contact)}")
    erasure, access = one(walker, contact)
    expect({name: erasure[name] for name in erasure if name != "history"} == {
        "request": first["request"], "contact": contact, "kind": "erasure", "state": "open", "dueAt": first["dueAt"],
        "dueSoon": False, "overdue": False, "participants": {}}, f"{erasure}")
    expect([(event["what"], event["by"]) for event in erasure["history"] + access["history"]]
           == [("requested", "crm"), ("requested", "petra")], f"{erasure} {access}")
    expect(one(walker, contact, kind="access", state="open") == [access], "chosen by kind and state")
    expect(one(walker, contact, state="completed") == [], "nothing is completed")


def repeated(suite):
    """X5 the same message again gets the first answer, before and after the service is killed"""
    walker, contact = suite.walker, fresh("e")
    request = event("erasure.request", contact, {"kind": "access", "channel": "paper"})
    ask = lambda: walker.crm.answer(walker.crm.ask_again(request), timeout=30)[0]
    first = ask()
    expect(first["status"] == "ok" and ask() == first, f"{first}")
    os.kill(suite.pid("erasure"), signal.SIGKILL)
    expect(ask() == first, "after the kill")
    expect(asked(walker, contact, timeout=30)["request"] == first["request"], "still open")
    walker.wait_fact("erasure.requested", contact)
    expect(len(one(walker, contact)) == 1 and len(told(walker, contact)) == 1, "recorded and told once")


def refused(suite):
    """What is refused says where; the list needs the permission `erase`"""
    walker, contact = suite.walker, fresh("e")
    for pointer, data in (("/data/kind", {"channel": "phone"}), ("/data/kind", {"kind": "copy", "channel": "phone"}),
                          ("/data/channel", {"kind": "access"}), ("/data/channel", {"kind": "access", "channel": "A b"}),
                          ("/data/reason", {"kind": "access", "channel": "phone", "reason": "x"})):
        walker.refused("invalid-field", "erasure.request", contact, data, pointer=pointer)
    walker.refused("too-large", "erasure.request", contact, {"kind": "access", "channel": "a" * 65})
    walker.refused("not-permitted", "erasure.list", "-", {})
    walker.refused("not-permitted", "erasure.list", "-", {}, token=suite.token("bob", "support"))
    for pointer, data in (("/data/state", {"state": "held"}), ("/data/kind", {"kind": "x"}),
                          ("/data/limit", {"limit": 10001}), ("/data/after", {"after": "x"})):
        walker.refused("invalid-field", "erasure.list", "-", data, token=walker.token, pointer=pointer)
    expect(one(walker, contact) == [] and told(walker, contact) == [], "nothing was recorded")


def due(suite):
    """E1 what is due soon and overdue is listed, the first due first, page by page"""
    walker = suite.walker
    contacts = [fresh("d") for _ in range(5)]
    answers = [asked(walker, contact, "erasure") for contact in contacts]
    for answer, days in zip(answers, (-2, -1, 1, 6, 8)):
        suite.sql("erasure", "UPDATE rights_request SET due_at = now() + %s * interval '1 day' WHERE id = %s", days,
                  answer["request"])
    names = lambda **data: [request["contact"] for request in listed(walker, **data) if request["contact"] in contacts]
    for limit in (1, 2, 1000):
        expect(names(limit=limit) == contacts, f"{limit} a page")
    expect(names(state="overdue", limit=1) == contacts[:2], "overdue")
    expect(names(state="due-soon") == contacts[2:4], "due soon")
    marks = [(request["dueSoon"], request["overdue"]) for request in listed(walker) if request["contact"] in contacts]
    expect(marks == [(False, True)] * 2 + [(True, False)] * 2 + [(False, False)], f"{marks}")


def order_id():
    """As consent makes them: version 7, with the time."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=number & ~(0xF << 76) & ~(3 << 62) | 7 << 76 | 2 << 62))


def order(suite, contact, kind, sequence, follows=None, epoch=1, id=None):
    """Orders as consent does; the message's id is another each time."""
    data = {"order": id or order_id(), "follows": follows, "epoch": epoch, "sequence": sequence, "kind": kind,
            "channel": "page"}
    before = len(suite.answers.taken)
    suite.consent.publish("internal", event("internal.rights-request", contact, data, source="/assent/consent"))

    def answer():
        for _, _, properties, body in suite.answers.taken[before:]:
            done = json.loads(body)
            if done["subject"] == contact and done["data"]["order"] == data["order"]:
                expect(properties.user_id == "erasure", "the sender")
                return done["data"]
    return within(15, answer, "the answer")


def ordered(suite):
    """C5 what the page orders is recorded and answered with the order in force; again, it changes nothing"""
    walker, contact = suite.walker, fresh("p")
    first = order(suite, contact, "erasure", 1 << 8)
    in_force = {"order": first["order"], "sequence": 1 << 8, "state": "requested"}
    expect(first["inForce"] == in_force and first["kind"] == "erasure", f"{first}")
    (shown,) = one(walker, contact)
    expect(shown["request"] == first["request"] and [(event["what"], event["by"]) for event in shown["history"]]
           == [("requested", "contact")], f"{shown}")
    again = order(suite, contact, "erasure", 1 << 8, id=first["order"])
    expect({**again, "number": 0} == {**first, "number": 0} and again["number"] > first["number"], f"{again}")
    stray = order(suite, contact, "erasure", 2 << 8, follows=str(uuid.uuid4()))
    expect(stray["inForce"] == in_force, "another predecessor")
    second = order(suite, contact, "erasure", 3 << 8, follows=first["order"])
    expect(second["inForce"]["order"] == second["order"] and second["request"] == first["request"], f"{second}")
    expect(asked(walker, contact, "erasure")["request"] == first["request"], "one is open")
    copy = order(suite, contact, "access", 4 << 8)
    expect(copy["inForce"]["order"] == copy["order"] and copy["request"] != first["request"], f"{copy}")
    walker.wait_fact("erasure.requested", contact, kind="access")
    expect(len(told(walker, contact)) == 2 and len(one(walker, contact)) == 2, "told once each")


def remembered(suite):
    """X5 consent is told which orders are in force since a number of one of its partitions"""
    contact = fresh("r")
    copy = order(suite, contact, "access", (7 << 20) + 3)

    def in_force(partition, number):
        answer = suite.consent.request("internal.rights-requests", "consent", {
            "epoch": 1, "lost": [{"partition": partition, "from": number}]}, exchange="internal")
        return [item for item in answer["items"] if item["contact"] == contact]
    expect(in_force(3, 7 << 20) == [{"contact": contact, "topic": "rights.access", **copy["inForce"]}], "the order")
    expect(in_force(3, 8 << 20) == [] and in_force(4, 0) == [], "nothing of others")


def lost(suite):
    """X5 a request lost with the database's last commits is restored from consent, under its id and due date"""
    contact = fresh("l")
    questions = suite.collector("consent", "consent.recalls", ("internal", "internal.rights-orders"))
    take_aside(suite, "erasure")
    copy = order(suite, contact, "access", 9 << 20)
    (shown,) = one(suite.walker, contact)
    put_back(suite, "erasure")
    items = [{"contact": contact, "topic": "rights.access", **copy["inForce"]},
             {"contact": contact, "topic": "creditCard", "order": copy["order"], "sequence": 9 << 20, "state": "locked"}]
    answered = 0

    def recovered():
        nonlocal answered
        for _, _, properties, body in questions.taken[answered:]:
            answered += 1
            reply = event("internal.rights-orders.reply", "erasure",
                          {"status": "ok", "items": items, "next": None, "heard": 0}, source="/assent/consent")
            suite.consent.publish("", reply, mandatory=False, routing_key=properties.reply_to,
                                  correlation_id=properties.correlation_id)
        return said(suite, "erasure", "recovery of lost commits finished")
    within(30, recovered, "the recovery")
    (again,) = one(suite.walker, contact)
    expect({**again, "history": []} == {**shown, "history": []}, f"{again} {shown}")
    expect([(event["what"], event["by"]) for event in again["history"]] == [("recovered", "suite")], f"{again}")
    expect(order(suite, contact, "access", 9 << 20, id=copy["order"])["inForce"] == copy["inForce"], "in force again")
    following = order(suite, contact, "access", 10 << 20, follows=copy["order"])
    expect(following["inForce"]["order"] == following["order"] and following["request"] == copy["request"],
           f"{following}")
    suite.walker.wait_fact("erasure.requested", contact, request=copy["request"])


def lost_beside_consent(suite):
    """X5 consent itself tells the orders that the erasure service had answered, and none of the vault's"""
    walker, contact, ordered = suite.walker, fresh("l"), order_id()
    take_aside(suite, "erasure")
    number = 1 << 62  # above all numbers of the erasure service's partition 0
    suite.sql("consent", "INSERT INTO order_in_force (contact, topic, order_id, sequence, state, answer) "
              "VALUES (%s, 'rights.erasure', %s, 256, 'requested', %s), (%s, 'access', %s, 512, 'locked', %s)",
              contact, ordered, number, contact, order_id(), number)
    put_back(suite, "erasure")
    within(30, lambda: said(suite, "erasure", "recovery of lost commits finished"), "the recovery")
    (request,) = one(walker, contact)
    expect((request["request"], request["kind"], request["history"][0]["what"]) == (ordered, "erasure", "recovered"),
           f"{request}")


def senders(suite):
    """Only consent orders a request"""
    contact = fresh("s")
    suite.client("optin").publish("internal", event("internal.rights-request", contact, {
        "order": str(uuid.uuid4()), "follows": None, "epoch": 1, "sequence": 1, "kind": "erasure", "channel": "page"},
        source="/assent/optin"))
    (letter,) = within(10, lambda: suite.dead("erasure"), "the dead letter")
    expect("only the service consent" in letter[0]["x-error-message"], f"{letter[0]}")
    expect(one(suite.walker, contact) == [], "nothing was recorded")


def as_published(suite):
    """Every fact and reply is as asyncapi.yaml says, and nothing is dead"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")
    expect(not suite.dead("erasure"), "no dead letters")


def started(suite):
    """The erasure service runs, beside a stand-in for consent"""
    suite.walker = Walker(suite)
    suite.walker.token = suite.token("petra", "privacy")
    suite.consent = suite.client("consent")
    suite.answers = suite.collector("consent", "consent.stand-in", ("internal", "internal.rights-request-done"))


if __name__ == "__main__":
    if sys.argv[1:] == ["consent"]:
        run(Suite(["consent", "erasure"]), started, lost_beside_consent)
    run(Suite(["erasure"]), started, requested, repeated, refused, due, ordered, remembered, lost, senders,
        as_published)
