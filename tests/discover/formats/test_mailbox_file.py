"""Mailboxes: each message on its own, however large the box."""

from __future__ import annotations

from discover.formats.made import mail, read

MARK = b"From jo@example.org Mon Jan 12 09:00:00 2009\n"


def test_every_message_is_read():
    box = (MARK + mail(body="About Ann") + b"\n") + (MARK + mail(body="About Bo") + b"\n")
    found = read(box, "box.mbox")
    assert found.members == ["list.csv", "list.csv"]
    assert "About Ann" in found.prose
    assert "About Bo" in found.prose


def test_a_box_larger_than_a_read_loses_no_message():
    box = b"".join(MARK + b"Subject: number %d\n\n%s\n\n" % (number, b"word " * 4000) for number in range(400))
    assert len(box) > 6 << 20
    prose = read(box, "").prose
    assert prose.count("Subject: number ") == 400


def test_a_letter_that_begins_with_from_is_no_mailbox():
    text = b"From Monday 12 January 2009\nthe clinic moves.\n"
    assert read(text, "a.txt").prose == text.decode()


def test_a_truncated_box_gives_what_is_left():
    assert "About Ann" in read((MARK + mail(body="About Ann"))[:-300], "a.mbox").prose


def test_a_message_of_endless_depth_does_not_hide_the_next():
    deep = b"Subject: s\nMIME-Version: 1.0\n" + b"Content-Type: message/rfc822\n\n" * 5000 + b"end\n"
    assert "About Bo" in read(MARK + deep + b"\n" + MARK + mail(body="About Bo"), "a.mbox").prose
