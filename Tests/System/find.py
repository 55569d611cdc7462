"""consent.find: contacts by attribute, opt-in status and list, alone and together, page by page; and the same question
from inside the suite."""

from harness import Suite, event, run, within
from walking import Walker, confirmed_contact, expect, fresh

MARK = fresh("co")  # an attribute's value that only this run's contacts have


def of_this_run(*conditions):
    return {"all": [{"field": "profile.company", "is": MARK}, *conditions]}


def found(walker, *conditions, **more):
    """The contacts of this run that meet every condition."""
    answer = walker.ok("consent.find", "-", {"where": of_this_run(*conditions), **more})
    expect(answer["contacts"] == sorted(answer["contacts"]), "in the order of their ids")
    return answer["contacts"]


def soon(walker, wanted, *conditions):
    """Facts take about a second."""
    within(10, lambda: found(walker, *conditions) == sorted(wanted), f"{conditions} finds {len(wanted)} contacts")


def by_attribute(suite):
    """By region, score and locale; a number by its value, a missing one by exists alone; what was written is read"""
    walker = suite.walker
    walker.profiles = {
        fresh(): {"region": "EU", "score": 40}, fresh(): {"region": "EU", "score": 7.5, "salesStage": "ready-to-buy"},
        fresh(): {"region": "US", "score": "40"}, fresh(): {}}
    for contact, profile in walker.profiles.items():
        walker.tell("contact.created", contact, {
            "email": f"{contact}@example.com", "locale": "de-AT", "profile": {"company": MARK, **profile}})
    for contact in walker.profiles:  # its own order, so that the next reads see it
        walker.ok("consent.show", contact, {})
    eu, stage, us, bare = walker.profiles
    for wanted, *conditions in (
            ([eu, stage], {"field": "profile.region", "is": "EU"}),
            ([eu, stage, us], {"field": "profile.region", "in": ["US", "EU"]}),
            ([bare], {"field": "profile.region", "exists": False}),
            ([us, bare], {"not": {"field": "profile.region", "is": "EU"}}),
            ([eu], {"field": "profile.score", "is": 40.0}), ([us], {"field": "profile.score", "is": "40"}),
            ([eu, stage], {"field": "profile.score", "atLeast": 7.5}),
            ([stage], {"field": "profile.score", "atMost": 39}),
            ([stage], {"field": "profile.region", "is": "EU"}, {"field": "profile.salesStage", "startsWith": "ready"}),
            ([eu, us], {"any": [{"field": "profile.score", "is": 40}, {"field": "profile.region", "is": "US"}]}),
            (walker.profiles, {"field": "locale", "startsWith": "de"}), ([], {"field": "locale", "is": "de"}),
            (walker.profiles, {"field": "processing", "is": "active"}, {"field": "erasure", "is": "none"},
             {"field": "consent.tracking", "is": "none"}),
            ([], {"field": "consent.tracking", "in": ["granted", "revoked"]})):
        expect(found(walker, *conditions) == sorted(wanted), f"{conditions}")
    walker.tell("contact.updated", eu, {"profile": {"score": None}})
    walker.ok("consent.show", eu, {})
    expect(found(walker, {"field": "profile.score", "is": 40}) == [], "a removed attribute is found no more")


def by_opt_in(suite):
    """By status, which follows a form and its confirmation, and by list; together with an attribute"""
    walker = suite.walker
    profile = {"company": MARK, "region": "EU"}
    formed = fresh()
    walker.submit(formed, profile=profile)
    soon(walker, [formed], {"field": "optIn", "is": "single-opt-in-webform"})
    confirmed = confirmed_contact(walker, profile=profile, lists=["news"])
    soon(walker, [confirmed], {"field": "optIn", "is": "double-opt-in"})
    soon(walker, [confirmed], {"field": "list.news", "is": True})
    soon(walker, [formed, confirmed], {"field": "optIn", "startsWith": ""}, {"not": {"field": "optIn", "is": "none"}})
    soon(walker, walker.profiles, {"field": "optIn", "is": "none"})
    soon(walker, [formed, *walker.profiles], {"field": "list.news", "is": False})
    soon(walker, [confirmed], {"field": "profile.region", "is": "EU"}, {"field": "list.news", "is": True},
         {"field": "optIn", "in": ["double-opt-in", "single-opt-in-user"]})
    soon(walker, [], {"field": "list.events", "is": True})
    walker.confirmed = confirmed


def facts_out_of_order(suite):
    """An older fact changes nothing; one that comes before its contact makes nobody known, and counts afterwards"""
    walker, optin, early = suite.walker, suite.client("optin"), fresh()

    def tell(type, contact, data, sequence):
        optin.publish("facts", event(type, contact, data, source="/assent/optin", sequence=f"{sequence:020}"))

    change = {"from": "none", "to": "double-opt-in", "by": "contact", "reason": "confirmed"}
    tell("optin.changed", early, change, 9)
    tell("optin.changed", early, {**change, "to": "single-opt-in-webform", "reason": "web-form"}, 8)
    tell("list.subscribed", early, {"list": "events"}, 12)
    tell("list.left", early, {"list": "events"}, 11)
    tell("list.left", early, {"list": "news"}, 10)
    within(10, lambda: suite.sql("consent", "SELECT list_sequences FROM contact WHERE id = %s", early)
           == [({"events": 12, "news": 10},)], "all are heard")
    walker.refused("unknown-contact", "consent.show", early, {})
    news = {"where": {"all": [{"field": "list.events", "is": True}, {"field": "optIn", "is": "double-opt-in"}]}}
    expect(early not in walker.ok("consent.find", "-", news)["contacts"], "not created, not found")
    walker.tell("contact.created", early, {"email": f"{early}@example.com", "profile": {"company": MARK}})
    walker.ok("consent.show", early, {})
    expect(early in walker.ok("consent.find", "-", news)["contacts"], "created, found")
    expect(found(walker, {"field": "list.events", "is": True}) == [early], "with its attribute")
    tell("list.left", early, {"list": "events"}, 13)
    soon(walker, [], {"field": "list.events", "is": True})
    expect(not suite.dead("consent"), "no fact was refused")
    vault = suite.client("vault")
    vault.publish("facts", event("optin.changed", early, change, source="/assent/optin", sequence=f"{99:020}"))
    within(10, lambda: suite.dead("consent"), "a fact that is not opt-in's is kept apart")


def by_pages(suite):
    """Pages without gap or repetition, in the order of the ids; `next` is null at the end; inside the suite too"""
    walker = suite.walker
    everybody = found(walker)
    expect(len(everybody) >= 7, "those of the cases before")
    for ask in (lambda data: walker.ok("consent.find", "-", data),
                lambda data: suite.client("notifier").request("internal.find", "-", data, exchange="internal")):
        pages, after = [], None
        while after or not pages:
            answer = ask({"where": of_this_run(), "limit": 3, **({"after": after} if after else {})})
            pages.append(answer["contacts"])
            after = answer["next"]
        expect([one for page in pages for one in page] == everybody, "every contact once")
        expect(all(len(page) == 3 for page in pages[:-1]) and pages[-1], f"pages of three: {[*map(len, pages)]}")
    expect(len(found(walker, limit=10000)) == len(everybody), "the largest page")


def refused(suite):
    """Names that the configuration does not know, and limits that are none, each with its place"""
    walker = suite.walker
    for pointer, data in (
            ("/data/where", {}), ("/data/where/field", {"where": {"field": "profile.colour", "is": "red"}}),
            ("/data/where/all/0/field", {"where": {"all": [{"field": "list.other", "is": True}]}}),
            ("/data/where/not/field", {"where": {"not": {"field": "consent.other", "is": "none"}}}),
            ("/data/where/field", {"where": {"field": "profile.firstName", "is": "Ada"}}),
            ("/data/where/is", {"where": {"field": "optIn", "is": "confirmed"}}),
            ("/data/limit", {"where": of_this_run(), "limit": 0}),
            ("/data/limit", {"where": of_this_run(), "limit": 10001}),
            ("/data/after", {"where": of_this_run(), "after": "no cursor"})):
        walker.refused("invalid-field", "consent.find", "-", data, pointer=pointer)


def as_published(suite):
    """Every reply and fact is as asyncapi.yaml says"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")


def started(suite):
    """The suite runs"""
    suite.walker = Walker(suite)


if __name__ == "__main__":
    run(Suite(), started, by_attribute, by_opt_in, facts_out_of_order, by_pages, refused, as_published)
