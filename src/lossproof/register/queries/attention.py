"""What waits for somebody: requests with their clocks, devices nobody has looked at for long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from lossproof.ledger.database import Database, Row
from lossproof.register.queries.noncompliant import behind

_OPEN = """
FROM register_request q JOIN register_device d ON d.device = q.device WHERE q.outcome IS NULL AND q.withdrawn IS NULL
AND d.ended = 0 AND {organisation} AND NOT EXISTS (
    SELECT 1 FROM register_request a WHERE a.request = q.request AND a.device = q.device AND a.outcome IS NOT NULL
    AND a.withdrawn IS NULL
)
"""


class Waiting(NamedTuple):
    """A request that nobody has answered. Times are UTC epoch seconds."""

    due_at: int
    request: str
    subject: str
    ask: str
    person: str | None
    true_at: int


class Place(NamedTuple):
    """Where a page of devices begins: behind the one inspected then, or never, with this number."""

    inspected_at: int | None = None
    device: int = -1


class Unseen(NamedTuple):
    """A device that was not inspected for long, or never."""

    device: int
    subject: str
    kind: str
    organisation: str
    inspected_at: int | None
    seen_at: int | None

    @property
    def place(self) -> Place:
        """Where the next page begins."""
        return Place(self.inspected_at, self.device)


def waiting(database: Database, organisations: Collection[str], most: int = 50) -> list[Waiting]:
    """Requests without an answer, the longest overdue first."""
    names = sorted(organisations)
    rows = database.execute(
        "SELECT q.due_at, q.request, d.subject, q.ask, q.person_by, q.true_at"
        + _among(_OPEN, names)
        + "ORDER BY q.due_at, q.request, d.subject LIMIT ?",
        (*names, most),
    )
    return [Waiting(*row) for row in rows]


def overdue_count(database: Database, organisations: Collection[str], now: int) -> int:
    """How many requests wait beyond their clock."""
    names = sorted(organisations)
    rows = database.execute(f"SELECT COUNT(*) {_among(_OPEN, names)} AND q.due_at < ?", (*names, now))
    return int(rows[0][0])


def unseen(
    database: Database, organisations: Collection[str], before: int, after: Place | None = None, most: int = 50
) -> list[Unseen]:
    """Devices that were never inspected, and then those last inspected before a time, the oldest first; behind a place."""
    after = after or Place()
    names = sorted(organisations)
    rows: list[Row] = []
    first = after.inspected_at is None
    if first:
        rows = _unseen(database, names, "inspected_at IS NULL AND device > ?", (after.device,), most)
    if len(rows) < most:
        place = (-1, -1) if first else (after.inspected_at, after.device)
        later = "inspected_at < ? AND (inspected_at, device) > (?, ?)"
        rows += _unseen(database, names, later, (before, *place), most - len(rows))
    return [Unseen(*row) for row in rows]


def _unseen(database: Database, names: Sequence[str], condition: str, values: Sequence[object], most: int) -> list[Row]:
    return database.execute(
        "SELECT device, subject, kind, organisation, inspected_at, seen_at FROM register_device "  # noqa: S608  our own text
        f"WHERE {condition} AND compliant IS NOT NULL AND {behind(names)} ORDER BY inspected_at, device LIMIT ?",
        (*values, *names, most),
    )


def unseen_count(database: Database, organisations: Collection[str], before: int) -> int:
    """How many devices were last inspected before a time, or never."""
    names = sorted(organisations)
    counts = database.execute(
        f"SELECT (SELECT COUNT(*) FROM register_device WHERE inspected_at IS NULL AND compliant IS NOT NULL AND {behind(names)}) "  # noqa: S608
        f"+ (SELECT COUNT(*) FROM register_device WHERE inspected_at < ? AND compliant IS NOT NULL AND {behind(names)})",
        (*names, before, *names),
    )
    return int(counts[0][0])


def _among(sql: str, names: Sequence[str]) -> str:
    return sql.replace("{organisation}", behind(names, "d.organisation"))
