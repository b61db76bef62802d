"""Which rules hold at a time, as known when the log had so many leaves: those of the newest version that has begun, or the shipped ones.

The log has the digest of a policy's text; the text stands in `register_kept_rules`, which a rebuilding leaves alone.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from lossproof import policy
from lossproof.errors import FormatError, StoreError, UnsupportedError
from lossproof.ledger.database import Database
from lossproof.policy.crypto import table_digest
from lossproof.policy.rules import Compiled, compile_rules, parse_rules, shipped_text
from lossproof.register.projection.device_states import NOW


class InForce(NamedTuple):
    """Rules that hold. `digest` is the SHA-256 of their text, `version` None for the shipped ones, `leaf` the fact that adopted
    them; `until` is when a later version begins that is known already, or None. `missing` is a newer version that was adopted and
    whose text is not in the store, so that it cannot hold: whoever looks at the rules must be told."""

    digest: str
    version: int | None
    leaf: int | None
    compiled: Compiled
    until: int | None
    missing: int | None = None

    @property
    def mark(self) -> str:
        """What a stored verdict was made by: the rules, the table of ciphers beside them, and the code that applies both."""
        return hashlib.sha256(f"{self.digest} {_table_digest()} {_code_digest()}".encode("ascii")).hexdigest()


def rules_in_force(database: Database, at: int, size: int = NOW.size) -> InForce:
    """The rules that hold at `at` (UTC epoch seconds), as known when the log had `size` leaves: the highest version that has begun and
    whose text is in the store. A text that is not there stops nobody from stating facts. Raises `StoreError` where the store cannot
    be read, or a text in it is no rules any more."""
    rows = database.execute(
        "SELECT version, rules, leaf, effective_at FROM register_policy WHERE leaf < ? "
        "AND (withdrawn IS NULL OR withdrawn >= ?) ORDER BY version DESC, leaf DESC",
        (size, size),
    )
    later: list[int] = []
    missing: int | None = None
    for version, digest, leaf, effective_at in rows:
        if effective_at > at:
            later.append(effective_at)
            continue
        text = _text(database, digest)
        if text is not None:
            return InForce(digest, version, leaf, _compiled(text), min(later, default=None), missing)
        missing = version if missing is None else missing
    return InForce(shipped_digest(), None, None, _compiled(shipped_text()), min(later, default=None), missing)


def keep_rules(database: Database, text: bytes) -> str:
    """Keep the text of a policy, in the transaction that states it; its SHA-256. Raises `FormatError` for what is no policy,
    `UnsupportedError` where a predicate is not built yet."""
    parse_rules(text)
    digest = hashlib.sha256(text).hexdigest()
    database.execute(
        "INSERT INTO register_kept_rules (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (digest, text.decode("utf-8")),
    )
    return digest


def kept_rules(database: Database, digest: str) -> bytes:
    """The text of the policy with this SHA-256; the shipped one needs not be kept. Raises `StoreError` where it is not there."""
    text = _text(database, digest)
    if text is None:
        raise StoreError("the text of these rules is not in the store", hint="adopt rules again, or restore a backup")
    return text


def _text(database: Database, digest: str) -> bytes | None:
    if digest == shipped_digest():
        return shipped_text()
    rows = database.execute("SELECT text FROM register_kept_rules WHERE digest = ?", (digest,))
    text = rows[0][0].encode("utf-8") if rows else b""
    return text if hashlib.sha256(text).hexdigest() == digest else None


@lru_cache(maxsize=1)
def shipped_digest() -> str:
    """The SHA-256 of the shipped rules' text."""
    return hashlib.sha256(shipped_text()).hexdigest()


@lru_cache(maxsize=8)
def _compiled(text: bytes) -> Compiled:
    try:
        return compile_rules(parse_rules(text))
    except (FormatError, UnsupportedError) as error:
        raise StoreError(f"the rules in force cannot be read any more: {error}", hint="adopt rules again") from None


@lru_cache(maxsize=1)
def _table_digest() -> str:
    return table_digest()


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """SHA-256 of the policy room's modules, by path: another version of them may come to other verdicts."""
    room = Path(policy.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(room.rglob("*.py")):
        digest.update(str(path.relative_to(room)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
