"""Mail scanners open every link and some press every button; a human may press within seconds too. Nothing automatic
confirms anything, the mail's code tells who is who, and it cannot be guessed (P6)."""

import os, re, threading, time

import requests

from harness import Suite, event, run, within
from walking import (Walker, asks_for_code, changed_configuration, code_of, confirm, expect, fresh, get, mail_to, page,
                     post)

LOOKS_AUTOMATIC = 10.0  # seconds after a mail's hand-over
BROWSER = {"User-Agent": "Scanner/1"}
URL = re.compile(r"https?://[^\s\"'<>]+")


class Asked:
    """A contact whose double-opt-in mail was handed over."""

    def __init__(self, suite, is_known=False, **more):
        self.suite, self.contact = suite, fresh("s")
        if is_known:
            suite.walker.tell("contact.created", self.contact, {"email": f"{self.contact}@example.com", "locale": "de"})
        suite.walker.submit(self.contact, **more)

    def mailed(self, count=1):
        self.mail = mail_to(self.suite, f"{self.contact}@example.com", count)
        self.suite.walker.wait_fact("mail.sent", self.contact)
        self.handed = time.monotonic()  # or a little before
        self.link, self.code = self.suite.link(self.mail), code_of(self.mail)
        return self

    def status(self):
        return self.suite.walker.status(self.contact)

    def history(self):
        return self.suite.walker.shown(self.contact)["history"]

    def is_suspect(self):
        """How the newest evidence is kept; nothing published tells it."""
        return self.suite.sql("optin", "SELECT is_suspect FROM status_change WHERE contact = %s ORDER BY number DESC"
                              " LIMIT 1", self.contact)[0][0]

    def unchanged(self):
        expect(self.status() == "single-opt-in-webform" and len(self.history()) == 1, f"changed: {self.history()}")

    def hidden(self):
        return page(get(self.link)).fields

    def wrong(self, by=1):
        return f"{(int(self.code) + by) % 1_000_000:06d}"

    def send(self, action="confirm", **fields):
        return post(self.link, {**fields, "action": action}, headers=BROWSER)


def first(suite):
    """Contacts tick the box; those who are slow get their mails first"""
    suite.walker = Walker(suite)
    suite.slow = [Asked(suite) for _ in range(5)]
    for one in suite.slow:
        one.mailed()
    suite.code_page = suite.slow[3].send(**suite.slow[3].hidden())  # within 10 s: it asks for the code


def one_code(suite):
    """The text part has one run of six digits, which differs from mail to mail; the HTML part shows it too"""
    asked = [Asked(suite, locale=locale, lists=["news"]) for locale in ("en", "de") * 4]
    codes = {one.mailed().code for one in asked}  # `code_of` counts them
    expect(len(codes) >= 7, f"{len(codes)} codes of 8 mails")
    for one in asked:
        expect(one.code in one.mail.get_body(("html",)).get_content(), "no code for who reads the HTML")
        expect(one.code not in one.link and one.code not in get(one.link).text, "the page does not tell it")


def opened(suite):
    """GET, HEAD and prefetch of every link of the mail: nothing changes and nothing is used up"""
    asked = Asked(suite).mailed()
    links = {link for part in asked.mail.walk() if part.get_content_maintype() == "text"
             for link in URL.findall(part.get_content()) if link.startswith(suite.env["PUBLIC_URL"])}
    expect(asked.link in links, "every link")
    for link in links:
        for headers in ({}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"}):
            expect(get(link, headers=headers).status_code == 200, "GET")
            expect(requests.head(link, headers=headers, timeout=10).status_code == 200, "HEAD")
        for query in ("?action=confirm", f"?action=confirm&code={asked.code}", "?sent=confirm", "?sent=decline"):
            expect(get(link + query).status_code in (200, 202), "a query")
    asked.unchanged()
    expect(confirm(suite, asked.mail).status_code == 200 and asked.status() == "double-opt-in", "not used up")


def pressed(suite):
    """A scanner that presses the button, with and without the hidden fields, and again on the page that it gets"""
    for has_fields in (True, False):
        asked = Asked(suite).mailed()
        for _ in range(7):
            answer = asked.send(**(asked.hidden() if has_fields else {}))
            expect(answer.status_code == 200 and asks_for_code(answer), f"asked for the code: {answer.status_code}")
            expect(page(answer).forms == 1 and page(answer).visible == ["code"], "one form, one field")
            again = asked.send(**page(answer).fields, code="")
            expect(again.status_code == 200 and asks_for_code(again), f"no code is none: {again.status_code}")
        asked.unchanged()
        answer = asked.send(**page(answer).fields, code=f" {asked.code[:3]} {asked.code[3:]} ")
        expect(answer.status_code == 200 and asked.status() == "double-opt-in", "the human confirms")
        last = asked.history()[-1]
        expect((last["to"], last["by"], last["reason"], last["remoteAddress"], last["userAgent"]) ==
               ("double-opt-in", "contact", "confirmed", "127.0.0.1", BROWSER["User-Agent"]), f"evidence: {last}")


def declined(suite):
    """A scanner that presses "this was not me" opts out, with and without the hidden fields, as a header would"""
    for has_fields in (True, False):
        asked = Asked(suite).mailed()
        answer = asked.send("decline", **(asked.hidden() if has_fields else {}))
        expect(answer.status_code == 200 and not asks_for_code(answer), f"declined: {answer.status_code}")
        expect(asked.status() == "opt-out-contact", "opted out")
        expect(asked.is_suspect(), "kept as suspect")
        last = asked.history()[-1]
        expect((last["reason"], last["remoteAddress"], last["userAgent"]) ==
               ("declined", "127.0.0.1", BROWSER["User-Agent"]), f"evidence: {last}")


def human(suite):
    """A human who presses within seconds confirms with the code, subscribes to the list, and is told so kindly again"""
    asked = Asked(suite, is_known=True, lists=["news"]).mailed()  # of a known contact lists wait
    expect("<li>Neuigkeiten</li>" in get(asked.link).text, "the list's title in the contact's language")
    english = get(asked.link, headers={"Accept-Language": "en"})
    expect("<li>News</li>" in english.text, "the list's title in the visitor's language")
    answer = confirm(suite, asked.mail)
    expect(answer.status_code == 200 and page(answer).language == "de", "confirmed")
    shown = suite.walker.shown(asked.contact)
    expect((shown["status"], shown["lists"]) == ("double-opt-in", ["news"]), f"confirmed: {shown}")
    again = asked.send(code=asked.code)
    expect(again.status_code == 410 and "bestätigt" in again.text, "a second time, kindly")


def typed(suite):
    """The code counts as humans type it: apart, with hyphens or full stops, in full-width or Arabic digits"""
    arabic = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    spellings = (lambda code: f"{code[:3]}-{code[3:]}", lambda code: f"{code[:3]}.{code[3:]}.",
                 lambda code: " ".join(code), lambda code: code.translate(arabic),
                 lambda code: "".join(chr(ord(digit) + 0xFEE0) for digit in code))
    for spelling in spellings:
        asked = Asked(suite).mailed()
        answer = asked.send(**asked.hidden(), code=spelling(asked.code))
        expect(answer.status_code == 200 and not asks_for_code(answer), f"the code: {answer.status_code}")
        expect(asked.status() == "double-opt-in", "confirmed")


def guessed(suite):
    """Five wrong codes: 422 four times, then 410, slips not counted; the right one opens nothing any more, a new mail's
    does"""
    asked = Asked(suite).mailed()
    slips = (asked.wrong(2)[:5], "letters", asked.code + "7", "-", asked.code[:5] + "O")
    for guess in (asked.wrong(1), *slips, asked.wrong(2), *slips, asked.wrong(3), asked.wrong(4)):
        answer = asked.send(**asked.hidden(), code=guess)
        expect(answer.status_code == 422 and asks_for_code(answer), f"a wrong code: {answer.status_code}")
        expect('aria-invalid="true"' in answer.text, "the field is marked")
    for guess in (asked.wrong(5), asked.code):
        expect(asked.send(**page(answer).fields, code=guess).status_code == 410, "the link is dead")
    for language, word in {"en": "code", "de": "Code"}.items():
        opened = get(asked.link, headers={"Accept-Language": language})
        expect(opened.status_code == 410 and word in page_text(opened), "says why and what to do")
    expect(asked.send("decline").status_code == 410, "dead for every button")
    asked.unchanged()
    suite.walker.submit(asked.contact)
    expect(confirm(suite, asked.mailed(2).mail).status_code == 200 and asked.status() == "double-opt-in", "a new mail")


def page_text(answer):
    return answer.text.split("</style>")[-1]


def guessed_by_two(suite):
    """Two who guess at the same moment have five tries together"""
    for _ in range(3):
        asked, answers, barrier = Asked(suite).mailed(), [], threading.Barrier(2)

        def guess(start):
            barrier.wait()
            for step in range(8):
                answers.append(asked.send(code=asked.wrong(start + step)).status_code)
        threads = [threading.Thread(target=guess, args=[start]) for start in (1, 101)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(sorted(answers) == [410] * 12 + [422] * 4, f"answers: {answers}")
        expect(asked.send(**asked.hidden(), code=asked.code).status_code == 410, "the right one comes too late")
        asked.unchanged()


def slow(suite):
    """10 s after the hand-over the hidden fields are enough; without them, or with another's, the code is needed"""
    seen, blind, borrowed, hurried, cut = suite.slow
    fields = seen.hidden()  # a page fetched before
    within(LOOKS_AUTOMATIC + 3, lambda: time.monotonic() - cut.handed > LOOKS_AUTOMATIC + 0.3, "10 s are over")
    nonce = cut.hidden()["nonce"]
    for one, sent in ((blind, {}), (borrowed, fields), (hurried, page(suite.code_page).fields),
                      (cut, {"nonce": nonce[:-2]}), (cut, {"nonce": nonce[::-1]}), (cut, {"nonce": ""})):
        answer = one.send(**sent)
        expect(answer.status_code == 200 and asks_for_code(answer), f"asked for the code: {answer.status_code}")
        one.unchanged()
    # A hand-over that is reported again was heard of before.
    confirmation = suite.sql("optin", "SELECT id FROM confirmation WHERE contact = %s", seen.contact)[0][0]
    suite.client("notifier").publish("internal", event("internal.mail-sent", seen.contact, {
        "confirmation": str(confirmation)}, source="/assent/notifier"))
    seen.unchanged()
    answer = seen.send(**fields)
    expect(answer.status_code == 200 and not asks_for_code(answer), f"confirmed: {answer.status_code}")
    expect(not seen.is_suspect(), "no suspicion")
    expect(blind.send(code=blind.code).status_code == 200, "with the code")
    expect(hurried.send(**hurried.hidden()).status_code == 200, "with a page of its own")
    for one in (seen, blind, hurried):
        expect(one.status() == "double-opt-in" and one.history()[-1]["reason"] == "confirmed", "confirmed")


def schemas_hold(suite):
    """Every fact and every reply of this is as asyncapi.yaml says"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    # A mail for every form: who spent a link gets a new one at once.
    configuration = changed_configuration("/tmp", ("mailEvery: 24h", "mailEvery: 0s"))
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}),
            first, one_code, opened, pressed, declined, human, typed, guessed, guessed_by_two, slow, schemas_hold)
    finally:
        os.unlink(configuration)
