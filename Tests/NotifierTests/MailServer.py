"""A mail server that records what it gets and misbehaves on demand, for the tests of the hand-over.

usage: MailServer.py RECORD [--starttls CERT KEY] [--require-tls] [--auth USER PASSWORD] [--smtputf8 | --smtputf8-before-tls]
Prints its port, then serves until its input ends. Each line of its input is a behaviour for the mails from then on:
  ok | temporary | permanent | reject-recipient | busy | slow SECONDS | drop-at-rcpt | drop-at-data | drop-in-data |
  drop-at-end | mute | no-login
Each accepted mail is a line of JSON in RECORD: at (seconds, monotonic, when its end arrived), peer, recipient, tls,
mail.
"""
import argparse
import asyncio
import json
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, record):
        self.record = record
        self.behaviour = ["ok"]

    async def handle_RCPT(self, server, session, envelope, address, options):
        kind = self.behaviour[0]
        if kind == "reject-recipient":
            return "550 5.1.1 no such mailbox"
        if kind == "busy":
            return "451 4.7.1 come back later"
        if kind == "drop-at-rcpt":
            server.transport.abort()
            return "421 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kind = self.behaviour[0]
        at = time.monotonic()
        if kind == "slow":
            await asyncio.sleep(float(self.behaviour[1]))
        if kind == "mute":
            await asyncio.sleep(3600)
        if kind == "drop-at-end":
            server.transport.abort()
            return "421 gone"
        if kind == "temporary":
            return "452 4.3.1 no room"
        if kind == "permanent":
            return "554 5.7.1 not here"
        with open(self.record, "a", encoding="utf-8") as file:
            line = {
                "at": at, "peer": session.peer[1], "recipient": envelope.rcpt_tos[0],
                "tls": session.ssl is not None, "mail": envelope.content.decode("utf-8"), "sender": envelope.mail_from,
                "options": envelope.mail_options,
            }
            file.write(json.dumps(line) + "\n")
        return "250 OK"


class Server(SMTP):
    only_before_tls = False

    async def smtp_EHLO(self, hostname):
        if self.only_before_tls:
            self.enable_SMTPUTF8 = self.session.ssl is None
        await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, argument):
        if self.event_handler.behaviour[0] == "no-login":
            return await self.push("530 5.7.0 Authentication required")
        await super().smtp_MAIL(argument)

    async def smtp_DATA(self, argument):
        if self.event_handler.behaviour[0] == "drop-at-data":
            self.transport.abort()
            return
        if self.event_handler.behaviour[0] == "drop-in-data":
            self.transport.pause_reading()
            await self.push("354 go on")
            await asyncio.sleep(0.5)  # the mail waits in the sender's socket by then
            self.transport.abort()
            return
        await super().smtp_DATA(argument)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("record")
    parser.add_argument("--starttls", nargs=2)
    parser.add_argument("--require-tls", action="store_true")
    parser.add_argument("--auth", nargs=2)
    parser.add_argument("--smtputf8", action="store_true")
    parser.add_argument("--smtputf8-before-tls", action="store_true")
    arguments = parser.parse_args()
    handler = Handler(arguments.record)
    context = None
    if arguments.starttls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*arguments.starttls)

    def authenticate(server, session, envelope, mechanism, data):
        wanted = [text.encode() for text in arguments.auth]
        return AuthResult(success=[data.login, data.password] == wanted)

    def session():
        extra = {}
        if arguments.auth:
            extra = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
        server = Server(handler, tls_context=context, require_starttls=arguments.require_tls,
                        enable_SMTPUTF8=arguments.smtputf8, **extra)
        server.only_before_tls = arguments.smtputf8_before_tls
        return server

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        handler.behaviour = line.decode().split() or ["ok"]
        print("done", flush=True)


asyncio.run(main())
