"""Versions of the rules: which there were, who adopted them and when, and how pages call them."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from lossproof.ledger.database import Database
from lossproof.register.projection.rules import InForce, kept_rules, shipped_digest

_COLUMNS = "version, rules, leaf, effective_at, known_at, person_by, authenticated, withdrawn"


class Version(NamedTuple):
    """One version as it was adopted. Times are UTC epoch seconds, but `known_at` has milliseconds; `withdrawn` is a leaf."""

    number: int
    digest: str
    leaf: int
    effective_at: int
    known_at: int
    by: str | None
    authenticated: str
    withdrawn: int | None

    @property
    def adopted_at(self) -> float:
        """When it was adopted, in UTC epoch seconds."""
        return self.known_at / 1000


class Draft(NamedTuple):
    """What a change begins from: the newest rules, and the number that tells whether others were adopted meanwhile."""

    text: str
    digest: str
    number: int


def versions(database: Database, before: int | None = None, most: int = 50) -> list[Version]:
    """The newest versions, or those before that number."""
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM register_policy WHERE version < ? ORDER BY version DESC, leaf DESC LIMIT ?",  # noqa: S608
        (before if before is not None else 1 << 30, most),
    )
    return [Version(*row) for row in rows]


def version(database: Database, number: int) -> Version | None:
    """The version with this number, None where there is none."""
    rows = database.execute(
        f"SELECT {_COLUMNS} FROM register_policy WHERE version = ? ORDER BY leaf DESC LIMIT 1",  # noqa: S608
        (number,),
    )
    return Version(*rows[0]) if rows else None


def draft(database: Database) -> Draft:
    """The newest rules that were adopted and not withdrawn, also those that begin later; the shipped ones where there are none.
    Raises `StoreError` where their text is not in the store."""
    number = int(database.execute("SELECT COALESCE(MAX(version), 0) FROM register_policy")[0][0])
    rows = database.execute(
        "SELECT rules FROM register_policy WHERE withdrawn IS NULL ORDER BY version DESC, leaf DESC LIMIT 1"
    )
    digest = str(rows[0][0]) if rows else shipped_digest()
    return Draft(kept_rules(database, digest).decode("utf-8"), digest, number)


def called(rules: InForce) -> str:
    """What pages call these rules."""
    if rules.version is None:
        return _("the rules that came with lossproof")
    return _("version %(number)d of the rules") % {"number": rules.version}
