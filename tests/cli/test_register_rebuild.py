"""`lossproof register rebuild` as people type it, on a store that the command line filled."""

from __future__ import annotations

import pytest

from cli.desk import Desk, assert_refused
from lossproof.ledger.database import open_database
from lossproof.register.projection.schema import create_tables


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A desk with two devices in its ledger, and the register's tables beside them."""
    for tag in ("S-1", "S-2"):
        desk.done("device", "stick", "--asset-tag", tag)
    with open_database(str(desk.store)) as database:
        create_tables(database)
    return desk


def test_the_tables_are_made_from_the_facts_and_are_the_same_again(filled):
    said = filled.say("register", "rebuild", "--database", filled.store, "--json")
    assert (said.status, said.err) == (0, "")
    assert said.shape["rows"]["register_device"] == said.shape["rows"]["register_verdict"] == 2
    assert said.shape["changed"] == []
    again = filled.say("register", "rebuild", "--database", filled.store)
    assert again.status == 0
    assert "register_device: 2\n" in again.out
    assert "Every row is the same as before." in again.out


def test_rows_that_somebody_changed_are_found_and_mended(filled):
    filled.say("register", "rebuild", "--database", filled.store)
    with open_database(str(filled.store)) as database:
        database.execute("UPDATE register_device SET standing = 'protected', compliant = 1, valid_until = NULL")
    said = filled.say("register", "rebuild", "--database", filled.store)
    assert said.status == 1
    assert "register_device: 2  (had other rows before)" in said.out
    assert "ask who can write to the database" in said.out
    assert filled.say("register", "rebuild", "--database", filled.store).status == 0


def test_a_store_without_a_register_is_left_as_it_is(desk):
    assert_refused(desk.say("register", "rebuild", "--database", desk.store), 16, "no tables of a register", "migrate")
    assert_refused(desk.say("register", "rebuild", "--database", desk.folder / "no"), 16, "there is no store", "")
