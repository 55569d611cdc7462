"""Mails as a black-box client sees them: single mails of every category, footers, campaigns to lists and conditions,
placeholders, progress."""

import re, sys, time, uuid

from harness import Suite, run, within
from walking import Walker, campaign, confirmed_contact, expect, fresh, get, mail_to

def first(suite):
    """A client may listen to the facts"""
    suite.walker = Walker(suite)
    suite.marketing = suite.token("mark", "marketing")


def send(walker, contact, category, **more):
    data = {"category": category, "subject": "Hello", "text": "A {{text}}.", **more}
    answer = walker.ok("mail.send", contact, data)
    expect(answer["state"] == "queued", f"queued: {answer}")
    return answer["mail"]


def plain(mail):
    return mail.get_body(("plain",)).get_content()


def single_mails(suite):
    """mail.send in each category: its fact, its headers, its footer with a page link of its own; text is no template"""
    walker, contact = suite.walker, confirmed_contact(suite.walker)
    links = set()
    for number, category in enumerate(["autoresponder", "workflow", "ad-hoc"]):
        mail = send(walker, contact, category, html="<html><body><p>A {{text}}.</p></body></html>", inReplyTo="x")
        walker.wait_fact("mail.sent", contact, mail=mail, category=category)
        sent = mail_to(suite, f"{contact}@example.com", number + 2)
        expect(plain(sent).startswith("A {{text}}."), "the caller's text, as it is")
        link = re.search(rf"{re.escape(suite.env['PUBLIC_URL'])}/p/[A-Za-z]+", plain(sent)).group()
        html = sent.get_body(("html",)).get_content()
        expect(f'href="{link}"' in html and html.rstrip().endswith("</body></html>"), "the footer in the HTML")
        links.add(link)
        expect(get(link).status_code == 200, "the page")
        expect(sent["List-Unsubscribe"] is None and sent["In-Reply-To"] is None, "no campaign, no reply")
        expect((sent["Auto-Submitted"] == "auto-replied") == (category == "autoresponder"), "an answer by itself")
    expect(len(links) == 3, "a link for each mail")
    expect(suite.sql("notifier", "SELECT count(*) FROM mail_text")[0][0] == 0, "the texts are forgotten (E3)")


def replies(suite):
    """A reply passes if it answers a mail of the contact's, whatever the status, and carries its id (O9)"""
    walker, contact = suite.walker, fresh()
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "profile": {"firstName": "Ada"}})
    id = f"<{uuid.uuid4()}@example.com>"
    walker.tell("mail.received", contact, {"messageId": id})
    walker.status(contact)
    mail = send(walker, contact, "reply", inReplyTo=id)
    walker.wait_fact("mail.sent", contact, mail=mail, category="reply")
    sent = mail_to(suite, f"{contact}@example.com")
    expect(str(sent["In-Reply-To"]).strip() == id and str(sent["References"]).strip() == id, "its headers")
    mail = send(walker, contact, "reply", inReplyTo="<other@example.com>")
    walker.wait_fact("mail.suppressed", contact, mail=mail, category="reply", reason="no-conversation")


def opted_out(suite):
    """An opt-out stops single mails at hand-over: queued, then suppressed with the status"""
    walker, contact = suite.walker, confirmed_contact(suite.walker)
    walker.ok("optin.set", contact, {"status": "opt-out-user"}, token=suite.marketing)
    for category in ("autoresponder", "workflow", "ad-hoc"):
        mail = send(walker, contact, category)
        walker.wait_fact("mail.suppressed", contact, mail=mail, category=category, reason="opt-out-user")
    expect(len(suite.mails(f"{contact}@example.com")) == 1, "no mail")
    expect(suite.sql("notifier", "SELECT count(*) FROM mail_text")[0][0] == 0, "the texts are forgotten (E3)")


def campaign_to_list(suite):
    """A campaign to a list goes to its subscribers; who leaves before hand-over does not get it"""
    walker = suite.walker
    on, off = confirmed_contact(walker, lists=["news"]), confirmed_contact(walker)
    name = fresh("list")
    answer = walker.ok("mail.campaign", "campaigns", {"campaign": name, "subject": "S", "text": "T", "list": "news"},
                       token=suite.marketing)
    expect(answer["campaign"] == name and answer["recipients"] == 1, f"one recipient: {answer}")
    walker.wait_fact("mail.sent", on, campaign=name, category="campaign")
    expect("Your choices: " in plain(mail_to(suite, f"{on}@example.com", 2)), "the page's link stands under it (P4)")
    expect(len(suite.mails(f"{off}@example.com")) == 1, "not on the list")
    progress = walker.ok("mail.progress", "campaigns", {"campaign": name})
    expect(progress["sent"] == 1 and progress["queued"] == 0, f"progress: {progress}")


def campaign_to_condition(suite):
    """A campaign to a condition; again under the same name, new recipients are added and nobody gets it twice (N4)"""
    walker, mark = suite.walker, fresh("m")
    def contact(): return confirmed_contact(walker, profile={"region": mark, "firstName": "Ada", "lastName": "<b>"})
    one, name = contact(), fresh("condition")
    data = {"campaign": name, "subject": "For {{firstName}}", "text": "Dear {{ firstName }} {{lastName}}{{shoe}}.",
            "html": "<p>Dear {{firstName}}</p>", "where": {"field": "profile.region", "is": mark}}
    within(10, lambda: one in walker.ok("consent.find", "x", {"where": data["where"]})["contacts"], "found")
    expect(walker.ok("mail.campaign", "campaigns", data, token=suite.marketing)["recipients"] == 1, "one")
    sent = mail_to(suite, f"{one}@example.com", 2)
    expect(sent["Subject"] == "For Ada" and plain(sent).startswith("Dear Ada ."), f"filled: {sent['Subject']}")
    two = contact()
    within(10, lambda: two in walker.ok("consent.find", "x", {"where": data["where"]})["contacts"], "found")
    expect(walker.ok("mail.campaign", "campaigns", data, token=suite.marketing)["recipients"] == 2, "two")
    mail_to(suite, f"{two}@example.com", 2)
    expect(len(suite.mails(f"{one}@example.com")) == 2, "once")
    del data["where"]
    walker.refused("conflict", "mail.campaign", "campaigns", {**data, "text": "Other", "list": "news"},
                   token=suite.marketing, pointer="/data/campaign")


def progress(suite):
    """mail.progress counts what was sent, suppressed by reason, and what waits"""
    walker = suite.walker
    contacts = [confirmed_contact(walker), fresh(), fresh()]
    for contact in contacts[1:]:
        walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    name = campaign(walker, contacts + [fresh("nobody")])
    wanted = {"status": "ok", "queued": 1, "sent": 1, "suppressed": {"none": 2}, "failed": 0, "unknown": 0}
    within(10, lambda: walker.ok("mail.progress", "campaigns", {"campaign": name}) == wanted, "the counts")
    walker.refused("not-found", "mail.progress", "campaigns", {"campaign": fresh()}, pointer="/data/campaign")


def wrong_requests(suite):
    """Mistakes are invalid-field with a pointer; a campaign needs the permission"""
    walker, contact = suite.walker, fresh()
    good = {"campaign": fresh(), "subject": "S", "text": "T", "contacts": [contact]}
    walker.refused("not-permitted", "mail.campaign", "campaigns", good, token=suite.token("sue", "support"))
    without = {name: value for name, value in good.items() if name != "contacts"}
    for data, pointer in [
        ({**good, "list": "news"}, "/data/list"), (without, "/data/contacts"), ({**without, "list": "x"}, "/data/list"),
        ({**without, "where": {"field": "profile.shoe", "is": 1}}, "/data/where/field"),
        ({**good, "text": "{{#firstName}}x{{/firstName}}"}, "/data/text"), ({**good, "html": "{{{firstName}}}"}, "/data/html"),
        ({**good, "subject": "{{creditCard}}"}, "/data/subject"), ({**good, "text": "{{region}}"}, "/data/text"),
    ]:
        walker.refused("invalid-field", "mail.campaign", "campaigns", data, token=suite.marketing, pointer=pointer)
    for data, pointer in [
        ({"category": "campaign", "subject": "S", "text": "T"}, "/data/category"),
        ({"category": "reply", "subject": "S", "text": "T"}, "/data/inReplyTo"),
        ({"category": "ad-hoc", "subject": "S\n", "text": "T"}, "/data/subject"),
    ]:
        walker.refused("invalid-field", "mail.send", contact, data, pointer=pointer)
    suite.dead("notifier")


def many(suite):
    """A campaign to 10,000 contacts is answered when all are recipients; each counts once"""
    walker = suite.walker
    contacts = [f"many-{number}" for number in range(10_000)]
    begun = time.monotonic()
    name = fresh("many")
    data = {"campaign": name, "subject": "S", "text": "T", "contacts": contacts}
    answer = walker.ok("mail.campaign", "campaigns", data, token=suite.marketing, timeout=60)
    print(f"     10,000 recipients in {time.monotonic() - begun:.1f} s")
    expect(answer["recipients"] == 10_000, f"all: {answer['recipients']}")
    expect(walker.ok("mail.campaign", "campaigns", data, token=suite.marketing, timeout=60) == answer, "once each")


def schemas_hold(suite):
    """Facts and replies are as asyncapi.yaml says"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    run(Suite(), first, single_mails, replies, opted_out, campaign_to_list, campaign_to_condition, progress,
        wrong_requests, many, schemas_hold)
