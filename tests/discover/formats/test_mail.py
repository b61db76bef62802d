"""Mail messages: headers, bodies, attachments, messages inside messages; bombs, truncation, encryption."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from discover.formats.made import NAME, NUMBER, mail, read


def test_headers_bodies_and_attachments_are_read():
    found = read(mail(), "a.eml")
    assert "From: Jo <jo@example.org>\n" in found.prose
    assert "Subject: Zoë's list\n" in found.prose
    assert "1234567890" not in found.prose
    assert f"Please see {NAME}, {NUMBER}.\n" in found.prose
    assert found.members == ["list.csv"]
    assert found.rows == [["Name", "NHS No"], ["Ann Example", "943 476 5919"]]


def test_a_message_is_known_without_its_name_and_a_memo_is_none():
    assert read(mail(), "").members == ["list.csv"]
    memo = b"To: Dr Jo\nFrom: Ward 7\nDate: Monday\n\nPlease ring Ann.\n"
    assert read(memo, "memo.txt").prose == memo.decode()


@pytest.mark.parametrize(
    "charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "nobody-knows", "hex", "unicode_escape", "'; x"]
)
def test_a_body_is_read_whatever_character_set_it_claims(charset):
    raw = b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%s"
    text = "Ann Example caf\u00e9" if charset != "utf-16" else "Ann Example"
    coded = text.encode(charset if charset in ("utf-8", "utf-16") else "cp1252")
    assert "Ann Example" in read(raw % (charset.encode(), base64.encodebytes(coded)), "a.eml").prose


def test_messages_inside_messages_are_read_and_so_are_their_headers():
    outer = EmailMessage()
    outer["From"], outer["Subject"], outer["Date"] = "jo@example.org", "Fwd", "Mon, 12 Jan 2009 09:00:00 +0000"
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Inner Person <inner@example.org>", "About Ann"
    inner.set_content("inner body")
    outer.set_content("see below")
    outer.add_attachment(inner)
    prose = read(outer.as_bytes(), "a.eml").prose
    for words in ("see below", "Inner Person", "About Ann", "inner body"):
        assert words in prose


def test_an_attached_document_keeps_its_name_and_is_read():
    message = EmailMessage()
    message["From"], message["Message-ID"] = "jo@example.org", "<x@example.org>"
    message.set_content("attached")
    message.add_attachment(mail(), maintype="application", subtype="octet-stream", filename="Zoë.eml")
    found = read(message.as_bytes(), "a.eml")
    assert found.members == ["Zoë.eml", "list.csv"]


@pytest.mark.parametrize(
    "kind",
    [
        b"application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        b'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',
    ],
)
def test_an_encrypted_body_is_named(kind):
    raw = (
        b"From: Jo <jo@example.org>\r\nMIME-Version: 1.0\r\nSubject: s\r\nContent-Type: %s\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"
        % kind
    )
    found = read(raw, "a.eml")
    assert ("the body of the message", "encrypted") in found.unread
    assert "Jo <jo@example.org>" in found.prose


def test_a_truncated_message_gives_what_is_left():
    whole = mail()
    found = read(whole[: whole.index(b"list.csv") + 30], "a.eml")
    assert NAME in found.prose


def test_a_bomb_of_parts_comes_to_an_end():
    raw = b"From: a@example.org\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    found = read(raw + b"--b\r\n\r\nx\r\n" * 20_000, "a.eml")
    assert ("the rest of the message", "archive_bomb") in found.unread


def test_parts_inside_parts_without_end_are_damaged_and_no_crash():
    deep = (
        b"From: a@example.org\r\nSubject: s\r\nMIME-Version: 1.0\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n" * 5000
        + b"end"
    )
    assert read(deep, "a.eml").error in ("damaged", "")
