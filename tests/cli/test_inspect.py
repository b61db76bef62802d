"""`lossproof inspect` as it is typed: one object a line in the order given, and one bad target does not stop the others."""

from __future__ import annotations

import json

import pytest

from cli.command import lossproof
from cli.test_check import assert_error, assert_inspection
from vector_files import cases


@pytest.fixture
def media(tmp_path):
    """A protected volume, a blank one, and something that is not there."""
    locked = next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected")
    (tmp_path / "locked.img").write_bytes(locked)
    (tmp_path / "blank.img").write_bytes(bytes(1 << 20))
    return tmp_path / "locked.img", tmp_path / "blank.img", tmp_path / "nothing.img"


def test_protected_is_zero_and_anything_else_is_one(media):
    locked, blank, _ = media
    assert lossproof("inspect", locked).status == 0
    assert lossproof("inspect", locked, locked).status == 0
    assert lossproof("inspect", blank).status == 1
    assert lossproof("inspect", blank, locked).status == 1


def test_each_target_is_one_line_of_json_in_the_order_given(media):
    locked, blank, nothing = media
    said = lossproof("inspect", "--json", blank, nothing, locked)
    assert said.status == 16
    assert said.err.startswith("error: ")
    shapes = [json.loads(line) for line in said.out.splitlines()]
    assert [shape["target"] for shape in shapes] == [str(blank), str(nothing), str(locked)]
    assert_inspection(shapes[0])
    assert_inspection(shapes[2])
    assert shapes[1]["error"]["code"] == "input"
    assert (shapes[2]["protection"], shapes[2]["readable_without_secret"]) == ("protected", "no")
    assert shapes[2]["layers"][0]["scheme"] == "luks2"


def test_an_error_alone_has_a_hint(media):
    assert_error(lossproof("inspect", media[2]), 16, "no such file", "hint: ")


def test_a_folder_is_no_medium(tmp_path):
    assert_error(lossproof("inspect", tmp_path), 16, "not a disk image")
