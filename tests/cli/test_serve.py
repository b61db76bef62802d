"""`lossproof serve` and `lossproof register` as people type them: made, started, used, stopped, and refused in plain words."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cheap_age import write_cheap_key
from cli.command import HERE, lossproof
from cli.desk import PASSPHRASE, Desk
from ledger import postgresql_server

CHEAP = """
import sys
from lossproof.ledger import keys, store
from lossproof.register import making
from cheap_age import write_cheap_key

def cheap(path, key, passphrase):
    return write_cheap_key(path, passphrase.reveal(), key).public

keys.save_key = store.save_key = cheap
making.make_key = lambda path, passphrase: write_cheap_key(path, passphrase.reveal()).public
from lossproof.cli import run
sys.argv = ["lossproof", *sys.argv[1:]]
run()
"""


class Running:
    """A register that runs, what it said at first, and where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        self.text = "\n".join(self.said)

    @property
    def url(self) -> str:
        return re.search(r"the register is at (\S+)", self.text)[1]

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as page:
            return page.status, page.read().decode()

    def stop(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def serving(*words: object) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHEAP, "serve", *map(str, words), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=HERE,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def words(tmp_path: Path) -> list[object]:
    """The store, and the passphrase of its keys."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(f"{PASSPHRASE}\n")
    return ["--database", tmp_path / "register.ledger", "--key-passphrase-file", passphrase]


def test_a_register_is_made_started_again_and_stopped(words, tmp_path):
    with serving(*words, "--init", "--organisation", "Northern General Trust") as first:
        assert "made" in first.text and "not independently witnessed" in first.text
        code = re.search(r"code: +([a-z2-9-]{23})", first.text)[1]
        status, page = first.get("/people")
        assert status == 200 and "Welcome to your register" in page
        assert code not in page
        status, out, err = first.stop(signal.SIGINT)
        assert (status, out.strip(), err) == (0, "stopped", "")
    kept = tmp_path / "register.ledger.keys"
    assert (kept / "session.secret").stat().st_mode & 0o777 == 0o600
    assert (kept / "register.key").stat().st_mode & 0o777 == 0o600
    began = time.monotonic()
    with serving(*words) as second:
        assert time.monotonic() - began < 30
        assert code not in second.text and "code:" in second.text
        assert second.get("/login")[0] == 200
        assert second.stop(signal.SIGTERM)[0] == 0
    said = lossproof("serve", *words, "--init", "--port", "0")
    assert said.status == 16 and "has a register already" in said.err


def test_an_interrupted_init_is_finished_and_a_ledger_becomes_a_register(words, tmp_path, cheap_keys):
    here = Desk(tmp_path)
    assert here.say("ledger", "init", tmp_path / "register.ledger", "--passphrase-file", here.passphrase).status == 0
    said = lossproof("serve", *words, "--port", "0")
    assert said.status == 16 and "there is no register here" in said.err and "serve --init" in said.err
    # As far as it came: the key was made, and nothing else.
    write_cheap_key(tmp_path / "register.ledger.keys" / "register.key", PASSPHRASE)
    with serving(*words, "--init") as running:
        assert running.get("/login")[0] == 200
        assert running.stop(signal.SIGINT)[0] == 0


def test_tables_of_an_older_version_are_changed_by_a_command_alone(words, tmp_path):
    with serving(*words, "--init") as running:
        running.stop(signal.SIGINT)
    store = str(tmp_path / "register.ledger")
    from lossproof.ledger.database import open_database

    with open_database(store) as database, database.transaction():
        database.execute("DELETE FROM django_migrations WHERE app = 'mfa' AND name LIKE '0003%'")
    said = lossproof("serve", *words, "--port", "0")
    assert said.status == 15 and "older version" in said.err and "register migrate" in said.err


def test_migrating_says_what_it_did(words, tmp_path):
    with serving(*words, "--init") as running:
        running.stop(signal.SIGINT)
    said = lossproof("register", "migrate", "--database", tmp_path / "register.ledger")
    assert (said.status, said.err) == (0, "") and "nothing to do" in said.out
    said = lossproof("register", "migrate", "--database", tmp_path / "register.ledger", "--json")
    assert said.shape == {"store": str(tmp_path / "register.ledger"), "applied": []}


def test_a_store_that_is_an_old_copy_is_not_served(words, tmp_path):
    with serving(*words, "--init") as running:
        running.stop(signal.SIGINT)
    store = tmp_path / "register.ledger"
    for name in (f"{store}-wal", f"{store}-shm"):
        Path(name).unlink(missing_ok=True)
    old = store.read_bytes()
    here = Desk(tmp_path)
    here.say("ledger", "checkpoint", "--ledger", store, "--key-passphrase-file", here.passphrase)
    made = here.say("ledger", "device", "stick", "--ledger", store, "--key-passphrase-file", here.passphrase)
    assert made.status == 0, made
    for name in (f"{store}-wal", f"{store}-shm"):
        Path(name).unlink(missing_ok=True)
    store.write_bytes(old)
    said = lossproof("serve", *words, "--port", "0")
    assert said.status == 15 and "old copy" in said.err and "ledger recover" in said.err


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ((), 16, "there is no store"),
        (("--organisation", "X"), 16, "--organisation is for --init"),
        (("--host", "0.0.0.0"), 16, "passwords would travel readably"),
        (("--public-url", "http://register.example.org"), 16, "begins with https://"),
        (("--public-url", "https://ann:secret@register.example.org/x"), 16, "not an address"),
        (("--public-url", "https://["), 16, "not an address"),
        (("--init", "--manifest-to", "age1x"), 10, "recipient"),
        (("--port", "70000"), 2, "not a port"),
        (("--sign-on", "missing.toml"), 16, "cannot read"),
    ],
)
def test_what_cannot_be_served_is_refused_before_a_passphrase_is_asked_for(tmp_path, more, status, said):
    run = lossproof("serve", "--database", tmp_path / "none", *more)
    assert run.status == status and said in run.err, run
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_said(words, tmp_path):
    with serving(*words, "--init") as running:
        port = running.url.rpartition(":")[2]
        said = lossproof("serve", *words, "--port", port)
        assert said.status == 16 and f"port {port}" in said.err
        running.stop(signal.SIGINT)


def test_a_register_in_postgresql(tmp_path):
    if reason := postgresql_server.missing():
        pytest.skip(reason)
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(f"{PASSPHRASE}\n")
    with postgresql_server.running() as server:
        where = ["--database", server.new_store(), "--keys", tmp_path / "keys", "--key-passphrase-file", passphrase]
        with serving(*where, "--init", "--organisation", "Trust") as running:
            assert "Welcome" in running.get("/welcome")[1]
            assert running.stop(signal.SIGTERM)[0] == 0
        with serving(*where) as running:
            assert running.get("/login")[0] == 200
            assert running.stop(signal.SIGINT)[0] == 0


def test_the_file_of_another_provider_is_read_strictly(tmp_path):
    from lossproof.errors import FormatError
    from lossproof.register.sign_on import read_sign_on

    path = tmp_path / "sign-on.toml"
    good = 'name = "Trust"\nissuer = "https://id.example.org/"\nclient_id = "a"\nclient_secret = "b"\n'
    path.write_text(good)
    found = read_sign_on(path)
    assert (found.issuer, found.client_secret.reveal()) == ("https://id.example.org", "b")
    assert "b" not in repr(found.client_secret)
    for text in (
        "name = 3",
        good.replace("https", "http"),
        good + "more = 1\n",
        "a = [" * 5000,
        good.replace('"a"', '""'),
    ):
        path.write_text(text)
        with pytest.raises(FormatError):
            read_sign_on(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError):
        read_sign_on(path)
