import sqlite3

from lossproof.sample.database import Table, database


def test_a_database_holds_its_rows_and_passes_its_own_check():
    rows = [(index, f"Núñez {index}", None) for index in range(1, 800)]
    content = database(
        [Table("prisoner", "id INTEGER PRIMARY KEY, name TEXT, pnc TEXT", rows), Table("empty", "a TEXT", [])]
    )
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT * FROM prisoner").fetchall() == rows
    assert connection.execute("SELECT count(*) FROM empty").fetchone() == (0,)
    connection.close()


def test_the_header_does_not_tell_which_version_wrote_it():
    content = database([Table("t", "a TEXT", [("x",)])])
    assert content[:16] == b"SQLite format 3\0"
    assert int.from_bytes(content[96:100], "big") == 3_006_018
    assert len(content) == 2 * 4096
