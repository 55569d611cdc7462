"""Engagement tracking (C2): with the tracking consent alone mails carry a pixel and tracked links, and opens, clicks and
document views become facts; everything else is dropped and counted."""

import os, re, signal, sys, time

import requests

from harness import Suite, event, run, within
from walking import Walker, campaign, confirmed_contact, expect, fresh, get, mail_to, post

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
HTML = """<html><head><style>a[href="https://example.com/style"]{}</style></head><body>
<!-- <a href="https://example.com/comment">x</a> -->
<p><A class=x HREF='https://example.com/one?a=1&amp;b={{firstName}}#part'>One</A>
<a href=http://example.com/two>Two</a> <a href="mailto:a@example.com">Mail</a> <a href="#top">Top</a> <a name=x>None</a>
<a href="%s/p/whatever">Own</a></p></body></html>"""


def begin(suite):
    """The suite runs"""
    suite.walker = Walker(suite)
    suite.site = suite.env["PUBLIC_URL"]


def decide(suite, contact, decision):
    suite.walker.ok("consent.record", contact, {
        "consent": "tracking", "decision": decision, "channel": "paper", "evidence": {"reference": "folder 7"}},
        suite.token("petra", "privacy"))


def sent(suite, contact, html=HTML, **more):
    """The HTML part (None: there is none) and the text part of a campaign's mail to a contact, and the campaign."""
    count = len(suite.mails(f"{contact}@example.com"))
    name = campaign(suite.walker, [contact], text="Look: https://example.com/text",
                    html=html and html.replace("%s", suite.site), **more)
    mail = mail_to(suite, f"{contact}@example.com", count + 1)
    part = mail.get_body(("html",))
    return part and part.get_content(), mail.get_body(("plain",)).get_content(), name


def tracking_of(suite, html):
    """The pixel's address and those of the tracked links."""
    pixels = re.findall(rf'<img src="({re.escape(suite.site)}/t/[A-Za-z]+)"', html)
    return pixels, re.findall(rf'(?i)href="({re.escape(suite.site)}/l/[A-Za-z]+)"', html)


def accepted(suite, contact):
    return sorted((fact["data"]["kind"], fact["data"]["item"])
                  for fact in suite.walker.facts.events("engagement.accepted", {contact}))


def settled(suite, contact):
    """Everything that was published about the contact before is decided, and its facts have arrived."""
    suite.walker.ok("consent.show", contact, {})
    time.sleep(0.5)


def dropped(suite, reason="no-consent"):
    text = requests.get(f"{suite.env['CONSENT_METRICS_URL']}", timeout=10).text
    return sum(float(line.split()[-1]) for line in text.splitlines()
               if line.startswith("assent_engagement_dropped_total") and f'reason="{reason}"' in line)


def recorded(suite):
    """engagement.recorded becomes a fact with the consent alone; else it is dropped and counted"""
    walker, contact = suite.walker, fresh("e")
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    def view(item): walker.tell("engagement.recorded", contact, {"kind": "document-viewed", "item": item})
    walker.ok("consent.show", contact, {})
    before = dropped(suite)
    view("before")
    settled(suite, contact)
    expect(accepted(suite, contact) == [] and dropped(suite) == before + 1, "nothing before the consent")
    decide(suite, contact, "granted")
    view("price-list")
    walker.wait_fact("engagement.accepted", contact, kind="document-viewed", item="price-list")
    decide(suite, contact, "revoked")
    view("after")
    settled(suite, contact)
    expect(accepted(suite, contact) == [("document-viewed", "price-list")], "nothing after the withdrawal")
    expect(dropped(suite) == before + 2 and walker.dead("consent") == [], "dropped, and no letter")
    walker.check_schemas()


def refused(suite):
    """An event about an unknown contact, of another kind or without item is kept with its reason"""
    walker, nobody = suite.walker, fresh("nobody")
    for data in ({"kind": "mail-opened", "item": "x"}, {"kind": "slept", "item": "x"}, {"kind": "mail-opened"},
                 {"kind": "mail-opened", "item": ""}):
        walker.tell("engagement.recorded", nobody, data)
    codes = within(10, lambda: (found := [code for code, _, _ in walker.dead("consent")]) and found, "the letters")
    for _ in range(100):
        if len(codes) == 4:
            break
        codes += [code for code, _, _ in walker.dead("consent")]
        time.sleep(0.05)
    expect(codes == ["unknown-contact"] + ["invalid-field"] * 3, f"the letters' codes: {codes}")


def pretended(suite):
    """Nobody but consent's own web tells of pixels and links, and nobody but the notifier asks whom it may track"""
    walker, contact = suite.walker, fresh("e")
    walker.tell("contact.created", contact, {"email": f"{contact}@example.com"})
    decide(suite, contact, "granted")
    notifier, vault = suite.client("notifier"), suite.client("vault")
    data = {"kind": "mail-opened", "item": "x"}
    notifier.publish("internal", event("internal.engagement", contact, data, source="/assent/notifier"))
    codes = within(10, lambda: [code for code, _, _ in walker.dead("consent")], "the letter")
    expect(codes == ["malformed"], f"the letter's code: {codes}")
    answer = vault.request("internal.tracking", "mails", {"contacts": [contact]}, exchange="internal")
    expect(answer["error"]["code"] == "malformed", f"{answer}")
    answer = notifier.request("internal.tracking", "mails", {"contacts": [contact, fresh()]}, exchange="internal")
    expect(answer["granted"] == [contact] and answer["validForMs"] == 1000, f"{answer}")
    settled(suite, contact)
    expect(accepted(suite, contact) == [], "nothing counts")


def tracked(suite):
    """With the consent a campaign's mail has a pixel and tracked links; each GET counts, HEAD and POST count nothing"""
    walker = suite.walker
    contact = suite.contact = confirmed_contact(walker, profile={"firstName": "Ada"})
    html, text, name = sent(suite, contact)
    expect("/t/" not in html and "/l/" not in html and "'https://example.com/one?a=1&amp;b=Ada#part'" in html,
           "without the consent the mail carries neither")
    decide(suite, contact, "granted")
    html, text, name = sent(suite, contact)
    suite.pixels, suite.links = tracking_of(suite, html)
    expect(len(suite.pixels) == 1 and len(suite.links) == 2, f"{len(suite.pixels)} pixels, {len(suite.links)} links")
    for same in ("mailto:a@example.com", 'href="#top"', "https://example.com/comment", "https://example.com/style",
                 f'href="{suite.site}/p/whatever"'):
        expect(same in html, f"{same} stays")
    expect(f'href="{suite.site}/p/' in html.split("/p/whatever")[1], "the footer's link is the page's")
    expect("https://example.com/text" in text and "/l/" not in text and "/t/" not in text, "the text part stays")
    for link in suite.pixels + suite.links:
        answer = requests.head(link, timeout=10, allow_redirects=False)
        expect(answer.status_code in (200, 302) and not answer.content, f"HEAD: {answer.status_code}")
        expect(post(link, {}).status_code == 405, "POST is none of their methods")
    settled(suite, contact)
    expect(accepted(suite, contact) == [], "nothing counts yet")
    answer = get(suite.pixels[0])
    expect(answer.status_code == 200 and answer.content == GIF and answer.headers["Content-Type"] == "image/gif"
           and answer.headers["Cache-Control"] == "no-store", f"the pixel: {answer.status_code} {answer.headers}")
    targets = ["https://example.com/one?a=1&b=Ada#part", "http://example.com/two"]
    for link, target in zip(suite.links, targets):
        answer = get(link)
        expect(answer.status_code == 302 and answer.headers["Location"] == target, f"{answer.headers}")
        expect(answer.headers["Referrer-Policy"] == "no-referrer", "the target does not learn the link")
    suite.counted = [("link-clicked", f"{name}#1"), ("link-clicked", f"{name}#2"), ("mail-opened", name)]
    within(10, lambda: accepted(suite, contact) == suite.counted, f"the facts {accepted(suite, contact)}")
    walker.check_schemas()


def forged(suite):
    """A link leads nowhere but where its mail said: a changed, cut or exchanged token is a page that says so"""
    token = suite.links[0].rsplit("/", 1)[1]
    other = "b" if token[40] == "a" else "a"
    for path in (f"l/{token[:40]}{other}{token[41:]}", f"l/{token[:-1]}", f"l/{token}a", f"t/{token}", f"p/{token}",
                 f"l/{suite.pixels[0].rsplit('/', 1)[1]}", "l/https://example.com", "t/x"):
        answer = get(f"{suite.site}/{path}")
        expect(answer.status_code == 404 and "Location" not in answer.headers, f"{path}: {answer.status_code}")


def withdrawn(suite):
    """After the withdrawal mails carry neither, and the old links lead to their targets and count nothing"""
    contact = suite.contact
    decide(suite, contact, "revoked")
    html, _, _ = sent(suite, contact)
    expect(tracking_of(suite, html) == ([], []), "the next mail carries neither")
    before = dropped(suite)
    for link in suite.links:
        expect(get(link).status_code == 302, "the link works")
    expect(get(suite.pixels[0]).content == GIF, "the pixel too")
    within(10, lambda: dropped(suite) == before + 3, "dropped and counted")
    settled(suite, contact)
    expect(accepted(suite, contact) == suite.counted, "nothing more counts")


def other_mails(suite):
    """A mail without HTML has no pixel, and a user's mail to one contact is not tracked"""
    walker, contact = suite.walker, confirmed_contact(suite.walker)
    decide(suite, contact, "granted")
    html, text, _ = sent(suite, contact, html=None)
    expect(html is None and "/t/" not in text and "/l/" not in text, "a text alone")
    walker.ok("mail.send", contact, {"category": "ad-hoc", "subject": "S", "text": "T", "html": HTML})
    mail = mail_to(suite, f"{contact}@example.com", 3)
    expect(tracking_of(suite, mail.get_body(("html",)).get_content()) == ([], []), "a user's mail")


def stopped(suite):
    """A contact who stopped the use of the data is not tracked (C4)"""
    walker, contact = suite.walker, confirmed_contact(suite.walker)
    decide(suite, contact, "granted")
    suite.sql("consent", "UPDATE contact SET processing = 'stopped' WHERE id = %s", contact)
    before = dropped(suite)
    walker.tell("engagement.recorded", contact, {"kind": "mail-opened", "item": "x"})
    within(10, lambda: dropped(suite) == before + 1, "dropped and counted")


def consent_away(suite):
    """While consent cannot be asked a campaign goes without tracking"""
    walker, contact = suite.walker, confirmed_contact(suite.walker)
    decide(suite, contact, "granted")
    html, _, _ = sent(suite, contact)
    expect(tracking_of(suite, html)[0], "tracked")
    token, pid = suite.token("mark", "marketing"), suite.pid("consent")
    os.kill(pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        html, _, _ = sent(suite, contact, token=token)
        print(f"     without consent a mail took {time.monotonic() - begun:.1f} s")
        expect(tracking_of(suite, html) == ([], []), "neither")
    finally:
        os.kill(pid, signal.SIGCONT)


def limited(suite):
    """Who fetches one mail's pixel over and over is answered, and what is too many does not count"""
    contact = confirmed_contact(suite.walker)
    decide(suite, contact, "granted")
    within(15, lambda: tracking_of(suite, sent(suite, contact)[0])[0], "consent is asked again")
    html, _, name = sent(suite, contact)
    pixel = tracking_of(suite, html)[0][0]
    with requests.Session() as session:
        for _ in range(330):
            expect(session.get(pixel, timeout=10).content == GIF, "always the pixel")
    within(10, lambda: dropped(suite, "too-many") >= 10, "the excess is counted as dropped")
    within(10, lambda: len(accepted(suite, contact)) >= 300, "the others count")


if __name__ == "__main__":
    cases = [recorded, refused, pretended, tracked, forged, withdrawn, other_mails, stopped, consent_away, limited]
    chosen = [case for case in cases if not sys.argv[1:] or case.__name__ in sys.argv[1:]]
    run(Suite(), begin, *chosen)
