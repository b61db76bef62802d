"""What the rules say of a device, asked at a prompt: the same as the register's tables hold, at any time, as known at any time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from cli.desk import assert_refused
from ledger.conftest import sqlite_world
from lossproof.cli import main
from lossproof.register.projection import catch_up, refresh_due
from lossproof.register.projection.schema import create_tables
from register.projection.made_logs import MadeLog

__all__ = ("sqlite_world",)

RULE = """[[rule]]
id = "own-1"
title = "A rule of one's own"
applies = {{ kind = ["stick"] }}
require = {{ {} }}
on_fail = {{ severity = "high", say = "Do something" }}
cites = ["OWN:1"]
source = "read"
"""


def test_a_plain_stick_was_unproven_until_it_was_checked(desk, stick):
    desk.done("device", "stick", "--asset-tag", "IT-0042")
    assert desk.ledger("standing", "IT-0042", "--json").shape["standing"] == "unproven"
    desk.recorded("inspect", stick.image, "--device", "IT-0042")
    said = desk.ledger("standing", "IT-0042", "--json")
    assert (said.status, said.shape["standing"], said.shape["compliant"]) == (1, "unprotected", False)
    assert said.shape["stops"] == ["handover"]
    assert {one["rule"] for one in said.shape["reasons"]} >= {"enc-1"}
    words = desk.ledger("standing", "IT-0042")
    assert "UNPROTECTED" in words.out
    assert "stopped: being handed over" in words.out
    assert said.shape["relied_on"] == [
        one["leaf"] for one in desk.shown("IT-0042")["facts"] if one["kind"] == "inspection"
    ]


def test_it_is_asked_by_other_rules_too(desk, tmp_path):
    desk.done("device", "stick", "--asset-tag", "IT-0042")
    rules = tmp_path / "rules.toml"
    rules.write_text(RULE.format('all_volumes = "encrypted"').replace('"stick"', '"laptop"'))
    said = desk.ledger("standing", "IT-0042", "--rules", rules, "--json")
    assert (said.status, said.shape["standing"]) == (0, "out_of_scope")
    rules.write_text(RULE.format('escrow = "proven"'))
    assert_refused(desk.ledger("standing", "IT-0042", "--rules", rules), 11, "escrow")
    assert_refused(desk.ledger("standing", "IT-0042", "--rules", tmp_path / "none.toml"), 16, "No such file")


def test_nothing_is_known_of_a_device_before_it_was_registered(desk):
    desk.done("device", "stick", "--asset-tag", "IT-0042")
    assert_refused(desk.ledger("standing", "IT-0042", "--at", "2026-01-01"), 16, "not registered then")
    assert_refused(desk.ledger("standing", "IT-0042", "--as-known-at", "2026-01-01"), 16, "not registered then")
    assert_refused(desk.ledger("standing", "IT-0043"), 16, "no such device")


@pytest.mark.parametrize("seed", range(3))
def test_it_says_what_the_register_holds(sqlite_world, tmp_path, capsys, seed):
    create_tables(sqlite_world.database)
    made = MadeLog(sqlite_world, seed, devices=8)
    made.grow(120)
    ledger, now = sqlite_world.ledger, int((sqlite_world.clock.at + timedelta(hours=1)).timestamp())
    catch_up(ledger)
    refresh_due(ledger, now)
    at = sqlite_world.clock.at + timedelta(hours=1)
    held = sqlite_world.database.execute(
        "SELECT subject, standing, compliant FROM register_device WHERE standing IS NOT NULL AND ended = 0 AND kind IS NOT NULL"
    )
    assert held
    for subject, standing, compliant in held:
        status = main(
            ["ledger", "standing", subject, "--ledger", str(tmp_path / "store"), "--at", at.isoformat(), "--json"]
        )
        said = json.loads(capsys.readouterr().out)
        assert (said["standing"], status) == (standing, 1 - compliant)
