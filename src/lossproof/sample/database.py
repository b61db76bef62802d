"""A SQLite database whose bytes do not tell which version of SQLite made it.

Specification: sqlite.org/fileformat2.html. Every setting that has a compiled-in default is given; the version number
at offset 96 of the header is set to a fixed one. The rest of the file follows from the rows in order of their keys.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

_VERSION_OFFSET = 96
_VERSION = (3_006_018).to_bytes(4, "big")  # SQLite 3.6.18, of September 2009


class Table(NamedTuple):
    """A table by its `CREATE TABLE` statement, and its rows."""

    name: str
    columns: str
    rows: Sequence[tuple[int | str | None, ...]]


def database(tables: Sequence[Table]) -> bytes:
    """The file that holds these tables."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("PRAGMA encoding = 'UTF-8'")
        connection.execute("BEGIN")
        for table in tables:
            connection.execute(f"CREATE TABLE {table.name} ({table.columns})")
            marks = ", ".join("?" * (table.columns.count(",") + 1))
            connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", table.rows)  # noqa: S608 - our own words
        connection.execute("COMMIT")
        content = bytearray(connection.serialize())
    content[_VERSION_OFFSET : _VERSION_OFFSET + 4] = _VERSION
    return bytes(content)
