"""The log in PostgreSQL: the same SQL and the same promises as in SQLite, for many writers on many machines.

The write lock is an advisory lock that the transaction takes first, under READ COMMITTED, so that what it then reads is what
the one before it committed (PostgreSQL documentation, 13.3.5 and 13.2.1). The password comes from libpq's password file, never
from the URL. psycopg 3 is imported here alone: the extra `lossproof[postgresql]`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar

from lossproof.errors import InputError, StoreError
from lossproof.ledger.database import LOCK_SECONDS, NO_VALUE, OwnConnection, Parameters, Row

try:
    import psycopg
    from psycopg import conninfo, errors
except ImportError:
    raise InputError(
        "a store in PostgreSQL needs a library that is not installed", hint="install lossproof[postgresql]"
    ) from None

WRITE_LOCK = int.from_bytes(b"losproof", "big")
"""The number of the advisory lock, one a database."""

_SETTINGS = (
    f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "SET synchronous_commit = on",
    "SET default_transaction_isolation = 'read committed'",
    "SET client_encoding = 'UTF8'",
)


def parse_url(url: str) -> dict[str, str]:
    """The parts of a store's URL by libpq's names. Raises `InputError` for one that libpq cannot read, or with a password."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        raise InputError("the URL of the store is not one that PostgreSQL's library reads") from None
    if "password" in parts or "sslpassword" in parts:
        raise InputError(
            "the URL of the store holds a password", hint="leave it out and put it into the password file of libpq"
        )
    return {name: str(value) for name, value in parts.items() if value is not None}


class PostgresqlDatabase(OwnConnection):
    """A connection to PostgreSQL, every commit synchronised."""

    types: ClassVar[dict[str, str]] = {"binary": "BYTEA", "number": "BIGINT", "strict": "", "clustered": ""}

    def __init__(self, url: str) -> None:
        super().__init__()
        parse_url(url)
        try:
            self._connection = psycopg.connect(url, autocommit=True)
        except psycopg.Error:
            raise StoreError(
                "cannot connect to the database server", hint="try the same URL with psql, which says why"
            ) from None
        for setting in _SETTINGS:
            self.execute(setting)

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement; all the rows that it gives."""
        with self._failing():
            cursor = self._connection.execute(translated(sql), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row, without waiting for an answer to each."""
        with self._failing(), self._connection.cursor() as cursor:
            cursor.executemany(translated(sql), rows)

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return self.execute("SELECT to_regclass(?) IS NOT NULL", (name,)) == [(True,)]

    def close(self) -> None:
        """Close the connection; the server rolls back what is open."""
        self._connection.close()

    def _begin(self, *, lasting: bool) -> None:
        self.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        try:
            if not lasting:
                self.execute("SET LOCAL synchronous_commit = off")
            self.execute("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))
        except StoreError:
            self._roll_back()
            raise

    def _begin_snapshot(self) -> None:
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _commit(self) -> None:
        self.execute("COMMIT")

    def _roll_back(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise postgresql_failure(error) from None
        except (UnicodeEncodeError, OverflowError):
            raise InputError(NO_VALUE) from None


_WORDS: tuple[tuple[type[psycopg.Error], tuple[str, str]], ...] = (
    (errors.LockNotAvailable, ("is being written by somebody else", "try again when the other one has finished")),
    (errors.DiskFull, ("cannot grow: its disk is full", "nothing was written; make room and try again")),
    (errors.ReadOnlySqlTransaction, ("cannot be written: it is read-only", "nothing was written")),
    (errors.InsufficientPrivilege, ("does not permit it", "see what this user may do there")),
    (psycopg.OperationalError, ("server does not answer", "nothing was written; try again when it does")),
)


def postgresql_failure(error: psycopg.Error) -> StoreError:
    """What went wrong, in words that hold nothing of a row: the server's own message may quote one, its five-character code
    cannot."""
    words, hint = next((said for kind, said in _WORDS if isinstance(error, kind)), ("cannot be used", ""))
    code = f" ({error.sqlstate})" if error.sqlstate else ""
    return StoreError(f"the database {words}{code}", hint=hint)


@lru_cache(maxsize=256)
def translated(sql: str) -> str:
    """The statement with psycopg's placeholders. No statement of ours has a question mark or percent sign in a literal."""
    return sql.replace("?", "%s")
