"""Contacts are told of their page (P3): once by mail, and of each consent that comes to be shown or gets a new text. A new
configuration tells them when every living instance has it, and a kill in between neither forgets nor repeats anything."""

import os, pathlib, signal, time

from harness import Suite, run, within
from walking import Walker, changed_configuration, confirm, expect, fresh, get, mail_to

MANY = 60
NEW_CONSENT = """  surveys:
    kind: custom
    editable: true
    default: refused
    version: "1"
    basis: consent
    purpose: {en: To learn what to do better., de: Um besser zu werden.}
    text: {en: You may ask me now and then what I think of you., de: Sie dürfen mich ab und zu nach meiner Meinung fragen.}
"""
OLD_TEXT = "You may let a computer alone decide about offers that are made to me."
NEW_TEXT = "You may let a computer decide about offers that are made to me, and a human looks at it on request."
TELLING = ("configuration", "cursor", "rounds", "is_done")


def begin(suite):
    """The suite runs, and the first configuration is in force"""
    suite.walker = Walker(suite)
    suite.mark = suite.token("mark", "marketing")
    within(20, lambda: telling(suite) and telling(suite)["is_done"], "an empty database is walked")


def telling(suite):
    rows = suite.sql("consent", f"SELECT {', '.join(TELLING)} FROM telling")
    return dict(zip(TELLING, rows[0])) if rows else None


def address(contact):
    return f"{contact}@example.com"


def create(suite, region="EU", **profile):
    contact = fresh("i")
    suite.walker.tell("contact.created", contact, {
        "email": address(contact), "locale": "en", "profile": {"region": region, **profile}})
    return contact


def update(suite, contact, **profile):
    suite.walker.tell("contact.updated", contact, {"profile": profile})
    suite.walker.ok("consent.show", contact, {})


def subjects(suite, contact):
    return [str(mail["Subject"]) for mail in suite.mails(address(contact))]


def hour_passes(suite, *contacts):
    suite.sql("consent", "UPDATE contact SET told_at = told_at - interval '1 hour', tell_at = tell_at - interval '1 hour' "
                         "WHERE id = ANY (%s)", list(contacts))


def invite(suite, *contacts):
    answer = suite.walker.ok("consent.invite", "-", {"contacts": list(contacts)}, suite.mark)
    return answer["sent"], answer["refused"]


def told_once(suite):
    """A contact who gets the page is told at once, with a link to it, and once; another one when they come to qualify"""
    inside, outside = create(suite), create(suite, region="US")
    mail = mail_to(suite, address(inside))
    expect("decide what Example GmbH may do" in str(mail["Subject"]), f"{mail['Subject']}")
    expect(get(suite.link(mail, "p")).status_code == 200, "the link opens the page")
    expect("List-Unsubscribe" not in mail and mail["Auto-Submitted"] == "auto-generated", "its headers")
    suite.walker.wait_fact("mail.sent", inside, category="invitation")
    update(suite, inside, score=5)
    update(suite, outside, score=5)
    expect(not subjects(suite, outside), "who has no page is not told")
    update(suite, outside, region="EU")
    mail_to(suite, address(outside))
    update(suite, outside, region="US")
    update(suite, outside, region="EU")
    time.sleep(1)
    expect(len(subjects(suite, outside)) == 1 and len(subjects(suite, inside)) == 1, "once each")
    suite.inside = inside


def gathered(suite):
    """A consent that comes to be shown within the hour is told of at its end"""
    contact = suite.inside
    update(suite, contact, salesStage="ready-to-buy")
    time.sleep(1)
    expect(len(subjects(suite, contact)) == 1, "not within the hour")
    expect(suite.sql("consent", "SELECT tell_at IS NOT NULL FROM contact WHERE id = %s", contact) == [(True,)], "due later")
    hour_passes(suite, contact)
    mail = mail_to(suite, address(contact), 2)
    text = mail.get_body(("plain",)).get_content()
    expect("Something new" in str(mail["Subject"]) and "credit card" in text and "which of your mails" not in text, text)
    update(suite, contact, salesStage="cold")
    update(suite, contact, salesStage="ready-to-buy")
    hour_passes(suite, contact)
    time.sleep(1.5)
    expect(len(subjects(suite, contact)) == 2, "told once")


def by_form(suite):
    """A form alone tells nobody; once the address is confirmed, the contact is told"""
    contact = fresh("i")
    suite.walker.submit(contact, profile={"region": "EU"})
    mail = mail_to(suite, address(contact))
    time.sleep(1)
    expect(len(subjects(suite, contact)) == 1, "the double-opt-in mail alone")
    expect(confirm(suite, mail).status_code == 200, "confirmed")
    mail = mail_to(suite, address(contact), 2)
    expect("decide what" in str(mail["Subject"]), f"{subjects(suite, contact)}")


def opted_out(suite):
    """Who has opted out is not told, and is told after they opted in again"""
    walker = suite.walker
    contact = create(suite, region="US")
    within(10, lambda: walker.ask("optin.show", contact, {})["status"] != "error", "opt-in knows the contact")
    walker.ok("optin.set", contact, {"status": "opt-out-user"}, suite.mark)
    update(suite, contact, region="EU")
    walker.wait_fact("mail.suppressed", contact, category="invitation", reason="opt-out-user")
    expect(invite(suite, contact) == (0, {"opt-out-user": [contact]}), "refused with its reason")
    update(suite, contact, score=1)
    time.sleep(0.5)
    expect(not subjects(suite, contact), "not asked for at every message")
    walker.ok("optin.set", contact, {"status": "none"}, suite.mark)
    mail_to(suite, address(contact))


def invited(suite):
    """A user has contacts told, each once; who cannot be told is refused with the reason"""
    walker = suite.walker
    walker.refused("not-permitted", "consent.invite", "-", {"contacts": [suite.inside]})
    walker.refused("invalid-field", "consent.invite", "-", {}, suite.mark, "/data/contacts")
    outside, unknown, form = create(suite, region="US"), fresh("i"), fresh("i")
    walker.submit(form, profile={"region": "EU"})
    mail_to(suite, address(form))
    within(10, lambda: walker.ask("consent.show", outside, {})["status"] != "error", "known")
    sent, refused = invite(suite, suite.inside, outside, unknown, form)
    expect(sent == 1 and refused == {"already-told": [suite.inside], "no-page": [outside], "unknown": [unknown]},
           f"{sent} {refused}")
    mail = mail_to(suite, address(form), 2)
    expect("decide what" in str(mail["Subject"]), "told")
    expect(invite(suite, form) == (0, {"already-told": [form]}), "once")


def reconfigured(suite):
    """A new configuration tells all contacts, once every instance has it, whoever is killed"""
    walker = suite.walker
    suite.people = [create(suite) for _ in range(MANY)]
    outside = create(suite, region="US")
    within(60, lambda: all(subjects(suite, contact) for contact in suite.people), "all are told of the page")
    hour_passes(suite, *suite.people)
    old = pathlib.Path(suite.configuration)
    other = old.with_suffix(".old.yaml")
    other.write_text(old.read_text())
    before = telling(suite)["configuration"]
    second = suite.instance("consent", WEB_ADDRESS=f"127.0.0.1:{suite.port + 16}", ASSENT_CONFIG=str(other))
    text = old.read_text().replace("  automated-decisions:\n", NEW_CONSENT + "  automated-decisions:\n")
    head, tail = text.split("  automated-decisions:\n")
    old.write_text(head + "  automated-decisions:\n" + tail.replace('version: "1"', 'version: "2"', 1).replace(
        OLD_TEXT, NEW_TEXT).replace("Sie dürfen allein einen Computer", "Sie dürfen einen Computer"))
    for service in ("notifier", "consent"):
        os.kill(suite.pid(service), signal.SIGKILL)  # the supervisor starts it with the new configuration
    within(20, lambda: suite.ready(suite.port + 10) and suite.ready(suite.port + 14), "they are back")
    time.sleep(8)
    expect(telling(suite)["configuration"] == before, "one instance still has the old configuration")
    expect(all(len(subjects(suite, contact)) == 1 for contact in suite.people), "nobody is told yet")
    second.terminate()
    second.wait()
    other.unlink()
    within(20, lambda: telling(suite)["configuration"] != before, "now all have it")
    os.kill(suite.pid("consent"), signal.SIGKILL)
    within(90, lambda: all(len(subjects(suite, contact)) >= 2 for contact in suite.people), "all are told")
    within(60, lambda: telling(suite)["is_done"], "the walk ends")
    for contact in suite.people:
        mails = suite.mails(address(contact))
        text = mails[-1].get_body(("plain",)).get_content()
        expect(len(mails) == 2 and "Something new" in str(mails[-1]["Subject"]), f"{subjects(suite, contact)}")
        expect("ask me now and then" in text and NEW_TEXT in text.replace("\n", " ") and "partner" not in text, text)
    expect(not subjects(suite, outside), "who has no page is not told")
    expect(telling(suite)["rounds"] == 2, f"{telling(suite)}")
    os.kill(suite.pid("consent"), signal.SIGKILL)
    within(20, lambda: suite.ready(suite.port + 10), "it is back")
    time.sleep(2)
    expect(all(len(subjects(suite, contact)) == 2 for contact in suite.people), "a restart tells nobody")
    mail_to(suite, address(create(suite)))


def as_published(suite):
    """Every fact and reply is as asyncapi.yaml says, and nothing is dead"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")
    expect(not suite.dead("consent") and not suite.dead("notifier"), "no dead letters")


if __name__ == "__main__":
    configuration = changed_configuration("/tmp")
    try:
        suite = Suite(environment={"ASSENT_CONFIG": configuration})
        suite.configuration = configuration
        run(suite, begin, told_once, gathered, by_form, opted_out, invited, reconfigured, as_published)
    finally:
        os.unlink(configuration)
