"""A run of the suite for tests from outside: `./dev up` with a state and ports of its own, clients written from the
contract alone (pika), SQL as the databases' owners."""

import base64, contextlib, datetime, signal, json, os, pathlib, re, shutil, subprocess, sys, tempfile, threading, time, uuid

import pika, psycopg, requests

# A test runner may start this with signals blocked, which every process below would inherit: none could be told to end.
signal.pthread_sigmask(signal.SIG_SETMASK, [])

REPOSITORY = pathlib.Path(os.environ.get("ASSENT_REPOSITORY") or pathlib.Path(__file__).resolve().parents[2])
ALL = ["consent", "optin", "vault", "erasure", "notifier"]


def event(type, subject, data, id=None, source="/crm", **more):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"specversion": "1.0", "id": id or str(uuid.uuid4()), "source": source, "type": type, "subject": subject,
            "time": now, "datacontenttype": "application/json", "data": data, **more}


def form(subject, email=None, marketing=True, id=None, **more):
    return event("webform.submitted", subject,
                 {"email": email or f"{subject}@example.com", "marketing": marketing, "form": "test", **more}, id=id)


def within(seconds, condition, what="the condition"):
    """Waits for a condition; a test never sleeps for the sake of time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def run(suite, *cases):
    """Runs cases one after another in a suite, prints each one's docstring, and ends with 1 if one failed."""
    failed = []
    with suite:
        if suite.services == ["optin"] or not suite.services:
            suite.stand_in()
        for case in cases:
            begun = time.monotonic()
            try:
                case(suite)
                result = "ok  "
            except Exception as error:  # a failed case must not hide the others
                failed.append(f"{case.__name__}: {type(error).__name__}: {error}")
                result = "FAIL"
                sys.stderr.write(f"{failed[-1]}\n")
            print(f"{result} {time.monotonic() - begun:5.1f} s  {case.__doc__.splitlines()[0]}", flush=True)
        if failed:
            suite.show_logs()
    # Once more at the end, for a runner that shows the last lines only.
    sys.exit("\n".join([f"{len(failed)} of {len(cases)} failed:", *failed]) if failed else 0)


class Client:
    """An account's connection."""

    def __init__(self, url):
        self.parameters = pika.URLParameters(url)
        self.parameters.heartbeat = 0  # a test may be busy with something else for long
        self.account = self.parameters.credentials.username
        self.replies, self.arrived = {}, {}
        self.connect()

    def connect(self):
        self.connection = pika.BlockingConnection(self.parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.replying = False

    def reopen(self):
        """A new channel, after the broker closed the last one."""
        if not self.connection.is_open:
            return self.connect()
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.replying = False

    def persist(self, exchange, event, seconds=40, **override):
        """Publishes until the broker has confirmed it, across the broker's restart."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.publish(exchange, event, **override)
            except pika.exceptions.AMQPError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
                with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                    self.connect()

    def publish(self, exchange, event, mandatory=True, **override):
        body = override.pop("body", None)
        body = json.dumps(event).encode() if body is None else body
        headers = override.pop("headers", {})
        headers = headers if headers is None else {"partitionkey": event["subject"], **headers}
        key = override.pop("routing_key", event["type"])
        values = dict(content_type="application/cloudevents+json", delivery_mode=2, message_id=event["id"],
                      user_id=self.account, headers=headers)
        values.update(override)
        self.channel.basic_publish(exchange, key, body, pika.BasicProperties(**values), mandatory=mandatory)
        return event

    def contacts(self, event, **override):
        return self.publish("contacts", event, **override)

    def request(self, type, subject, data, exchange="requests", timeout=10, token=None, id=None, raw=False, **override):
        """Publishes a request and returns the reply's data."""
        correlation = self.ask_again(event(type, subject, data, id=id), exchange, token, **override)
        try:
            self.answers([correlation], timeout)
        except AssertionError:
            raise TimeoutError(f"no reply to {type}") from None
        reply = self.replies.pop(correlation)
        return reply if raw else reply["data"]

    def ask(self, type, subject, data, exchange="requests", id=None, **override):
        """Publishes a request and returns its correlation id, for `answers`."""
        return self.ask_again(event(type, subject, data, id=id, source=f"/{self.account}"), exchange, **override)

    def ask_again(self, event, exchange="requests", token=None, **override):
        """Publishes an event as a request: the same one makes the same body."""
        if not self.replying:
            self.channel.basic_consume("amq.rabbitmq.reply-to", self._reply, auto_ack=True)
            self.replying = True
        override.setdefault("correlation_id", str(uuid.uuid4()))
        if token:
            override.setdefault("headers", {})["authorization"] = f"Bearer {token}"
        self.publish(exchange, event, reply_to="amq.rabbitmq.reply-to", **override)
        return override["correlation_id"]

    def answer(self, correlation, timeout=10):
        """The reply's data, and when it came."""
        self.answers([correlation], timeout)
        return self.replies[correlation]["data"], self.arrived[correlation]

    def answers(self, correlations, timeout=10):
        """The replies' data to what was asked; {correlation id: data}."""
        end = time.monotonic() + timeout
        while missing := [one for one in correlations if one not in self.replies]:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{len(missing)} of {len(correlations)} replies are missing")
            self.connection.process_data_events(time_limit=min(left, 0.2))
        return {one: self.replies[one]["data"] for one in correlations}

    def _reply(self, channel, method, properties, body):
        # The first counts: a reply can come twice (at least once).
        self.arrived.setdefault(properties.correlation_id, time.monotonic())
        self.replies.setdefault(properties.correlation_id, json.loads(body))

    def queue(self, name=None, *bindings):
        """A queue of this account's, bound to (exchange, key)."""
        name = name or f"{self.account}.{uuid.uuid4().hex[:8]}"
        self.channel.queue_declare(name, durable=True, exclusive=False, auto_delete=False,
                                   arguments={"x-queue-type": "quorum"})
        for exchange, key in bindings:
            self.channel.queue_bind(name, exchange, key)
        return name

    def drain(self, queue, count=None, timeout=10):
        """Takes `count` messages from a queue, or all there are."""
        messages, end = [], time.monotonic() + timeout
        while count is None or len(messages) < count:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method:
                messages.append((method, properties, body))
            elif count is None or time.monotonic() > end:
                break
            else:
                time.sleep(0.02)
        return messages

    def facts(self, queue, count=None, timeout=10):
        return [json.loads(body) for _, _, body in self.drain(queue, count, timeout)]

    def close(self):
        with contextlib.suppress(Exception):
            self.connection.close()


class Collector(threading.Thread):
    """Takes what comes to a queue as another service would: acknowledged at once, kept with its time of arrival."""

    def __init__(self, url, name, *bindings, arguments=None):
        super().__init__(daemon=True)
        self.url, self.name, self.bindings = url, name, bindings
        self.arguments = {"x-queue-type": "quorum"} if arguments is None else arguments
        self.taken, self.stopping = [], False  # (monotonic time, method, properties, body)
        connection, channel = self._open()
        connection.close()
        self.start()

    def _open(self):
        parameters = pika.URLParameters(self.url)
        parameters.heartbeat = 0
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        channel.queue_declare(self.name, durable=True, arguments=self.arguments)
        for exchange, key in self.bindings:
            channel.queue_bind(self.name, exchange, key)
        return connection, channel

    def run(self):
        while not self.stopping:
            try:
                connection, channel = self._open()
                for method, properties, body in channel.consume(self.name, inactivity_timeout=0.1):
                    if method:
                        self.taken.append((time.monotonic(), method, properties, body))
                        channel.basic_ack(method.delivery_tag)
                    if self.stopping:
                        break
                connection.close()
            except (pika.exceptions.AMQPError, OSError):
                time.sleep(0.1)

    def events(self, type=None, subjects=None):
        """What came so far, repetitions (the same id) left out, in the order in which each came first."""
        first = {}
        for _, _, _, body in list(self.taken):
            event = json.loads(body)
            if (type is None or event["type"] == type) and (subjects is None or event["subject"] in subjects):
                first.setdefault(event["id"], event)
        return list(first.values())

    def stop(self):
        self.stopping = True
        self.join(5)


class Suite:
    """`./dev up` with only the services that a test needs; further instances are started beside it."""

    def __init__(self, services=ALL, port=None, environment={}):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assent-system."))
        self.services = services
        self.port = port or int(os.environ.get("ASSENT_TEST_PORT") or 21000 + (os.getpid() % 500) * 20)
        # A blank stands for none of them: the test starts its instances itself.
        self.environ = {**os.environ, "ASSENT_STATE": str(self.folder / "state"), "ASSENT_PORTS": str(self.port),
                        "ASSENT_SERVICES": " ".join(services) or " ", **environment}
        self.environ.setdefault("ASSENT_BIN", str(REPOSITORY / ".build" / "debug"))
        self.bin = pathlib.Path(self.environ["ASSENT_BIN"])
        self.clients, self.processes, self.collectors = [], [], []

    def __enter__(self):
        for attempt in range(5):
            done = self.dev("up", "--detach", "--no-walk")
            if done.returncode == 0:
                self.env = self.read_env()
                return self
            self.dev("down", "--wipe")
            if " is taken" not in done.stderr:  # by another run, perhaps: then elsewhere
                break
            self.port = 21000 + (os.getpid() + 97 * (attempt + 1)) % 500 * 20
            self.environ["ASSENT_PORTS"] = str(self.port)
        shutil.rmtree(self.folder, ignore_errors=True)
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit("the suite did not start")

    def __exit__(self, kind, *_):
        for process in self.processes:
            with contextlib.suppress(Exception):
                process.kill()
                process.wait()
        for collector in self.collectors:
            collector.stop()
        for client in self.clients:
            client.close()
        if kind:
            self.show_logs()
        self.dev("down", "--wipe")
        shutil.rmtree(self.folder, ignore_errors=True)

    def show_logs(self):
        for log in sorted([*(self.folder / "state" / "log").glob("*.log"), *self.folder.glob("*.log")]):
            tail = "".join(log.read_text(errors="replace").splitlines(True)[-15:])
            sys.stderr.write(f"--- {log.name}\n{tail}")

    def dev(self, *words):
        return subprocess.run([REPOSITORY / "dev", *words], env=self.environ, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    def read_env(self):
        lines = self.dev("env").stdout.splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def token(self, user, *roles):
        return self.dev("token", user, *roles).stdout.strip()

    def password(self, account):
        return (self.folder / "state" / "keys" / f"amqp.{account}").read_text().strip()

    def amqp_url(self, account):
        return f"amqp://{account}:{self.password(account)}@127.0.0.1:{self.port + 2}/assent"

    def client(self, account="crm"):
        client = Client(self.amqp_url(account))
        self.clients.append(client)
        return client

    def collector(self, account, name, *bindings, **more):
        """A stand-in that takes what comes to a queue of an account's."""
        collector = Collector(self.amqp_url(account), name, *bindings, **more)
        self.collectors.append(collector)
        return collector

    def management(self, path):
        """What the broker's management interface says."""
        answer = requests.get(f"{self.env['MANAGEMENT_URL']}/api/{path}", timeout=20)
        answer.raise_for_status()
        return answer.json()

    def depths(self):
        """Messages of each queue, delivered and not: as the broker itself counts them now."""
        ctl = self.folder / "state" / "broker" / "ctl"
        text = subprocess.run([ctl, "-q", "list_queues", "-p", "assent", "--no-table-headers", "name", "messages"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
        return {name: int(count) for name, count in (line.split() for line in text.splitlines())}

    def waiting(self, queue):
        """How many messages of a queue wait to be delivered, without the second that `depths` takes."""
        with contextlib.closing(Client(self.amqp_url(queue.split(".")[0]))) as client:
            return client.channel.queue_declare(queue, passive=True).method.message_count

    def active(self, service="optin"):
        """{partition: its active consumer's connection, as the service names it}, as of the last 5 s."""
        names = {one["name"]: one.get("user_provided_name", "") for one in self.management("connections")}
        found = {}
        for consumer in self.management("consumers/assent"):
            queue = re.fullmatch(rf"{service}\.(\d+)", consumer["queue"]["name"])
            # A channel that is just gone has no details.
            if queue and consumer["activity_status"] == "single_active" and consumer["channel_details"]:
                found[int(queue[1])] = names.get(consumer["channel_details"]["connection_name"], "")
        return found

    def sql(self, service, query, *values, owner=True):
        key = f"{service.upper()}_DATABASE_OWNER_URL" if owner else f"{service.upper()}_DATABASE_URL"
        with psycopg.connect(self.env[key], autocommit=True) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def pid(self, name):
        return int((self.folder / "state" / "run" / f"{name}.pid").read_text().split()[0])

    def service_environment(self, service, health_port, **more):
        """What a further instance of a service is started with."""
        script = (f'repository="{REPOSITORY}"; source "$repository/Operations/dev/settings.sh"; '
                  f'service_environment {service}')
        text = subprocess.run(["bash", "-c", script], env=self.environ, capture_output=True, text=True).stdout
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return {**values, "HEALTH_ADDRESS": f"127.0.0.1:{health_port}", **more}

    def start(self, service, health_port, **more):
        """A further instance of a service, not looked after by the supervisor."""
        log = open(self.folder / f"{service}-{health_port}.log", "a")
        process = subprocess.Popen([self.bin / service], env=self.service_environment(service, health_port, **more),
                                   stdin=subprocess.DEVNULL, stderr=log, stdout=log)
        self.processes.append(process)
        return process

    def instance(self, service, index=0, **more):
        """Starts an instance on a health port of its own and waits until it takes part."""
        port = self.port + 15 + index
        process = self.start(service, port, **more)
        within(15, lambda: process.poll() is not None or self.ready(port), f"{service} is ready")
        return process

    def stand_in(self):
        """Who takes the mail orders (`self.mails`) and keeps the facts (`self.facts`) where optin runs alone."""
        self.facts = self.collector("crm", "crm.facts", ("facts", "#"))
        self.mails = self.collector("notifier", "notifier.mail", ("internal", "internal.mail"))

    def handed(self, contact, confirmation):
        """Tells opt-in, as the notifier does, that the mail went, and makes that an hour ago: a button pressed now is a
        human's."""
        with contextlib.closing(Client(self.amqp_url("notifier"))) as notifier:
            notifier.publish("internal", event("internal.mail-sent", contact, {
                "confirmation": confirmation, "at": "2026-01-01T00:00:00.000Z"}, source="/assent/notifier"))
        self.crm.request("optin.show", contact, {})  # is answered behind it
        self.sql("optin", "UPDATE confirmation SET handed_at = handed_at - interval '1 hour' WHERE id = %s", confirmation)
        return confirmation

    def dead(self, service="optin"):
        """Takes the dead letters out of the service's table, in their order: [(headers, properties, body)]. What the row
        says of the reason and the first way stands among the headers as x-error-… and x-original-…."""
        columns = "code, message, pointer, exchange, type, account, id, body, properties, repeated"
        rows = self.sql(service, f"WITH taken AS (DELETE FROM dead_letter RETURNING {columns}) "
                                 f"SELECT {columns} FROM taken ORDER BY id")
        found = []
        for code, message, pointer, exchange, type, account, id, body, properties, repeated in rows:
            properties = json.loads(properties)
            headers = {**properties["headers"], "x-error-code": code, "x-error-message": message, "x-error-pointer": pointer,
                       "x-original-exchange": exchange, "x-original-routing-key": type, "x-original-user-id": account}
            basic = pika.BasicProperties(
                headers=headers, user_id=account, message_id=properties.get("messageId"), type=properties.get("type"),
                correlation_id=properties.get("correlationId"), reply_to=properties.get("replyTo"),
                content_type=properties.get("contentType"))
            found += [(headers, basic, self.opened(service, id, body))] * (repeated + 1)
        return found

    def opened(self, service, letter, sealed):
        """A dead letter's body, which its row holds under the service's own key; b"" where none is kept."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        if sealed is None:
            return b""
        keys = json.loads((self.folder / "state" / "keys" / f"letter-{service}.json").read_text())["keys"]
        key = next(one["key"] for one in keys if one["version"] == int.from_bytes(sealed[:2], "big"))
        secret = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        return AESGCM(secret).decrypt(sealed[2:14], sealed[14:], letter.bytes)

    def kill(self, process):
        process.kill()
        process.wait()

    def ready(self, health_port):
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{health_port}/readyz", timeout=2).status_code == 200
        return False

    def mails(self, address):
        """The mails to an address, oldest first, as email.message.EmailMessage."""
        import email, email.policy
        found = []
        for file in sorted(pathlib.Path(self.env["MAIL_DIR"]).glob("*.eml"), key=lambda file: file.stat().st_mtime_ns):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if address in str(message["To"]):
                found.append(message)
        return found

    def link(self, message, letter="o"):
        text = message.get_body(("plain",)).get_content()
        return re.search(rf"{re.escape(self.env['PUBLIC_URL'])}/{letter}/[A-Za-z0-9_-]+", text).group(0)
