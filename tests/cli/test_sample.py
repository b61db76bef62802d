"""`lossproof sample` as it is typed."""

from __future__ import annotations

from cli.command import lossproof
from cli.test_check import assert_error


def test_the_same_seed_makes_the_same_bytes(stick, tmp_path):
    said = lossproof(
        *("sample", tmp_path / "again", "--people", "150", "--seed", "9"),
        *("--image", tmp_path / "again.img", "--truth", tmp_path / "again.json"),
    )
    assert (said.status, said.err) == (0, "")
    assert "150 made-up people, seed 9" in said.out
    assert (tmp_path / "again.img").read_bytes() == stick.image.read_bytes()
    first = {path.relative_to(stick.folder): path.read_bytes() for path in stick.folder.rglob("*") if path.is_file()}
    again = tmp_path / "again"
    assert first == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}


def test_nothing_is_overwritten_and_nothing_impossible_is_made(stick, tmp_path):
    assert_error(lossproof("sample", stick.folder), 16, "not empty", "hint: ")
    assert_error(lossproof("sample", tmp_path / "none", "--people", "0"), 16, "hint: ")
    assert_error(lossproof("sample", tmp_path / "many", "--people", "100000000"), 16)
    assert_error(lossproof("sample", tmp_path / "new", "--truth", tmp_path / "no" / "truth.json"), 16, "no such folder")
    assert lossproof("sample", tmp_path / "odd", "--people", "many").status == 2
    assert list(tmp_path.iterdir()) == []
