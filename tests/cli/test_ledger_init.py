"""`lossproof ledger init` as it is typed."""

from __future__ import annotations

import sqlite3

import pyrage

from cli.command import lossproof
from cli.desk import PASSPHRASE, Desk, assert_refused
from lossproof.errors import StoreError


def test_a_ledger_begins_with_its_keys_and_says_what_to_do_next(tmp_path):
    # The one run with real keys, in a process of its own.
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    store = tmp_path / "trust.ledger"
    said = lossproof("ledger", "init", store, "--passphrase-file", tmp_path / "passphrase")
    assert (said.status, said.err) == (0, "")
    for words in ("fingerprint of the log's key: ", "ledger trust --ledger", "counts alone", "Copy the keys"):
        assert words in said.out
    assert PASSPHRASE not in said.out
    folder = tmp_path / "trust.ledger.keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert store.stat().st_mode & 0o077 == 0
    names = {path.name for path in folder.iterdir()}
    every = {f"{name}.key{end}" for name in ("log", "owner", "inspector") for end in ("", ".pub")}
    assert names == every | {"checkpoint"}
    pem = pyrage.passphrase.decrypt((folder / "owner.key").read_bytes(), PASSPHRASE)
    assert pem.startswith(b"-----BEGIN PRIVATE")
    again = lossproof("ledger", "fsck", "--ledger", store, "--json")
    assert (again.status, again.shape["size"], again.shape["signed_size"]) == (0, 5, 5)


def test_json_names_what_was_made(tmp_path, cheap_keys):
    here = Desk(tmp_path)
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    said = here.say(
        *("ledger", "init", here.store, "--keys", tmp_path / "keys", "--passphrase-file", here.passphrase),
        *("--manifest-to", recipient, "--json"),
    )
    made = said.shape
    assert set(made) == {"store", "keys", "origin", "log_key", "manifest_to", "size"}
    assert (made["keys"], made["manifest_to"], made["size"]) == (str(tmp_path / "keys"), recipient, 5)
    assert (tmp_path / "keys" / "log.key").is_file()
    shown = here.ledger("show", "--keys", tmp_path / "keys", "--json").shape
    assert [one["recipient"] for one in shown["recipients"]] == [recipient]


def test_what_is_there_is_never_overwritten(desk):
    before = desk.store.read_bytes()
    assert_refused(desk.say("ledger", "init", desk.store), 16, "is there already", "name another")
    desk.store.rename(desk.folder / "moved")
    # Nobody is asked for a passphrase: there is no terminal, and that is not what is wrong.
    assert_refused(desk.say("ledger", "init", desk.store), 16, "trust.ledger.keys is there already")
    assert (desk.folder / "moved").read_bytes() == before


def test_wrong_wishes_are_refused_before_anything_is_made(tmp_path, cheap_keys):
    here = Desk(tmp_path)
    assert_refused(here.say("ledger", "init", here.store), 13, "nobody to ask", "--passphrase-file FILE")
    assert_refused(
        here.say("ledger", "init", tmp_path / "no" / "x", "--passphrase-file", here.passphrase), 16, "folder"
    )
    wrong = here.say("ledger", "init", here.store, "--passphrase-file", here.passphrase, "--manifest-to", "age1abc")
    assert_refused(wrong, 10)
    (tmp_path / "empty").write_text("\n")
    assert_refused(here.say("ledger", "init", here.store, "--passphrase-file", tmp_path / "empty"), 16, "empty")
    assert_refused(
        here.say("ledger", "init", "postgresql://nobody@localhost/x", "--passphrase-file", here.passphrase),
        16,
        "folder of its keys",
    )
    assert {path.name for path in tmp_path.iterdir()} == {"passphrase", "empty"}


def test_a_failure_in_the_middle_leaves_nothing(tmp_path, cheap_keys, monkeypatch):
    here = Desk(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise StoreError("cannot grow: the disk is full")

    monkeypatch.setattr("lossproof.ledger.store.begin_log", full)
    assert_refused(here.say("ledger", "init", here.store, "--passphrase-file", here.passphrase), 15, "full")
    assert [path.name for path in tmp_path.iterdir()] == ["passphrase"]


def test_the_store_is_an_sqlite_file_that_others_can_read(desk):
    with sqlite3.connect(desk.store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM ledger_leaf").fetchone() == (5,)
    connection.close()
