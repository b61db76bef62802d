"""The devices that keep not to the rules now: a page of them by range scans over one index, and how many there are.

Not compliant is whatever a rule says so of, and whatever was compliant until a time that has passed: that is never rounded up.
Pages run by keyset, the worst standing first: places in the order come from the index alone, and then the rows of those that
are shown. Nothing here decides; `projection.refresh_due` has, before a page asks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple

from lossproof.ledger.database import Database, Row
from lossproof.model.standing import BAD_TO_GOOD, Standing

PAGE = 50

_SEPARATELY = 24
"""So many organisations are asked for one by one; more are filtered from one scan, of which they are most then."""

_COLUMNS = (
    "worst, device, subject, kind, organisation, standing, compliant, reasons, custody, holder, seen_at, inspected_at, point, "
    "high, valid_until"
)
_PLACES = """
SELECT worst, device FROM register_device WHERE {organisation} AND compliant = 0 AND {behind} ORDER BY worst, device LIMIT ?
"""
_BEHIND = ("worst = ? AND device > ?", "worst > ?")
"""The two ranges behind a place: SQLite walks to one that is compared as a pair, and PostgreSQL sorts the union of both."""

_ROWS = "SELECT {columns} FROM register_device WHERE device IN ({devices}) ORDER BY worst, device"
_OVERDUE = """
SELECT {columns} FROM register_device WHERE valid_until <= ? AND COALESCE(compliant, 0) = 1 AND device > ? AND {organisation}
ORDER BY device LIMIT ?
"""


class After(NamedTuple):
    """Where a page begins: behind this place of the order."""

    worst: int = -1
    device: int = -1


class NotCompliant(NamedTuple):
    """One device of the list. `device` is its number in the tables; times are UTC epoch seconds; `reasons` codes."""

    worst: int
    device: int
    subject: str
    kind: str
    organisation: str
    standing: Standing
    compliant: int
    reasons: tuple[str, ...]
    custody: str | None
    holder: str | None
    seen_at: int | None
    inspected_at: int | None
    point: int | None
    high: int | None
    valid_until: int | None

    @property
    def after(self) -> After:
        """Where the next page begins. Those whose time has run out stand behind all others."""
        return After(len(BAD_TO_GOOD) if self.compliant else self.worst, self.device)


def noncompliant_page(
    database: Database, organisations: Collection[str], now: int, after: After | None = None, most: int = PAGE
) -> list[NotCompliant]:
    """At most so many devices of these organisations, behind a place of the order or from its beginning."""
    if not organisations:
        return []
    place = after or After()
    found: list[Row] = []
    if place.worst < len(BAD_TO_GOOD):
        found = _broken(database, sorted(organisations), place, most)
        place = After(len(BAD_TO_GOOD))
    if len(found) < most:
        names = sorted(organisations)
        found += database.execute(
            _OVERDUE.format(columns=_COLUMNS, organisation=behind(names)),
            (now, place.device, *names, most - len(found)),
        )
    return [_row(row) for row in found]


def behind(organisations: Sequence[str], column: str = "organisation") -> str:
    """A condition on the organisation that no index answers: rows are found by the rest of the statement, in its order."""
    return f"COALESCE({column}, '') IN ({', '.join('?' * len(organisations)) or 'NULL'})"


def _broken(database: Database, organisations: list[str], place: After, most: int) -> list[Row]:
    def places(condition: str, values: Sequence[str]) -> list[Row]:
        found: list[Row] = []
        for behind_it, marks in zip(_BEHIND, (place, (place.worst,)), strict=True):
            if len(found) < most:
                sql = _PLACES.format(organisation=condition, behind=behind_it)
                found += database.execute(sql, (*values, *marks, most - len(found)))
        return found

    if len(organisations) > _SEPARATELY:
        found = places(behind(organisations), organisations)
    else:
        found = list(islice(merge(*(places("organisation = ?", (one,)) for one in organisations)), most))
    if not found:
        return []
    devices = ", ".join("?" * len(found))
    return database.execute(_ROWS.format(columns=_COLUMNS, devices=devices), [device for _, device in found])


def noncompliant_count(database: Database, organisations: Collection[str], now: int) -> int:
    """How many there are, exactly."""
    if not organisations:
        return 0
    names = sorted(organisations)
    rows = database.execute(
        "SELECT (SELECT COALESCE(SUM(devices), 0) FROM register_count "  # noqa: S608  our own text
        f"WHERE organisation IN ({', '.join('?' * len(names))}) AND compliant = 0) "
        f"+ (SELECT COUNT(*) FROM register_device WHERE valid_until <= ? AND COALESCE(compliant, 0) = 1 AND {behind(names)})",
        (*names, now, *names),
    )
    return int(rows[0][0])


class Tally(NamedTuple):
    """How many devices have a standing and keep, or keep not, to all rules."""

    standing: Standing
    compliant: bool
    devices: int


def tally(database: Database, organisations: Collection[str]) -> list[Tally]:
    """Every device that has not ended, counted by standing, the worst first."""
    if not organisations:
        return []
    names = sorted(organisations)
    rows = database.execute(
        "SELECT worst, compliant, SUM(devices) FROM register_count "  # noqa: S608  our own text
        f"WHERE organisation IN ({', '.join('?' * len(names))}) GROUP BY worst, compliant ORDER BY worst, compliant",
        names,
    )
    return [Tally(BAD_TO_GOOD[worst], bool(compliant), int(count)) for worst, compliant, count in rows]


def _row(row: Row) -> NotCompliant:
    found = NotCompliant(*row)
    return found._replace(standing=Standing(row[5]), reasons=tuple(row[7].split()))
