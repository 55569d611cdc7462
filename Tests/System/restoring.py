"""Databases that lose their last commits, as a promoted replica or a restored backup does: taken aside at one moment,
and put back later as another database (X5)."""

import collections, contextlib, json

import psycopg

OWN = {"vault": ("vault", "vault_keys")}


def databases(service):
    return OWN.get(service, (service,))


@contextlib.contextmanager
def superuser(suite):
    password = (suite.folder / "state" / "keys" / "database.postgres").read_text().strip()
    url = f"postgresql://postgres:{password}@127.0.0.1:{suite.port + 1}/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def close(connection, name):
    """Ends a database's sessions and lets nobody in."""
    connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


def take_aside(suite, *names):
    """Keeps what the databases hold now. Their services lose their connections and find others."""
    with superuser(suite) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}_aside")
            close(connection, name)
        for name in names:
            connection.execute(f"CREATE DATABASE {name}_aside TEMPLATE {name} OWNER {name}_owner")
        for name in names:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def put_back(suite, *names):
    """Everything since `take_aside` is gone, and the databases are others."""
    with superuser(suite) as connection:
        for name in names:
            close(connection, name)
        for name in names:
            connection.execute(f"DROP DATABASE {name}")
        for name in names:
            connection.execute(f"ALTER DATABASE {name}_aside RENAME TO {name}")
            connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {name}")


def out_of_order(collector):
    """Facts that came behind one of their contact and service with a higher sequence, as (type, subject)."""
    highest, found = collections.defaultdict(str), []
    for fact in collector.events():
        key = fact["source"], fact["subject"]
        if fact["sequence"] <= highest[key]:
            found.append((fact["type"], fact["subject"]))
        highest[key] = max(highest[key], fact["sequence"])
    return found


def said(suite, service, words):
    """How often a service has said so in its log."""
    log = suite.folder / "state" / "log" / f"{service}.log"
    return sum(words in json.loads(line)["message"] for line in log.read_text().splitlines() if line.startswith("{"))
