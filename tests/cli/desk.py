"""A ledger on somebody's desk, and the command line as they type it, in this process: key files that open in a blink."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cheap_age import write_cheap_key
from cli.command import Said
from lossproof.cli import main
from lossproof.ledger import keys, store
from lossproof.ledger.keys import PrivateKey, Secret, fingerprint

PASSPHRASE = "made up words"


class Desk:
    """A folder with a store `trust.ledger`, its keys, and a file with their passphrase."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "trust.ledger"
        self.keys = folder / "trust.ledger.keys"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text(f"{PASSPHRASE}\n")
        self.unlock = ("--key-passphrase-file", self.passphrase)

    def say(self, *words: object) -> Said:
        """Run `lossproof` with these words. It has no terminal, so it can ask nobody."""
        before = sys.stdin, sys.stdout, sys.stderr
        sys.stdin, sys.stdout, sys.stderr = StringIO(), StringIO(), StringIO()
        try:
            try:
                status = main([str(word) for word in words])
            except SystemExit as stop:
                status = int(stop.code or 0)
            said = Said(status, sys.stdout.getvalue(), sys.stderr.getvalue())
        finally:
            sys.stdin, sys.stdout, sys.stderr = before
            gc.enable()  # `inspect` leaves it off: its process ends soon
        return said

    def ledger(self, action: str, *words: object) -> Said:
        """An action that reads."""
        return self.say("ledger", action, *words, "--ledger", self.store)

    def write(self, action: str, *words: object) -> Said:
        """An action that signs."""
        return self.ledger(action, *words, *self.unlock)

    def done(self, action: str, *words: object) -> Any:
        """What an action that signs gives as JSON; it must succeed."""
        said = self.write(action, *words, "--json")
        assert (said.status, said.err) == (0, ""), said
        return said.shape

    def shown(self, *words: object) -> Any:
        """What `ledger show` gives as JSON."""
        said = self.ledger("show", *words, "--json")
        assert said.status == 0, said
        return said.shape

    def record(self, command: str, *words: object) -> Said:
        """`check`, `inspect` or `discover` with `--record`."""
        return self.say(command, *words, "--record", self.store, *self.unlock)

    def recorded(self, command: str, *words: object) -> Any:
        """What `--record` gives, as JSON."""
        said = self.record(command, *words, "--json")
        assert said.status in {0, 1} and said.err == "", said
        return json.loads(said.out)["recorded"]

    def new_key(self, name: str) -> Path:
        """A key of somebody's own, beside the store."""
        path = self.folder / f"{name}.key"
        write_cheap_key(path, PASSPHRASE)
        return path

    def enrolled(self, name: str, *words: object) -> Path:
        """A key of somebody's own that the owner has enrolled."""
        path = self.new_key(name)
        self.done("enrol", f"{path}.pub", *words)
        return path

    def mark(self, name: str) -> str:
        """The fingerprint of a key in the ledger's own folder."""
        return fingerprint(keys.read_public(self.keys / f"{name}.key.pub"))


def mark_of(path: Path) -> str:
    """The fingerprint of a key file."""
    return fingerprint(keys.read_public(keys.public_path(path)))


@pytest.fixture
def cheap_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys are made under so little work that they open at once."""

    def save_cheap(path: Path, key: PrivateKey, passphrase: Secret) -> bytes:
        return write_cheap_key(path, passphrase.reveal(), key).public

    from lossproof.jobs import recovering

    monkeypatch.setattr(store, "save_key", save_cheap)
    monkeypatch.setattr(keys, "save_key", save_cheap)
    monkeypatch.setattr(recovering, "save_key", save_cheap)
    yield


@pytest.fixture
def desk(tmp_path: Path, cheap_keys: None) -> Desk:
    """A new ledger."""
    made = Desk(tmp_path)
    said = made.say("ledger", "init", made.store, "--passphrase-file", made.passphrase)
    assert (said.status, said.err) == (0, ""), said
    return made


def assert_refused(said: Said, status: int, *words: str) -> None:
    """An error as people see it: one line that says what, perhaps a hint, nothing printed as an answer."""
    assert said.status == status, said
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err, said.err
