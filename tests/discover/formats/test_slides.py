"""Presentations: slides, notes, tables."""

from __future__ import annotations

from discover.formats.made import NAME, NUMBER, TABLE, compound, presentation, read, zipped


def test_slides_tables_and_notes_are_read():
    found = read(presentation(), "talk.pptx")
    assert f"Dear {NAME}" in found.prose
    assert f"Speaker note {NUMBER}" in found.prose
    assert found.rows == TABLE


def test_a_damaged_slide_does_not_hide_the_others():
    good = b"<p:sld><a:p><a:r><a:t>Ann Example</a:t></a:r></a:p></p:sld>"
    raw = zipped({"ppt/presentation.xml": b"<p/>", "ppt/slides/slide1.xml": b"<broken", "ppt/slides/slide2.xml": good})
    found = read(raw, "talk.pptx")
    assert found.prose == "Ann Example\n"
    assert found.unread == [("slide1", "damaged")]


def test_a_truncated_presentation_is_damaged():
    assert read(presentation()[:-30], "talk.pptx").error == "damaged"


def test_a_bomb_in_a_slide_is_named():
    raw = zipped({"ppt/presentation.xml": b"<p/>", "ppt/slides/slide1.xml": bytes(200 << 20)})
    assert read(raw, "talk.pptx").unread == [("slide1", "archive_bomb")]


def test_a_presentation_that_needs_a_password_says_so():
    assert read(compound({"EncryptedPackage": b"x" * 5000}), "talk.pptx").error == "encrypted"
