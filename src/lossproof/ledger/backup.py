"""A copy of a whole store, made while it is in use, and a store made of such a copy; both are proved by replaying the log.

An SQLite store is copied by `VACUUM INTO` (SQLite, "VACUUM", section 3): one read transaction, so the copy is one state of
every table, and nothing of what was erased is left in free pages. PostgreSQL is copied by its own programs
(`postgresql_backup`). A copy is good only when its leaves, read from the copy, give the root that its newest checkpoint signed.
Left out: the keys' folder, on purpose (whoever finds a copy must not be able to sign), and copies that hold only what changed.

Trust: a copy holds personal data in the clear, as the store does. Whoever changes one can drop what no checkpoint outside covers.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lossproof.errors import FormatError, InputError, LossproofError, StoreError, UnsupportedError, VerificationError
from lossproof.ledger.database import Database, SqliteDatabase, is_url, open_database
from lossproof.ledger.new_file import new_file, refuse_taken
from lossproof.ledger.reading import Reader, logs
from lossproof.ledger.replay import Progress, Replayed, replay
from lossproof.ledger.schema import check_tables
from lossproof.ledger.store import CHECKPOINT, keys_folder, open_ledger

SQLITE_MAGIC = b"SQLite format 3\0"
POSTGRESQL_MAGIC = b"PGDMP"
"""How a copy in PostgreSQL's custom format begins (pg_backup_archiver.c)."""

PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy that was read back: its length, and every log in it, the one that is written last."""

    size_bytes: int
    logs: tuple[Replayed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A store that was made of a copy. `behind` says why it may only be read, or is empty; `compared`, whether there was a
    checkpoint outside the store to compare it with."""

    logs: tuple[Replayed, ...]
    behind: str
    compared: bool


def back_up(store: str, out: Path, progress: Progress | None = None) -> Copied:
    """Copy STORE to the new file `out`, which only its owner may read, and read the copy back.

    Raises `InputError` and `FormatError` where there is no store of ours, `StoreError` where `out` is there already or cannot
    be written, `VerificationError` where the log does not hold; then there is no `out`.
    """
    refuse_taken(out)
    with open_database(store) as database, new_file(out, PRIVATE) as path:
        check_tables(database)
        if is_url(store):
            from lossproof.ledger.postgresql_backup import dump

            found = dump(database, store, path, progress)
        else:
            _vacuum_into(database, path)
            found = _read_back(path, progress)
        size_bytes = path.stat().st_size
    return Copied(size_bytes=size_bytes, logs=found)


def restore(copy: Path, store: str, keys: Path | None = None, progress: Progress | None = None) -> Restored:
    """Make the new STORE of a copy, and compare it with the newest checkpoint outside it: that of the keys' folder.

    Raises `InputError` where there is no copy, or STORE has a ledger already, `FormatError` and `VerificationError` where the
    copy does not hold, `UnsupportedError` for a copy of the other kind of database, `StoreError` where something cannot be read
    or written. A file is then not there; in PostgreSQL the tables are as they were.
    """
    magic = _begins(copy)
    if is_url(store):
        _require(magic.startswith(POSTGRESQL_MAGIC), magic, f"{copy} is not a copy of a store in PostgreSQL")
        from lossproof.ledger.postgresql_backup import load

        found = load(copy, store, progress)
    else:
        _require(magic == SQLITE_MAGIC, magic, f"{copy} is not a copy of a store in a file")
        found = _to_file(copy, Path(store), progress)
    compared = (keys is not None or not is_url(store)) and os.path.lexists(keys_folder(store, keys) / CHECKPOINT)
    with open_ledger(store, keys) as ledger:
        return Restored(logs=found, behind=ledger.behind, compared=compared)


def replayed(database: Database, progress: Progress | None = None) -> tuple[Replayed, ...]:
    """Every log of a store, replayed with all but the signatures of the facts: its leaves, chains, tree and checkpoints."""
    return tuple(replay(Reader(database, log), signatures=False, progress=progress) for log in logs(database))


def _begins(copy: Path) -> bytes:
    try:
        with copy.open("rb") as file:
            return file.read(len(SQLITE_MAGIC))
    except FileNotFoundError:
        raise InputError(f"there is no copy at {copy}") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot read {copy}: {getattr(error, 'strerror', None) or 'the system refused'}") from None


def _require(right: bool, magic: bytes, words: str) -> None:
    if right:
        return
    if magic == SQLITE_MAGIC or magic.startswith(POSTGRESQL_MAGIC):
        raise UnsupportedError(words, hint="a copy is put back into the kind of database that it was made of")
    raise FormatError(words, hint="`lossproof register backup` makes one")


def _to_file(copy: Path, store: Path, progress: Progress | None) -> tuple[Replayed, ...]:
    for taken in (store, Path(f"{store}-wal"), Path(f"{store}-journal")):
        # SQLite would take what such a file holds for a part of the new store.
        refuse_taken(taken)
    with new_file(store, PRIVATE) as path:
        with SqliteDatabase(copy) as database:
            check_tables(database)
            _vacuum_into(database, path)
        found = _read_back(path, progress)
        with SqliteDatabase(path) as database:
            database.execute("PRAGMA journal_mode = WAL")
        return found


def _vacuum_into(database: Database, path: Path) -> None:
    _trust_checks(database)
    try:
        database.execute("VACUUM INTO ?", (str(path),))
    except StoreError as error:
        raise StoreError(f"the copy could not be made: {error}", hint=error.hint) from None


def _trust_checks(database: Database) -> None:
    """Let SQLite run the checks of columns: Django's for JSON call a function that it refuses otherwise. A schema can call none but
    SQLite's own: extensions cannot be loaded."""
    database.execute("PRAGMA trusted_schema = ON")


def _read_back(path: Path, progress: Progress | None) -> tuple[Replayed, ...]:
    """Every log of the copy, from its own bytes. Raises `VerificationError`."""
    with SqliteDatabase(path) as database:
        _trust_checks(database)
        _require_sound(database.execute("PRAGMA integrity_check(1)"))
        _require_sound(database.execute("PRAGMA foreign_key_check") or [("ok",)])
        try:
            return replayed(database, progress)
        except LossproofError as error:
            raise VerificationError(
                f"the log in the copy does not hold: {error}",
                hint="`lossproof ledger fsck` says whether the store it was made of does",
            ) from None


def _require_sound(rows: Sequence[tuple[object, ...]]) -> None:
    if [row[0] for row in rows] != ["ok"]:
        raise VerificationError("SQLite finds its own file damaged", hint="make another copy, or use an older one")
