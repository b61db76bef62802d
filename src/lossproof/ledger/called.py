"""Which devices go by which texts, many at once: what an import of thousands of rows asks.

Serial numbers and asset tags stand in the erasable rows; one that was erased names nothing any more. Devices that have ended are
left out, as everywhere where a device is looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from lossproof.ledger.erasable import MOST_CHARACTERS
from lossproof.ledger.store import Ledger
from lossproof.model.facts.registration import IdentifierScheme

_AT_ONCE = 500
_SCHEMES = frozenset({IdentifierScheme.SERIAL.value, IdentifierScheme.ASSET_TAG.value})


class Called(NamedTuple):
    """A device that goes by a text, and as what."""

    scheme: IdentifierScheme
    device: str
    kind: str
    organisation: str


def called(ledger: Ledger, texts: Collection[str]) -> dict[str, tuple[Called, ...]]:
    """The devices that have each text as their serial number or asset tag. Texts that nothing goes by are not in it."""
    found: dict[str, tuple[Called, ...]] = {}
    wanted = sorted({one for one in texts if len(one) <= MOST_CHARACTERS and "\0" not in one})
    for start in range(0, len(wanted), _AT_ONCE):
        found |= _called(ledger, wanted[start : start + _AT_ONCE])
    return found


def _called(ledger: Ledger, texts: Sequence[str]) -> dict[str, tuple[Called, ...]]:
    """One table after the other, each by its own index: which to begin with is not left to the database to guess."""
    kept = _rows(ledger, "SELECT digest, kind, value FROM ledger_erasable WHERE value IN", (), texts)
    values = {(digest, kind): value for digest, kind, value in kept if kind in _SCHEMES}
    log = (ledger.log.number,)
    listed = _rows(
        ledger,
        "SELECT digest, scheme, subject FROM ledger_device_identifier WHERE log = ? AND digest IN",
        log,
        sorted({digest for digest, _ in values}),
    )
    named = [
        (values[digest, scheme], scheme, subject) for digest, scheme, subject in listed if (digest, scheme) in values
    ]
    rows = _rows(
        ledger,
        "SELECT subject, kind, organisation FROM ledger_device WHERE log = ? AND ended IS NULL AND subject IN",
        log,
        sorted({subject for _, _, subject in named}),
    )
    devices = {subject: (subject, kind, organisation) for subject, kind, organisation in rows}
    found: dict[str, set[Called]] = {}
    for value, scheme, subject in named:
        if subject in devices:
            found.setdefault(value, set()).add(Called(IdentifierScheme(scheme), *devices[subject]))
    return {value: tuple(sorted(some)) for value, some in found.items()}


def _rows(ledger: Ledger, sql: str, before: Sequence[object], texts: Sequence[str]) -> list[tuple[str, ...]]:
    """The rows of a query that ends in `IN`, for these texts."""
    found: list[tuple[str, ...]] = []
    for start in range(0, len(texts), _AT_ONCE):
        part = texts[start : start + _AT_ONCE]
        found += ledger.database.execute(f"{sql} ({', '.join('?' * len(part))})", (*before, *part))
    return found
