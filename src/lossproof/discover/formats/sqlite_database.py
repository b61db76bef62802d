"""SQLite databases (the SQLite file format, version 3): every ordinary table, by the SQLite library itself, in memory.

Left out: views and virtual tables (their contents stand in ordinary ones), deleted rows in free pages, and a write-ahead log
beside the file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

from lossproof.block.source import Source
from lossproof.discover.formats import text
from lossproof.discover.formats.page import CELLS_AT_ONCE, ROWS_AT_ONCE
from lossproof.discover.formats.reader import pieces
from lossproof.discover.formats.reasons import damaged, unsupported
from lossproof.discover.spans import Rows, Span, Unread

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
MAGIC = (b"SQLite format 3\x00",)
CERTAINTY = 3

_DATABASE_BYTES = 128 << 20
_TABLE_SECONDS = 60
_CALLBACK_STEPS = 100_000
_BLOB_BYTES = 1 << 20
_VALUE_BYTES = 64 << 20
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND rootpage > 0"
)


def texts(source: Source) -> Iterator[Span]:
    """The rows of each table under its column names. Raises `UnsupportedError` beyond 128 MiB, `FormatError` when damaged."""
    if source.size_bytes > _DATABASE_BYTES:
        raise unsupported("too_large", "a database of more than 128 MiB")
    raw = bytearray()
    for piece in pieces(source):
        raw += piece
    raw[18:20] = b"\x01\x01"  # a write-ahead log is not at hand, and not needed to read
    with closing(sqlite3.connect(":memory:")) as database:
        database.text_factory = bytes
        try:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
            database.deserialize(raw)
            del raw
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "query_only = ON"):
                database.execute(f"PRAGMA {pragma}")
            names = [row[0] for row in database.execute(_TABLES)]
        except (sqlite3.Error, ValueError, OverflowError):
            raise damaged("a damaged database") from None
        for name in names:
            yield from _table(database, name)


def _table(database: sqlite3.Connection, raw_name: bytes) -> Iterator[Span]:
    name = text.plain(raw_name, "utf-8")
    started = time.monotonic()
    database.set_progress_handler(lambda: time.monotonic() - started > _TABLE_SECONDS, _CALLBACK_STEPS)
    rows: list[list[str]] = []
    header: list[str] = []
    cells = 0
    failed = False
    try:
        quoted = raw_name.decode("utf-8").replace('"', '""')
        found = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  a quoted name is all that varies
        header = [column[0] for column in found.description]
        for number, row in enumerate(found, 1):
            rows.append([_text(value) for value in row])
            cells += len(row)
            for column, value in enumerate(row):
                if isinstance(value, bytes) and len(value) > _BLOB_BYTES:
                    yield Unread(
                        f"{name}, row {number}, {header[column]}", "too_large", "a value of more than 1 MiB was cut"
                    )
            if len(rows) >= ROWS_AT_ONCE or cells >= CELLS_AT_ONCE:
                yield Rows(rows, name, header)
                rows, cells = [], 0
    except (sqlite3.Error, ValueError, OverflowError, MemoryError):
        failed = True
    if rows:
        yield Rows(rows, name, header)
    if failed:
        yield Unread(name, "damaged", "a table that could not be read to its end")


def _text(value: object) -> str:
    """A value as text: what is no text and no number gives what a finder could read in it."""
    if isinstance(value, bytes):
        return text.plain(value[:_BLOB_BYTES]) if text.encoding(value[: text.HEAD_BYTES]) else ""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e16 else str(value)
