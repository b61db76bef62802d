"""`lossproof verify` as it is typed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.command import lossproof
from cli.test_check import assert_error
from ledger.mutants import Stage
from ledger.packs import MadeLog
from lossproof.ledger.checkpoint import Checkpoint, sign_checkpoint

FIELDS = [
    "outcome",
    "part",
    "message",
    "device",
    "origin",
    "size",
    "root",
    "log_key",
    "complete_to",
    "replayed",
    "witnesses",
    "stamps",
    "independent",
    "earlier_log",
    "since",
    "facts",
    "names",
    "not_proved",
]


class Desk(NamedTuple):
    """A pack, and what its reader has: a policy, a checkpoint from before; and things that are not right."""

    pack: Path
    policy: Path
    since: Path
    later: Path
    broken: Path
    another: Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    stage = Stage(random.Random(21))
    log = stage.log
    made = stage.done()
    unheard = Checkpoint(origin=log.log.origin, size=2, root=bytes(32))
    files = {
        "pack.zip": made.pack,
        "policy": made.policy.text().encode(),
        "since": stage.had,
        "later": sign_checkpoint(unheard, log.log_key),
        "broken.zip": made.pack[:-1] + b"x",
        "another": MadeLog(random.Random(22)).policy().text().encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Desk(*(folder / name for name in files))


def test_a_pack_that_holds_exits_0_and_says_what_is_proved_first(desk):
    said = lossproof("verify", desk.pack, "--trust", desk.policy, "--since", desk.since)
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("Verified.")
    assert said.out.index("What is proved") < said.out.index("What is not proved")
    assert "witness-0.example" in said.out


def test_the_result_object_has_every_field_of_the_reference_page(desk):
    said = lossproof("verify", desk.pack, "--trust", desk.policy, "--json")
    assert (said.status, said.err) == (0, "")
    assert list(said.shape) == FIELDS
    assert said.shape["outcome"] == "verified"
    assert list(said.shape["facts"][0]) == [
        "about",
        "grade",
        "key_compromised",
        "kind",
        "known_at",
        "leaf",
        "logged_before",
        "organisation",
        "relation",
        "retracted_by",
        "role",
        "signer",
        "spoken_for",
        "true_at",
    ]


def test_without_a_policy_it_never_exits_0(desk):
    said = lossproof("verify", desk.pack)
    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("Self-consistent only.")
    assert lossproof("verify", desk.pack, "--json").shape["outcome"] == "self_consistent"


def test_a_checkpoint_that_cannot_be_compared_exits_1(desk):
    said = lossproof("verify", desk.pack, "--trust", desk.policy, "--since", desk.later)
    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("Incomplete.")


def test_a_refused_pack_exits_12_with_the_part_and_what_to_do(desk):
    said = lossproof("verify", desk.broken, "--trust", desk.policy)
    assert_error(said, 12, "refused", "container")
    assert "hint:" in said.err
    assert said.out == ""


def test_a_refused_pack_still_gives_the_result_object(desk):
    for policy, part in ((desk.policy, "container"), (desk.another, "checkpoint")):
        pack = desk.broken if part == "container" else desk.pack
        said = lossproof("verify", pack, "--trust", policy, "--json")
        assert said.status == 12
        assert list(said.shape) == FIELDS
        assert (said.shape["outcome"], said.shape["part"], said.shape["device"]) == ("refused", part, None)
        assert said.err.startswith("error:")


def test_what_is_not_there_or_cannot_be_read_is_an_error_of_its_own(desk, tmp_path):
    assert lossproof("verify", tmp_path / "none").status == 16
    assert lossproof("verify", desk.pack, "--trust", tmp_path / "none").status == 16
    assert lossproof("verify", desk.pack, "--trust", desk.pack).status == 10
    assert lossproof("verify", desk.pack, "--authority", desk.policy).status == 10
    assert lossproof("verify", tmp_path).status == 16
    assert lossproof("verify").status == 2


def test_a_file_larger_than_any_pack_is_refused(desk, tmp_path):
    large = tmp_path / "large.zip"
    with large.open("wb") as file:
        file.truncate(65 << 20)
    assert lossproof("verify", large, "--json").shape["part"] == "container"
