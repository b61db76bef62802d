"""The tables are on the reference page, are made once, and leave the log's alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lossproof.errors import InputError
from lossproof.policy.rules import shipped_text
from lossproof.register.projection import catch_up
from lossproof.register.projection.rules import keep_rules
from lossproof.register.projection.schema import (
    KEPT,
    LEAF_BITS,
    TABLES,
    create_tables,
    has_tables,
    newest_of,
    remake_tables,
    statements,
)
from register.projection.made_logs import MadeLog

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "register-tables.md"


def test_every_table_is_on_the_reference_page():
    made = re.findall(
        r"CREATE TABLE (\w+)", "\n".join(statements({"binary": "", "number": "", "strict": "", "clustered": ""}))
    )
    assert sorted(made) == sorted({*TABLES, KEPT})
    on_the_page = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(on_the_page) == sorted(made)


def test_tables_are_made_once(world):
    assert not has_tables(world.database)
    create_tables(world.database)
    assert has_tables(world.database)
    with pytest.raises(InputError, match="already"):
        create_tables(world.database)


def test_tables_that_are_made_anew_keep_the_texts_of_policies_and_get_the_same_rows_again(register_world):
    made = MadeLog(register_world, 5, devices=6)
    made.grow(60)
    catch_up(register_world.ledger)
    database = register_world.database
    keep_rules(database, shipped_text())
    before = {table: rows_of(database, table) for table in (*TABLES, KEPT)}
    assert before[KEPT]
    assert len(before["register_evidence"]) > 1
    with database.transaction():
        remake_tables(database)
    assert rows_of(database, KEPT) == before[KEPT]
    assert not any(rows_of(database, table) for table in TABLES)
    catch_up(register_world.ledger)
    assert {table: rows_of(database, table) for table in (*TABLES, KEPT)} == before


def rows_of(database, table: str) -> list[tuple]:
    return sorted(database.execute(f"SELECT * FROM {table}"), key=repr)


def test_the_newest_is_the_latest_and_of_those_the_last_known():
    places = [(1_800_000_000, 5), (1_800_000_000, 6), (1_800_000_001, 0), (4_000_000_000, (1 << LEAF_BITS) - 1)]
    marks = [newest_of(*place) for place in places]
    assert marks == sorted(marks)
    assert marks[-1] < 1 << 63
    assert [(mark >> LEAF_BITS, mark & ((1 << LEAF_BITS) - 1)) for mark in marks] == places
