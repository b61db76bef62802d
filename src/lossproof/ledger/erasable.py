"""What may be erased, beside the log that cannot forget: the values behind salted digests, and the sealed lists of people.

A fact holds SHA-256(salt || value); salt and value stand here until they are erased, and without the salt the digest says
nothing. An erased row keeps when and under which rule, and no more. Nothing here is ever copied into a projection. SQLite
overwrites what is deleted (`secure_delete`); backups, and PostgreSQL's files until they are vacuumed, are the operator's.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger.database import Database, raw
from lossproof.ledger.manifest import SealedManifest
from lossproof.ledger.publishing import text_of

SALT_BYTES = 16
MOST_CHARACTERS = 500

_RULE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Opened(NamedTuple):
    """A value that is there, its kind (such as `serial`), and the salt by which anyone can check its digest."""

    digest: str
    kind: str
    salt: bytes
    value: str


class Erased(NamedTuple):
    """What is no longer there: when it was erased, RFC 3339 in UTC, and the code of the rule."""

    digest: str
    erased_at: str
    rule: str

    def __str__(self) -> str:
        return f"erased on {self.erased_at[:10]} under {self.rule}"


class KeptManifest(NamedTuple):
    """A sealed list of the people on a device."""

    digest: str
    device: str
    ciphertext: bytes


def salted_digest(salt: bytes, value: str) -> str:
    """SHA-256 of the salt and of the value in UTF-8, in hexadecimal. Raises `FormatError` for what is not text."""
    if "\0" in value or len(value) > MOST_CHARACTERS:
        raise FormatError("a value holds a zero character, or is too long")
    try:
        return hashlib.sha256(salt + value.encode("utf-8")).hexdigest()
    except UnicodeEncodeError:
        raise FormatError("a value is not Unicode text") from None


def keep(database: Database, kind: str, value: str) -> str:
    """Keep a value under a new salt; the digest that a fact may hold. Raises `FormatError` for what is not text."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = salted_digest(salt, value)
    database.execute(
        "INSERT INTO ledger_erasable (digest, kind, salt, value) VALUES (?, ?, ?, ?)", (digest, kind, salt, value)
    )
    return digest


def keep_all(database: Database, values: Sequence[tuple[str, str]]) -> list[str]:
    """`keep` of many (kind, value) at once; their digests in the same order."""
    salts = [secrets.token_bytes(SALT_BYTES) for _ in values]
    rows = [(salted_digest(salt, value), kind, salt, value) for salt, (kind, value) in zip(salts, values, strict=True)]
    database.executemany("INSERT INTO ledger_erasable (digest, kind, salt, value) VALUES (?, ?, ?, ?)", rows)
    return [row[0] for row in rows]


def keep_given(database: Database, digest: str, kind: str, salt: bytes, value: str) -> None:
    """Keep a value under the salt that somebody else gave it; the caller has compared it with its digest. One that is kept, or was
    erased, stays as it is."""
    database.execute(
        "INSERT INTO ledger_erasable (digest, kind, salt, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (digest, kind, salt, value),
    )


def behind(database: Database, digest: str) -> Opened | Erased | None:
    """What stands behind a digest, or stood there; None where nothing was kept. Raises `StoreError` where the value is not what
    its digest says."""
    rows = database.execute(
        "SELECT kind, salt, value, erased_at, rule FROM ledger_erasable WHERE digest = ?", (digest,)
    )
    if not rows:
        return None
    kind, salt, value, erased_at, rule = rows[0]
    if erased_at is not None:
        return Erased(digest, erased_at, rule)
    found = Opened(digest, kind, raw(salt), value)
    if salted_digest(found.salt, found.value) != digest:
        raise StoreError("a value in the store is not what its digest says")
    return found


def opened(database: Database, digests: Iterable[str]) -> list[Opened]:
    """The values behind these digests that are still there. Raises as `behind`."""
    found = (behind(database, digest) for digest in digests)
    return [one for one in found if isinstance(one, Opened)]


def keep_manifest(database: Database, device: str, sealed: SealedManifest) -> None:
    """Keep a sealed list of the people on a device. The same one twice is kept once."""
    database.execute(
        "INSERT INTO ledger_manifest (digest, device, ciphertext) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (sealed.sha256, device, sealed.ciphertext),
    )


def manifest_of(database: Database, digest: str) -> KeptManifest | Erased | None:
    """The sealed list with this SHA-256, or that it was erased; None where none was kept. Raises `StoreError` where it is not
    what its digest says."""
    rows = database.execute(
        "SELECT device, ciphertext, erased_at, rule FROM ledger_manifest WHERE digest = ?", (digest,)
    )
    if not rows:
        return None
    device, ciphertext, erased_at, rule = rows[0]
    if erased_at is not None:
        return Erased(digest, erased_at, rule)
    found = KeptManifest(digest, device, raw(ciphertext))
    if hashlib.sha256(found.ciphertext).hexdigest() != digest:
        raise StoreError("a sealed list in the store is not what its digest says")
    return found


def erase(database: Database, digest: str, rule: str, at: datetime) -> None:
    """Erase the value or the sealed list behind a digest, for good. `rule` is a code such as `retention_ended`.

    Raises `InputError` where there is none, or it is erased already.
    """
    check_rule(rule)
    emptied = (("ledger_erasable", "salt = NULL, value = NULL"), ("ledger_manifest", "ciphertext = NULL"))
    with database.transaction():
        for table, nothing in emptied:
            held = database.execute(
                f"SELECT 1 FROM {table} WHERE digest = ? AND erased_at IS NULL",  # noqa: S608  our own names
                (digest,),
            )
            if held:
                database.execute(
                    f"UPDATE {table} SET {nothing}, erased_at = ?, rule = ? WHERE digest = ?",  # noqa: S608
                    (text_of(at), rule, digest),
                )
                return
    raise InputError("nothing is kept behind this digest, or no longer")


def check_rule(rule: str) -> None:
    """Return if `rule` is a code, so that no name stands in it. Raises `InputError`."""
    if _RULE.fullmatch(rule) is None:
        raise InputError(
            "the rule of an erasure is not a code", hint="name it in lower case, such as `retention_ended`"
        )
