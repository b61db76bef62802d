"""`lossproof discover` as it is typed."""

from __future__ import annotations

from cli.command import lossproof
from cli.test_check import assert_error, assert_holding
from jobs.people_files import COUNT, HARMLESS, with_people
from vector_files import cases


def test_people_are_one_and_nobody_is_zero(tmp_path):
    (tmp_path / "letter.txt").write_bytes(HARMLESS)
    said = lossproof("discover", tmp_path, "--json")
    assert (said.status, said.shape["people"]["high"]) == (0, 0)
    with_people(tmp_path)
    said = lossproof("discover", tmp_path, "--json")
    assert (said.status, said.shape["people"]) == (1, {"low": COUNT, "point": COUNT, "high": COUNT})


def test_a_file_that_could_not_be_examined_is_one(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(90))
    assert lossproof("discover", tmp_path).status == 1


def test_the_json_has_every_promised_field(stick):
    shape = lossproof("discover", stick.image, "--json").shape
    assert shape["target"] == str(stick.image)
    assert_holding(shape)


def test_what_is_encrypted_was_not_examined(tmp_path):
    image = next(case.image for case in cases("luks2") if case.expect.get("protection") == "protected")
    (tmp_path / "locked.img").write_bytes(image)
    said = lossproof("discover", tmp_path / "locked.img", "--json")
    assert said.status == 1
    assert [(one["path"], one["reason"]) for one in said.shape["not_examined"]] == [("part 1 (luks2)", "encrypted")]


def test_what_is_not_there_is_an_error(tmp_path):
    assert_error(lossproof("discover", tmp_path / "nothing"), 16, "no such", "hint: ")
