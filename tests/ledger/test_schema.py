from __future__ import annotations

import pytest

from lossproof.errors import FormatError, InputError, UnsupportedError
from lossproof.ledger.schema import PROJECTIONS, check_tables, create_tables


def test_tables_are_made_once(world):
    check_tables(world.database)
    with pytest.raises(InputError, match="a ledger in this store already"):
        create_tables(world.database)
    for table in PROJECTIONS:
        assert world.database.has_table(table)
    assert not world.database.has_table("ledger_nothing")


def test_tables_of_another_version_are_not_read(world):
    world.database.execute("UPDATE ledger_setting SET value = '2' WHERE name = 'format'")
    with pytest.raises(UnsupportedError, match="another version"):
        check_tables(world.database)


def test_a_database_without_a_ledger_is_refused(world):
    world.database.execute("ALTER TABLE ledger_setting RENAME TO other_setting")
    with pytest.raises(FormatError, match="no ledger in this database") as raised:
        check_tables(world.database)
    assert "lossproof ledger init" in raised.value.hint


def test_all_tables_are_made_or_none(sqlite_world, tmp_path):
    from lossproof.ledger.database import open_database

    with open_database(str(tmp_path / "other"), create=True) as database:
        database.execute("CREATE TABLE ledger_retraction (mine TEXT)")
        with pytest.raises(Exception, match="cannot be used"):
            create_tables(database)
        assert not database.has_table("ledger_log")
