"""What `serve` was told: the store, its unlocked keys, the address. One frozen value a process; Django's settings read it.

Before anything was told there is an empty store in memory and no key: what a type checker or `makemigrations` gets. Trust: the
process holds the log's key and the register's, so whoever runs code in it speaks as both; nobody else's key is ever in it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from lossproof.errors import InputError
from lossproof.ledger.keys import PrivateKey, Secret
from lossproof.ledger.publishing import Clock, now

SESSION_SECRET, REGISTER_KEY = "session.secret", "register.key"
"""The names, in the keys folder, of the secret that signs sessions and of the key that signs for those who log in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOn:
    """Another identity provider (OpenID Connect): what its button says, its issuer's URL, and who we are there."""

    name: str
    issuer: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Options:
    """`public_url` is where people's browsers find the register, without a slash at its end: links, hosts and cookies follow it.
    `contact` is how people reach IT, as pages say it. Without `log_key` receipts stay pending; without `register_key` nobody can
    change anything."""

    store: str
    keys: Path
    public_url: str = "http://localhost:8000"
    secret: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(64)))
    log_key: PrivateKey | None = None
    register_key: PrivateKey | None = None
    sign_on: SignOn | None = None
    contact: str = ""
    clock: Clock = now

    @property
    def secure(self) -> bool:
        """Whether browsers reach the register over TLS."""
        return self.public_url.startswith("https://")


_NOTHING = Options(store="", keys=Path())
_told: list[Options] = []


def tell(options: Options) -> None:
    """Say it, before Django's settings are read."""
    _told[:] = [options]


def told() -> Options:
    """What was told last; an empty store where nothing was."""
    return _told[0] if _told else _NOTHING


def signing_key() -> PrivateKey:
    """The register's own key. Raises `InputError` where it is not at hand."""
    key = told().register_key
    if key is None:
        raise InputError("the register's key is not at hand", hint="`lossproof serve --init` makes it")
    return key
