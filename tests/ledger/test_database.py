from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from pathlib import Path

import pytest

from lossproof.errors import FormatError, InputError, StoreError
from lossproof.ledger import database as database_module
from lossproof.ledger.database import SqliteDatabase, open_database


@pytest.fixture
def path(tmp_path) -> Path:
    with open_database(str(tmp_path / "store"), create=True) as made:
        made.execute("CREATE TABLE thing (name TEXT PRIMARY KEY)")
    return tmp_path / "store"


def names(database) -> list[str]:
    return [row[0] for row in database.execute("SELECT name FROM thing ORDER BY name")]


def test_every_commit_is_synchronised_and_the_journal_is_a_wal(path):
    with open_database(str(path)) as database:
        assert database.execute("PRAGMA synchronous") == [(2,)]
        assert database.execute("PRAGMA journal_mode") == [("wal",)]
        assert database.execute("PRAGMA foreign_keys") == [(1,)]
        with database.transaction(lasting=False):
            assert database.execute("PRAGMA synchronous") == [(1,)]
        with database.transaction():
            assert database.execute("PRAGMA synchronous") == [(2,)]


def test_a_missing_store_is_an_error_and_never_a_new_one(tmp_path):
    for name in ("none", "none/below"):
        with pytest.raises(InputError, match="there is no store") as raised:
            open_database(str(tmp_path / name))
        assert "lossproof ledger init" in raised.value.hint
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match="not a file"):
        open_database(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a file"):
        open_database(str(tmp_path / "pipe"))
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(InputError):
            open_database(name)


def test_what_is_there_is_never_made_anew(path):
    before = path.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        open_database(str(path), create=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database\n" * 100, b"\0" * 4096, os.urandom(9000), b"SQLite format 3\0" + b"\xff" * 200]
)
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not an SQLite database"):
        open_database(str(path))
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_that_looks_like_an_option_is_a_name(tmp_path):
    path = tmp_path / "a b?mode=memory&x=#1%41.db"
    open_database(str(path), create=True).close()
    assert path.is_file()
    open_database(str(path)).close()


def test_transactions_are_whole(path):
    with open_database(str(path)) as database:
        with pytest.raises(ZeroDivisionError), database.transaction():
            database.execute("INSERT INTO thing VALUES ('a')")
            _ = 1 / 0
        assert names(database) == []
        with database.transaction():
            database.execute("INSERT INTO thing VALUES ('a')")
            with database.transaction():
                database.executemany("INSERT INTO thing VALUES (?)", [("b",), ("c",)])
        assert names(database) == ["a", "b", "c"]
        assert not database.in_transaction


def test_what_waits_for_the_commit_is_done_after_the_outermost_or_never(path):
    done = []
    with open_database(str(path)) as database:
        database.on_commit(lambda: done.append("now"))
        with database.transaction():
            with database.transaction():
                database.on_commit(lambda: done.append(database.in_transaction))
            assert done == ["now"]
        assert done == ["now", False]
        with pytest.raises(ZeroDivisionError), database.transaction():
            database.on_commit(lambda: done.append("never"))
            _ = 1 / 0
        with database.transaction():
            pass
    assert done == ["now", False]


def test_an_error_inside_undoes_the_whole_even_if_it_is_caught(path):
    with open_database(str(path)) as database:
        with pytest.raises(StoreError, match="a part of the transaction failed"), database.transaction():
            try:
                with database.transaction():
                    database.execute("INSERT INTO thing VALUES ('half')")
                    _ = 1 / 0
            except ZeroDivisionError:
                pass
        assert names(database) == []
        with database.transaction():
            database.execute("INSERT INTO thing VALUES ('next')")
        assert names(database) == ["next"]


def test_a_stretch_of_reads_sees_one_state_and_cannot_write(path):
    with open_database(str(path)) as database, open_database(str(path)) as other:
        with database.snapshot():
            assert names(database) == []
            other.execute("INSERT INTO thing VALUES ('new')")
            assert names(database) == []
            with pytest.raises(StoreError, match="nothing can be written"), database.transaction():
                pass
            with database.snapshot():
                assert names(database) == []
        assert names(database) == ["new"]
        with database.transaction(), database.snapshot():
            database.execute("INSERT INTO thing VALUES ('second')")
        assert names(database) == ["new", "second"]


def test_a_second_writer_waits(path):
    held, order = threading.Event(), []

    def second() -> None:
        with open_database(str(path)) as database:
            held.wait()
            with database.transaction():
                order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with open_database(str(path)) as database, database.transaction():
        held.set()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_second_writer_is_refused_clearly_when_it_takes_too_long(path, monkeypatch):
    monkeypatch.setattr(database_module, "LOCK_SECONDS", 0.05)
    with open_database(str(path)) as one, open_database(str(path)) as two, one.transaction():
        with (
            pytest.raises(StoreError, match=r"being written by somebody else \(SQLITE_BUSY\)") as raised,
            two.transaction(),
        ):
            pass
        assert "try again" in raised.value.hint


def test_a_damaged_file_is_a_store_error(path, tmp_path):
    with open_database(str(path)) as database:
        database.executemany("INSERT INTO thing VALUES (?)", [(f"{number:0500d}",) for number in range(200)])
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xaa" * (len(content) - 8192)
    path.write_bytes(content)
    with open_database(str(path)) as database, pytest.raises(StoreError, match="is damaged"):
        names(database)


@pytest.mark.parametrize("at", range(24))
def test_a_schema_that_is_no_text_is_read_or_a_store_error(path, at):
    content = bytearray(path.read_bytes())
    content[content.index(b"CREATE TABLE thing (name") + at] = 0xF0
    path.write_bytes(content)
    with contextlib.suppress(StoreError), open_database(str(path)) as database:
        database.execute("SELECT * FROM thing WHERE name = 'x'")


def test_a_message_never_quotes_what_was_to_be_written(path):
    with open_database(str(path)) as database:
        database.execute("INSERT INTO thing VALUES ('Ann Smith')")
        with pytest.raises(StoreError) as raised:
            database.execute("INSERT INTO thing VALUES (?)", ("Ann Smith",))
        assert "Ann" not in str(raised.value) + raised.value.hint
        assert raised.value.__cause__ is None
        with pytest.raises(InputError, match="not Unicode text"):
            database.execute("SELECT * FROM thing WHERE name = ?", ("\udcff",))
        with pytest.raises(InputError, match="a number too large"):
            database.execute("SELECT * FROM thing WHERE name = ?", (1 << 63,))


def test_a_store_on_a_medium_that_cannot_be_written_is_read(path, monkeypatch):
    """As root no permission stops us, so SQLite is told what it finds on such a medium: it cannot make its files."""
    with open_database(str(path)) as database:
        database.execute("INSERT INTO thing VALUES ('kept')")
    connect, asked = sqlite3.connect, []

    def refusing(name, **options):
        asked.append(name)
        if "immutable" in name:
            return connect(name, **options)
        return connect(f"{name.partition('?')[0]}-no/where?mode=rw", **options)

    monkeypatch.setattr(sqlite3, "connect", refusing)
    with SqliteDatabase(path) as database:
        assert names(database) == ["kept"]
        with pytest.raises(StoreError, match="read-only"), database.transaction():
            database.execute("INSERT INTO thing VALUES ('more')")
    assert len(asked) == 2
    # With a WAL that could hold more, the file alone is not the store.
    Path(f"{path}-wal").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteDatabase(path)
