"""What is kept of mails: what became of each (N5), one mail an address and campaign (N4), and that rows go after
`keep.mails`."""

import os, time

from harness import Suite, run, within
from walking import Walker, changed_configuration, expect, fresh

KEPT = 20  # seconds
TWINS = 30


def first(suite):
    """A client may listen to the facts; two notifiers share the mails"""
    suite.walker, suite.marketing = Walker(suite), suite.token("mark", "marketing")
    suite.instance("notifier")


def contact_with(suite, email):
    """A new contact whom campaigns may go to, though somebody else may have the address."""
    contact = fresh()
    suite.walker.tell("contact.created", contact, {"email": email})
    suite.walker.ok("optin.set", contact, {"status": "single-opt-in-user"}, token=suite.marketing)
    return contact


def send(suite, name, contacts, text="T\n", **more):
    return suite.walker.ok("mail.campaign", "campaigns", {
        "campaign": name, "subject": "S", "text": text, "contacts": contacts, **more}, token=suite.marketing)


def progress(suite, name):
    return suite.walker.ok("mail.progress", "campaigns", {"campaign": name})


def count(suite, name):
    answer = progress(suite, name)
    return answer["queued"], answer["sent"], answer["suppressed"]


def shown(suite):
    """mail.show says of a mail what became of it, and why; of another id that there is no such mail"""
    walker, contact = suite.walker, contact_with(suite, f"{fresh()}@example.com")
    def order(to, **more):
        return walker.ok("mail.send", to, {"category": "ad-hoc", "subject": "S", "text": "T", **more})["mail"]
    def show(mail): return walker.ok("mail.show", contact, {"mail": mail})
    sent, nobody = order(contact), fresh()
    walker.wait_fact("mail.sent", contact, mail=sent)
    answer = show(sent)
    expect({**answer, "at": 0} == {"status": "ok", "contact": contact, "category": "ad-hoc", "state": "sent", "at": 0},
           f"sent: {answer}")
    waiting = show(order(nobody))
    expect((waiting["contact"], waiting["state"]) == (nobody, "queued"), f"queued: {waiting}")
    walker.ok("optin.set", contact, {"status": "opt-out-user"}, token=suite.marketing)
    held = order(contact)
    walker.wait_fact("mail.suppressed", contact, mail=held)
    expect((show(held)["state"], show(held)["reason"]) == ("suppressed", "opt-out-user"), f"held: {show(held)}")
    walker.refused("not-found", "mail.show", contact, {"mail": "00000000-0000-7000-8000-000000000000"},
                   pointer="/data/mail")
    walker.refused("invalid-field", "mail.show", contact, {"mail": "x"}, pointer="/data/mail")


def one_address(suite):
    """Thirty contacts with one address get a campaign once, by two instances, and again nobody gets more"""
    email, name = f"{fresh()}@example.com", fresh("campaign")
    twins = [contact_with(suite, email) for _ in range(TWINS)]
    wanted = (0, 1, {"same-address": TWINS - 1})
    send(suite, name, twins)
    within(10, lambda: count(suite, name) == wanted, "one is sent, the others have the same address")
    expect(len(suite.mails(email)) == 1, f"{len(suite.mails(email))} mails")
    def held(): return suite.walker.facts.events("mail.suppressed", set(twins))
    within(5, lambda: len(held()) == TWINS - 1, "their facts")
    expect({fact["data"]["reason"] for fact in held()} == {"same-address"}, "the facts' reasons")
    late = contact_with(suite, email)
    send(suite, name, [*twins, late])
    within(10, lambda: count(suite, name) == (0, 1, {"same-address": TWINS}), "so does one who is named later")
    send(suite, fresh("campaign"), twins[:2])
    within(10, lambda: len(suite.mails(email)) == 2, "another campaign goes there too")


def who_may_not_takes_no_address(suite):
    """Of two with one address the one who may get the campaign gets it; the other's reason is the gate's"""
    email, name = f"{fresh()}@example.com", fresh("campaign")
    walker, other, contact = suite.walker, fresh(), contact_with(suite, email)
    walker.tell("contact.created", other, {"email": email})
    walker.status(other)
    send(suite, name, [other])
    within(10, lambda: count(suite, name) == (0, 0, {"none": 1}), "not opted in")
    send(suite, name, [contact, other])
    within(10, lambda: count(suite, name) == (0, 1, {"none": 1}), "the other gets it")


def other_line_ends(suite):
    """A campaign repeated with CR LF for LF is the same campaign; another text under its name is a conflict (N4)"""
    contact, name = contact_with(suite, f"{fresh()}@example.com"), fresh("campaign")
    send(suite, name, [contact], "A\nB\n", html="<p>\nA")
    answer = send(suite, name, [contact], "A\r\nB\r\n", html="<p>\r\nA")
    expect(answer["recipients"] == 1, f"{answer}")
    suite.walker.refused("conflict", "mail.campaign", "campaigns", {
        "campaign": name, "subject": "S", "text": "A\n\nB\n", "html": "<p>\nA", "contacts": [contact]},
        token=suite.marketing, pointer="/data/campaign")


def rows_go(suite):
    """After `keep.mails` nothing is left of mails and campaigns that ended; what is under way stays"""
    walker, contact, name = suite.walker, contact_with(suite, f"{fresh()}@example.com"), fresh("campaign")
    nobody = fresh()
    send(suite, name, [contact])
    mail = walker.wait_fact("mail.sent", contact, campaign=name)["data"]["mail"]
    waiting = walker.ok("mail.send", nobody, {"category": "ad-hoc", "subject": "S", "text": "T"})["mail"]
    begun = time.monotonic()
    def gone(): return walker.ask("mail.progress", "campaigns", {"campaign": name})["status"] == "error"
    within(KEPT + 20, gone, "the campaign has gone")
    expect(time.monotonic() - begun > KEPT - 2, "too early")
    walker.refused("not-found", "mail.show", contact, {"mail": mail}, pointer="/data/mail")
    left = suite.sql("notifier", "SELECT id::text FROM mail WHERE created_at < now() - interval '60 s' AND told_at IS NOT NULL")
    expect(left == [], f"{len(left)} old rows")
    expect(walker.ok("mail.show", nobody, {"mail": waiting})["state"] == "queued", "what waits stays")
    def tables(): return [suite.sql("notifier", f"SELECT count(*) FROM {name}")[0][0]
                          for name in ("campaign", "campaign_address")]
    within(KEPT + 20, lambda: tables() == [0, 0], f"campaigns and addresses: {tables()}")
    # The name is free: it is another campaign now.
    send(suite, name, [contact], "Another text.")
    within(10, lambda: count(suite, name) == (0, 1, {}), "sent anew")


def schemas_hold(suite):
    """Facts and replies are as asyncapi.yaml says"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    configuration = changed_configuration("/tmp", ("policy: double ", "policy: any "),
                                          ("mails: 90d", f"mails: {KEPT}s"))
    try:
        run(Suite(["consent", "optin", "vault", "notifier"], environment={"ASSENT_CONFIG": configuration}), first, shown,
            one_address, who_may_not_takes_no_address, other_line_ends, rows_go, schemas_hold)
    finally:
        os.unlink(configuration)
