"""Begin a new log in a store, with a key of its own beside the old one's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from lossproof.errors import LossproofError
from lossproof.ledger.keys import PrivateKey, Secret, fingerprint, open_key, public_path, read_public, save_key
from lossproof.ledger.recovery import Recovered, recover, require_owner
from lossproof.ledger.store import LOG_KEY, open_ledger


def log_key_file(folder: Path, public: bytes) -> Path | None:
    """The file in a keys folder that holds the key of the log with this public key, or None where it is not at hand."""
    return key_file(folder, fingerprint(public), "log*.key")


def key_file(folder: Path, mark: str, pattern: str = "*.key") -> Path | None:
    """The file in a keys folder that holds the key with this fingerprint, as its public half says, or None. What cannot be read
    there is passed over."""
    for path in sorted(folder.glob(pattern)):
        with suppress(LossproofError):
            if fingerprint(read_public(public_path(path))) == mark:
                return path
    return None


def recover_store(store: str, folder: Path, owner: PrivateKey, passphrase: Secret) -> Recovered:
    """Take over a store: a new log with a new key, under the same passphrase. The key is kept before the log is begun, so a
    second run after a crash makes another and loses nothing. Raises as `recovery.recover` does."""
    with open_ledger(store, folder) as ledger:
        require_owner(ledger.projection, owner)
    number = 2
    while (folder / _name(number)).exists():
        number += 1
    path = folder / _name(number)
    save_key(path, PrivateKey.generate(), passphrase)
    ledger = open_ledger(store, folder)
    try:
        return recover(ledger, owner, open_key(path, passphrase))
    except BaseException:
        ledger.close()
        raise


def _name(number: int) -> str:
    return LOG_KEY.replace(".", f"-{number}.")
