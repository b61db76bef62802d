"""A table that came in: one row of headings, and rows of cells below it, all text.

Which row holds the headings is found among the first ten: exports begin with a title, a date, or a blank line. Headings are
compared by their letters and digits alone, so that `Serial No.`, `serial_no` and `SerialNo` are one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

_LOOKED_AT = 10


class Table(NamedTuple):
    """`first` is the number of the first of `rows` in the file, counting from 1 and leaving blank rows out."""

    headings: tuple[str, ...]
    rows: list[list[str]]
    first: int

    def column(self, *headings: str) -> int | None:
        """The place of the first of these headings that the table has, however they are spelt."""
        known = {bare(heading): place for place, heading in reversed(list(enumerate(self.headings)))}
        return next((known[bare(one)] for one in headings if bare(one) in known), None)


def bare(heading: str) -> str:
    """A heading by its letters and digits alone, in lower case."""
    return "".join(character for character in heading.casefold() if character.isalnum())


def cell(row: list[str], place: int | None) -> str:
    """The cell at a place, without blanks around it; empty where the row is too short or the column is not there."""
    return row[place].strip() if place is not None and place < len(row) else ""


def as_table(rows: list[list[str]], known: Collection[str]) -> Table:
    """The rows of a file as a table. Its headings are the row, of the first ten, that has most of the `known` ones (bare)."""
    best = max(range(min(_LOOKED_AT, len(rows))), key=lambda at: (_count(rows[at], known), -at), default=0)
    if not rows:
        return Table((), [], 1)
    return Table(tuple(one.strip() for one in rows[best]), rows[best + 1 :], best + 2)


def _count(row: Iterable[str], known: Collection[str]) -> int:
    return len({bare(one) for one in row} & set(known))


def named(row: list[str], headings: tuple[str, ...]) -> Mapping[str, str]:
    """The cells of a row by the bare heading above them; of two equal headings the first counts."""
    found: dict[str, str] = {}
    for place, heading in enumerate(headings):
        found.setdefault(bare(heading), cell(row, place))
    return found
