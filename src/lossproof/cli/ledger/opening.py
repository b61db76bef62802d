"""What the actions share: the store, the keys beside it, and the passphrase that unlocks them."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lossproof.cli import output
from lossproof.errors import InputError, KeyRequiredError, StoreError

if TYPE_CHECKING:
    from lossproof.ledger.keys import PrivateKey, Secret
    from lossproof.ledger.store import Ledger

STORE = "a file, or a postgresql:// URL without a password"

_MOST_LEAVES = 10**9


def text(value: str) -> str:
    """An argument that is kept or looked up as text. Raises `ArgumentTypeError` for what is empty or is no Unicode text."""
    from lossproof.ledger.erasable import MOST_CHARACTERS

    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty")
    if len(value) > MOST_CHARACTERS:
        raise argparse.ArgumentTypeError("it is too long")
    if not value.isprintable():
        raise argparse.ArgumentTypeError("it holds characters that cannot be shown")
    return value.strip()


def leaf(value: str) -> int:
    """The index of a leaf. Raises `ArgumentTypeError`."""
    if not (value.isascii() and value.isdecimal() and len(value) <= 10 and int(value) < _MOST_LEAVES):
        raise argparse.ArgumentTypeError("not the number of a leaf")
    return int(value)


def add_store(parser: argparse.ArgumentParser) -> None:
    """Declare which ledger is meant, and where its keys are."""
    parser.add_argument("--ledger", metavar="STORE", required=True, help=f"the ledger's store: {STORE}")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="the folder of its keys (default: STORE.keys)")


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Declare how the keys of a ledger are unlocked."""
    parser.add_argument(
        "--key-passphrase-file",
        metavar="FILE",
        type=Path,
        help="the passphrase of the signing keys (otherwise it is asked for)",
    )


def add_signer(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare which key signs, by default that of the keys folder called `default`, and how it is unlocked."""
    parser.add_argument("--key", metavar="FILE", type=Path, help=f"the key that signs (default: {default})")
    add_passphrase(parser)


def passphrase(file: Path | None, what: str, option: str, *, twice: bool = False) -> Secret:
    """The passphrase in a file, or typed by a person. Raises `KeyRequiredError` where nobody can be asked."""
    import sys
    from getpass import getpass

    from lossproof.ledger.keys import Secret, read_passphrase

    if file is not None:
        return read_passphrase(file)
    nobody = KeyRequiredError(
        f"there is nobody to ask for the passphrase of {what}", hint=f"put it into a file, and give {option} FILE"
    )
    if not sys.stdin.isatty():
        raise nobody
    try:
        typed = getpass(f"passphrase of {what}: ")
        if twice and getpass("the same again: ") != typed:
            raise InputError("the two passphrases differ", hint="begin again")
    except EOFError:
        raise nobody from None
    return Secret(typed)


class Unlocked:
    """The keys of one command, each opened once, all with one passphrase."""

    def __init__(self, arguments: argparse.Namespace, store: str) -> None:
        from lossproof.ledger.store import keys_folder

        self._file: Path | None = arguments.key_passphrase_file
        self._secret: Secret | None = None
        self.folder = keys_folder(store, arguments.keys)

    def key(self, path: Path) -> PrivateKey:
        """The key in a file."""
        from lossproof.ledger.keys import open_key

        if not os.path.isfile(path):  # noqa: PTH113  pathlib's raises where a folder above may not be entered
            raise InputError(f"there is no key {path}", hint="name the key with --key, or the folder with --keys")
        return open_key(path, self.secret)

    def use(self, secret: Secret) -> None:
        """Take a passphrase that was asked for elsewhere."""
        self._secret = secret

    @property
    def secret(self) -> Secret:
        """The passphrase, asked for once."""
        if self._secret is None:
            self._secret = passphrase(self._file, "the signing keys", "--key-passphrase-file")
        return self._secret

    def log_key_file(self, public: bytes) -> Path | None:
        """The file with the key of the log that has this public key, or None where it is not at hand."""
        from lossproof.jobs.recovering import log_key_file

        return log_key_file(self.folder, public)

    def log_key_if_there(self, public: bytes) -> PrivateKey | None:
        """The key of the log, or None where it is not at hand or is somebody else's: what is appended is then pending."""
        path = self.log_key_file(public)
        if path is None:
            return None
        try:
            return self.key(path)
        except (KeyRequiredError, InputError) as error:
            output.warn(f"the key of the log stays closed, so no checkpoint will be signed: {error}")
            return None


def open_for_writing(arguments: argparse.Namespace, name: str, given: Path | None = None) -> tuple[Ledger, PrivateKey]:
    """The ledger with its log key where that is at hand, and the key that signs: `given`, or the folder's of this `name`."""
    # A store that is not there, or is only to be read, is said before anybody is asked for a passphrase.
    public = _public_of_writable(arguments)
    unlocked = Unlocked(arguments, arguments.ledger)
    signer = unlocked.key(given or unlocked.folder / name)
    return _opened(arguments, unlocked, unlocked.log_key_if_there(public)), signer


def open_with_log_key(arguments: argparse.Namespace) -> tuple[Ledger, PrivateKey]:
    """The ledger with its log key, and that key. Raises `InputError` where it is not at hand."""
    public = _public_of_writable(arguments)
    unlocked = Unlocked(arguments, arguments.ledger)
    path = unlocked.log_key_file(public)
    if path is None:
        raise InputError(f"the key of the log is not in {unlocked.folder}", hint="name its folder with --keys")
    key = unlocked.key(path)
    return _opened(arguments, unlocked, key), key


def open_with_log_key_if_there(arguments: argparse.Namespace) -> Ledger:
    """The ledger, with its log key where that is at hand."""
    public = _public_of_writable(arguments)
    unlocked = Unlocked(arguments, arguments.ledger)
    return _opened(arguments, unlocked, unlocked.log_key_if_there(public))


def open_for_reading(arguments: argparse.Namespace) -> Ledger:
    """The ledger without its keys."""
    from lossproof.ledger.store import open_ledger

    return open_ledger(arguments.ledger, arguments.keys)


def _public_of_writable(arguments: argparse.Namespace) -> bytes:
    """The public key of the newest log. Raises `StoreError` where the store is only to be read."""
    from lossproof.ledger.database import is_url
    from lossproof.ledger.outside import RECOVER

    with open_for_reading(arguments) as ledger:
        if ledger.behind:
            raise StoreError(ledger.behind, hint=RECOVER)
        if not is_url(arguments.ledger) and not os.access(arguments.ledger, os.W_OK):
            raise StoreError(f"{arguments.ledger} cannot be written: it is read-only, or not yours to write")
        return ledger.log.public


def _opened(arguments: argparse.Namespace, unlocked: Unlocked, log_key: PrivateKey | None) -> Ledger:
    from lossproof.ledger.store import open_ledger

    return open_ledger(arguments.ledger, unlocked.folder, log_key)
