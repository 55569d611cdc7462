"""What a walk through the suite from outside needs: checked requests and facts, pages and their forms, links, tokens,
and a mail server whose dialogue can be stopped at any stage."""

import base64, html.parser, json, pathlib, re, socket, threading, time, uuid

import requests
from cryptography.hazmat.primitives import serialization

import schemas
from harness import REPOSITORY, event, form, within

schemas.load(REPOSITORY / "asyncapi.yaml")
WEB_TIMEOUT = 15


def fresh(prefix="w"):
    """An id that says nothing and was never used."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


# --- messages


class Walker:
    """A publisher's client whose replies are all checked against the published schemas, and the facts seen so far."""

    def __init__(self, suite):
        self.suite = suite
        self.crm = suite.client("crm")
        self.facts = suite.collector("crm", "crm.walk", ("facts", "#"))
        self.errors = []

    def ask(self, type, subject, data, token=None, **more):
        """A request's whole reply's data, checked."""
        reply = self.crm.request(type, subject, data, token=token, raw=True, **more)
        self.errors += [f"{type}.reply: {error}" for error in schemas.check_reply(type, reply)]
        return reply["data"]

    def ok(self, type, subject, data, token=None, **more):
        answer = self.ask(type, subject, data, token, **more)
        expect(answer["status"] != "error", f"{type} was answered {answer}")
        return answer

    def refused(self, code, type, subject, data, token=None, pointer=None, **more):
        answer = self.ask(type, subject, data, token, **more)
        got = answer.get("error", {})
        expect(answer["status"] == "error" and got["code"] == code, f"{type}: {code} wanted, got {answer}")
        expect(pointer is None or got.get("pointer") == pointer, f"{type}: {pointer} wanted, got {answer}")
        return answer

    def tell(self, type, subject, data, **more):
        """Publishes on `contacts`; what is published rightly is checked too."""
        message = event(type, subject, data)
        self.crm.contacts(message, **more)
        return message

    def submit(self, subject, email=None, marketing=True, **more):
        return self.crm.contacts(form(subject, email or f"{subject}@example.com", marketing, **more))

    def shown(self, contact):
        """`optin.show`; its `status` is the contact's."""
        return self.ok("optin.show", contact, {})

    def status(self, contact):
        return self.shown(contact)["status"]

    def wait_fact(self, type, contact, seconds=10, **wanted):
        def found():
            for fact in self.facts.events(type, {contact}):
                if all(fact["data"].get(name) == value for name, value in wanted.items()):
                    return fact
        return within(seconds, found, f"the fact {type} {wanted} of {contact}")

    def count_facts(self, type, contact):
        return len(self.facts.events(type, {contact}))

    def check_schemas(self):
        """Every fact and every reply seen so far is as published."""
        errors = list(self.errors)
        for fact in self.facts.events():
            errors += [f"{fact['type']}: {error}" for error in schemas.check_event("facts", fact)]
        expect(not errors, f"against the schemas: {sorted(set(errors))[:20]}")
        return len(self.facts.events())

    def dead(self, service):
        return [(headers.get("x-error-code"), properties, body) for headers, properties, body in
                self.suite.dead(service)]


# --- mails and pages


def mail_to(suite, address, count=1, seconds=15):
    """The newest mail to an address, once there are so many."""
    return within(seconds, lambda: (found := suite.mails(address)) and len(found) >= count and found[-1],
                  f"mail {count} to the contact")


def one_click(mail):
    """The link in the header `List-Unsubscribe`."""
    return re.fullmatch(r"<(http[^<>\s]+)>", str(mail["List-Unsubscribe"]).strip()).group(1)


class _Form(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.fields, self.visible, self.buttons, self.forms, self.language = {}, [], [], 0, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "html":
            self.language = values.get("lang")
        self.forms += tag == "form"
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"]] = values.get("value", "")
        elif tag == "input":
            self.visible.append(values.get("name"))
        if tag == "button" and values.get("name"):
            self.buttons.append((values["name"], values.get("value")))


def page(answer):
    return _Form(answer.text)


def get(link, **more):
    return requests.get(link, timeout=WEB_TIMEOUT, allow_redirects=False, **more)


def post(link, fields, **more):
    return requests.post(link, data=fields, timeout=WEB_TIMEOUT, allow_redirects=False, **more)


def press(link, action, code=None, **more):
    """Opens the page, presses a button and returns the answer; takes the further human step where it is asked for."""
    opened = get(link, **more)
    expect(opened.status_code == 200, f"the page answered {opened.status_code}")
    answer = post(link, {**page(opened).fields, "action": action}, **more)
    if code and asks_for_code(answer):
        answer = post(link, {**page(answer).fields, "action": action, "code": code()}, **more)
    return answer


def confirm(suite, mail, **more):
    """What a human does with a double-opt-in mail: opens its link, presses the button, and types in the code where so
    fast a click looks like a scanner's (P6). Returns the last answer."""
    return press(suite.link(mail), "confirm", lambda: code_of(mail), **more)


def asks_for_code(answer):
    return answer.status_code in (200, 422) and "code" in page(answer).visible


def code_of(mail):
    """The only run of six digits in the mail's text part, links and all."""
    codes = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.get_body(("plain",)).get_content())
    expect(len(codes) == 1, f"{len(codes)} runs of six digits in the mail")
    return codes[0]


def confirmed_contact(walker, **more):
    """A new contact who ticked the box and confirmed."""
    suite, contact = walker.suite, fresh()
    walker.submit(contact, **more)
    answer = confirm(suite, mail_to(suite, more.get("email") or f"{contact}@example.com"))
    expect(answer.status_code == 200 and not asks_for_code(answer),
           f"the confirmation was answered {answer.status_code}")
    return contact


def campaign(walker, contacts, name=None, subject="Hello", text="A text.", html=None, token=None):
    data = {"campaign": name or fresh("campaign"), "subject": subject, "text": text, "contacts": contacts}
    if html:
        data["html"] = html
    walker.ok("mail.campaign", "campaigns", data, token=token or walker.suite.token("mark", "marketing"))
    return data["campaign"]


# --- tokens


def unsigned_part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forge(suite, claims=None, header=None, key=None, without=()):
    """A user's token that is as right as can be, but for what is given."""
    folder = suite.folder / "state" / "keys"
    jwk = json.loads((folder / "jwks.json").read_text())["keys"][0]
    now = int(time.time())
    body = {"sub": "mark", "roles": ["marketing"], "aud": "assent", "iat": now, "exp": now + 600, **(claims or {})}
    body = {name: value for name, value in body.items() if name not in without}
    head = {"alg": "EdDSA", "typ": "JWT", "kid": jwk["kid"], **(header or {})}
    signing = f"{unsigned_part(head)}.{unsigned_part(body)}"
    if head["alg"] == "none":
        return signing + "."
    key = key or serialization.load_pem_private_key((folder / "token.pem").read_bytes(), None)
    signature = key.sign(signing.encode()) if hasattr(key, "sign") else key(signing.encode())
    return f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


# --- configuration


def changed_configuration(folder, *changes):
    """A copy of the sample configuration with (old, new) texts replaced."""
    text = (REPOSITORY / "assent.yaml").read_text()
    for old, new in changes:
        expect(old in text, f"the sample has no `{old}`")
        text = text.replace(old, new)
    path = pathlib.Path(folder) / f"assent-{uuid.uuid4().hex[:6]}.yaml"
    path.write_text(text)
    return str(path)


# Tells nobody of the page (P3), for tests that count a contact's mails.
QUIET = ("  withdrawal: confirm ", "  notify: {field: profile.company, is: nobody}\n  withdrawal: confirm ")


# --- a mail server


class Stop:
    """A place at which a dialogue is held: `reached` is set there, and it goes on with `go`."""

    def __init__(self, stage, address):
        self.stage, self.address = stage, address
        self.reached, self.go = threading.Event(), threading.Event()

    def wait(self, seconds=20):
        expect(self.reached.wait(seconds), f"the dialogue did not come to {self.stage} within {seconds} s")


class Sink(threading.Thread):
    """An SMTP server that keeps what it is given, with the time at which each mail's end came."""

    STAGES = ["connect", "EHLO", "MAIL", "RCPT", "DATA", "middle", "last"]

    def __init__(self):
        super().__init__(daemon=True)
        self.server = socket.socket()
        # Small, so that a mail whose middle is not read cannot wait here with its end.
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.server.bind(("127.0.0.1", 0))
        self.server.listen()
        self.port = self.server.getsockname()[1]
        self.ended, self.idle, self.open = [], set(), set()  # ended: (address, monotonic time of the end, bytes)
        self.stops, self.holding = [], []
        self.lock = threading.Lock()
        self.start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def stop_at(self, stage, address):
        stop = Stop(stage, address)
        with self.lock:
            self.stops.append(stop)
        return stop

    def release(self):
        """Holds nothing any more."""
        with self.lock:
            stops, self.stops, self.holding = self.stops + self.holding, [], []
        for stop in stops:
            stop.go.set()

    def hang_up(self):
        """Closes all connections once none carries a mail, so that the next one is a new one."""
        within(15, lambda: self.idle == self.open, "no mail is under way")
        with self.lock:
            for connection in list(self.idle):
                connection.shutdown(socket.SHUT_RDWR)
        within(5, lambda: not self.open, "all hung up")

    def mails(self, address):
        with self.lock:
            return [(at, content) for to, at, content in self.ended if to == address]

    def run(self):
        while True:
            connection, _ = self.server.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _hold(self, stage, address=None):
        """Before an address is known the next dialogue is held, whoever it is for."""
        with self.lock:
            stop = next((one for one in self.stops if one.stage == stage and address in (None, one.address)), None)
            if stop:
                self.stops.remove(stop)
                self.holding.append(stop)
        if stop:
            stop.reached.set()
            stop.go.wait()

    def _serve(self, connection):
        with self.lock:
            self.open.add(connection)
        try:
            self._talk(connection)
        except OSError:  # the other side hung up, or `hang_up`
            pass
        finally:
            with self.lock:
                self.idle.discard(connection)
                self.open.discard(connection)
            connection.close()

    def _talk(self, connection):
        buffer, address = b"", None
        self._hold("connect")
        connection.sendall(b"220 sink\r\n")
        while True:
            with self.lock:
                self.idle.add(connection) if address is None else None
            while b"\r\n" not in buffer:
                more = connection.recv(4096)
                if not more:
                    return
                buffer += more
            line, buffer = buffer.split(b"\r\n", 1)
            verb = line[:4].upper().decode()
            with self.lock:
                self.idle.discard(connection)
            if verb == "RCPT":
                address = re.search(rb"<([^>]*)>", line).group(1).decode()
            self._hold(verb, address)
            if verb == "DATA":
                connection.sendall(b"354 go on\r\n")
                content, buffer = self._content(connection, buffer, address)
                if content is None:
                    return
                with self.lock:
                    self.ended.append((address, time.monotonic(), content))
                address = None
            elif verb == "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            connection.sendall(b"250 sink\r\n" if verb == "EHLO" else b"250 ok\r\n")

    def _content(self, connection, content, address):
        """What is between DATA and its end, and what came behind; (None, …) where the end never came."""
        held = set()
        while b"\r\n.\r\n" not in content:
            more = connection.recv(2048)
            if not more:
                return None, b""
            content += more
            if "middle" not in held and len(content) > 500:
                held.add("middle")
                self._hold("middle", address)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)  # no more need to be slow
            # The closing boundary is the last that comes before the end.
            if "last" not in held and re.search(rb"\r\n--[^\r\n]+--\r\n\Z", content):
                held.add("last")
                self._hold("last", address)
        content, rest = content.split(b"\r\n.\r\n", 1)
        return content + b"\r\n", rest
