"""A STORE that is missing, somebody else's, read-only, behind, or without its keys; and `recover`, `fsck`, `add`."""

from __future__ import annotations

import os
import shutil
import sqlite3

import pytest

from cli.desk import assert_refused, mark_of
from lossproof.ledger.envelope import open_envelope
from lossproof.ledger.reading import Reader
from lossproof.ledger.store import open_ledger

EVERY = (
    *(("show",), ("fsck",), ("trust",), ("checkpoint",), ("recover",), ("prove", "1"), ("device", "stick")),
    *(("end", "x"), ("retract", "5", "--reason", "superseded"), ("erase", "x", "--rule", "retention_ended", "--names")),
    ("compromise", "00", "--reason", "lost"),
)


@pytest.mark.parametrize("action", EVERY, ids=lambda words: words[0])
def test_a_missing_store_is_an_error_and_never_a_new_one(desk, action):
    missing = desk.folder / "missing.ledger"
    said = desk.say("ledger", *action, "--ledger", missing)
    assert_refused(said, 16, "there is no store at", "ledger init")
    assert not list(desk.folder.glob("missing*"))


@pytest.mark.parametrize("action", EVERY, ids=lambda words: words[0])
def test_what_is_no_store_of_ours_is_refused(desk, action):
    (desk.folder / "text").write_text("not a database, whatever its name\n" * 99)
    sqlite3.connect(desk.folder / "theirs").executescript("CREATE TABLE a (b); INSERT INTO a VALUES (1)").close()
    for name, words in (("text", "not an SQLite database"), ("theirs", "no ledger"), (".", "not a file")):
        before = (desk.folder / name).read_bytes() if name != "." else b""
        assert_refused(desk.say("ledger", *action, "--ledger", desk.folder / name), 16 if name == "." else 10, words)
        assert name == "." or (desk.folder / name).read_bytes() == before


def test_without_the_keys_it_can_be_read_and_not_written(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    desk.keys.rename(desk.folder / "keys elsewhere")
    assert desk.ledger("show", "S-17").status == 0
    assert desk.ledger("fsck").status == 0
    assert_refused(desk.write("device", "stick"), 16, "there is no key", "--keys")
    assert_refused(desk.write("checkpoint"), 16, "the key of the log is not in", "--keys")
    again = desk.write("device", "stick", "--keys", desk.folder / "keys elsewhere")
    assert again.status == 0 and "covered by" in again.out


@pytest.fixture
def old_backup(desk):
    """The store was put back from a copy, and lacks what the checkpoint outside it covers."""
    shutil.copy(desk.store, desk.folder / "backup")
    lost = desk.done("device", "stick", "--asset-tag", "S-17")["receipts"][0]["checkpoint_size"]
    assert lost == 6
    shutil.copy(desk.folder / "backup", desk.store)
    return desk


def test_an_old_backup_is_read_and_not_written_until_it_is_recovered(old_backup):
    desk = old_backup
    shown = desk.ledger("show")
    assert shown.status == 0 and "READ-ONLY: the store has 5 leaves" in shown.out
    assert desk.shown()["read_only"]
    for action in (("device", "stick"), ("checkpoint",), ("end", desk.mark("inspector"))):
        # Nobody is asked for a passphrase first.
        assert_refused(desk.ledger(*action), 15, "old copy", "ledger recover")
    image = desk.folder / "blank.img"
    image.write_bytes(bytes(1 << 20))
    refused = desk.say("check", image, "--record", desk.store)
    assert_refused(refused, 15, "old copy", "ledger recover")
    assert refused.out == ""
    policy = desk.folder / "policy"
    policy.write_text(desk.ledger("trust").out)
    assert_refused(desk.ledger("trust", "--set", policy), 15, "old copy", "ledger recover")
    erase = ("erase", "x", "--rule", "retention_ended", "--names")
    assert_refused(desk.ledger(*erase), 15, "old copy")
    assert_refused(desk.ledger("fsck"), 12, "old copy")

    before = desk.shown()["origin"]
    done = desk.done("recover")
    assert (done["appended"], done["refused"]) == (1, [])
    assert done["origin"] != before
    assert desk.shown()["read_only"] is None
    assert {path.name for path in desk.keys.glob("log*.key")} == {"log.key", "log-2.key"}
    assert desk.done("device", "stick", "--asset-tag", "S-17")["receipts"][0]["status"] == "durable"
    assert desk.ledger("fsck").status == 0
    assert done["origin"] in desk.ledger("trust").out


def test_recovering_says_whom_to_tell_and_is_the_owners(old_backup):
    desk = old_backup
    assert_refused(desk.write("recover", "--key", desk.keys / "inspector.key"), 14, "owner")
    said = desk.write("recover")
    assert said.status == 0
    for words in (
        "a new log begins: origin lossproof/",
        "fingerprint of its key: ",
        "Tell the witnesses",
        "Copy the keys",
    ):
        assert words in said.out


def test_a_log_that_can_be_continued_is_not_ended_by_mistake(desk):
    assert_refused(desk.ledger("recover"), 16, "can be continued", "--anyway")
    assert desk.done("recover", "--anyway")["appended"] == 1
    # Without the log's key there is nothing else to do.
    for path in desk.keys.glob("log*.key*"):
        path.unlink()
    assert desk.done("recover")["appended"] == 1
    assert desk.ledger("fsck").status == 0


def test_a_store_that_may_not_be_written_is_said_before_anybody_is_asked_for_a_passphrase(desk, monkeypatch):
    # As it is for anybody but root, who may write everything.
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert desk.ledger("show").status == 0
    assert_refused(desk.ledger("device", "stick"), 15, "read-only")
    (desk.folder / "blank.img").write_bytes(bytes(1 << 20))
    assert_refused(desk.say("check", desk.folder / "blank.img", "--record", desk.store), 15, "read-only")


def test_a_damaged_store_is_found_by_fsck_and_the_leaf_is_named(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    with sqlite3.connect(desk.store) as connection:
        entry = connection.execute("SELECT entry FROM ledger_leaf WHERE leaf = 3").fetchone()[0]
        changed = bytes(entry).replace(b'"previous":null', b'"previous":0   ')
        assert changed != bytes(entry)
        connection.execute("UPDATE ledger_leaf SET entry = ? WHERE leaf = 3", (changed,))
    connection.close()
    said = desk.ledger("fsck")
    assert said.status in {10, 12}
    assert said.err.startswith("error: ") and said.out == ""
    said = desk.ledger("fsck", "--json")
    assert said.out == ""


def test_fsck_says_what_it_looked_at(desk):
    said = desk.ledger("fsck")
    assert (said.status, said.err) == (0, "")
    assert "5 leaves of lossproof/" in said.out and "everything holds" in said.out
    shape = desk.ledger("fsck", "--json").shape
    assert set(shape) == {
        *("origin", "size", "root", "subjects", "facts", "heads", "checkpoints", "signed_size", "signatures"),
    }
    auditor = desk.enrolled("auditor", "--role", "auditor")
    stated = desk.write("fsck", "--state", "--key", auditor)
    assert "everything holds" in stated.out and "recorded as leaf 6" in stated.out


def test_facts_that_were_signed_elsewhere_are_appended_all_or_none(desk, tmp_path_factory):
    desk.done("device", "stick", "--asset-tag", "S-17")
    with open_ledger(str(desk.store)) as ledger:
        reader = ledger.reader
        assert isinstance(reader, Reader)
        known = reader.envelope(reader.leaf(5).entry.digest)
    assert open_envelope(known).keyid == desk.mark("owner")
    (desk.folder / "fact.json").write_bytes(known)
    (desk.folder / "bad.json").write_bytes(known[:-2] + b"x}")
    # What is there already gives the leaf it has.
    assert desk.done("add", desk.folder / "fact.json")["receipts"][0]["leaves"] == [5]
    assert_refused(desk.write("add", desk.folder / "fact.json", desk.folder / "bad.json"), 10)
    assert_refused(desk.write("add", desk.folder / "none.json"), 16, "none.json")
    assert_refused(desk.write("add", desk.folder), 16)
    other = tmp_path_factory.mktemp("other") / "big"
    with other.open("wb") as file:
        file.truncate(1 << 30)
    assert_refused(desk.write("add", other), 16, "too large")
    assert desk.shown()["size"] == 6


def test_a_fact_by_another_ledgers_key_is_refused(desk):
    alex = desk.new_key("alex")
    from cli.desk import PASSPHRASE
    from lossproof.jobs.stating import signed
    from lossproof.ledger.keys import Secret, open_key
    from lossproof.ledger.store import moment
    from lossproof.model.facts.registration import Action, Device, DeviceKind, Registration
    from lossproof.wire.facts import subject_of

    thing = Device(kind=DeviceKind.STICK, organisation=desk.shown()["organisations"][0]["id"], identifiers=())
    fact = Registration(true_at=moment(), action=Action.CREATED, device=thing)
    (desk.folder / "fact.json").write_bytes(signed(open_key(alex, Secret(PASSPHRASE)), fact, subject_of("0f" * 16)))
    assert_refused(desk.write("add", desk.folder / "fact.json"), 14, "not enrolled")
    desk.done("enrol", f"{alex}.pub", "--role", "agent")
    receipt = desk.done("add", desk.folder / "fact.json")["receipts"][0]
    assert (receipt["status"], mark_of(alex)) == ("durable", desk.shown("0f" * 16)["facts"][0]["signer"])
