"""One SQL database that holds the log and what belongs to it: SQLite in a file, or PostgreSQL by URL.

SQL is written once, with `?` for parameters, in what both understand. A transaction that writes takes the write lock as its
first statement, so that nobody else appends until it ends; what must wait for the outermost commit is given to `on_commit`.
`Database` is what the log needs of a connection: Django's fits under it as well, with the transaction of its caller. Left out:
pools and threads (a connection is used by the thread that opened it), and other databases.

Trust: whoever can write the database can stop the log or put rows into it, and cannot change or drop what a checkpoint
outside covers without being found out.
"""

from __future__ import annotations

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from lossproof.errors import FormatError, InputError, LossproofError, StoreError

Row = tuple[Any, ...]
Parameters = Sequence[Any]

LOCK_SECONDS = 20
"""How long a writer waits for another one."""

_CACHE_KIB = 32 << 10
"""How much of an SQLite file is held in memory: the indexes of some 500,000 leaves."""

NO_VALUE = "what was given is not Unicode text, or a number too large"

NO_STORE = "make one with `lossproof ledger init`, or name another"


def raw(value: object) -> bytes:
    """The bytes of a binary column. Raises `StoreError` for a value of another type: SQLite itself would give back anything."""
    if not isinstance(value, bytes):
        raise StoreError(
            "a row of the store is not of its shape", hint="`lossproof ledger fsck` says what else is wrong"
        )
    return value


class Database(ABC):
    """One connection. Every method raises `StoreError` where the database cannot be read or written."""

    types: ClassVar[dict[str, str]] = {"binary": "BLOB", "number": "INTEGER", "strict": "", "clustered": ""}
    """What stands in a table's definition for raw bytes, for a number of 64 bits, and at its end: in general, and where the rows
    stand in the primary key."""

    @abstractmethod
    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement; all the rows that it gives."""

    @abstractmethod
    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection. A transaction that is open is rolled back."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    @abstractmethod
    def transaction(self, *, lasting: bool = True) -> contextlib.AbstractContextManager[None]:
        """A transaction under the write lock. One inside another belongs to the outer one: an error in it undoes both, whether
        it is caught between them or not. Without `lasting` a power cut may lose it after the commit, whole: for what can be made
        again."""

    @abstractmethod
    def snapshot(self) -> contextlib.AbstractContextManager[None]:
        """A stretch of reads that all see one state. Nothing may be written; inside a transaction it is that transaction."""

    @abstractmethod
    def on_commit(self, action: Callable[[], None]) -> None:
        """Do `action` after the outermost transaction has committed, or now where there is none; never if it is undone."""

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class OwnConnection(Database):
    """A connection whose transactions nobody else begins or ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        self._broken = False
        self._reading = False

    @abstractmethod
    def _begin(self, *, lasting: bool) -> None:
        """Begin a transaction that holds the write lock; unless `lasting`, its commit need not wait for the disk."""

    @abstractmethod
    def _begin_snapshot(self) -> None:
        """Begin a transaction that only reads, and sees one state of the database."""

    @abstractmethod
    def _commit(self) -> None:
        """Commit; durable when it returns."""

    @abstractmethod
    def _roll_back(self) -> None:
        """Undo; never raises."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._depth > 0

    @contextlib.contextmanager
    def transaction(self, *, lasting: bool = True) -> Iterator[None]:
        """A transaction under the write lock: `Database.transaction`."""
        if self._reading:
            raise StoreError("nothing can be written while one state of the store is read")
        with self._hold(lambda: self._begin(lasting=lasting)):
            try:
                yield
            except BaseException:
                # It may have written some of its rows: they must not be committed without the others.
                self._broken = self._depth > 1
                raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """A stretch of reads that all see one state: `Database.snapshot`."""
        outermost = not self.in_transaction
        with self._hold(self._begin_snapshot):
            self._reading = self._reading or outermost
            try:
                yield
            finally:
                self._reading = self._reading and not outermost

    def on_commit(self, action: Callable[[], None]) -> None:
        """Do `action` after the outermost commit: `Database.on_commit`."""
        if self.in_transaction:
            self._after.append(action)
        else:
            action()

    @contextlib.contextmanager
    def _hold(self, begin: Callable[[], None]) -> Iterator[None]:
        if self._depth == 0:
            begin()
        self._depth += 1
        try:
            yield
            if self._broken:
                raise StoreError("nothing was written: a part of the transaction failed")
            if self._depth == 1:
                self._commit()
        except BaseException:
            if self._depth == 1:
                self._after.clear()
                self._broken = False
                self._roll_back()
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            actions, self._after = self._after, []
            for action in actions:
                action()


class SqliteDatabase(OwnConnection):
    """An SQLite file in WAL mode, every commit synchronised (synchronous FULL)."""

    types: ClassVar[dict[str, str]] = {
        "binary": "BLOB",
        "number": "INTEGER",
        "strict": " STRICT",
        "clustered": " STRICT, WITHOUT ROWID",
    }

    def __init__(self, path: Path, *, create: bool = False) -> None:
        super().__init__()
        self.path = path
        self._lasting = True
        mode = "rwc" if create else "rw"
        self._connection = self._open(mode)
        if create:
            self.execute("PRAGMA journal_mode = WAL")

    def _open(self, mode: str) -> sqlite3.Connection:
        """A connection that has read something: SQLite looks at the file only then."""
        try:
            connection = self._connect(f"mode={mode}")
        except sqlite3.OperationalError as error:
            # On a medium that cannot be written SQLite cannot make its index of the WAL; where there is no WAL it need not.
            wal = Path(f"{self.path}-wal")
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY} or wal.exists():
                raise self._failure(error) from None
            with self._failing():
                connection = self._connect("immutable=1")
        except sqlite3.Error as error:
            raise self._failure(error) from None
        except UnicodeDecodeError:
            raise self._damaged() from None
        return connection

    def _connect(self, options: str) -> sqlite3.Connection:
        name = f"file:{quote(str(self.path.absolute()))}?{options}"
        connection = sqlite3.connect(name, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
        return connection

    def execute(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement; all the rows that it gives."""
        with self._failing():
            return self._connection.execute(sql, parameters).fetchall()

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each row."""
        with self._failing():
            self._connection.executemany(sql, rows)

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return bool(self.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def close(self) -> None:
        """Close the connection. The last one to close folds the WAL into the file."""
        self._connection.close()

    def _begin(self, *, lasting: bool) -> None:
        if lasting != self._lasting:
            self.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            self._lasting = lasting
        self.execute("BEGIN IMMEDIATE")

    def _begin_snapshot(self) -> None:
        self.execute("BEGIN DEFERRED")

    def _commit(self) -> None:
        self.execute("COMMIT")

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._failure(error) from None
        except UnicodeDecodeError:
            raise self._damaged() from None
        except (UnicodeEncodeError, OverflowError):
            raise InputError(NO_VALUE) from None

    def _failure(self, error: sqlite3.Error) -> LossproofError:
        return sqlite_failure(str(self.path), error)

    def _damaged(self) -> StoreError:
        """For a name or a message of SQLite's that is no text, because the schema is damaged there."""
        words, hint = _SQLITE_WORDS[sqlite3.SQLITE_CORRUPT]
        return StoreError(f"{self.path} {words}", hint=hint)


def sqlite_failure(name: str, error: sqlite3.Error) -> LossproofError:
    """What went wrong with the file of this name, in words that hold nothing of a row."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return FormatError(f"{name} is not an SQLite database", hint=NO_STORE)
    words, hint = _SQLITE_WORDS.get(code, ("cannot be used", ""))
    symbol = getattr(error, "sqlite_errorname", "")
    return StoreError(f"{name} {words}{f' ({symbol})' if symbol else ''}", hint=hint)


_SQLITE_WORDS = {
    sqlite3.SQLITE_BUSY: ("is being written by somebody else", "try again when the other one has finished"),
    sqlite3.SQLITE_LOCKED: ("is being written by somebody else", "try again when the other one has finished"),
    sqlite3.SQLITE_FULL: ("cannot grow: the disk is full", "nothing was written; make room and try again"),
    sqlite3.SQLITE_READONLY: ("cannot be written: it is read-only", "nothing was written"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written: the disk reports an error", "nothing was written"),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "restore it from a copy; `lossproof ledger fsck` says what is wrong with one",
    ),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "see who may read it, and its folder"),
    sqlite3.SQLITE_PERM: ("cannot be opened", "see who may read it, and its folder"),
}


def is_url(store: str) -> bool:
    """Whether STORE names a database server and not a file."""
    return store.startswith(("postgresql://", "postgres://"))


def open_database(store: str, create: bool = False) -> Database:
    """The database that STORE names: a path, or a `postgresql://` URL without a password.

    Raises `InputError` where there is none (a file is made only with `create`, and then must not be there), `FormatError` where
    it is no database, `StoreError` where it cannot be opened.
    """
    if is_url(store):
        from lossproof.ledger.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(store)
    path = Path(store)
    try:
        there = path.exists()
        whole = path.is_file()
    except (OSError, ValueError):
        raise InputError("the name of the store cannot be a file's") from None
    if create and there:
        raise InputError(f"{path} is there already", hint="name another; a store is never overwritten")
    if not create and not there:
        raise InputError(f"there is no store at {path}", hint=NO_STORE)
    if there and not whole:
        raise InputError(f"{path} is not a file", hint=NO_STORE)
    return SqliteDatabase(path, create=create)
