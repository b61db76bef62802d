"""What the first page counts and lists: devices not shown to be protected, devices overdue, requests. SQL selects, nothing decides.

A device is overdue where nobody has checked or seen it for `SEEN_WITHIN`, or where somebody has it and it is not shown to be
protected. Lists run by keyset, the worst standing first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from lossproof.ledger.database import Database
from lossproof.model.estate import CustodyState
from lossproof.model.standing import BAD_TO_GOOD, Standing

PAGE = 50
_MOST_DIGITS = 10
SEEN_WITHIN = timedelta(days=90)

_SHOWN_FROM = BAD_TO_GOOD.index(Standing.PROTECTED)
_NOT_SHOWN = f"compliant IN (0, 1) AND worst < {_SHOWN_FROM}"
_HELD_WITHOUT_PROOF = f"{_NOT_SHOWN} AND custody = '{CustodyState.HELD}'"
# Said so that the index on when devices were inspected is taken: SQLite prefers one whose first column has certain values.
_NOT_SEEN = (
    "compliant IS NOT NULL AND COALESCE(seen_at, 0) < ? "
    f"AND (worst >= {_SHOWN_FROM} OR COALESCE(custody, '') <> '{CustodyState.HELD}')"
)


class Part(NamedTuple):
    """A condition on `register_device`, with its values."""

    condition: str
    values: tuple[Any, ...] = ()


class Chosen(NamedTuple):
    """Which devices a list or a count takes: those of any part. Each part is answered from one index, and no device is in two."""

    parts: tuple[Part, ...]


class Listed(NamedTuple):
    """A device of such a list, and where the next page begins."""

    worst: int
    device: int
    subject: str

    @property
    def mark(self) -> str:
        """Where the next page begins: after this row."""
        return f"{self.worst}.{self.device}"


NOT_SHOWN = Chosen((Part(_NOT_SHOWN),))


def overdue(now: int) -> Chosen:
    """Devices that are overdue at `now` (UTC epoch seconds)."""
    before = now - int(SEEN_WITHIN.total_seconds())
    return Chosen(
        (
            Part(_HELD_WITHOUT_PROOF),
            Part(f"inspected_at IS NULL AND {_NOT_SEEN}", (before,)),
            Part(f"inspected_at < ? AND {_NOT_SEEN}", (before, before)),
        )
    )


def in_custody(state: CustodyState) -> Chosen:
    """Devices that are in this state and have not ended."""
    return Chosen((Part("compliant IN (0, 1) AND custody = ?", (state.value,)),))


def count(database: Database, organisations: frozenset[str], chosen: Chosen) -> int:
    """How many."""
    counts = " + ".join(
        f"(SELECT COUNT(*) FROM register_device WHERE {_among(organisations)} AND {part.condition})"  # noqa: S608  our own text
        for part in chosen.parts
    )
    values = [value for part in chosen.parts for value in (*sorted(organisations), *part.values)]
    return int(database.execute(f"SELECT {counts}", values)[0][0])


def page(
    database: Database, organisations: frozenset[str], chosen: Chosen, after: str | None, most: int = PAGE
) -> list[Listed]:
    """The devices after a mark, or from the beginning, at most so many. Each of four ranges stands in the order of an index."""
    condition = " OR ".join(f"({part.condition})" for part in chosen.parts)
    values = (*sorted(organisations), *(value for part in chosen.parts for value in part.values))
    worst, device = _place(after)
    ranges = [
        (f"compliant = {kept} AND {behind}", place)
        for kept in (0, 1)
        for behind, place in (("worst = ? AND device > ?", (worst, device)), ("worst > ?", (worst,)))
    ]
    sql = " UNION ALL ".join(
        f"SELECT worst, device, subject FROM register_device WHERE {_among(organisations)} AND ({condition}) AND {behind}"  # noqa: S608
        for behind, _ in ranges
    )
    asked = [value for _, place in ranges for value in (*values, *place)]
    rows = database.execute(f"{sql} ORDER BY worst, device LIMIT ?", (*asked, most))
    return [Listed(*row) for row in rows]


def held_without_proof(database: Database, organisations: frozenset[str]) -> int:
    """How many devices somebody has that are not shown to be protected."""
    return count(database, organisations, Chosen((Part(_HELD_WITHOUT_PROOF),)))


def _among(organisations: Sequence[str] | frozenset[str]) -> str:
    # Written so that no index on the organisation is taken, whose rows would all have to be sorted.
    return f"COALESCE(organisation, '') IN ({', '.join('?' * len(organisations)) or 'NULL'})"


def _place(mark: str | None) -> tuple[int, int]:
    """What a mark says; the beginning where it is none of ours."""
    numbers = (mark or "").split(".")
    # As many digits as a leaf can have, so that each is a number of SQL too.
    if len(numbers) == 2 and all(one.isascii() and one.isdigit() and len(one) <= _MOST_DIGITS for one in numbers):
        return int(numbers[0]), int(numbers[1])
    return 0, -1
