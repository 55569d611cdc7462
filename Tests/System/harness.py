"""A run of the suite for tests from outside: `./dev up` with a state and ports of its own, clients written from the
contract alone (pika), SQL as the databases' owners."""

import contextlib, datetime, json, os, pathlib, re, signal, subprocess, sys, tempfile, time, uuid

import pika, psycopg, requests

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
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


class Client:
    """An account's connection."""

    def __init__(self, url):
        self.parameters = pika.URLParameters(url)
        self.account = self.parameters.credentials.username
        self.connection = pika.BlockingConnection(self.parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.replies = {}
        self.replying = False

    def publish(self, exchange, event, mandatory=True, **override):
        body = override.pop("body", None) or json.dumps(event).encode()
        headers = {"partitionkey": event["subject"]}
        headers.update(override.pop("headers", {}))
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
        if not self.replying:
            self.channel.basic_consume("amq.rabbitmq.reply-to", self._reply, auto_ack=True)
            self.replying = True
        correlation = str(uuid.uuid4())
        if token:
            override.setdefault("headers", {})["authorization"] = f"Bearer {token}"
        self.publish(exchange, event(type, subject, data, id=id), reply_to="amq.rabbitmq.reply-to",
                     correlation_id=correlation, **override)
        end = time.monotonic() + timeout
        while correlation not in self.replies:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no reply to {type}")
            self.connection.process_data_events(time_limit=min(left, 0.5))
        reply = self.replies.pop(correlation)
        return reply if raw else reply["data"]

    def _reply(self, channel, method, properties, body):
        self.replies[properties.correlation_id] = json.loads(body)

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


class Suite:
    """`./dev up` with only the services that a test needs; further instances are started beside it."""

    def __init__(self, services=ALL, port=None, environment={}):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="assent-system."))
        self.port = port or 21000 + (os.getpid() % 500) * 20
        self.environ = {**os.environ, "ASSENT_STATE": str(self.folder / "state"), "ASSENT_PORTS": str(self.port),
                        "ASSENT_SERVICES": " ".join(services), **environment}
        self.environ.setdefault("ASSENT_BIN", str(REPOSITORY / ".build" / "debug"))
        self.bin = pathlib.Path(self.environ["ASSENT_BIN"])
        self.clients, self.processes = [], []

    def __enter__(self):
        done = subprocess.run([REPOSITORY / "dev", "up", "--detach", "--no-walk"], env=self.environ,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise SystemExit("the suite did not start")
        self.env = self.read_env()
        return self

    def __exit__(self, kind, *_):
        for process in self.processes:
            with contextlib.suppress(Exception):
                process.kill()
                process.wait()
        for client in self.clients:
            client.close()
        if kind:
            for log in sorted((self.folder / "state" / "log").glob("*.log")):
                tail = "".join(log.read_text(errors="replace").splitlines(True)[-15:])
                sys.stderr.write(f"--- {log.name}\n{tail}")
        self.dev("down", "--wipe")

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

    def client(self, account="crm"):
        url = f"amqp://{account}:{self.password(account)}@127.0.0.1:{self.port + 2}/assent"
        client = Client(url)
        self.clients.append(client)
        return client

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
