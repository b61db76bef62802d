"""Files that are whole or not there, and words that go out now or not at all."""

from __future__ import annotations

import io
import os
import sys

import pytest

from lossproof.cli import output
from lossproof.errors import InputError, StoreError


def test_a_file_is_written_whole(tmp_path):
    output.write_whole(tmp_path / "page.html", "a page \udcff")
    assert (tmp_path / "page.html").read_bytes() == b"a page \\udcff"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("older")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output.os, "replace", refuse)
    with pytest.raises(StoreError, match="No space left"):
        output.write_whole(tmp_path / "page.html", "newer")
    assert (tmp_path / "page.html").read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_key_pressed_while_a_file_is_written_leaves_what_was_there(tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        output.write_whole(tmp_path / "page.html", "newer")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_any_more_is_an_error(tmp_path):
    with pytest.raises(StoreError):
        output.write_whole(tmp_path / "gone" / "page.html", "page")


def test_where_a_file_can_be_written_nothing_is_refused(tmp_path):
    output.refuse_unwritable(tmp_path / "new.html")
    (tmp_path / "old.html").touch()
    output.refuse_unwritable(tmp_path / "old.html", target=tmp_path)
    output.refuse_unwritable(tmp_path / "old.html", target=tmp_path / "not there")


def test_a_page_never_takes_the_place_of_what_is_checked(tmp_path):
    image = tmp_path / "stick.img"
    image.write_bytes(b"evidence")
    os.link(image, tmp_path / "same.img")
    for name in ("stick.img", "same.img"):
        with pytest.raises(InputError, match="what is to be checked"):
            output.refuse_unwritable(tmp_path / name, target=image)


def test_output_that_takes_no_more_is_an_error_and_one_that_went_away_is_not(monkeypatch):
    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(StoreError, match="standard output"):
        output.say("a line")
    monkeypatch.setattr(sys, "stdout", Gone())
    with pytest.raises(BrokenPipeError):
        output.say("a line")
