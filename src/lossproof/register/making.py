"""Making a register: a store with its keys, the register's own key, enrolled by the owner, and the secret of its sessions.

Every step looks whether it is done already, so that an interrupted `serve --init` is finished by another. Needs no Django.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from lossproof.errors import InputError, PolicyError
from lossproof.jobs.enrolling import enrol_key, name_controller
from lossproof.ledger.keys import Secret, fingerprint, make_key, open_key, public_path, read_public
from lossproof.ledger.new_file import write_new
from lossproof.ledger.registered import EnrolledKey
from lossproof.ledger.store import OWNER_KEY, Ledger
from lossproof.model.fact import Role
from lossproof.register.options import REGISTER_KEY, SESSION_SECRET

_SECRET_CHARACTERS = 64


def equip(ledger: Ledger, keys: Path, passphrase: Secret, organisation: str | None) -> None:
    """Give a store, opened with its log key, what a register needs beside it: keys in `keys`, and `organisation` as the name of
    the controller. Raises `InputError` where all of it is there, `PolicyError` where the register's key has ended."""
    key, secret = keys / REGISTER_KEY, keys / SESSION_SECRET
    enrolled = _enrolled(ledger, key)
    if enrolled is not None and secret.exists():
        raise InputError("this store has a register already", hint="leave out --init")
    if enrolled is not None and not enrolled.active:
        raise PolicyError(
            "the key of the register has ended, or is recorded as compromised",
            hint=f"move {key} away, then give --init again for a new one",
        )
    if enrolled is None:
        public = read_public(public_path(key)) if key.exists() else make_key(key, passphrase)
        owner = open_key(keys / OWNER_KEY, passphrase)
        enrol_key(ledger, owner, public, Role.REGISTER)
        if organisation is not None:
            name_controller(ledger, owner, organisation)
    if not secret.exists():
        write_new(secret, f"{secrets.token_urlsafe(_SECRET_CHARACTERS)}\n".encode(), 0o600)


def session_secret(keys: Path) -> Secret:
    """The secret that signs sessions. Raises `InputError` where it is missing or too short to be one."""
    path = keys / SESSION_SECRET
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"there is no register here: {path} cannot be read", hint="`lossproof serve --init`") from None
    if len(text) < _SECRET_CHARACTERS:
        raise InputError(f"{path} is too short to be a secret", hint="delete it, then give --init again")
    return Secret(text)


def require_enrolled(ledger: Ledger, keys: Path) -> Path:
    """The file of the register's key, which the ledger knows and lets speak. Raises `InputError` or `PolicyError`."""
    path = keys / REGISTER_KEY
    enrolled = _enrolled(ledger, path)
    if enrolled is None:
        raise InputError(
            f"there is no register here: {path} is not there, or not enrolled", hint="`lossproof serve --init`"
        )
    if not enrolled.active or enrolled.role is not Role.REGISTER:
        raise PolicyError("the key of the register has ended, or is not one", hint="`lossproof ledger show` says more")
    return path


def _enrolled(ledger: Ledger, path: Path) -> EnrolledKey | None:
    if not path.exists() or not public_path(path).exists():
        return None
    return ledger.projection.key(fingerprint(read_public(public_path(path))))
