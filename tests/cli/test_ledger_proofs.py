"""`lossproof ledger prove`, `export`, `pack`, `people` and `retract` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest

from cli.desk import assert_refused
from jobs.people_files import COUNT, with_people
from lossproof.ledger.checkpoint import parse_checkpoint
from lossproof.ledger.note import parse_note
from lossproof.ledger.tlog_proof import parse_tlog_proof
from lossproof.ledger.tree import leaf_hash, verify_inclusion


def test_a_proof_proves_the_entry_that_is_shown(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    shape = desk.ledger("prove", "5", "--json").shape
    proof = parse_tlog_proof(shape["proof"].encode())
    checkpoint = parse_checkpoint(parse_note(proof.checkpoint).text)
    verify_inclusion(leaf_hash(shape["entry"].encode()), 5, checkpoint.size, proof.hashes, checkpoint.root)
    assert desk.ledger("prove", "5").out == shape["proof"]
    out = desk.folder / "leaf.proof"
    said = desk.ledger("prove", "5", "--out", out)
    assert said.status == 0 and shape["entry"] in said.out
    assert out.read_text() == shape["proof"]


@pytest.mark.parametrize("leaf", ["99", "5"])
def test_a_leaf_that_is_not_there_is_said(desk, leaf):
    assert_refused(desk.ledger("prove", leaf), 16, f"no leaf {leaf}")
    assert_refused(desk.write("retract", leaf, "--reason", "superseded"), 16, f"no leaf {leaf}")


@pytest.mark.parametrize("leaf", ["-1", "x", "99999999999999999999", "1e3", "١", ""])
def test_what_is_no_leaf_is_wrong_usage(desk, leaf):
    assert desk.ledger("prove", leaf).status == 2
    assert desk.write("retract", leaf, "--reason", "superseded").status == 2


def test_a_proof_is_not_written_where_it_cannot_be(desk):
    assert_refused(desk.ledger("prove", "1", "--out", desk.folder / "no" / "x"), 16, "no such folder")
    assert_refused(desk.ledger("prove", "1", "--out", desk.folder), 16, "a folder")


def test_a_leaf_without_a_checkpoint_is_said(desk):
    for path in desk.keys.glob("log.key*"):
        path.rename(desk.folder / path.name)
    desk.write("device", "stick")
    assert_refused(desk.ledger("prove", "5"), 16, "no checkpoint covers leaf 5", "ledger checkpoint")


def test_tiles_are_written_and_grow(desk):
    tiles = desk.folder / "tiles"
    assert desk.ledger("export", tiles).out == f"wrote 5 leaves into {tiles}\n"
    assert (tiles / "checkpoint").read_bytes().startswith(b"lossproof/")
    desk.done("device", "stick")
    assert desk.ledger("export", tiles, "--json").shape == {"folder": str(tiles), "size": 6}
    (desk.folder / "taken").mkdir()
    (desk.folder / "taken" / "file").touch()
    assert_refused(desk.ledger("export", desk.folder / "taken"), 16, "holds something else", "empty folder")
    assert_refused(desk.ledger("export", desk.store), 16, "empty folder")


def test_what_is_withdrawn_is_signed_by_the_key_that_stated_it(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    desk.done("device", "--change", "S-17", "--serial", "AA04012700017")
    # The registration is the owner's: no --key is needed to find that out.
    said = desk.write("retract", "6", "--reason", "recorded_in_error")
    assert (said.status, said.err) == (0, "")
    facts = desk.shown("S-17")["facts"]
    assert [(one["retracted_by"], one["signer"] == desk.mark("owner")) for one in facts] == [
        (None, True),
        (7, True),
        (None, True),
    ]
    assert_refused(desk.write("retract", "4", "--reason", "superseded"), 16, "leaf 4 is no fact", "ledger show")
    assert_refused(desk.write("retract", "0", "--reason", "superseded"), 14, "genesis cannot be withdrawn")
    assert_refused(desk.write("retract", "7", "--reason", "superseded"), 14, "retraction cannot be withdrawn")
    alex = desk.enrolled("alex", "--role", "agent")
    theirs = desk.done("device", "stick", "--key", alex)["receipts"][0]["leaves"][0]
    assert_refused(desk.write("retract", theirs, "--reason", "superseded"), 14, "the key that signed it")


def test_a_device_whose_registration_is_withdrawn_still_has_its_history(desk):
    device = desk.done("device", "stick", "--asset-tag", "S-17")["device"]
    desk.done("retract", "5", "--reason", "recorded_in_error")
    assert_refused(desk.ledger("show", "S-17"), 16, "no such device")
    assert [one["kind"] for one in desk.shown(device)["facts"]] == ["registration", "retraction"]
    assert "WITHDRAWN by leaf 6" in desk.ledger("show", device).out
    assert_refused(desk.ledger("show", "0f" * 16), 16, "no such device")
    assert_refused(desk.ledger("show", desk.shown()["organisations"][0]["id"]), 16, "no such device")


def test_a_pack_is_written_for_a_device_that_is_known(desk):
    desk.done("device", "stick", "--asset-tag", "S-17")
    out = desk.folder / "s-17.pack"
    said = desk.write("pack", "S-17", "--out", out)
    assert (said.status, said.err) == (0, "")
    assert out.read_bytes().startswith(b"PK")
    assert "lossproof verify s-17.pack --trust POLICY" in said.out and "another channel" in said.out
    assert_refused(desk.ledger("pack", "S-18", "--out", out), 16, "no such device")
    assert_refused(desk.ledger("pack", "S-17", "--out", desk.folder / "no" / "x"), 16, "no such folder")
    assert_refused(desk.ledger("pack", "S-17", "--out", out, "--since", desk.passphrase), 10)
    assert_refused(desk.ledger("pack", "S-17", "--out", out), 13, "nobody to ask")
    policy, since = desk.folder / "policy", desk.folder / "since"
    policy.write_text(desk.ledger("trust").out)
    since.write_text(desk.write("checkpoint").out)
    shape = desk.done("pack", "S-17", "--out", out, "--since", since)
    assert set(shape) == {"pack", "device", "size_bytes"} and shape["size_bytes"] == out.stat().st_size
    said = desk.say("verify", out, "--trust", policy, "--since", since)
    assert said.status == 0, said


@pytest.fixture
def sealed(desk, tmp_path):
    """A device with two sealed lists of the same people, and the identity file that opens them."""
    folder = with_people(tmp_path / "documents")
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "identity").write_text(f"{identity}\n")
    desk.done("device", "laptop", "--asset-tag", "IT-0042")
    desk.done("enrol", str(identity.to_public()))
    for _ in range(2):
        assert desk.recorded("check", folder, "--device", "IT-0042")["sealed_to"]
    return desk


def test_sealed_lists_come_out_sealed_and_their_officer_counts_them(sealed, tmp_path):
    desk = sealed
    (tmp_path / "lists").mkdir()
    shape = desk.ledger("people", "IT-0042", "--out", tmp_path / "lists", "--json").shape
    files = [one["file"] for one in shape["lists"]]
    assert len(files) == 2 and all(Path(name).read_bytes().startswith(b"age-encryption.org/v1\n") for name in files)
    said = desk.say("people", "union", *files, "--identity", tmp_path / "identity", "--json")
    assert said.status == 0
    counted = json.loads(said.out)
    assert counted["people"]["point"] == COUNT
    assert {one["sha256"] for one in counted["manifests"]} == {one["sha256"] for one in shape["lists"]}
    text = desk.ledger("people", "IT-0042", "--out", tmp_path / "lists").out
    assert "2 sealed lists of people on device" in text and "lossproof people union" in text


def test_erased_lists_say_when_and_under_which_rule(sealed, tmp_path):
    desk = sealed
    gone = desk.ledger("erase", "IT-0042", "--rule", "retention_ended", "--lists", "--json").shape
    assert (gone["names"], gone["lists"]) == (0, 2)
    said = desk.ledger("people", "IT-0042", "--out", tmp_path)
    assert said.status == 1
    assert said.out.count("erased on 20") == 2 and "under retention_ended" in said.out
    assert not list(tmp_path.glob("*.age"))
    text = desk.ledger("erase", "IT-0042", "--rule", "retention_ended", "--names").out
    assert "1 name, 0 lists" in text and "Copies of the store" in text
    assert desk.ledger("fsck").status == 0


def test_lists_are_not_written_where_they_cannot_be(desk, tmp_path):
    assert_refused(desk.ledger("people", "IT-0042", "--out", tmp_path / "no"), 16, "no such folder")
    assert_refused(desk.ledger("people", "IT-0042", "--out", tmp_path), 16, "no such device")
    device = desk.done("device", "stick")["device"]
    assert "0 sealed lists" in desk.ledger("people", device, "--out", tmp_path).out


def test_every_action_says_how_it_is_used(desk):
    from lossproof.cli.ledger import ACTIONS

    assert len(ACTIONS) > 15
    for action in ACTIONS:
        said = desk.say("ledger", action, "--help")
        assert said.status == 0 and "--json" in said.out, action
    assert desk.say("ledger").status == 2
    assert desk.say("ledger", "nothing").status == 2
