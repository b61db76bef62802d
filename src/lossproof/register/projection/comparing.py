"""How many rows the tables have, and a digest of them, to see whether a rebuilding gave the same."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from lossproof.ledger.database import Database
from lossproof.ledger.store import Ledger
from lossproof.register.projection.applying import catch_up, rebuild, refresh_due
from lossproof.register.projection.device_states import STRETCH
from lossproof.register.projection.schema import TABLES

_OF_DEVICES = frozenset(TABLES) - {"register_state", "register_count", "register_shape", "register_policy"}


class Rows(NamedTuple):
    """The rows of one table: how many, and the SHA-256 of all in order. Comparable within one store."""

    many: int
    sha256: str


class Rebuilt(NamedTuple):
    """What a rebuilding gave: the leaves that were taken in, the rows of each table, and the tables that had others before."""

    leaves: int
    rows: dict[str, int]
    changed: tuple[str, ...]


def rebuild_and_compare(ledger: Ledger, now: int) -> Rebuilt:
    """Bring the tables up to date, make them anew from the facts, and say where that differs. `now` in UTC epoch seconds.

    Raises `StoreError` where the store cannot be written; then nothing is changed.
    """
    catch_up(ledger)
    refresh_due(ledger, now)
    before = rows_of(ledger.database)
    rebuild(ledger)
    refresh_due(ledger, now)
    after = rows_of(ledger.database)
    changed = tuple(table for table in TABLES if before[table] != after[table])
    return Rebuilt(ledger.reader.size, {table: after[table].many for table in TABLES}, changed)


def rows_of(database: Database) -> dict[str, Rows]:
    """The rows of every table that facts give back."""
    return {table: _rows(database, table) for table in TABLES}


def _rows(database: Database, table: str) -> Rows:
    """Read a stretch of devices at a time. The first three columns hold the primary key of each table, or begin with it."""
    hashed, count = hashlib.sha256(), 0
    if table not in _OF_DEVICES:
        rows = database.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608  our own names
        hashed.update(repr(rows).encode())
        return Rows(len(rows), hashed.hexdigest())
    order = "1" if table == "register_verdict" else "1, 2, 3"
    low = -1
    while devices := database.execute(
        "SELECT device FROM register_device WHERE device > ? ORDER BY device LIMIT ?", (low, STRETCH)
    ):
        high = devices[-1][0]
        rows = database.execute(
            f"SELECT * FROM {table} WHERE device > ? AND device <= ? ORDER BY {order}",  # noqa: S608  our own names
            (low, high),
        )
        hashed.update(repr(rows).encode())
        count, low = count + len(rows), high
    return Rows(count, hashed.hexdigest())
