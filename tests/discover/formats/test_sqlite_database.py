"""SQLite databases: every ordinary table; damage, size, and schemas that mean harm."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from discover.formats.made import TABLE, database, read


def made(*statements: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        return connection.serialize()


def test_every_table_is_read_under_its_column_names_and_views_are_not():
    found = read(database(), "p.sqlite")
    assert found.tables[0].table == 'pat"ient list'
    assert found.tables[0].header == ["name", "nhs", "born"]
    assert found.rows == [*TABLE[1:], ["4012345678", "Blob Person"], ["1.5", ""]]
    assert not found.error


def test_a_database_with_a_write_ahead_log_is_read_without_it():
    raw = bytearray(database())
    raw[18:20] = b"\x02\x02"
    assert len(read(bytes(raw), "p.db").rows) == 5


def test_long_tables_come_in_chunks():
    raw = made(
        "CREATE TABLE t (a)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i FROM n",
    )
    found = read(raw, "")
    assert [len(table.rows) for table in found.tables] == [2000, 2000, 1000]


def test_a_table_that_is_damaged_does_not_hide_the_others():
    raw = bytearray(
        made(
            "CREATE TABLE a (x)",
            "CREATE TABLE b (x)",
            "INSERT INTO a VALUES ('Ann Example')",
            "INSERT INTO b VALUES ('Bo')",
        )
    )
    page = raw.index(b"Ann Example") // 4096 * 4096
    raw[page] = 0xEE
    found = read(bytes(raw), "p.db")
    assert found.rows == [["Bo"]]
    assert found.unread == [("a", "damaged")]


def test_a_truncated_database_gives_its_errors_as_ours():
    whole = database()
    for size in (16, 100, 600, 4096, len(whole) - 4096):
        found = read(whole[:size], "p.db")
        assert found.error == "damaged" or found.unread or len(found.rows) >= 3


def test_a_schema_that_computes_without_end_is_not_run():
    # A generated column is the one place where reading a table runs what the file says.
    raw = made("CREATE TABLE t (a, b AS (hex(zeroblob(40000000))))", "INSERT INTO t VALUES (1)")
    found = read(raw, "p.db")
    assert found.unread
    assert not found.error


def test_a_value_of_more_than_a_mebibyte_is_cut_and_said_to_be():
    raw = made("CREATE TABLE t (a)", "INSERT INTO t VALUES (printf('%.2000000c', 'x'))")
    found = read(raw, "p.db")
    assert len(found.rows[0][0]) == 1 << 20
    assert found.unread == [("t, row 1, a", "too_large")]


def test_a_database_too_large_for_memory_is_named():
    class Large:
        size_bytes = 200 << 20

        def read_at(self, offset, size):
            return b"SQLite format 3\x00".ljust(size, b"\x01") if offset == 0 else b"\x01" * size

        def holes(self):
            return iter(())

    assert read(Large(), "p.db").error == "too_large"


def test_an_encrypted_database_is_of_no_known_kind():
    assert read(bytes(range(256)) * 64, "p.bin").error == "unknown_format"
