"""Links guessed, reused, expired, opened by machines, and forms sent in every wrong way: nothing changes, every
answer is a helpful page in the visitor's language, and no token ever stands in a log."""

import concurrent.futures, os, random, secrets, socket, subprocess, sys, threading, time

import requests

from harness import Suite, run, within
from walking import (Walker, campaign, changed_configuration, code_of, confirm, confirmed_contact, expect,
                     fresh, get, mail_to, one_click, page, post, press)

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEF"  # of tokens, in the order of its values
SEEN = []  # every link of this run


def pending(suite, **more):
    """A contact with a double-opt-in link that was not used, and its mail."""
    contact = fresh("l")
    suite.walker.submit(contact, **more)
    mail = mail_to(suite, f"{contact}@example.com")
    link = suite.link(mail)
    SEEN.append(link)
    return contact, link, mail


def split(link):
    head, token = link.rsplit("/", 1)
    return head[:-2], head[-1], token


def helpful(answer, status, language="en"):
    """A page of ours: its status, its language and its headers."""
    expect(answer.status_code == status, f"{status} wanted, got {answer.status_code}")
    expect(answer.headers["Content-Language"] == language, f"in {answer.headers.get('Content-Language')}")
    expect(answer.request.method == "HEAD" or page(answer).language == language, "the page's own language")
    for name, value in (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
                        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
                        ("X-Robots-Tag", "noindex")):
        expect(answer.headers.get(name) == value, f"{name}: {answer.headers.get(name)}")
    policy = answer.headers.get("Content-Security-Policy", "")
    expect("default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy, policy)
    expect("Set-Cookie" not in answer.headers and "Server" not in answer.headers, "no cookie, no server's name")
    expect("<script" not in answer.text and "src=" not in answer.text, "nothing is loaded")


def guessed(suite):
    """Random tokens and tokens of a wrong length under every letter: 404 with a helpful page, also in German"""
    base = suite.env["PUBLIC_URL"]
    for letter in "oupctla":
        for length in (55, 1, 54, 56, 64, 4000):
            token = "".join(secrets.choice(ALPHABET) for _ in range(length))
            helpful(get(f"{base}/{letter}/{token}"), 404)
            helpful(get(f"{base}/{letter}/{token}", headers={"Accept-Language": "de-AT,de;q=0.9"}), 404, "de")
        answer = post(f"{base}/{letter}/" + "A" * 55, {"action": "confirm", **ONE_CLICK})
        expect(answer.status_code in (404, 405), f"a POST to a guess: {answer.status_code}")
    for path in ("", "/", "/o", "/o/", "/o//", "/O/" + "A" * 55, "/o/a/b", "/..%2f..%2fetc/passwd", "/o/%00",
                 "/o/" + "A" * 55 + "%0d%0aX-Evil:1", "/x/y", "/favicon.ico"):
        helpful(get(base + path), 404)


def flipped(suite):
    """A real token with any one character changed, cut, lengthened, or under another letter: 404, for GET and POST"""
    contact, link, _ = pending(suite)
    base, letter, token = split(link)
    expect(token.isalpha() and set(token) <= set(ALPHABET), "letters alone")
    wrong = [token[:at] + random.choice(ALPHABET.replace(token[at], "")) + token[at + 1:] for at in range(len(token))]
    wrong += [token[:-1], token[1:], token + "A", token + "=", token + "==", "=" + token, token.swapcase(),
              token + "%00", token + "%20", "%20" + token, token.replace(token[0], f"%{ord(token[0]):02x}", 1) + "A"]
    # The last character carries bits that mean nothing: only one spelling counts.
    last = ALPHABET.index(token[-1])
    wrong += [token[:-1] + ALPHABET[last ^ bits] for bits in range(1, 8)]
    session = requests.Session()
    for one in wrong:
        answer = session.get(f"{base}/{letter}/{one}", timeout=10)
        expect(answer.status_code == 404, f"a wrong token opened a page: {answer.status_code}")
        answer = session.post(f"{base}/{letter}/{one}", data={"action": "decline"}, timeout=10)
        expect(answer.status_code == 404, f"a wrong token took a form: {answer.status_code}")
    for other in "upctla":
        expect(get(f"{base}/{other}/{token}").status_code == 404, f"its token opened /{other}/")
        expect(post(f"{base}/{other}/{token}", ONE_CLICK).status_code in (404, 405), f"its token acted on /{other}/")
    own = suite.walker.ok("consent.link", contact, {})["url"]
    SEEN.append(own)
    for other in "ouctla":
        expect(get(f"{base}/{other}/{split(own)[2]}").status_code == 404, f"the page's token opened /{other}/")
    expect(suite.walker.status(contact) == "single-opt-in-webform", "nothing changed")
    expect(get(link).status_code == 200, "the real one still works")


def in_the_footer(suite):
    """Each campaign mail's footer leads to its recipient's page by a link of its own, under no other letter (P4)"""
    contact = confirmed_contact(suite.walker)
    for _ in range(2):
        campaign(suite.walker, [contact], html="<p>A text.</p>")
    mail_to(suite, f"{contact}@example.com", 3)
    mails = [mail for mail in suite.mails(f"{contact}@example.com") if mail["List-Unsubscribe"]]
    links = [suite.link(mail, "p") for mail in mails]
    SEEN.extend(links)
    expect(len(set(links)) == 2, "a token for each mail")
    for mail, link in zip(mails, links):
        expect(link in mail.get_body(("html",)).get_content(), "in the HTML too")
        helpful(get(link), 200)
        helpful(get(link, headers={"Accept-Language": "de"}), 200, "de")
        expect(contact not in get(link).text, "the page does not tell whose it is")
        expect(post(link, {"action": "confirm"}).status_code == 400, "no button of the page")
        base, _, token = split(link)
        for other in "ouctla":
            expect(get(f"{base}/{other}/{token}").status_code == 404, f"the page's token opened /{other}/")
        expect(get(link[:-1]).status_code == 404 and get(link + "a").status_code == 404, "cut or lengthened")
    unsubscribe = one_click(mails[0])
    expect(get(unsubscribe.replace("/u/", "/p/")).status_code == 404, "the header's link opens no page")


def opened_by_machines(suite):
    """50 GETs and 50 HEADs of each kind of link change nothing and use nothing up; other methods are refused"""
    contact, link, mail = pending(suite)
    double = confirmed_contact(suite.walker)
    campaign(suite.walker, [double])
    unsubscribe = one_click(mail_to(suite, f"{double}@example.com", 2))
    own = suite.walker.ok("consent.link", double, {})["url"]
    SEEN.extend([unsubscribe, own])
    before = [suite.walker.shown(one) for one in (contact, double)]
    session = requests.Session()
    for one in (link, unsubscribe, own):
        for _ in range(50):
            expect(session.get(one, timeout=10).status_code == 200, "GET")
            head = session.head(one, timeout=10)
            expect(head.status_code == 200 and not head.content, "HEAD")
        helpful(session.get(one), 200)
        helpful(session.head(one), 200)
        helpful(session.get(one, headers={"Accept-Language": "de"}), 200, "de")
        # What a page looks at again carries words of its own, which must not count.
        for query in ("?action=confirm", "?List-Unsubscribe=One-Click", "?action=decline&code=000000"):
            expect(session.get(one + query, timeout=10).status_code == 200, "a query")
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
            answer = session.request(method, one, data={"action": "confirm"}, timeout=10)
            expect(answer.status_code == 405 and "GET" in answer.headers.get("Allow", ""), f"{method}")
    expect([suite.walker.shown(one) for one in (contact, double)] == before, "nothing changed")
    expect(confirm(suite, mail).status_code == 200 and suite.walker.status(contact) == "double-opt-in", "not used up")


def wrong_forms(suite):
    """Forms without the button, unknown buttons, both buttons, wrong types, broken or huge bodies: nothing changes"""
    contact, link, mail = pending(suite)
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, headers, status in (
            (b"", form_type, 400), (b"x=1", form_type, 400), (b"action=", form_type, 400), (b"action",
                form_type, 400),
            (b"action=CONFIRM", form_type, 400), (b"action=confirm%00", form_type, 400), (b"Action=confirm",
                form_type, 400),
            (b"action=%zz", form_type, 400), (b"action=%c3", form_type, 400), (b"\xff\xfe=1", form_type, 400),
            (b"action=confirm", {}, 400), (b"action=confirm", {"Content-Type": "text/plain"}, 400),
            (b'{"action":"confirm"}', {"Content-Type": "application/json"}, 400),
            (b"action=confirm", {"Content-Type": "multipart/form-data"}, 400),
            (b"--b\r\n\r\naction=confirm\r\n--b--", {"Content-Type": "multipart/form-data; boundary=b"}, 400),
            (b"--b", {"Content-Type": "multipart/form-data; boundary=b"}, 400),
            (b"a=" + b"x" * 20_000, form_type, 413), (b"action=confirm&a=" + b"x" * 2_000_000, form_type, 413),
            (b"&".join(b"a%d=1" % n for n in range(900)), form_type, 400)):
        try:
            answer = requests.post(link, data=body, headers=headers, timeout=10)
        except requests.ConnectionError:  # hung up in the middle of the huge one
            expect(len(body) > 1_000_000, "hung up")
            continue
        expect(answer.status_code == status, f"{status} wanted, got {answer.status_code} for {body[:40]}")
        helpful(answer, status)
    helpful(post(link, {}, headers={"Accept-Language": "de"}), 400, "de")
    expect(suite.walker.status(contact) == "single-opt-in-webform", "nothing changed")
    # Both buttons is no decision of a person; whichever is taken, only one can be.
    answer = post(link, b"action=confirm&action=decline&code=" + code_of(mail).encode(), headers=form_type)
    status = suite.walker.status(contact)
    expect((answer.status_code, status) in ((400, "single-opt-in-webform"), (200, "double-opt-in")),
           f"both buttons: {answer.status_code}, {status}")


def any_body(suite):
    """O11 a one-click POST counts whatever its body, save a huge one; a repetition is answered likewise, writes nothing"""
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = [(b"List-Unsubscribe=One-Click\r\n", form_type), (b"List-Unsubscribe=One-Click", {}), (b"", {}),
              (b'{"List-Unsubscribe":"One-Click"}', {"Content-Type": "application/json"}),
              (b"--b\r\n\r\nx", {"Content-Type": "multipart/form-data"}), (b"\xff\xfe=%zz", form_type)]
    contacts = [confirmed_contact(suite.walker) for _ in bodies]
    campaign(suite.walker, contacts)
    links = [one_click(mail_to(suite, f"{contact}@example.com", 2)) for contact in contacts]
    SEEN.extend(links)
    for body in (b"a=" + b"x" * 20_000, b"List-Unsubscribe=One-Click&a=" + b"x" * 100_000):
        helpful(requests.post(links[0], data=body, headers=form_type, timeout=10), 413)
    expect(suite.walker.status(contacts[0]) == "double-opt-in", "what is too large changes nothing")
    for (body, headers), contact, link in zip(bodies, contacts, links):
        helpful(requests.post(link, data=body, headers=headers, timeout=10), 200)
        expect(suite.walker.status(contact) == "opt-out-contact", f"{body}")
    shown, before = suite.walker.shown(contacts[0]), inbox_rows(suite)
    again = lambda _: requests.post(links[0], data=bodies[0][0], headers=form_type, timeout=10)
    with concurrent.futures.ThreadPoolExecutor(10) as pool:  # each waits for the leases (X3)
        for answer in pool.map(again, range(20)):
            helpful(answer, 200)
    expect(inbox_rows(suite) == before, "a repetition writes nothing")
    expect(suite.walker.shown(contacts[0]) == shown, "nor changes anything")
    # Who subscribes anew and uses an old mail's link is opted out again, at once.
    suite.walker.submit(contacts[0])
    mail = mail_to(suite, f"{contacts[0]}@example.com", 3)
    expect(press(suite.link(mail), "confirm", lambda: code_of(mail)).status_code == 200, "confirmed anew")
    expect(suite.walker.status(contacts[0]) == "double-opt-in", "subscribed anew")
    helpful(post(links[0], ONE_CLICK), 200)
    expect(suite.walker.status(contacts[0]) == "opt-out-contact", "an old link works again")


def inbox_rows(suite):
    """Messages that opt-in decided on."""
    return suite.sql("optin", "SELECT count(*) FROM inbox WHERE source = '/assent/consent'")[0][0]


def half_a_form(suite):
    """A form that never ends is given up, and holds up nobody else"""
    _, link, _ = pending(suite)
    base, letter, token = split(link)
    with socket.create_connection(("127.0.0.1", suite.port)) as slow:
        slow.sendall(f"POST /{letter}/{token} HTTP/1.1\r\nHost: a\r\n"
                     "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\nacti".encode())
        begun = time.monotonic()
        expect(get(link).status_code == 200 and time.monotonic() - begun < 2, "others are served")
        slow.settimeout(20)
        answer = slow.recv(100)
        expect(answer == b"" or b" 408 " in answer, f"given up: {answer[:20]}")
    # A length that lies about the next request.
    with socket.create_connection(("127.0.0.1", suite.port)) as raw:
        raw.settimeout(20)
        raw.sendall(f"POST /{letter}/{token} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n\r\n0\r\n\r\n".encode())
        expect(b" 400 " in raw.recv(100), "two lengths")


def reused(suite):
    """A used link: 410 for GET and POST, kindly, in the visitor's language"""
    for action, words in (("confirm", {"en": "confirmed", "de": "bestätigt"}),
                          ("decline", {"en": "declined", "de": "abgelehnt"})):
        contact, link, mail = pending(suite)
        expect(press(link, action, lambda: code_of(mail)).status_code == 200, action)
        status = suite.walker.status(contact)
        for language, word in words.items():
            for answer in (get(link, headers={"Accept-Language": language}),
                           post(link, {"action": "confirm"}, headers={"Accept-Language": language})):
                helpful(answer, 410, language)
                expect(word in answer.text, "says what it was")
        expect(suite.walker.status(contact) == status, "nothing changed")


def at_the_same_moment(suite):
    """Many POSTs at the same moment, confirm and decline mixed: one effect, and what is answered is what counts"""
    for round in range(3):
        contact, link, mail = pending(suite)
        fields = {**page(get(link)).fields, "code": code_of(mail)}
        actions = ["confirm", "decline"] * 4 if round else ["confirm"] * 8
        answers, barrier = [], threading.Barrier(len(actions))

        def send(action):
            barrier.wait()
            answers.append((action, post(link, {**fields, "action": action}).status_code))
        threads = [threading.Thread(target=send, args=[action]) for action in actions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        done = [action for action, status in answers if status == 200]
        expect(len(done) == 1 and {status for _, status in answers} == {200, 410}, f"answers: {answers}")
        wanted = {"confirm": "double-opt-in", "decline": "opt-out-contact"}[done[0]]
        shown = suite.walker.shown(contact)
        expect(shown["status"] == wanted and len(shown["history"]) == 2, f"{done} and {shown['status']}")


def expired(suite):
    """An expired link: 410 in the visitor's language, and nothing changes"""
    contact, link, _ = pending(suite)
    within(10, lambda: get(link).status_code == 410, "the link runs out")
    helpful(get(link), 410)
    helpful(get(link, headers={"Accept-Language": "de"}), 410, "de")
    for action in ("confirm", "decline"):
        helpful(post(link, {"action": action}), 410)
    expect(suite.walker.status(contact) == "single-opt-in-webform", "nothing changed")


def logs_hold_no_token(suite):
    """No token of this run stands in any log file"""
    tokens = {split(link)[2] for link in SEEN}
    expect(len(tokens) > 8, "links were seen")
    for log in (suite.folder / "state" / "log").glob("*"):
        text = log.read_text(errors="replace")
        expect(not any(token in text for token in tokens), f"{log.name} holds a token")


def first(suite):
    """A client may listen to the facts"""
    suite.walker = Walker(suite)


def too_often(suite):
    """Who opens a link or the web too often is told to wait, in the visitor's language; a one-click POST never is"""
    contact, link, _ = pending(suite)
    double = confirmed_contact(suite.walker)
    campaign(suite.walker, [double])
    unsubscribe = one_click(mail_to(suite, f"{double}@example.com", 2))
    SEEN.append(unsubscribe)
    answers = [get(link) for _ in range(30)]
    expect({answer.status_code for answer in answers} == {200, 429}, f"{[one.status_code for one in answers]}")
    for language in ("en", "de"):
        answer = get(link, headers={"Accept-Language": language})
        helpful(answer, 429, language)
        expect(1 <= int(answer.headers["Retry-After"]) <= 60, "when to come back")
    expect(post(link, {"action": "decline"}).status_code == 429, "a form likewise")
    expect(suite.walker.status(contact) == "single-opt-in-webform", "and nothing changed")
    helpful(get(unsubscribe), 200)
    helpful(post(unsubscribe, ONE_CLICK), 200)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:  # each waits for the leases (X3)
        answers = [*pool.map(lambda _: post(unsubscribe, ONE_CLICK).status_code, range(40))]
    expect(set(answers) == {200}, "a one-click POST is never limited")
    # Other links until this visitor has asked often enough.
    base, _, token = split(link)
    answers = [get(f"{base}/o/{'A' * 55}").status_code for _ in range(120)]
    expect(set(answers) == {404, 429}, f"{set(answers)}")
    expect(post(unsubscribe, ONE_CLICK).status_code == 200, "a one-click POST is never limited")


def with_limits():
    """A suite of its own, whose web has limits."""
    configuration = changed_configuration(
        "/tmp", ("web: {perToken: 300/m, perVisitor: 0}", "web: {perToken: 20/m, perVisitor: 100/m}"))
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}), first, too_often)
    finally:
        os.unlink(configuration)


def with_short_links():
    """A suite of its own, whose links live for two seconds."""
    configuration = changed_configuration("/tmp", ("linkLife: 7d", "linkLife: 2s"))
    try:
        run(Suite(environment={"ASSENT_CONFIG": configuration}), first, expired)
    finally:
        os.unlink(configuration)


if __name__ == "__main__":
    if sys.argv[1:] == ["expired"]:
        with_short_links()
    if sys.argv[1:] == ["limits"]:
        with_limits()
    code = max(subprocess.run([sys.executable, __file__, name]).returncode for name in ("expired", "limits"))
    try:
        run(Suite(),
            first, guessed, flipped, in_the_footer, opened_by_machines, wrong_forms, any_body, half_a_form, reused,
            at_the_same_moment, logs_hold_no_token)
    except SystemExit as ending:
        sys.exit(ending.code or code)
