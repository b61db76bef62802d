"""Server and client killed with SIGKILL, again and again, while looks go in: nothing that was queued is lost, and nothing doubled.

The server is `lossproof serve` itself, over HTTP, on SQLite and on a real PostgreSQL; the client an agent whose looks are made up.
(A kill of a process is not a power cut: what the system has been given, it writes.)
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from ledger.world import made_key
from lossproof.agent.state import KEY, State
from lossproof.agent.state import Place as Enrolled
from lossproof.jobs.agents import enrol_agent
from lossproof.ledger.database import open_database
from lossproof.ledger.keys import PrivateKey
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.replay import replay
from lossproof.model.fact import Role
from lossproof.register.options import SESSION_SECRET
from lossproof.wire.checkin import Enrolment
from register import sites

KILLS = 6 if os.environ.get("LOSSPROOF_EVERY_KILL") else 3
PATIENCE_SECONDS = 60

CLIENT = """
import sys, time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from jobs.looks import looked_at
from lossproof.agent.reporter import open_desk
from lossproof.agent.state import State
from lossproof.errors import LossproofError
from lossproof.jobs.recording import Look
desk = open_desk(State(Path(sys.argv[1])), lambda: None, timeout_seconds=5)
begin, count = int(sys.argv[2]), int(sys.argv[3])
for number in range(begin, begin + count):
    uuid = f"0d3c5b1e-2f4a-4f6e-8f10-{number % 7:012x}"
    seen = replace(looked_at(uuid, serial=f"AA0401270{number % 7:04}"), bytes_read=512 * number)
    _, made = desk.report(Look(inspection=seen))
    for envelope in made.batch.facts:
        print(sha256(envelope).hexdigest(), flush=True)
    if number % 3 == 0:
        desk.flush()
until = time.monotonic() + 40
while (desk.flush().left or not count) and time.monotonic() < until and count:
    time.sleep(0.2)
print("done", desk.flush().left, flush=True)
"""


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


class Place(NamedTuple):
    """A site's folder with an enrolled agent's state in it, its store, and the port that its register will have."""

    folder: Path
    store: str
    port: int


@contextlib.contextmanager
def server(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """`lossproof serve`, answering; killed at the end."""
    folder, port = place.folder, place.port
    words = ["--database", place.store, "--keys", folder / "keys", "--port", port]
    words += ["--key-passphrase-file", folder / "passphrase"]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lossproof", "serve", *map(str, words)], stdout=log, stderr=log, env=environment()
        )
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
                assert answer.status == 200
                break
            assert process.poll() is None and time.monotonic() < until, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def client(folder: Path, begin: int, count: int) -> subprocess.Popen[bytes]:
    with (folder / "client.log").open("ab") as log, (folder / "errors.log").open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(folder / "state"), str(begin), str(count)],
            stdout=log,
            stderr=errors,
            env=environment(),
        )


@contextlib.contextmanager
def opened(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[sites.Site]:
    """A site in `folder`, on either database."""
    made = request.getfixturevalue("_made_site" if kind == "sqlite" else "_made_site_postgresql")
    with sites.opened(made, folder) if kind == "sqlite" else made.opened(folder) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A register that is ready to be served, and an agent that is ready to report to it."""
    port, key = free_port(), made_key("agent")
    with opened(request, request.param, tmp_path) as site:
        with site.ledger.write() as writer:
            enrol_agent(writer, site.key, key.public, Role.AGENT, organisation=site.controller)
        log, store = site.ledger.log, site.options.store
        enrolment = Enrolment(
            fingerprint=key.keyid,
            organisation=site.controller,
            role="agent",
            origin=log.origin,
            log_key=log.public.hex(),
            recipient=None,
        )
    state = State(tmp_path / "state")
    state.begin()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PrivateKey, "generate", classmethod(lambda cls: key))
        state.make_key(None)
    state.enrolled(Enrolled(url=f"http://127.0.0.1:{port}", enrolment=enrolment))
    assert (state.path / KEY).exists()
    (tmp_path / "passphrase").write_text(f"{sites.PASSPHRASE}\n")
    secret = tmp_path / "keys" / SESSION_SECRET
    secret.write_text("made up, and long enough for a secret that signs sessions of nobody\n")
    secret.chmod(0o600)
    return Place(tmp_path, store, port)


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_either_side_is_killed(place):
    folder = place.folder
    chance = random.Random(5)
    for turn in range(KILLS):
        with server(place):
            running = client(folder, 1 + 1000 * turn, 400)
            time.sleep(chance.uniform(1.0, 2.5))
            if turn % 2:
                running.send_signal(signal.SIGKILL)
        # The server is dead by now. The client goes on into its queue, until it is killed too.
        time.sleep(chance.uniform(0.1, 0.4))
        running.send_signal(signal.SIGKILL)
        running.wait()
    with server(place):
        last = client(folder, 900_000, 8)
        assert last.wait(PATIENCE_SECONDS) == 0, (folder / "errors.log").read_text()
    lines = (folder / "client.log").read_text().split()
    assert lines[-2:] == ["done", "0"], (folder / "errors.log").read_text()
    queued = {line for line in lines if len(line) == 64}
    assert len(queued) > 20 * KILLS
    assert not (folder / "state" / "refused").exists()
    with open_database(place.store) as database:
        rows = database.execute("SELECT envelope FROM ledger_leaf WHERE envelope IS NOT NULL")
        stored = [bytes(row[0]).hex() for row in rows]
        assert queued <= set(stored)
        assert len([one for one in stored if one in queued]) == len(queued)
        reader = Reader(database, logs(database)[-1])
        assert reader.newest_checkpoint().size == reader.size
        assert replay(reader).size == reader.size
        devices = database.execute("SELECT COUNT(*) FROM ledger_device")[0][0]
    assert devices == 7  # one a stick, however often a reporter was killed between the queue and its memory
