"""Addresses, subjects and texts that try to be more than data: refused where they must be, and otherwise they
arrive as they are, in one mail whose headers are the suite's own."""

import email, email.policy, pathlib, re

from harness import Suite, run, within
from walking import Walker, campaign, confirmed_contact, expect, fresh, mail_to

MARK = "Xq7"  # stands in every address and must stand in no error

BAD_ADDRESSES = [
    f"{MARK}@example.com\r\nBcc: {MARK}b@example.com", f"{MARK}@example.com\nBcc: x@y.z", f"{MARK}@example.com\r",
    "\r\n",
    f"{MARK}\r\n@example.com", f"{MARK}@example.com\0", f"{MARK}\0@example.com", f"{MARK}@example.com,x@example.com",
    f"{MARK}@example.com;x@example.com", f'"{MARK}"@example.com', f'{MARK}"@example.com', f"<{MARK}@example.com>",
    f"{MARK} <x@example.com>", f"{MARK}@example.com>", f"{MARK}@example.com\u2028Bcc: x@y.z",
    f"{MARK}\u2029@example.com",
    f"{MARK}\u0085@example.com", f"{MARK}\u200b@example.com", f"{MARK}\u202e@example.com",
    f"{MARK}\ufeff@example.com",
    f" {MARK}@example.com", f"{MARK}@example.com ", f"{MARK} x@example.com", f"{MARK}\t@example.com",
    f"{MARK}(x)@example.com", f"{MARK}@[127.0.0.1]", f"@example.org:{MARK}@example.com", f"{MARK}@", f"@{MARK}.com",
    MARK, f"{MARK}@@example.com", f"{MARK}@a@example.com", f".{MARK}@example.com", f"{MARK}.@example.com",
    f"{MARK}..x@example.com", f"{MARK}@example..com", f"{MARK}@-example.com", f"{MARK}@exa mple.com",
    f"{MARK}\\@x.com",
    f"{MARK}{'a' * 70}@example.com", f"{MARK}@{'a' * 64}.com", f"{MARK}@{'a.' * 200}com", f"{MARK}@{'b' * 5000}.com",
    f"{MARK}@example.com?bcc=x@y.z\n", "", f"{MARK}\x7f@example.com", f"{MARK}\x1b@example.com",
]
GOOD_ADDRESSES = ["o'brien+tag", "a/b=c?d^e`f{g|h}i~j", "50%off&more", "ünï.cödé", "x" * 60]
BAD_SUBJECTS = [
    "Hello\r\nBcc: x@example.com", "Hello\nX-Evil: 1", "Hello\rX", "Hello\r\n\r\nbody", "Hello\0",
    "Hello\u2028X-Evil: 1",
    "Hello\u2029", "Hello\u0085X-Evil: 1", "\r\nBcc: x@example.com", "Hello\x0bX", "Hello\x0cX", "Hello\x1b[2J", "",
    "x" * 999, "ä" * 500, "\x7f",
]
GOOD_SUBJECTS = [
    "=?utf-8?Q?X-Evil:_1=0D=0ABcc:_x=40example.com?=", "=?utf-8?B?DQpCY2M6IHhAZXhhbXBsZS5jb20=?=",
    "Bcc: x@example.com",
    "{x} }} {% a %} ${b} }}}{", "x" * 998, "ä" * 499, " leading and trailing ", "\U0001f600 " * 60,
    "a, b; <c@d> \"e\" (f)",
    "<script>alert(1)</script>", "%0d%0aBcc:x",
]
TEXTS = {
    "header-like lines": "Bcc: x@example.com\nSubject: other\n\nList-Unsubscribe: <https://evil.example>\n",
    "lone dots": ".\n.\n..\n...\n\n.\nQUIT\nDATA\nMAIL FROM:<x@example.com>\n.\nend\n",
    "long lines": "y" * 10_000 + "\n" + "ä" * 10_000 + "\nend\n",
    "braces": "{x} }} }}} { {x} {% a %} ${b} <% e %> [[c]] {\\{d}\\}\n",
    "boundaries": "--=_0\n--=_0--\nContent-Type: text/html\n\n<b>x</b>\n--\n-- \n",
    "odd characters": "a\tb\u2028c\u0085d\u200be\x0bf\x1bg = =3D =\n trailing \t\n\x0c\nFrom x\n>From y\n",
    "line ends": "a\rb\nc\r\nd\n\re",
    "only spaces": " \n \n",
}
# Nothing between {{ and }} is filled but a field's name: no other language of templates is understood.
BAD_PLACES = [
    "{{{x}}}", "{{{firstName}}}", "{{&firstName}}", "{{#list}}a{{/list}}", "{{^b}}c{{/b}}", "{{> layout}}", "{{! d }}",
    "{{=<% %>=}}", "{{}}", "{{ }}", "{{.}}", "{{a\nb}}", "{{firstName", "{{firstName}} {{", "{{ {{firstName}} }}",
    "{{first\u2028Name}}", "{{creditCard}}", "{{region}}", "{{" + "x" * 129 + "}}",
]
OUR_HEADERS = {"date", "from", "to", "subject", "message-id", "list-unsubscribe", "list-unsubscribe-post",
    "mime-version",
               "content-type", "content-transfer-encoding"}


def is_ours(file, address, subject=None):
    """Checks a mail as strictly as there is a way, and returns it."""
    raw = file.read_bytes()
    head, _, body = raw.partition(b"\r\n\r\n")
    expect(b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b""), "lines end with CRLF")
    expect(all(len(line) <= 998 for line in raw.split(b"\r\n")), "a line is longer than 998 bytes")
    expect(b"\0" not in raw and all(byte < 128 for byte in body), "the body is ASCII")
    message = email.message_from_bytes(raw, policy=email.policy.strict + email.policy.SMTP)
    names = [name.lower() for name in message.keys()]
    expect(len(names) == len(set(names)) and set(names) <= OUR_HEADERS, f"headers: {names}")
    expect([one.addr_spec for one in message["To"].addresses] == [address], f"one recipient: {message['To']!r}")
    expect([one.addr_spec for one in message["From"].addresses] == ["privacy@example.com"], "our sender")
    expect(subject is None or message["Subject"] == subject, "the subject as given")
    for part in message.walk():
        expect(not part.defects, f"defects: {part.defects}")
    return message


def newest(suite, address, count):
    mail_to(suite, address, count)
    files = sorted(pathlib.Path(suite.env["MAIL_DIR"]).glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [file for file in files if f"<{address}>".encode() in file.read_bytes().partition(b"\r\n\r\n")[0]][-1]


def code_for(text, limit):
    """What refuses it. A message with U+0000 anywhere is not read at all: the databases have no such character."""
    return "malformed" if "\0" in text else "too-large" if len(text.encode()) > limit else "invalid-field"


def dead_all(suite, service, codes):
    """Each of these messages is dead, once, and refused for its address."""
    found, count = [], len(codes)

    def enough():
        found.extend(suite.dead(service))
        return len(found) >= count
    within(20, enough, f"{count} dead letters of {service}")
    expect({one[1].message_id for one in found} == set(codes) and len(found) == count,
           f"each of them once, in {service}")
    for headers, properties, _ in found:
        wanted = codes[properties.message_id]
        expect(headers["x-error-code"] == wanted, f"{service}: {headers['x-error-code']}")
        expect(MARK not in str(headers), "an error tells the address")
    return found


def bad_addresses(suite):
    """An address that is none: invalid-field and dead, in all three messages; no contact is made"""
    walker, codes, made = suite.walker, {}, []
    known = fresh("i")
    walker.tell("contact.created", known, {"email": f"{known}@example.com"})
    for address in BAD_ADDRESSES:
        for type, data in (("contact.created", {}), ("contact.updated", {}),
                           ("webform.submitted", {"marketing": True, "form": "test"})):
            contact = known if type == "contact.updated" else fresh("i")
            made += [contact] if contact != known else []
            codes[walker.tell(type, contact, {"email": address, **data})["id"]] = code_for(address, 254)
    for service in ("optin", "vault"):
        dead_all(suite, service, codes)
    # What the vault tells opt-in about a refused message must make nobody known either (O12).
    within(10, lambda: suite.sql("vault", "SELECT count(*) FROM outbox")[0][0] == 0, "the vault has said all")
    for contact in made:
        walker.refused("unknown-contact", "optin.show", contact, {})
        walker.refused("unknown-contact", "vault.read", contact, {})
    answer = walker.ok("optin.check", "x", {"category": "ad-hoc", "contacts": made})
    expect(set(answer["refused"]) == {"unknown"}, "the gate knows nobody")
    expect(walker.shown(known)["history"] == [], "nothing changed")
    expect(list(pathlib.Path(suite.env["MAIL_DIR"]).glob("*.eml")) == [], "no mail")


def wrong_types_of_address(suite):
    """An address that is no text at all, or none: invalid-field and dead"""
    walker, codes = suite.walker, {}
    for address in (None, 1, True, [], {}, [f"{MARK}@example.com"], {"email": MARK}):
        message = walker.tell("webform.submitted", fresh("i"), {"email": address, "marketing": True, "form": "t"})
        codes[message["id"]] = "invalid-field"
    for service in ("optin", "vault"):
        dead_all(suite, service, codes)


def good_addresses(suite):
    """An odd address that is one: the mail has exactly one recipient, written as given"""
    for local in GOOD_ADDRESSES:
        contact = fresh("i")
        address = f"{local}.{contact[-6:]}@example.com" if len(local) < 50 else f"{local}@{contact}.example.com"
        suite.walker.submit(contact, address)
        suite.walker.wait_fact("mail.sent", contact)
        files = [file for file in pathlib.Path(suite.env["MAIL_DIR"]).glob("*.eml")
                 if f"<{address}>".encode() in file.read_bytes().partition(b"\r\n\r\n")[0]]
        expect(len(files) == 1, f"one mail to {local}")
        if local.isascii():
            is_double_opt_in(files[0], address)


def is_double_opt_in(file, address):
    OUR_HEADERS.add("auto-submitted")
    try:
        is_ours(file, address)
    finally:
        OUR_HEADERS.discard("auto-submitted")


def bad_subjects(suite):
    """A subject that is more than a line: invalid-field with its pointer, and no mail; likewise a campaign's name"""
    walker, token = suite.walker, suite.token("mark", "marketing")
    contact = suite.double
    for subject in BAD_SUBJECTS:
        data = {"campaign": fresh(), "subject": subject, "text": "T", "contacts": [contact]}
        code = code_for(subject, 998)
        walker.refused(code, "mail.campaign",
            "x", data, token, pointer=None if code == "malformed" else "/data/subject")
    for name in ("a\r\nb", "", "a\u2028b"):
        data = {"campaign": name, "subject": "S", "text": "T", "contacts": [contact]}
        walker.refused("invalid-field", "mail.campaign", "x", data, token, pointer="/data/campaign")
    for name in ("text", "html"):
        data = {"campaign": fresh(), "subject": "S", "text": "T", "html": "H", "contacts": [contact], name: "a\0b"}
        walker.refused("malformed", "mail.campaign", "x", data, token)
    for contacts in (["a b"], ["a\r\nb"], ["a@b.c"], [""], ["x" * 129], [1], [None]):
        data = {"campaign": fresh(), "subject": "S", "text": "T", "contacts": contacts}
        answer = walker.refused("invalid-field", "mail.campaign", "x", data, token)
        expect(answer["error"]["pointer"].startswith("/data/contacts"), f"{answer}")
    expect(len(suite.mails(f"{contact}@example.com")) == 1, "no campaign's mail")


def bad_places(suite):
    """What is no field's name between {{ and }}: invalid-field, in subject, text and HTML, and no mail"""
    walker, contact = suite.walker, suite.double
    for place in BAD_PLACES:
        for name in ("subject", "text", "html"):
            data = {"campaign": fresh(), "subject": "S", "text": "T", "contacts": [contact], name: f"a {place} b"}
            walker.refused("invalid-field", "mail.campaign", "x", data, suite.marketing, pointer=f"/data/{name}")
    expect(len(suite.mails(f"{contact}@example.com")) == 1, "no campaign's mail")


def good_subjects(suite):
    """A subject of any one line arrives as it was given, and adds no header"""
    contact = suite.double
    for subject in GOOD_SUBJECTS:
        count = len(suite.mails(f"{contact}@example.com"))
        campaign(suite.walker, [contact], subject=subject, token=suite.marketing)
        is_ours(newest(suite, f"{contact}@example.com", count + 1), f"{contact}@example.com", subject)


def texts(suite):
    """Header-like lines, lone dots, long lines, mustache, boundaries, control characters: arrive as data"""
    contact = suite.double
    for name, text in TEXTS.items():
        for html in (None, f"<p>{text}</p>"):
            count = len(suite.mails(f"{contact}@example.com"))
            campaign(suite.walker, [contact], text=text, html=html, token=suite.marketing)
            message = is_ours(newest(suite, f"{contact}@example.com", count + 1), f"{contact}@example.com", "Hello")
            parts = [part for part in message.walk() if not part.is_multipart()]
            wanted = [text] + ([html] if html else [])
            expect(len(parts) == len(wanted), f"{name}: {len(parts)} parts")
            for part, given in zip(parts, wanted):
                got, given = (re.split("\r\n|\r|\n", one) for one in (part.get_payload(decode=True).decode(), given))
                while given and not given[-1]:
                    given.pop()
                # HTML's footer stands on the line that ends the HTML.
                last = len(given) - 1
                expect(got[:last] == given[:last] and got[last].startswith(given[last]), f"{name}: arrived as {got}")
                rest = "\n".join([got[last][len(given[last]):], *got[last + 1:]]).strip()
                links = re.findall(r"https?://[^\s\"<>]+", rest)
                expect(len(links) == 1 and links[0].startswith(suite.env["PUBLIC_URL"] + "/p/") and
                       rest.count("\n") < 2, f"{name}: nothing else than our footer stands below: {rest}")


def filled_in(suite):
    """What a form said, filled in by a campaign, is one line of text, and no markup, header or place of its own"""
    walker = suite.walker
    value = "a\r\nBcc: x@example.com\r\n\r\n{{lastName}} {{{x}}} <b>x</b> & \"q\" \u2028=?utf-8?Q?=0D=0A?="
    contact = confirmed_contact(walker, profile={"birthday": value, "lastName": "Lovelace"})
    campaign(walker, [contact], subject="On {{birthday}}", text="On {{birthday}}.\n", html="<p title=\"{{birthday}}\">On</p>",
             token=suite.marketing)
    message = is_ours(newest(suite, f"{contact}@example.com", 2), f"{contact}@example.com")
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for part in (message["Subject"], text.split("\n")[0], html.split("\n")[0]):
        expect("Bcc: x@example.com" in part and "{{lastName}}" in part and "{{{x}}}" in part, f"filled in: {part}")
    expect("Lovelace" not in text + html + message["Subject"], "filled in once")
    expect("<b>" not in html and "&lt;b&gt;x&lt;/b&gt;" in html and "&quot;q&quot;" in html, f"escaped: {html}")


def names(suite):
    """A name that is markup, template or header is data in the vault, and in no mail"""
    walker = suite.walker
    for name in ("{{{x}}}", "<b>x</b>", "a\r\nBcc: x@example.com", "a\u2028b", "' OR 1=1 --", "\\", "$1", "a" * 4096):
        contact = fresh("i")
        walker.submit(contact, profile={"firstName": name, "lastName": name})
        fields = walker.ok("vault.read", contact, {})["fields"]
        expect(fields["firstName"]["masked"] == name, f"{name[:20]!r} came back as {fields['firstName']}")
        walker.wait_fact("mail.sent", contact)
        file = newest(suite, f"{contact}@example.com", 1)
        is_double_opt_in(file, f"{contact}@example.com")
        expect(len(name) < 5 or name.encode() not in file.read_bytes(),
            "not before the address confirmed anything (N1)")


def first(suite):
    """A contact who gets campaigns"""
    suite.walker = Walker(suite)
    suite.marketing = suite.token("mark", "marketing")


def second(suite):
    """A contact confirms"""
    suite.double = confirmed_contact(suite.walker)


def schemas_hold(suite):
    """Every fact and every reply of this is as asyncapi.yaml says"""
    suite.walker.check_schemas()


if __name__ == "__main__":
    run(Suite(),
        first, bad_addresses, wrong_types_of_address, second, good_addresses, bad_subjects, bad_places, good_subjects,
        texts, filled_in, names, schemas_hold)
