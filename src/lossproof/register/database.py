"""The ledger's database over Django's own connection: facts and rows of Django's models in one transaction.

The third adapter of `ledger.database.Database`. It belongs to the caller's `atomic` block, or opens one: an error in it undoes
the whole outermost block, also where it is caught in between. SQLite begins every block with the write lock (BEGIN IMMEDIATE, in
`connection_settings`); in PostgreSQL the lock is taken when the ledger is first written in the block. Left out: more than one
database, and closing, which Django does.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from django.db import Error as DjangoError
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from lossproof.errors import InputError, LossproofError, StoreError
from lossproof.ledger.database import (
    LOCK_SECONDS,
    NO_VALUE,
    Database,
    Parameters,
    Row,
    SqliteDatabase,
    is_url,
    sqlite_failure,
)

_CACHE_KIB = 32 << 10

_NOT_WRITTEN = "nothing was written: a part of the transaction failed"


def connection_settings(store: str) -> dict[str, Any]:
    """Django's settings of the connection to STORE: as durable and as strict as the ledger's own adapters."""
    if is_url(store):
        from lossproof.ledger.postgresql import parse_url

        parts = parse_url(store)
        more = parts.pop("options", "")
        known = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
        named = {name: parts.pop(part, "") for name, part in known.items()}
        parts["options"] = f"{more} -c lock_timeout={LOCK_SECONDS}s -c synchronous_commit=on".strip()
        named["NAME"] = named["NAME"] or named["USER"] or "postgres"
        return _lasting({"ENGINE": "django.db.backends.postgresql", **named, "OPTIONS": parts})
    # trusted_schema stays on: Django's JSON columns check themselves with a function that SQLite would then refuse.
    pragmas = ("synchronous = FULL", "secure_delete = ON", f"cache_size = -{_CACHE_KIB}")
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": LOCK_SECONDS,
        "init_command": "; ".join(f"PRAGMA {pragma}" for pragma in pragmas),
    }
    # As a URI the file must be there: a store is never made by connecting to it.
    name = f"file:{quote(str(Path(store).absolute()))}?mode=rw" if store else ":memory:"
    return _lasting({"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options})


def _lasting(settings: dict[str, Any]) -> dict[str, Any]:
    """A thread keeps its connection; one that the server has dropped is made anew at the next request."""
    return {**settings, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


class DjangoDatabase(Database):
    """Django's connection of this thread. One object a connection: `the_database`."""

    def __init__(self) -> None:
        self._reading = False

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement; all the rows that it gives."""
        with self._failing(), connection.cursor() as cursor:
            cursor.execute(_translated(sql), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row."""
        with self._failing(), connection.cursor() as cursor:
            cursor.executemany(_translated(sql), list(rows))

    def close(self) -> None:
        """Nothing: Django closes its connections."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, the caller's or ours."""
        return connection.in_atomic_block or self._reading

    @contextlib.contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[None]:
        """A transaction under the write lock, or the caller's atomic block, with the lock taken."""
        if self._reading:
            raise StoreError("nothing can be written while one state of the store is read")
        outermost = not connection.in_atomic_block
        with contextlib.ExitStack() as after:
            if outermost and not lasting:
                after.enter_context(self._unhurried())
            # Without a savepoint an error marks the whole block to be rolled back, whoever catches it.
            block = transaction.atomic(savepoint=False)
            with self._failing():
                block.__enter__()
            try:
                self._lock()
                yield
                if outermost and connection.needs_rollback:
                    raise StoreError(_NOT_WRITTEN)
            except BaseException as error:
                block.__exit__(type(error), error, error.__traceback__)
                raise
            else:
                with self._failing():
                    block.__exit__(None, None, None)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """A stretch of reads that all see one state. Inside a transaction it is that transaction."""
        if self.in_transaction:
            yield
            return
        self._begin_snapshot()
        self._reading = True
        try:
            yield
        finally:
            self._reading = False
            self._roll_back()

    def on_commit(self, action: Callable[[], None]) -> None:
        """Do `action` after the outermost atomic block has committed, or now where there is none."""
        transaction.on_commit(action)

    def _roll_back(self) -> None:
        with contextlib.suppress(DjangoError), connection.cursor() as cursor:
            cursor.execute("ROLLBACK")

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except DjangoError as error:
            raise self._failure(error) from None
        except (sqlite3.Error, UnicodeEncodeError, OverflowError):
            raise InputError(NO_VALUE) from None

    @abstractmethod
    def _begin_snapshot(self) -> None:
        """Begin a transaction that only reads, and sees one state of the database."""

    @abstractmethod
    def _lock(self) -> None:
        """Take the write lock, in the atomic block that is open."""

    @abstractmethod
    def _unhurried(self) -> contextlib.AbstractContextManager[None]:
        """Within it, a commit need not wait for the disk."""

    @abstractmethod
    def _failure(self, error: DjangoError) -> LossproofError:
        """What went wrong, in words that hold nothing of a row."""


@lru_cache(maxsize=512)
def _translated(sql: str) -> str:
    """The statement with Django's placeholders. No statement of ours has a question mark or percent sign in a literal."""
    return sql.replace("?", "%s")


class _DjangoSqlite(DjangoDatabase):
    """Over SQLite."""

    types: ClassVar[dict[str, str]] = SqliteDatabase.types

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return bool(self.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def _lock(self) -> None:
        """The block began with it."""

    @contextlib.contextmanager
    def _unhurried(self) -> Iterator[None]:
        self.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            self.execute("PRAGMA synchronous = FULL")

    def _begin_snapshot(self) -> None:
        self.execute("BEGIN DEFERRED")

    def _failure(self, error: DjangoError) -> LossproofError:
        cause = error.__cause__
        if isinstance(cause, sqlite3.Error):
            return sqlite_failure("the store", cause)
        return StoreError(_NOT_WRITTEN)


class _DjangoPostgresql(DjangoDatabase):
    """Over PostgreSQL."""

    types: ClassVar[dict[str, str]] = {"binary": "BYTEA", "number": "BIGINT", "strict": "", "clustered": ""}

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return self.execute("SELECT to_regclass(?) IS NOT NULL", (name,)) == [(True,)]

    def _lock(self) -> None:
        from lossproof.ledger.postgresql import WRITE_LOCK

        self.execute("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))

    @contextlib.contextmanager
    def _unhurried(self) -> Iterator[None]:
        self.execute("SET synchronous_commit = off")
        try:
            yield
        finally:
            self.execute("SET synchronous_commit = on")

    def _begin_snapshot(self) -> None:
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _failure(self, error: DjangoError) -> LossproofError:
        import psycopg

        from lossproof.ledger.postgresql import postgresql_failure

        cause = error.__cause__
        return postgresql_failure(cause) if isinstance(cause, psycopg.Error) else StoreError(_NOT_WRITTEN)


def the_database() -> DjangoDatabase:
    """The ledger's view of Django's connection of this thread: one object for as long as the connection object lives."""
    kept = vars(_wrapper())
    if "lossproof_database" not in kept:
        kept["lossproof_database"] = _DjangoPostgresql() if connection.vendor == "postgresql" else _DjangoSqlite()
    found: DjangoDatabase = kept["lossproof_database"]
    return found


def _wrapper() -> BaseDatabaseWrapper:
    """The connection itself, behind Django's proxy."""
    from django.db import DEFAULT_DB_ALIAS, connections

    return connections[DEFAULT_DB_ALIAS]
