"""What a file format gives to those who look for people in it: prose, rows, files inside, and what could not be read."""

from __future__ import annotations

from typing import NamedTuple

from lossproof.block.source import Source


class Prose(NamedTuple):
    """Running text: a letter, a page, a mail body. Lines end in `\\n`. At most 8 Mi characters; longer text comes in several."""

    text: str
    where: str = ""


class Rows(NamedTuple):
    """Consecutive rows of one table, cells as text (a date cell as ISO 8601, a whole number without `.0`, an empty cell as "").

    A long table comes in several `Rows` with the same `table`. `header` holds the column names where the format itself states
    them (SQLite columns, JSON keys); otherwise it is None and the first rows may or may not be a heading.
    """

    rows: list[list[str]]
    table: str = ""
    header: list[str] | None = None


class Member(NamedTuple):
    """A file inside the file: a zip entry, an attachment. Its own format is found by its bytes and name."""

    name: str
    source: Source


class Unread(NamedTuple):
    """A part that could not be read; the rest goes on. `reason` is a stable code such as `encrypted`, `damaged`, `too_large`."""

    where: str
    reason: str
    text: str = ""


Span = Prose | Rows | Member | Unread
