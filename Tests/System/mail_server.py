"""A real mail server (aiosmtpd, with STARTTLS) that keeps what it is given and misbehaves as a test tells it: for one
recipient's next attempts, for the next connections, or for all."""

import asyncio, collections, contextlib, logging, pathlib, re, socket, ssl, subprocess, tempfile, threading, time

from aiosmtpd.smtp import SMTP

from harness import within

logging.getLogger("mail.log").disabled = True  # broken connections are what this is for
# What may be said before TLS.
IN_THE_CLEAR = {"EHLO", "HELO", "STARTTLS", "QUIT", "NOOP", "RSET"}
# Small, so that what is not read of a long mail waits at the sender, not here with its end.
RECEIVE_BUFFER = 16_384


class Mail:
    """A mail whose end came."""

    def __init__(self, address, content):
        self.at, self.address, self.content, self.is_taken = time.monotonic(), address, content, False

    @property
    def message_id(self):
        return re.search(rb"(?im)^Message-ID:\s*(\S+)", self.content).group(1).decode()


class Hooks:
    """What aiosmtpd asks about each recipient and each mail."""

    async def handle_RCPT(self, connection, session, envelope, address, options):
        if refusal := await connection.begin(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, connection, session, envelope):
        return await connection.end(envelope.content)


class Connection(SMTP):
    """One dialogue. A step is (action, stage): a refusal's text, "drop", or "hold" until the test goes on."""

    def __init__(self, server):
        self.step, self.address, self.is_greeted = None, None, False
        self.server = server
        super().__init__(Hooks(), tls_context=server.context, loop=server.loop, hostname="mail.test")

    # --- the connection

    def connection_made(self, transport):
        if self.transport is None:
            self.server.connections += 1
            self.server.open.add(self)
            self.server.most_open = max(self.server.most_open, len(self.server.open))
        super().connection_made(transport)

    def connection_lost(self, error):
        self.server.open.discard(self)
        super().connection_lost(error)

    def abort(self):
        """As a mail server that crashes: the connection is reset, nothing is said."""
        transport = self._original_transport or self.transport
        if transport:
            transport.abort()

    async def push(self, status):
        # Of an answer of many lines the last one is what is waited for.
        if (delay := self.server.delay) and status[3:4] not in ("-", b"-"):
            await asyncio.sleep(delay() if callable(delay) else delay)
        if not self.is_greeted:
            self.is_greeted = True
            if await self._early("banner"):
                return
        await super().push(status)

    async def _early(self, stage):
        """Whether one of the next connections was to be dropped here."""
        if stage in self.server.early:
            self.server.early.remove(stage)
            self.abort()
            await asyncio.sleep(3600)  # cancelled when the connection is lost
        return False

    async def _at(self, stage):
        """What the script says for this recipient at a stage: a refusal to answer, or None."""
        self.server.reached[self.address, stage] += 1
        if not self.step or self.step[1] != stage:
            return None
        action = self.step[0]
        if action == "drop":
            self.abort()
            await asyncio.sleep(3600)
        if action == "hold":
            release = asyncio.Event()
            self.server.held.append((self.address, release))
            await release.wait()
            return None
        return action

    # --- the dialogue

    def _said(self, verb):
        if self.session.ssl is None and self.server.requires_tls and verb not in IN_THE_CLEAR:
            self.server.clear.append(verb)

    async def smtp_EHLO(self, hostname):
        await self._early("EHLO" if self.session.ssl is None else "EHLO-TLS")
        await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, argument):
        if self.server.mode == "refused":
            return await self.push("454 4.7.0 TLS not available")
        if "STARTTLS" in self.server.early:
            self.server.early.remove("STARTTLS")
            await self.push("220 go ahead")
            self.abort()
            return
        await super().smtp_STARTTLS(argument)

    async def smtp_MAIL(self, argument):
        self._said("MAIL")
        self.step, self.address = None, None
        await self._early("MAIL")
        await super().smtp_MAIL(argument)

    async def begin(self, address):
        """A recipient was named."""
        self._said("RCPT")
        self.address = address
        script = self.server.scripts.get(address)
        self.step = script.popleft() if script else None
        self.server.attempts[address].append(time.monotonic())
        return await self._at("RCPT")

    async def smtp_DATA(self, argument):
        self._said("DATA")
        if refusal := await self._at("DATA"):
            return await self.push(refusal)
        if self.step and self.step[1] == "middle":
            await self.push("354 go on")
            await self._reader.readuntil(b"\r\n")
            if self.transport:  # what comes now stays where it is
                (self._original_transport or self.transport).pause_reading()
            await self._at("middle")
        await super().smtp_DATA(argument)

    async def end(self, content):
        """The end of a mail came."""
        mail = Mail(self.address, content)
        self.server.ended.append(mail)
        if refusal := await self._at("end"):
            return refusal
        mail.is_taken = True
        return "250 2.0.0 taken"


class MailServer:
    """Serves on a thread of its own; what it kept may be read at any time."""

    def __init__(self, requires_tls=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assent-mail."))
        self.requires_tls, self.mode, self.delay, self.early = requires_tls, "good", 0, []
        self.scripts, self.attempts = {}, collections.defaultdict(list)
        self.reached = collections.Counter()  # (address, stage): how often
        self.ended, self.held, self.clear = [], [], []  # clear: what was said before TLS and must not be
        self.connections, self.open, self.most_open = 0, set(), 0
        self.certificates = {name: self._certificate(name, text) for name, text in
                             (("good", "IP:127.0.0.1"), ("other-name", "DNS:other.test"), ("unknown", "IP:127.0.0.1"))}
        trusted = self.folder / "trusted.pem"
        trusted.write_text("".join((self.folder / f"{name}.pem").read_text() for name in ("good", "other-name")))
        self.environment = {"SMTP_CA_FILE": str(trusted)} if requires_tls else {}
        self.loop = asyncio.new_event_loop()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.loop.set_exception_handler(lambda *_: None)  # connections that were dropped on purpose
        self.loop.run_until_complete(self.loop.create_server(lambda: Connection(self), sock=listener))
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}" + ("" if self.requires_tls else "?tls=none")

    @property
    def context(self):
        """What a new connection offers: `mode` is good, none, refused, or the name of a bad certificate."""
        return self.certificates.get(self.mode, self.certificates["good"] if self.mode == "refused" else None)

    def _certificate(self, name, subject):
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return context

    # --- what a test tells it

    def script(self, address, *steps):
        """The next attempts' misbehaviour, each as "action@stage"; after them all is well."""
        self.scripts[address] = collections.deque(tuple(step.rsplit("@", 1)) for step in steps)

    def forget(self, addresses):
        """What these had so far counts no more, for mails and attempts alike."""
        addresses = set(addresses)
        self.on_loop(lambda: self._forget(addresses))

    def _forget(self, addresses):
        self.ended = [mail for mail in self.ended if mail.address not in addresses]
        for one in addresses:
            self.attempts.pop(one, None)
            for key in [key for key in self.reached if key[0] == one]:
                del self.reached[key]

    def on_loop(self, body):
        async def run():
            return body()
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def hang_up(self):
        """Ends idle connections as a mail server does that has waited long enough."""
        self.on_loop(lambda: [one.abort() for one in list(self.open)])
        within(5, lambda: not self.open, "all hung up")

    def release(self, address=None):
        """Goes on with what is held, for one recipient or all."""
        def go():
            for one in list(self.held):
                if address in (None, one[0]):
                    self.held.remove(one)
                    one[1].set()
        self.on_loop(go)

    # --- what it saw

    def mails(self, address, taken=True):
        """Mails to an address whose end came; those answered with 250 alone, unless told."""
        return [mail for mail in list(self.ended) if mail.address == address and (mail.is_taken or not taken)]

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        with contextlib.suppress(OSError):
            for file in self.folder.iterdir():
                file.unlink()
            self.folder.rmdir()
