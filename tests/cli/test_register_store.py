"""`lossproof register backup`, `restore`, `person`, `link` and `lossproof retention` as people type them, each a process of its own."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from cli.command import Said, lossproof
from cli.desk import assert_refused
from register import sites

NAMES = sites.NAMES


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    return sites.make(tmp_path_factory.mktemp("register"))


@pytest.fixture
def here(made, tmp_path) -> Path:
    """A folder with a register's store `made.ledger` and its keys in `keys`."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def on(here: Path, *words: object) -> Said:
    return lossproof(*map(str, words), "--database", here / "made.ledger", "--keys", here / "keys")


def someone(here: Path, duty: str = "staff") -> str:
    return json.loads((here / "site.json").read_text())["people"][duty]


def test_a_copy_is_made_and_put_back_and_both_say_the_root(here):
    copy, new = here / "copy", here / "new.ledger"
    made = lossproof("register", "backup", "--database", here / "made.ledger", "--out", copy)
    assert (made.status, made.err) == (0, "")
    assert "agrees" in made.out and "keys are not in it" in made.out and "root" in made.out
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    back = lossproof("register", "restore", copy, "--database", new, "--keys", here / "keys", "--json")
    shape = back.shape
    assert (back.status, shape["behind"], shape["compared"]) == (0, "", True)
    root = shape["logs"][0]["root"]
    assert root in made.out
    assert lossproof("ledger", "fsck", "--ledger", new, "--keys", here / "keys", "--json").shape["root"] == root
    said = lossproof("register", "restore", copy, "--database", here / "newer", "--keys", here / "keys")
    assert "not behind" in said.out and "retention" in said.out
    alone = lossproof("register", "restore", copy, "--database", here / "newest")
    assert alone.status == 0 and "no checkpoint outside" in alone.out


def test_a_copy_that_is_behind_is_said_and_opens_read_only(here):
    copy = here / "copy"
    lossproof("register", "backup", "--database", here / "made.ledger", "--out", copy)
    passphrase = here / "passphrase"
    passphrase.write_text(sites.PASSPHRASE)
    device = (
        "ledger",
        "device",
        "stick",
        "--asset-tag",
        "S-17",
        "--keys",
        here / "keys",
        "--key-passphrase-file",
        passphrase,
    )
    assert lossproof(*device, "--ledger", here / "made.ledger").status == 0
    back = lossproof("register", "restore", copy, "--database", here / "new", "--keys", here / "keys")
    assert back.status == 1 and "BEHIND: the store has" in back.out and "ledger recover" in back.out
    assert_refused(lossproof(*device, "--ledger", here / "new"), 15, "old copy", "ledger recover")
    refused = lossproof("retention", "--database", here / "new", "--keys", here / "keys")
    assert_refused(refused, 15, "old copy", "ledger recover")


def test_what_is_missing_taken_or_no_copy_is_a_clear_line(here):
    backup, restore = ("register", "backup", "--database"), ("register", "restore")
    assert_refused(lossproof(*backup, here / "none", "--out", here / "copy"), 16, "no store")
    assert_refused(lossproof(*backup, here / "made.ledger", "--out", here / "made.ledger"), 15, "already")
    assert_refused(lossproof(*backup, here / "made.ledger", "--out", here / "no folder" / "copy"), 15, "cannot write")
    assert_refused(lossproof(*restore, here / "none", "--database", here / "new"), 16, "no copy")
    assert_refused(lossproof(*restore, here / "site.json", "--database", here / "new"), 10, "not a copy")
    lossproof(*backup, here / "made.ledger", "--out", here / "copy")
    assert_refused(lossproof(*restore, here / "copy", "--database", here / "made.ledger"), 15, "already")
    assert lossproof("register", "backup", "--out", "x").status == 2


def test_retention_says_what_and_how_many_and_names_nobody(here):
    dry = on(here, "retention", "--dry-run")
    assert dry.status == 0 and "nothing was erased" in dry.out and "accounts" in dry.out
    own = here / "schedule.toml"
    own.write_text(lossproof("retention", "--show-schedule").out.replace("after_days = 2192", "after_days = 1"))
    done = on(here, "retention", "--schedule", own, "--json").shape
    assert done["dry_run"] is False and {line["erased"] for line in done["lines"]} == {0}
    own.write_text("dated = 2026-11-23\n")
    assert_refused(on(here, "retention", "--schedule", own), 10, "schedule")
    assert_refused(on(here, "retention", "--schedule", here / "none"), 16, "cannot be read")
    assert_refused(lossproof("retention", "--database", here / "none"), 16, "no store")


def test_a_person_is_copied_and_erased(here):
    who, out = someone(here), here / "copy.json"
    said = on(here, "register", "person", who, "--json").shape
    assert said["account"]["name"] == NAMES["staff"]
    assert on(here, "register", "person", who, "--out", out).status == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600 and NAMES["staff"] in out.read_text()
    assert_refused(on(here, "register", "person", who, "--out", out), 15, "already")
    assert_refused(on(here, "register", "person", who, "--erase"), 14, "has not ended", "end the account")
    assert_refused(on(here, "register", "person", "0f" * 16, "--erase"), 16, "no such person")
    assert_refused(on(here, "register", "person", who, "--erase", "--rule", "Ann asked"), 16, "not a code")
    assert_refused(on(here, "register", "person", who, "--erase", "--out", out), 16, "two steps")


def test_a_store_without_the_registers_tables_is_said(tmp_path, cheap_keys):
    from cli.desk import Desk

    desk = Desk(tmp_path)
    desk.say("ledger", "init", desk.store, "--passphrase-file", desk.passphrase)
    assert_refused(lossproof("retention", "--database", desk.store), 16, "tables", "register migrate")
    copied = lossproof("register", "backup", "--database", desk.store, "--out", tmp_path / "copy", "--json")
    assert copied.shape["logs"][0]["size"] == 5


def test_the_last_governance_lead_gets_in_again_by_a_link_from_the_terminal(here):
    lead = someone(here, "governance_lead")
    listed = on(here, "register", "link")
    assert listed.out.split()[0] == lead and NAMES["governance_lead"] in listed.out
    made = on(here, "register", "link", lead, "--json").shape
    assert made["path"].startswith("/join/") and made["person"] == lead
    assert "give it to nobody else" in on(here, "register", "link", lead).out
    assert_refused(on(here, "register", "link", "0f" * 16), 16, "nobody with this id")
