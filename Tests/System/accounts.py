"""Runs the checks of the broker's accounts against a broker of its own, without services."""

import os, pathlib, subprocess, sys

from harness import Suite

with Suite([]) as suite:
    address = f"amqp://consent:{suite.password('consent')}@127.0.0.1:{suite.port + 2}/assent"
    script = pathlib.Path(__file__).with_name("broker_accounts.py")
    done = subprocess.run([sys.executable, script], env={**os.environ, **suite.env, "CONSENT_AMQP_URL": address})
sys.exit(done.returncode)
