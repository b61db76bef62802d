"""Devices that are still with people or organisations that have ended: those to get back.

Two searches by index, from the small side: what somebody holds who has ended, or whose organisation has; and what is an ended
organisation's own. What was destroyed, or is no longer registered, is with nobody.
"""

from __future__ import annotations

from collections.abc import Collection

from lossproof.ledger.database import Database
from lossproof.ledger.reading import Log
from lossproof.model.estate import CustodyState

_THERE = f"ended = 0 AND kind IS NOT NULL AND COALESCE(custody, '') <> '{CustodyState.DESTROYED}'"
_COLUMNS = f"SELECT device, subject, organisation FROM register_device WHERE {_THERE}"  # noqa: S608  our own text
_LEFT = (
    f"{_COLUMNS} AND organisation IN (SELECT subject FROM ledger_organisation WHERE log = ? AND ended IS NOT NULL) "  # noqa: S608  our own text
    f"UNION {_COLUMNS} AND holder IN (SELECT p.subject FROM ledger_person p LEFT JOIN ledger_organisation o "
    "ON o.log = p.log AND o.subject = p.organisation "
    "WHERE p.log = ? AND (p.ended IS NOT NULL OR o.ended IS NOT NULL))"
)
_WITH = (
    f"{_COLUMNS} AND organisation = ? "  # noqa: S608  our own text
    f"UNION {_COLUMNS} AND holder IN (SELECT subject FROM ledger_person WHERE log = ? AND organisation = ?)"
)


def left_behind(
    database: Database, log: Log, organisations: Collection[str], after: int = -1, most: int = 50
) -> list[tuple[int, str]]:
    """(number, id) of such devices of these organisations, by number behind `after`."""
    rows = database.execute(
        f"SELECT device, subject FROM ({_LEFT}) l WHERE device > ? AND {_among(organisations)} ORDER BY device LIMIT ?",  # noqa: S608
        (log.number, log.number, after, *sorted(organisations), most),
    )
    return [(device, subject) for device, subject in rows]


def left_count(database: Database, log: Log, organisations: Collection[str]) -> int:
    """How many."""
    rows = database.execute(
        f"SELECT COUNT(*) FROM ({_LEFT}) l WHERE {_among(organisations)}",  # noqa: S608  our own text
        (log.number, log.number, *sorted(organisations)),
    )
    return int(rows[0][0])


def with_organisation(database: Database, log: Log, organisation: str) -> int:
    """How many devices are with people of an organisation, or are its own."""
    rows = database.execute(
        f"SELECT COUNT(*) FROM ({_WITH}) l",  # noqa: S608  our own text
        (organisation, log.number, organisation),
    )
    return int(rows[0][0])


def _among(organisations: Collection[str]) -> str:
    return f"organisation IN ({', '.join('?' * len(organisations)) or 'NULL'})"
