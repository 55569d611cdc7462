"""The key-encryption key's rotation from outside: values are stored by two instances all the while, the command and the
vault are killed time and again, and every value still opens under the new key alone (V1, X4). Hosts with other files
lose nothing."""

import base64, contextlib, json, os, pathlib, re, secrets, signal, subprocess, threading

import psycopg, requests
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from jwcrypto import jwk

from harness import Suite, run, within
from on_disk import nowhere_on_disk
from reveal import opened, reveal
from vault import created, key_of, lock, read, seal
from walking import Walker, expect, forge

ROWS = 12_000
FIELD = "creditCard"
# Every value begins with it, so that one search finds any of them.
MARK = f"Turned{secrets.token_hex(8)}"
TABLES = ("contact_key", "sealing_key", "index_key")


def keys_sql(suite, query, *values):
    with psycopg.connect(suite.keys_url, autocommit=True) as connection:
        cursor = connection.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def key_file(suite):
    return {one["version"]: base64.urlsafe_b64decode(one["key"] + "=")
            for one in json.loads(suite.key_path.read_text())["keys"]}


def command(suite, *words, key_path=None):
    """The command as an operator runs it, with what `./dev env` prints."""
    environment = {**suite.env, "VAULT_KEYS_FILE": str(key_path or suite.key_path)}
    return subprocess.Popen([suite.bin / "assent", "keys", "rotate", *words], env=environment, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(process, code=0):
    output, errors = process.communicate(timeout=60)
    expect(process.returncode == code, f"{process.returncode}: {output} {errors}")
    return output + errors


def in_use(suite, version):
    return sum(keys_sql(suite, f"SELECT count(*) FROM {table} WHERE version = %s", version)[0][0] for table in TABLES)


def metric(suite, name, port):
    with contextlib.suppress(requests.RequestException):
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=2).text
        found = re.search(rf"^{name} (\S+)$", text, re.M)
        return found and float(found[1])


class Writer(threading.Thread):
    """Stores one value after another of contacts of its own, and knows what was acknowledged last."""

    def __init__(self, suite, contacts, key):
        super().__init__(daemon=True)
        self.suite, self.contacts, self.key = suite, contacts, key
        self.client, self.values, self.stopping, self.failure = suite.client("crm"), {}, False, None
        self.start()

    def run(self):
        count = 0
        try:
            while not self.stopping:
                for contact in self.contacts:
                    count += 1
                    value = f"{MARK}{id(self) % 10**8:08}{count:08}"
                    answer = self.client.request("vault.store", contact, {"fields": {
                        FIELD: {"sealed": seal(self.suite, value, contact, key=self.key)},
                        ("firstName", "lastName", "birthday")[count % 3]: {"value": count}}}, timeout=40)
                    expect(answer["status"] == "ok", f"{answer}")
                    self.values[contact] = value
        except Exception as error:
            self.failure = error


def begin(suite):
    """Two instances, twelve thousand contacts' keys, values sealed under them, and the published key"""
    environment = suite.service_environment("vault", suite.port + 12)
    suite.keys_url = environment["KEYS_DATABASE_OWNER_URL"]
    suite.key_path = pathlib.Path(suite.env["VAULT_KEYS_FILE"])
    expect(environment["VAULT_KEYS_FILE"] == str(suite.key_path), "./dev env names the file")
    suite.first = key_file(suite)[1]
    with psycopg.connect(suite.keys_url) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY contact_key (contact, version, keys) FROM STDIN") as copy:
            for number in range(ROWS):
                wrapped = aes_key_wrap(suite.first, number.to_bytes(32, "big"))
                copy.write_row((f"filler-{number:06}", 1, json.dumps(
                    {"firstName": base64.urlsafe_b64encode(wrapped).decode().rstrip("=")})))
    suite.walker = Walker(suite)
    suite.consent = suite.client("consent")
    suite.done = suite.collector("consent", "consent.test", ("internal", "internal.field-lock-done"))
    suite.second = suite.instance("vault", 0)
    suite.old_key = key_of(suite)
    suite.contacts = [created(suite) for _ in range(13)]
    for contact in suite.contacts:
        lock(suite, contact, 1, False)
    suite.late = suite.contacts.pop()
    suite.under_way = seal(suite, f"{MARK}1111", suite.late, key=suite.old_key)
    expect(0 <= metric(suite, "assent_keys_rotation_age_seconds", suite.port + 12) < 60, "the age")
    expect(metric(suite, "assent_keys_rotation_overdue", suite.port + 12) == 0, "not overdue")


def hold(suite, first, last):
    """Holds rows that no rotation can wrap meanwhile, until it is closed: however fast the machine, none ends."""
    connection = psycopg.connect(suite.keys_url)
    held = connection.execute("SELECT FROM contact_key WHERE contact BETWEEN %s AND %s FOR UPDATE",
                              (f"filler-{first:06}", f"filler-{last:06}")).rowcount
    expect(held == last - first + 1, f"{held} rows are held")
    return connection


def killed(suite):
    """While values are stored the command is killed half-way, the vault too; run again it goes on and ends"""
    writers = [Writer(suite, suite.contacts[number::3], suite.old_key) for number in range(3)]
    suite.writers = writers
    rewrapped = lambda: keys_sql(suite, "SELECT count(*) FROM contact_key WHERE version = 2")[0][0]
    within(30, lambda: all(len(one.values) == 4 for one in writers), "values are stored")
    third = ROWS // 3
    held = [hold(suite, third, 2 * third - 1), hold(suite, 2 * third, ROWS - 2), hold(suite, ROWS - 1, ROWS - 1)]

    first = command(suite)
    within(30, lambda: 2 in key_file(suite), "the new version is in the file")
    suite.kill(first)
    file = key_file(suite)
    expect(set(file) == {1, 2} and file[1] == suite.first, "whole, with both")
    seen = 0
    for number in range(3):
        process = command(suite)
        within(30, lambda: process.poll() is not None or rewrapped() > seen, "some rows are wrapped anew")
        expect(process.poll() is None and rewrapped() > seen, f"it goes on: {process.poll()}")
        if number == 0:
            expect("another rotation is under way" in finish(command(suite), 1), "one at a time")
        suite.kill(process)
        seen = rewrapped()
        # Now there is more that can be wrapped.
        if number < 2:
            held[number].close()
        expect(key_file(suite) == file, "no other version")
        if number == 1:
            os.kill(suite.pid("vault"), signal.SIGKILL)
        elif number == 2:
            suite.kill(suite.second)
            suite.second = suite.instance("vault", 1)
    expect(0 < seen < ROWS, f"{seen} of {ROWS}: killed half-way")
    refused = finish(command(suite, "--remove-old"), 1)
    expect("unfinished" in refused, refused)
    held[2].close()
    said = finish(command(suite))
    expect("version 2 wraps everything" in said and "version 1" in said, said)
    expect(in_use(suite, 1) == 0, "nothing is under the old version")
    stored = {contact: value for one in writers for contact, value in one.values.items()}
    within(40, lambda: all(one.values[contact] > stored[contact] for one in writers for contact in one.contacts),
           "values go on being stored")
    for one in writers:
        one.stopping = True
    for one in writers:
        one.join(45)
        expect(not one.is_alive() and one.failure is None, f"{one.failure!r}")
    expect(in_use(suite, 1) == 0, "nor is anything new")


def everything_opens(suite):
    """Every key opens with the new version by another implementation, every value as it was stored last"""
    second = key_file(suite)[2]
    rows = keys_sql(suite, "SELECT contact, keys FROM contact_key")
    expect(len(rows) == ROWS + len(suite.contacts) + 1, f"{len(rows)} rows")
    for contact, keys in rows:
        for wrapped in keys.values():
            key = aes_key_unwrap(second, base64.urlsafe_b64decode(wrapped + "=="))
            if contact.startswith("filler-"):
                expect(int.from_bytes(key, "big") == int(contact[7:]), "the same key")
    suite.reply_key = jwk.JWK.generate(kty="EC", crv="P-256")
    billing = forge(suite, {"sub": "grace", "roles": ["billing"]})
    for one in suite.writers:
        for contact, value in one.values.items():
            answer = reveal(suite, contact, billing)
            expect(opened(suite, answer, contact) == value, "the value")


def sealing_key(suite):
    """The sealing key turned over once; what was sealed to the one before opens still"""
    old = suite.old_key.thumbprint()
    new = within(40, lambda: (found := key_of(suite).thumbprint()) != old and found, "a new key is published")
    rows = keys_sql(suite, "SELECT kid, version, retired_at IS NULL FROM sealing_key ORDER BY created_at")
    expect([row[1:] for row in rows] == [(2, False), (2, True)], f"{rows}")
    expect(rows[0][0] == old and rows[1][0] == new, "their names")
    for sealed in (suite.under_way, seal(suite, f"{MARK}2222", suite.late)):
        suite.walker.ok("vault.store", suite.late, {"fields": {FIELD: {"sealed": sealed}}})
    expect(read(suite, suite.late, FIELD)[FIELD]["masked"][-4:] == "2222", "stored")


def old_version_goes(suite):
    """The old version leaves the file and every memory; without it the vault starts and shows what it showed"""
    before = {contact: read(suite, contact) for contact in suite.contacts}
    said = finish(command(suite, "--remove-old"))
    expect("removed version 1" in said and set(key_file(suite)) == {2}, said)
    held = keys_sql(suite, "SELECT versions FROM key_holder WHERE seen_at > now() - interval '6 s'")
    expect(held and all(versions == [2] for versions, in held), f"{held}")
    expect("no old version" in finish(command(suite, "--remove-old")), "done already")
    pid = suite.pid("vault")
    os.kill(pid, signal.SIGKILL)
    suite.kill(suite.second)
    within(40, lambda: suite.pid("vault") != pid and suite.ready(suite.port + 12), "the vault is back")
    expect({contact: read(suite, contact) for contact in suite.contacts} == before, "the same fields")


def wrong_files(suite):
    """A file without the current version, or with another key for it, is refused at start and by the command"""
    path = suite.folder / "wrong.json"
    encoded = base64.urlsafe_b64encode(suite.first).decode().rstrip("=")
    for version, reason in ((1, "lacks version 2"), (2, "another key as version 2")):
        path.write_text(json.dumps({"keys": [{"version": version, "key": encoded}]}))
        environment = suite.service_environment("vault", suite.port + 16, VAULT_KEYS_FILE=str(path))
        done = subprocess.run([suite.bin / "vault"], env=environment, capture_output=True, text=True, timeout=20)
        said = done.stdout + done.stderr
        expect(done.returncode == 1 and reason in said and encoded not in said, f"{done.returncode}: {said[-500:]}")
        expect(reason in finish(command(suite, key_path=path), 1), reason)


def overdue(suite):
    """A rotation that is 30 days old is overdue; the next one, with nobody to disturb it, ends that"""
    wait = lambda value: within(30, lambda: metric(suite, "assent_keys_rotation_overdue", suite.port + 12) == value,
                                f"overdue {value}")
    keys_sql(suite, "UPDATE key_version SET current_since = now() - interval '31 days' WHERE superseded_at IS NULL")
    wait(1)
    expect(metric(suite, "assent_keys_rotation_age_seconds", suite.port + 12) > 30 * 86400, "the age")
    expect("version 3 wraps everything" in finish(command(suite)), "the next version")
    wait(0)
    expect(set(key_file(suite)) == {2, 3} and in_use(suite, 2) == 0, "the next version")


def two_hosts(suite):
    """Two hosts with a file each: neither makes a version that the other has begun, nor another key under its number"""
    folder = suite.folder / "elsewhere"
    folder.mkdir()
    path = folder / "vault.json"
    bring = lambda: (folder / "new").write_bytes(suite.key_path.read_bytes()) and (folder / "new").replace(path)
    bring()
    other = suite.instance("vault", 2, VAULT_KEYS_FILE=str(path))
    held = lambda version: keys_sql(suite, """SELECT count(*) FROM key_holder
        WHERE %s = ANY (versions) AND seen_at > now() - interval '6 s'""", version)[0][0]
    expect("version 4" in finish(command(suite, "--timeout", "1s"), 4), "the other host lacks it")
    within(10, lambda: held(4) == 1, "one host holds it")
    refused = finish(command(suite, key_path=path), 1)
    expect("version 4" in refused and "lacks" in refused, refused)
    expect(b'"version":4' not in path.read_bytes().replace(b" ", b""), "nothing is made")

    file = json.loads(path.read_text())
    key = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    path.write_text(json.dumps({"keys": [*file["keys"], {"version": 4, "key": key}]}))
    within(10, lambda: held(4) == 2, "both hold a version 4")
    for one in (path, suite.key_path):
        refused = finish(command(suite, "--timeout", "1s", key_path=one), 4)
        expect("another key" in refused, refused)
    expect(in_use(suite, 4) == 0, "nothing is under it")
    bring()
    expect("version 4 wraps everything" in finish(command(suite, key_path=path)), "the same file on both")
    expect(in_use(suite, 3) == 0, "everything is")
    for contact in suite.contacts[:4]:
        suite.walker.ok("vault.store", contact, {"fields": {"birthday": {"value": 1}}})
        expect(read(suite, contact, FIELD), "the value is there")
    suite.kill(other)
    suite.walker.check_schemas()


def nothing_on_disk(suite):
    """V1 no file that the run left holds a value, in the clear or in base64, base64url or hex"""
    nowhere_on_disk(suite, [MARK], suite.contacts)


if __name__ == "__main__":
    run(Suite(["vault"]), begin, killed, everything_opens, sealing_key, old_version_goes, wrong_files, overdue,
        two_hosts, nothing_on_disk)
