"""One mailbox has many spellings and is one address (O15): for the limit of one mail, for opt-outs, for what is sent; and
stays one when ADDRESS_KEY_FILE gets another version while everything runs."""

import base64, json, os, secrets, time

from harness import Suite, run, within
from walking import Walker, campaign, confirm, expect, fresh, mail_to, one_click, post

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def spellings(suite):
    """O4 an address spelt in seven ways, by seven contacts, gets one mail, at the one form of its domain"""
    walker = suite.walker = Walker(suite)
    local = fresh("victim")
    ways = [f"{local}@example.com", f"{local}@ｅxample.com", f"{local}@ｅｘample.com", f"{local.upper()}@EXAMPLE.com",
            f"{local}@example。com", f"{local}@exa\u00admple.com", f"{local}@e\U0001d431ample.com"]
    contacts = [fresh() for _ in ways]
    for contact, way in zip(contacts, ways):
        walker.submit(contact, way)
    for contact in contacts:
        expect(walker.status(contact) == "single-opt-in-webform", "the form counts")
    sent = lambda: [one for one in suite.mails("") if str(one["To"]).lower() == f"{local}@example.com"]
    mail = within(15, sent, "a mail")[0]
    time.sleep(1.5)  # two rounds of what sends mails that are due
    expect(len(sent()) == 1 and not [one for one in suite.mails("") if not str(one["To"]).isascii()], "one mail")
    expect(confirm(suite, mail).status_code == 200, "confirmed")


def both_forms(suite):
    """O7 an opt-out of bücher.example holds for xn--bcher-kva.example, and mails go to the A-label"""
    walker = suite.walker
    local = fresh("leser")
    first, second = fresh(), fresh()
    walker.submit(first, f"{local}@bücher.example")
    mail = mail_to(suite, f"{local}@xn--bcher-kva.example")
    expect(confirm(suite, mail).status_code == 200, "confirmed")
    campaign(walker, [first])
    expect(post(one_click(mail_to(suite, f"{local}@xn--bcher-kva.example", 2)), ONE_CLICK).status_code == 200, "opted out")
    walker.tell("contact.created", second, {"email": f"{local}@XN--bcher-kva.example"})
    expect(walker.status(second) == "opt-out-contact", "the other form is the same address")
    walker.submit(first, f"{local}@xn--bcher-kva.example")
    expect(walker.status(first) == "single-opt-in-webform", "no conflict: it is the contact's address")
    walker.tell("contact.updated", second, {"email": f"{local}@BÜCHER.example"})
    expect([one["reason"] for one in walker.shown(second)["history"]] == ["address-opted-out"], "nothing has changed")


def refused(suite):
    """What is no address makes no contact, in opt-in and in the vault"""
    walker = suite.walker
    for email in ("a@localhost", "a@example.123", "a@example.１２３", "a@127.0.0.1", "a@xn--ü.example", "a@xn--a.de",
                  "a@b_c.ü.example", "a@℀.com", "a@a\u200cb.com", "a@ü.example\u0000.com", "a@example.com."):
        contact = fresh("no")
        walker.tell("contact.created", contact, {"email": email})
        walker.refused("unknown-contact", "optin.show", contact, {})
        walker.refused("unknown-contact", "vault.read", contact, {"fields": ["firstName"]})


def change_key(suite):
    """The key file gets a second version: opt-outs, limits, conflicts and mails under way stay with their address"""
    walker = suite.walker
    out, limited, known = fresh("out"), fresh("limited"), fresh("known")
    walker.submit(out)
    confirm(suite, mail_to(suite, f"{out}@example.com"))
    campaign(walker, [out])
    link = one_click(mail_to(suite, f"{out}@example.com", 2))
    walker.submit(limited)
    mail_to(suite, f"{limited}@example.com")
    walker.submit(known)
    confirm(suite, mail_to(suite, f"{known}@example.com"))
    expect(post(link, ONE_CLICK).status_code == 200, "opted out under the first version")

    add_version(suite)
    campaign_reaches(suite, known)  # known before
    for before, status in ((out, "opt-out-contact"), (known, "none")):
        contact = fresh()
        walker.tell("contact.created", contact, {"email": f"{before}@example.com"})
        expect(walker.status(contact) == status, f"the same address: {walker.status(contact)}")
    another = fresh()
    walker.submit(another, f"{limited}@example.com")
    expect(walker.status(another) == "single-opt-in-webform", "the form counts")
    walker.submit(known, lists=["events"])
    expect(walker.status(known) == "double-opt-in", "no conflict, no change of address")
    walker.tell("contact.updated", known, {"email": f"{known.upper()}@example.com"})
    expect(walker.status(known) == "double-opt-in", "the address is the same")
    campaign_reaches(suite, known)  # named under the new version
    time.sleep(1.5)
    expect(len(suite.mails(f"{limited}@example.com")) == 1, "one mail an address")
    versions = dict(suite.sql("optin", "SELECT contact, split_part(address_hash, '.', 2) FROM contact "
                              "WHERE contact = ANY(%s)", [known, out, another]))
    expect(versions == {known: "2", out: "1", another: "2"}, f"hashes name their version: {versions}")


def opt_out_after(suite):
    """O7 after the change an opt-out by who is still known by the old hash reaches who is known by the new one"""
    walker = suite.walker
    old = suite.old
    new = fresh("new")
    walker.tell("contact.created", new, {"email": f"{old}@example.com"})
    expect(walker.status(new) == "none", "not opted out yet")
    expect(post(suite.old_link, ONE_CLICK).status_code == 200, "opted out")
    answer = walker.ok("optin.check", "-", {"category": "ad-hoc", "contacts": [new, old]})
    expect(answer["allowed"] == [], f"at once: {answer}")
    within(5, lambda: walker.status(new) == "opt-out-contact", "and kept")


def before_change(suite):
    """A contact who has a mail from before the key changes"""
    walker = suite.walker
    suite.old = fresh("old")
    walker.submit(suite.old)
    confirm(suite, mail_to(suite, f"{suite.old}@example.com"))
    campaign(walker, [suite.old])
    suite.old_link = one_click(mail_to(suite, f"{suite.old}@example.com", 2))


def campaign_reaches(suite, contact):
    """Sends a campaign to a contact and waits until it went."""
    name = campaign(suite.walker, [contact])
    suite.walker.wait_fact("mail.sent", contact, 15, campaign=name)


def add_version(suite):
    """As an operator does, in one step; each service looks at the file again after a second (docs/keys.md)."""
    path = suite.folder / "state" / "keys" / "address.json"
    ring = json.loads(path.read_text())
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    ring["keys"].append({"version": 2, "key": key})
    new = path.with_suffix(".new")
    new.write_text(json.dumps(ring))
    os.rename(new, path)
    time.sleep(1.2)


if __name__ == "__main__":
    run(Suite(), spellings, both_forms, refused, before_change, change_key, opt_out_after)
