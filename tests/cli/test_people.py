"""`lossproof people` as it is typed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyrage
import pytest

from cheap_age import age_file
from cli.command import HERE, lossproof
from cli.terminal import on_a_terminal
from cli.test_check import assert_error
from lossproof.jobs.discovery import discover_folder
from lossproof.jobs.people import seal_people

IDENTITY = pyrage.x25519.Identity.generate()
PASSPHRASE = "made up words"


@pytest.fixture(scope="module")
def folder(stick: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sealed manifests of two devices with the same files, and identity files."""
    folder = tmp_path_factory.mktemp("manifests")
    found = discover_folder(stick.folder)
    for number in (1, 2):
        ids = {"device": f"{number:032x}", "scan": f"{number + 2:032x}"}
        seal = seal_people(found, **ids, recipient=str(IDENTITY.to_public()))
        (folder / f"device{number}.age").write_bytes(seal.ciphertext)
    (folder / "key").write_text(f"# a made-up recipient\n{IDENTITY}\n")
    (folder / "other").write_text(f"{pyrage.x25519.Identity.generate()}\n")
    (folder / "protected").write_bytes(age_file(f"{IDENTITY}\n".encode(), PASSPHRASE))
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    return folder


def test_two_devices_with_the_same_people_are_counted_once(stick, folder):
    manifests = (folder / "device1.age", folder / "device2.age")
    said = lossproof("people", "union", *manifests, "--identity", folder / "key", "--json")
    assert (said.status, said.err) == (0, "")
    count = said.shape
    assert set(count) == {"people", "people_by_category", "named_only", "rests_on", "rules", "manifests"}
    alone = lossproof("discover", stick.folder, "--json").shape
    assert count["people"]["point"] == alone["people"]["point"]
    assert count["people_by_category"] == alone["people_by_category"]
    assert [one["people"] for one in count["manifests"]] == [alone["people"], alone["people"]]
    assert [one["manifest"] for one in count["manifests"]] == [str(path) for path in manifests]


def test_the_report_is_counts_and_not_a_value(stick, folder):
    said = lossproof(
        *("people", "union", folder / "device1.age", folder / "device2.age", folder / "device1.age"),
        *("--identity", folder / "key"),
    )
    assert (said.status, said.err) == (0, "")
    first, *_, last = said.out.splitlines()
    assert first.startswith("About 15") and first.endswith("people on 2 devices")
    assert last.endswith("the same scan as one before, counted once")
    found = discover_folder(stick.folder)
    values = {value for mention in found.mentions for value in (mention.surname, mention.email, mention.born) if value}
    assert len(values) > 100
    assert not [value for value in values if len(value) > 3 and value in said.out.upper()]


def test_a_protected_identity_file_opens_with_a_passphrase_file(folder):
    said = lossproof(
        *("people", "union", folder / "device1.age", "--identity", folder / "protected"),
        *("--passphrase-file", folder / "passphrase"),
    )
    assert (said.status, said.err) == (0, "")
    assert "on 1 device" in said.out


def test_a_protected_identity_file_asks_a_person_and_shows_nothing_of_the_answer(folder):
    words = ["people", "union", folder / "device1.age", "--identity", folder / "protected"]
    command = [sys.executable, "-m", "lossproof", *map(str, words)]
    said = on_a_terminal(command, b"passphrase", f"{PASSPHRASE}\n".encode(), env=HERE, out_is_a_pipe=True)
    assert said.status == 0, said
    assert b"on 1 device" in said.out
    assert PASSPHRASE.encode() not in said.shown


def test_nobody_is_asked_where_nobody_is_there(folder):
    said = lossproof("people", "union", folder / "device1.age", "--identity", folder / "protected")
    assert_error(said, 13, "nobody to ask", "--passphrase-file")


def test_what_cannot_be_opened_is_a_clear_line(folder, tmp_path):
    manifest = folder / "device1.age"
    assert_error(lossproof("people", "union", manifest, "--identity", folder / "other"), 13, "device1.age", "hint: ")
    assert_error(
        lossproof("people", "union", manifest, "--identity", manifest, "--passphrase-file", folder / "key"), 16
    )
    assert_error(lossproof("people", "union", folder / "none.age", "--identity", folder / "key"), 16, "none.age")
    assert_error(lossproof("people", "union", folder, "--identity", folder / "key"), 16)
    assert_error(lossproof("people", "union", manifest, "--identity", folder / "no-key"), 16, "no-key")
    (tmp_path / "empty").touch()
    assert_error(lossproof("people", "union", tmp_path / "empty", "--identity", folder / "key"), 10, "not an age file")
    (tmp_path / "cut").write_bytes(manifest.read_bytes()[:-1])
    assert_error(lossproof("people", "union", tmp_path / "cut", "--identity", folder / "key"), 10, "damaged")


def test_wrong_usage_is_said_by_the_parser(folder):
    for words in (("people",), ("people", "union"), ("people", "union", folder / "device1.age"), ("people", "list")):
        assert lossproof(*words).status == 2
    said = lossproof("people", "union", "--help")
    assert said.status == 0
    assert "--identity" in said.out
