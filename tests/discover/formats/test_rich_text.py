"""Rich Text: accents, tables, and what is not text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from discover.formats.made import TABLE, read, rich_text
from lossproof.block.source import BytesSource
from lossproof.discover.formats import rich_text as reader


def test_text_accents_and_tables_are_read_and_fonts_are_not():
    found = read(rich_text(), "letter.rtf")
    assert found.prose == "Dear Ann Example\ncafé Łukasz\nAfter the table\n"
    assert [row[:3] for row in found.rows] == TABLE


def test_characters_beyond_the_first_plane_come_in_two():
    assert read(rb"{\rtf1\uc0 \u-10179\u-8704 !\par}", "a.rtf").prose == "\U0001f600!\n"


def test_a_truncated_document_gives_what_is_left():
    assert "Dear Ann Example" in read(rich_text()[:200], "a.rtf").prose


def test_a_bomb_of_groups_comes_to_an_end():
    assert read(b"{\\rtf1 " + b"{" * 500_000 + b"Ann" + b"\\trowd\\cell\\row" * 50_000, "a.rtf").prose.startswith("Ann")


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_any_bytes_are_read(raw):
    list(reader.texts(BytesSource(b"{\\rtf1" + raw)))
